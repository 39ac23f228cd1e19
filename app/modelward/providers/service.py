"""The verbs of providers: which there are, adding and removing, their keys, whether they answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError
from modelward.net.client import Client
from modelward.providers.dialect import Line
from modelward.providers.keys import Keyring, Keys, KeyState
from modelward.providers.model import Provider
from modelward.store.engine import Database


@dataclass(frozen=True, slots=True)
class ProviderState:
    """A provider with where its key is."""

    provider: Provider
    key: KeyState


@dataclass(frozen=True, slots=True)
class TestReport:
    """What came of testing a provider: seconds until it answered, or the error."""

    provider: str
    seconds: float | None = None
    error: KnownError | None = None


class ProviderService:
    """Who can be asked. Adding a known provider takes its id; any other address is looked at first."""

    def __init__(self, database: Database, keys: Keys, client: Client, *, clock: Clock = utc_now) -> None:
        self._keys = keys
        self._client = client

    async def known(self) -> list[Provider]:
        """Every provider that can be added or was, by title: those of the registry, and the person's own."""
        raise NotImplementedError

    async def mine(self) -> list[ProviderState]:
        """The providers in use, by title: those the person added, those whose key the environment holds, and servers
        that were found on this machine; disabled ones too."""
        raise NotImplementedError

    async def get(self, provider_id: str) -> Provider:
        """One provider, added or not. Raises UnknownProviderError that names close ids."""
        raise NotImplementedError

    async def add(
        self, provider_id: str, *, url: str | None = None, kind: str | None = None, title: str | None = None
    ) -> tuple[Provider, Changes]:
        """Put a provider to use, or change its address or title. ``kind``: what it speaks like (an id of the registry or
        of its compatible kinds), where the id does not say so. Raises BadValueError, UnknownProviderError."""
        raise NotImplementedError

    async def remove(self, provider_id: str) -> Changes:
        """Use a provider no more and delete its key; its models stay in the catalogue. Raises KeyStoreError."""
        raise NotImplementedError

    async def enable(self, provider_id: str, *, enabled: bool) -> Changes:
        """Ask a provider, or leave it alone for now."""
        raise NotImplementedError

    async def set_key(self, provider_id: str, text: str, *, session: bool = False) -> tuple[KeyState, Changes]:
        """Keep a key that a person pasted, and put the provider to use. Raises BadValueError, KeyStoreError."""
        raise NotImplementedError

    async def delete_key(self, provider_id: str) -> tuple[bool, Changes]:
        """Delete a provider's key; False where there was none of ours."""
        raise NotImplementedError

    async def key_state(self, provider_id: str) -> KeyState:
        """Where its key is."""
        raise NotImplementedError

    async def keyring(self) -> Keyring:
        """Whether keys can be kept."""
        raise NotImplementedError

    async def line(self, provider_id: str) -> Line:
        """A connection to a provider. Raises KeyRefusedError where it wants a key and there is none, KeyStoreError."""
        raise NotImplementedError

    async def test(self, provider_id: str) -> TestReport:
        """Ask whether it answers and its key is good, at no cost; a refused key is looked up anew once."""
        raise NotImplementedError

    async def record_discovery(
        self, provider_id: str, at: datetime, *, models: int | None = None, error: str | None = None
    ) -> None:
        """Remember what came of listing its models; ``models`` where it was read, else ``error`` in words."""
        raise NotImplementedError


Progressing = Callable[[int, int], None]
