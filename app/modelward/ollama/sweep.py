"""Removing what no version needs: marked by all versions, swept in two passes a day apart, with a trash between."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelward.core import durable
from modelward.ollama import vault_lock
from modelward.ollama.objects import Entry, Objects, entry_of
from modelward.ollama.snapshots import Snapshots
from modelward.ollama.vault_folder import VaultFolder

log = logging.getLogger(__name__)

GRACE = timedelta(hours=24)
"""So long an object that nobody needs lies among the others, and then in the trash."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: objects put into the trash, brought back from it, removed for good, and the bytes freed."""

    trashed: int = 0
    rescued: int = 0
    removed: int = 0
    freed_bytes: int = 0


class Sweep:
    """One sweep. To be run with the vault's lock held, after what the dead left was cleared."""

    def __init__(self, folder: VaultFolder, objects: Objects, now: datetime, grace: timedelta) -> None:
        self._folder = folder
        self._objects = objects
        self._now = now
        self._before = (now - grace).timestamp()

    def run(self) -> Swept:
        """Raises InputError before anything is touched where a version cannot be read. OSErrors pass through."""
        needed = {layer.digest for version in Snapshots(self._folder).all() for layer in version.manifest.layers}
        needed |= vault_lock.pinned(self._folder)
        rescued = self._empty_trash_of(needed)
        removed, freed = self._remove_old()
        trashed = self._trash_all_but(needed)
        for folder in (self._folder.trash, *(self._folder.objects.iterdir() if trashed or rescued else ())):
            durable.flush_folder(folder)
        return Swept(trashed, rescued, removed, freed)

    def _empty_trash_of(self, needed: set[str]) -> int:
        wanted = [entry for entry in _in_trash(self._folder) if entry.digest in needed]
        return sum(rescue(self._objects, entry) for entry in wanted)

    def _remove_old(self) -> tuple[int, int]:
        old = [path for path in self._folder.trash.iterdir() if path.lstat().st_mtime <= self._before]
        freed = 0
        for path in old:
            freed += path.lstat().st_size
            entry = entry_of(path)
            if entry is None:
                path.unlink()
                continue
            self._objects.remove(entry)
            log.debug("step removed")
            if not self._objects.place(entry.digest).exists():
                self._objects.forget_marks(entry.digest)
        return len(old), freed

    def _trash_all_but(self, needed: set[str]) -> int:
        count = 0
        for entry in self._objects.scan():
            if entry.digest not in needed and entry.changed_at <= self._before:
                # The time first: an old one in the trash would be removed by the next sweep.
                os.utime(entry.path, (self._now.timestamp(), self._now.timestamp()))
                entry.path.replace(self._folder.trash / entry.path.name)
                log.debug("step trashed")
                count += 1
        return count


def rescue(objects: Objects, entry: Entry) -> bool:
    """Bring an object back from the trash, unless another one has taken its place."""
    plain = objects.place(entry.digest)
    plain.parent.mkdir(mode=0o700, exist_ok=True)
    if objects.find(entry.digest) is not None:
        return False
    entry.path.replace(plain.with_name(entry.path.name))
    log.debug("step rescued")
    return True


def rescue_all(folder: VaultFolder, objects: Objects, wanted: set[str]) -> None:
    """Bring these back from the trash, as far as they lie there. To be called with the vault's lock held."""
    for entry in _in_trash(folder):
        if entry.digest in wanted:
            rescue(objects, entry)


def _in_trash(folder: VaultFolder) -> list[Entry]:
    return [entry for path in sorted(folder.trash.iterdir()) if (entry := entry_of(path)) is not None]
