"""Copies in the vault proven by hashing them, all or those whose turn it is; the dates stay in the vault."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from modelward.core import durable
from modelward.core.clock import Clock
from modelward.core.errors import KnownError
from modelward.core.progress import Progress
from modelward.ollama.audit import Audit
from modelward.ollama.copying import Meter
from modelward.ollama.digests import short
from modelward.ollama.hashing import ClosedError
from modelward.ollama.model import VaultVersion
from modelward.ollama.objects import Entry, Objects
from modelward.ollama.proof_dates import ProofDates
from modelward.ollama.rolling import REST
from modelward.ollama.snapshots import Snapshots
from modelward.ollama.vault_folder import VaultFolder
from modelward.ollama.vault_lock import VaultLock

log = logging.getLogger(__name__)

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Proven:
    """What hashing found: digests of ``good`` and ``bad`` copies; a copy that a version needs and that is not there is
    bad too. ``is_whole``: nothing ended it before its time."""

    good: frozenset[str] = frozenset()
    bad: tuple[str, ...] = ()
    is_whole: bool = True


class Proving:
    """Hashes copies and remembers what it found, where the disk lets it."""

    def __init__(
        self,
        folder: VaultFolder,
        objects: Objects,
        snapshots: Snapshots,
        lock: VaultLock,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._objects = objects
        self._snapshots = snapshots
        self._lock = lock
        self._audit = audit
        self._clock = clock
        self._dates = ProofDates(folder)

    def dates(self) -> dict[str, datetime]:
        """When each copy was last hashed and whole, as far as that was kept."""
        return self._dates.read()

    def run(self, progress: Progress, share: float | None, wait: Callable[[], object] | None) -> Proven:
        """Hash every copy, or those whose turn it is. ``wait`` may end it early by raising ClosedError."""
        if not self._folder.is_there:
            return Proven()
        versions, _problems = self._snapshots.readable()
        with durable.told(self._folder.root):
            entries = list(self._objects.scan())
        chosen = entries if share is None else self._due(entries, versions, share)
        good, bad, is_whole = self._hash(chosen, progress, wait)
        needed = {layer.digest for version in versions for layer in version.manifest.layers}
        lost = needed - {entry.digest for entry in entries}
        proven = Proven(frozenset(good), tuple(sorted(bad | lost)), is_whole)
        if os.access(self._folder.root, os.W_OK) and (chosen or lost):
            try:
                self._file(proven, {entry.digest for entry in entries})
            except KnownError as error:  # a full disk, or another program at work: what was found counts all the same
                log.warning("When copies were proven was not kept: %s", error)
        return proven

    def _hash(
        self, chosen: Collection[Entry], progress: Progress, wait: Callable[[], object] | None
    ) -> tuple[set[str], set[str], bool]:
        good: set[str] = set()
        bad: set[str] = set()
        meter = Meter(progress, sum(self._objects.content_size(entry) or 0 for entry in chosen), wait)
        try:
            for number, entry in enumerate(chosen, 1):
                meter.name(f"Proving copy {number:,} of {len(chosen):,}, blob {short(entry.digest)}")
                with durable.told(self._folder.root):
                    (good if self._objects.is_whole(entry, meter) else bad).add(entry.digest)
        except ClosedError:
            return good, bad - good, False
        return good, bad - good, True

    def _due(self, entries: Collection[Entry], versions: Collection[VaultVersion], share: float) -> list[Entry]:
        """The part that has its turn: of all bytes this share, the longest unproven first."""
        turns = self._turns(versions)
        before = self._clock() - REST
        room = math.ceil(share * sum(entry.size for entry in entries))
        part = []
        for entry in sorted(entries, key=lambda each: (turns.get(each.digest, _NEVER), each.digest)):
            if room <= 0 or turns.get(entry.digest, _NEVER) > before:
                break
            part.append(entry)
            room -= entry.size
        return part

    def _turns(self, versions: Collection[VaultVersion]) -> Mapping[str, datetime]:
        """When each copy was last hashed: by itself, or as it came in with a version."""
        turns = self.dates()
        for version in versions:
            for layer in version.manifest.layers if version.verified_at else ():
                turns[layer.digest] = max(turns.get(layer.digest, _NEVER), version.verified_at or _NEVER)
        return turns

    def _file(self, proven: Proven, there: Collection[str]) -> None:
        now = self._clock()
        with durable.told(self._folder.root), self._lock.held():
            known = {digest: at for digest, at in self.dates().items() if digest in there and digest not in proven.bad}
            self._dates.write(known | dict.fromkeys(proven.good, now))
            named = f", {len(proven.bad)} are not: {', '.join(proven.bad)}" if proven.bad else ""
            text = f"{len(proven.good)} copies are whole{named}"
            self._audit.add("verify", "", text[:2000], is_bad=bool(proven.bad))
