"""What answers at an address: tells the kinds of compatible servers apart."""

from __future__ import annotations

from dataclasses import dataclass

from modelward.core.secret import Secret
from modelward.net.client import Client
from modelward.providers.model import KnownProvider


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What answered: the row of data that speaks like it (base URL filled in), its name for people, and how many models."""

    known: KnownProvider
    what: str
    models: int


async def look_at(client: Client, url: str, key: Secret | None = None) -> Fingerprint:
    """Find out what answers at an address that a person typed ("localhost:8000", with or without "/v1").

    Raises BadValueError for what is no address, or holds a key or a password, and NetworkError.
    """
    raise NotImplementedError
