"""Backing models up: what the vault lacks is copied, the version written last, and old versions let go."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from modelward.core import durable
from modelward.core.clock import Clock
from modelward.core.errors import FolderError, InputError
from modelward.core.progress import Progress
from modelward.ollama import digests, names
from modelward.ollama.audit import Audit
from modelward.ollama.copying import Meter
from modelward.ollama.digests import short
from modelward.ollama.intake import Intake
from modelward.ollama.model import BackupReport, Layer, LocalModel, Manifest, ModelName, VaultVersion
from modelward.ollama.retention import surplus
from modelward.ollama.snapshots import Snapshots
from modelward.ollama.vault_folder import VaultFolder
from modelward.ollama.vault_lock import VaultLock

log = logging.getLogger(__name__)

SEEN_EVERY = timedelta(minutes=30)
"""The version that the library still holds is written anew no more often than this, to say that it was seen."""


class Saving:
    """One backup of some models."""

    def __init__(
        self, folder: VaultFolder, intake: Intake, lock: VaultLock, audit: Audit, clock: Clock, keep: int
    ) -> None:
        self._folder = folder
        self._intake = intake
        self._lock = lock
        self._audit = audit
        self._clock = clock
        self._keep = keep
        self._snapshots = Snapshots(folder)
        self._made: list[VaultVersion] = []
        self._covered: list[ModelName] = []
        self._refused: dict[ModelName, str] = {}
        self._without_room: list[ModelName] = []
        self._copied = 0

    def run(self, library: Path, models: Sequence[LocalModel], progress: Progress, *, by_itself: bool) -> BackupReport:
        """Back these up; stubs of models that are served elsewhere have nothing to copy."""
        local = [model for model in models if not model.is_remote]
        wanted = [(model.name, model.manifest) for model in local if model.manifest is not None]
        self._refused |= {model.name: model.problem for model in local if model.manifest is None}
        self._intake.pin({layer.digest for _name, manifest in wanted for layer in manifest.layers})
        held = self._snapshots.readable()[0]
        meter = Meter(progress, self._bytes_missing([manifest for _name, manifest in wanted]))
        for name, manifest in wanted:
            meter.name(f"Backing up {name}")
            try:
                self._save(library, name, manifest, held, meter, by_itself=by_itself)
            except InputError as error:
                self._refuse(name, error)
        told = tuple(self._made), tuple(self._covered), self._refused, tuple(self._without_room)
        return BackupReport(*told, self._copied)

    def _save(
        self,
        library: Path,
        name: ModelName,
        manifest: Manifest,
        held: Collection[VaultVersion],
        meter: Meter,
        *,
        by_itself: bool,
    ) -> None:
        missing = self._missing(manifest)
        if missing and not self._has_room(library, name, missing, by_itself=by_itself):
            return
        for layer in missing:
            meter.name(f"Copying {name}, blob {short(layer.digest)}")
            part = self._intake.copy(layer, digests.blob_file(library, layer.digest), meter)
            self._intake.admit(part)
            self._copied += part.size
        own = [each for each in held if names.key(each.name) == names.key(name)]
        same = [each for each in own if each.manifest.digest == manifest.digest]
        if same:
            self._covered.append(name)
            self._see(same[-1], own)
        else:
            made = self._intake.publish(name, manifest)
            self._made.append(made)
            self._audit.add("back up", str(name), f"version {made.id}, {self._words(missing)}")
            own.append(made)
        self._thin_out(own, manifest.digest)

    def _missing(self, manifest: Manifest) -> list[Layer]:
        return [layer for layer in manifest.blobs if not self._intake.has(layer)]

    def _bytes_missing(self, manifests: Collection[Manifest]) -> int:
        missing = {layer.digest: layer.size for manifest in manifests for layer in self._missing(manifest)}
        return sum(missing.values())

    def _has_room(self, library: Path, name: ModelName, missing: list[Layer], *, by_itself: bool) -> bool:
        """Whether copies of these fit; where they do not, this model is refused."""
        largest = max(missing, key=lambda layer: layer.size)
        if self._intake.can_share(digests.blob_file(library, largest.digest)):
            return True
        try:
            self._folder.require_room(sum(layer.size for layer in missing), by_itself=by_itself)
        except FolderError as error:
            self._refuse(name, error)
            self._without_room.append(name)
            return False
        return True

    def _refuse(self, name: ModelName, error: InputError | FolderError) -> None:
        self._refused[name] = str(error)
        log.info("No copy of %s: %s", name, error)

    def _see(self, version: VaultVersion, own: Collection[VaultVersion]) -> None:
        """Say that the library holds this version now, where that is news."""
        now = self._clock()
        newest = max(each.last_seen_at for each in own)
        if version.last_seen_at == newest and now - newest < SEEN_EVERY:
            return
        with durable.told(self._folder.snapshots), self._lock.held():
            self._snapshots.write(replace(version, last_seen_at=max(now, newest)))

    def _thin_out(self, own: Collection[VaultVersion], current: str) -> None:
        for version in surplus(own, self._keep, current):
            with durable.told(self._folder.snapshots), self._lock.held():
                if os.path.lexists(self._folder.snapshots / f"{version.id}.json"):
                    self._audit.add("let go", str(version.name), f"version {version.id}; {self._keep} are kept")
                    self._snapshots.trash(version, self._clock())

    @staticmethod
    def _words(copied: list[Layer]) -> str:
        return f"{len(copied)} blobs copied, {sum(layer.size for layer in copied):,} bytes"
