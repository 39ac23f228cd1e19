"""The intent of a restore, on the disk before anything changes: what a start needs to finish it or to roll it back."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from modelward.core import durable
from modelward.core.durable import PART_ENDING
from modelward.core.errors import KnownError, StoreError

log = logging.getLogger(__name__)

FILE = "restore.json"
_MAX_BYTES = 64 * 1024
_ASIDE = re.compile(r"[^/\\\0]*\.damaged-[0-9A-Z-]+")
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Intent:
    """One restore.

    ``token`` names it, in the store that it brings too. ``store`` names the store (no password), ``backup`` and
    ``backup_time`` the copy as people know it. ``aside`` is the name under which a damaged store is kept beside its
    place; empty where today's store is sound. ``sha256`` is that of the copy made ready, once it is: empty before.
    """

    token: str
    store: str
    backup: str
    backup_time: str
    aside: str = ""
    sha256: str = ""


class IntentFile:
    """The one intent in a data folder."""

    def __init__(self, data: Path) -> None:
        self.path = data / FILE

    def write(self, intent: Intent) -> None:
        """Bring it to the disk. Raises FolderError."""
        with durable.told(self.path):
            durable.replace(self.path, json.dumps(asdict(intent), indent=2).encode() + b"\n")

    def read(self) -> Intent | None:
        """The restore that was begun and not settled, if there is one.

        Raises StoreError for a file that says nothing usable; it is renamed, so that it is told only once.
        """
        try:
            with durable.told(self.path):
                content = self.path.read_bytes() if self.path.exists() else None
            return None if content is None else _decoded(content)
        except (ValueError, RecursionError) as error:
            raise self._unreadable(error) from error

    def tidy(self) -> None:
        """Remove what a writing of it that was cut off left. Raises FolderError."""
        with durable.told(self.path):
            self.path.with_name(self.path.name + PART_ENDING).unlink(missing_ok=True)

    def remove(self) -> None:
        """Forget it, durably. Raises FolderError."""
        with durable.told(self.path):
            self.path.unlink(missing_ok=True)
            durable.flush_folder(self.path.parent)

    def _unreadable(self, error: Exception) -> KnownError:
        kept = self.path.with_name(f"{FILE}.unreadable")
        with durable.told(self.path):
            self.path.replace(kept)
        log.error("The intent of a restore could not be read: %s", error)
        return StoreError(
            "A restore was cut off, and what it intended cannot be read.",
            why=f"{self.path} is damaged; it is kept as {kept.name}.",
            todo="Look whether the store holds what you expect; if not, restore a backup.",
        )


def _decoded(content: bytes) -> Intent:
    """Raises ValueError for anything but what :meth:`IntentFile.write` writes."""
    if len(content) > _MAX_BYTES:
        raise ValueError("it is too large")
    read = json.loads(content)
    names = {field.name for field in fields(Intent)}
    if not isinstance(read, dict) or read.keys() != names or not all(isinstance(each, str) for each in read.values()):
        raise ValueError("its fields are others")
    intent = Intent(**read)
    # Both become parts of file names: nothing may lead out of the folder.
    if not _TOKEN.fullmatch(intent.token) or (intent.aside and not _ASIDE.fullmatch(intent.aside)):
        raise ValueError("a name in it is none of ours")
    return intent
