"""When each copy in the vault was last hashed and whole: kept in the vault, so that it goes where its disk goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from modelward.core import durable
from modelward.ollama import digests
from modelward.ollama.vault_folder import VaultFolder

FILE = "proofs.json"
_MOST_BYTES = 64 * 1024 * 1024


class ProofDates:
    """The dates by digest. What cannot be read counts as never: then a copy is only proven sooner."""

    def __init__(self, folder: VaultFolder) -> None:
        self._path = folder.root / FILE

    def read(self) -> dict[str, datetime]:
        """What is known."""
        try:
            with durable.open_regular(self._path) as file:
                told = json.loads(file.read(_MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        found: dict[str, datetime] = {}
        for digest, text in told.items() if isinstance(told, dict) else ():
            with suppress(ValueError, TypeError):
                moment = datetime.fromisoformat(text)
                found[digests.parse(digest)] = moment.replace(tzinfo=moment.tzinfo or UTC)
        return found

    def write(self, dates: Mapping[str, datetime]) -> None:
        """Keep these in place of all others; to be called with the vault's lock held. OSErrors pass through."""
        told = {
            digest: moment.astimezone(UTC).isoformat("T", "microseconds") for digest, moment in sorted(dates.items())
        }
        durable.replace(self._path, json.dumps(told, indent=0).encode() + b"\n")
