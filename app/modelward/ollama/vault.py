"""The vault: copies of models outside Ollama's folder, by content, proven while they are made."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from modelward.core import durable
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import BadValueError, InputError, KnownError
from modelward.core.progress import Progress
from modelward.ollama import copying, digests, names, vault_lock
from modelward.ollama.audit import FILE as AUDIT_FILE
from modelward.ollama.audit import Audit
from modelward.ollama.copying import Meter, Moved, Reader, move
from modelward.ollama.digests import short
from modelward.ollama.intake import Intake
from modelward.ollama.model import BackupReport, CopyMeans, Layer, Library, ModelName, VaultState, VaultVersion
from modelward.ollama.objects import Objects
from modelward.ollama.proving import Proven, Proving
from modelward.ollama.saving import Saving
from modelward.ollama.snapshots import Snapshots
from modelward.ollama.sweep import GRACE, Sweep, Swept
from modelward.ollama.vault_folder import VaultFolder


class Vault:
    """The copies of models in one folder. Every method blocks; those with a progress may take minutes.

    FolderError is what its disk refuses, InputError what cannot be read or is not what it should be, StoreBusyError
    that another program holds it. ``keep``: versions of each model; ``compress``: objects that get smaller by it.
    """

    def __init__(self, folder: Path, *, keep: int, compress: bool, clock: Clock = utc_now, known: str = "") -> None:
        """``known``: the id of the vault that was in this folder before, where one was."""
        self.folder = VaultFolder(folder, known)
        self._keep = keep
        self._compress = compress
        self._clock = clock
        self._lock = vault_lock.VaultLock(self.folder, clock)
        self._objects = Objects(self.folder)
        self._snapshots = Snapshots(self.folder)
        self._audit = Audit(folder / AUDIT_FILE, clock)
        self._proving = Proving(self.folder, self._objects, self._snapshots, self._lock, self._audit, clock)

    def state(self, models_folder: Path | None) -> VaultState:
        """How the vault stands; what is wrong with it becomes a problem in words."""
        folder = self.folder
        is_same = models_folder is not None and folder.is_on_disk_of(models_folder)
        state = VaultState(folder.root, free=folder.free(), is_same_disk=is_same)
        try:
            state = replace(state, is_gone=folder.is_gone)
            folder.check()
            if not folder.is_there:
                return replace(state, problem=folder.trouble)
            versions, problems = self._snapshots.readable()
            with durable.told(folder.root):
                size = sum(entry.size for entry in self._objects.scan())
                size += sum(path.lstat().st_size for path in folder.trash.iterdir())
            versions = self._with_means(versions)
        except KnownError as error:
            return replace(state, problem=str(error))
        return replace(state, versions=versions, size=size, problem=" ".join(problems))

    def versions(self, name: ModelName | None = None) -> tuple[VaultVersion, ...]:
        """The versions that can be read, of one model or of all, the newest first."""
        self.folder.check()
        found, _problems = self._snapshots.readable()
        chosen = [each for each in found if name is None or names.key(each.name) == names.key(name)]
        return self._with_means(sorted(chosen, key=lambda each: (each.last_seen_at, each.id), reverse=True))

    def back_up(
        self,
        library: Library,
        progress: Progress,
        names: Collection[ModelName] | None = None,
        *,
        by_itself: bool = False,
    ) -> BackupReport:
        """Copy what the vault does not have of a library, or of some of its models, and keep to ``keep`` versions.

        What is wrong with a source is told for its model, and the others go on. ``by_itself``: nobody asked for it
        just now, and so the larger of 10 % and 5 GiB of the disk stays free.
        """
        started = time.monotonic()
        chosen = [model for model in library.models if names is None or model.name in names]
        self.folder.prepare()
        with self.intake() as intake:
            saving = Saving(self.folder, intake, self._lock, self._audit, self._clock, self._keep)
            report = saving.run(library.folder, chosen, progress, by_itself=by_itself)
        return replace(report, made=self._with_means(report.made), seconds=time.monotonic() - started)

    def intake(self) -> Intake:
        """A run that brings something in; the vault must have been prepared."""
        return Intake(self.folder, self._clock, compress=self._compress)

    def record(self, verb: str, subject: str, text: str = "", *, is_bad: bool = False) -> None:
        """Add a line to the audit log."""
        self._audit.add(verb, subject, text, is_bad=is_bad)

    def has(self, digest: str) -> bool:
        """Whether there is a copy of a blob that nobody found damaged. Raises ValueError for what is no digest."""
        return self._objects.find(digest) is not None

    @contextmanager
    def opened(self, digest: str) -> Iterator[tuple[Reader, int]]:
        """The bytes of a blob and how many there are; whoever reads them has to prove them."""
        self.folder.check()
        entry = self._objects.find(digest)
        size = None if entry is None else self._objects.content_size(entry)
        if entry is None or size is None:
            raise InputError(f"The vault has no good copy of blob {short(digest)}.")
        with self._objects.opened(entry) as source:
            yield source, size

    def fetch(self, digest: str, target: Path, progress: Progress) -> None:
        """Write a proven copy of a blob to a new file, which carries the time of now, as Ollama's cleaning asks for.

        Where it fails, there is no such file.
        """
        with self.opened(digest) as (source, size), durable.told(target):
            meter = Meter(progress, size)
            meter.name(f"Fetching blob {short(digest)} from the vault")
            with durable.create(target) as file:
                try:
                    self._require(digest, move(source, copying.writer(file), meter, size=size))
                    durable.flush(file)
                except BaseException:
                    target.unlink(missing_ok=True)
                    raise
            with suppress(PermissionError):  # file systems of memory sticks know no such rights
                target.chmod(0o644)

    def _require(self, digest: str, moved: Moved) -> None:
        if moved.digest != digest:
            self._objects.mark_damaged(digest)
            raise InputError(
                f"The copy of blob {short(digest)} in the vault is damaged.",
                why="Its bytes do not hash to its name.",
                todo="Back the model up again while it is whole, and look after the vault's disk.",
            )

    def verify(
        self, progress: Progress, *, share: float | None = None, wait: Callable[[], object] | None = None
    ) -> Proven:
        """Hash every object, or a share of all bytes, those first whose last hash is eldest: see :mod:`.proving`."""
        self.folder.check()
        return self._proving.run(progress, share, wait)

    def lacking(self, damaged: Collection[str] = ()) -> dict[VaultVersion, tuple[str, ...]]:
        """The versions that miss objects, or of which one was found damaged, and these; nothing is read.

        ``damaged``: known to be, where the disk did not let it be marked.
        """
        found = {}
        is_good = cache(lambda digest: digest not in damaged and self.has(digest))
        with durable.told(self.folder.objects):
            for version in self.versions():
                lost = tuple(layer.digest for layer in version.manifest.blobs if not is_good(layer.digest))
                if lost:
                    found[version] = lost
        return found

    def marked(self, damaged: Collection[str]) -> tuple[str, ...]:
        """Those of these objects that are known not to be good: marked as damaged, or not there."""
        with durable.told(self.folder.objects):
            return tuple(digest for digest in damaged if not self.has(digest))

    def renew(self, wanted: Collection[str], sources: Sequence[Path], progress: Progress) -> tuple[str, ...]:
        """Copy these blobs of versions anew, out of the first of these model folders that has them whole.

        The digests of those that are good again.
        """
        layers = {each.digest: each for version in self.versions() for each in version.manifest.blobs}
        chosen = [layers[digest] for digest in wanted if digest in layers]
        there = [each for each in chosen if any(digests.blob_file(s, each.digest).is_file() for s in sources)]
        if not there:
            return ()
        self.folder.prepare()
        with self.intake() as intake:
            intake.pin(each.digest for each in there)
            meter = Meter(progress, sum(each.size for each in there))
            return tuple(each.digest for each in there if self._is_renewed(intake, each, sources, meter))

    def _is_renewed(self, intake: Intake, layer: Layer, sources: Sequence[Path], meter: Meter) -> bool:
        meter.name(f"Copying blob {short(layer.digest)} anew")
        for source in sources:
            with suppress(InputError):
                part = intake.copy(layer, digests.blob_file(source, layer.digest), meter)
                intake.admit(part)
                intake.flush()
                self._audit.add("renew", layer.digest, f"from {source}")
                return True
        return False

    def sweep(self, grace: timedelta = GRACE) -> Swept:
        """Remove what no version needs and what is older than the grace, in two passes: see :mod:`.sweep`."""
        if not self.folder.is_there:
            return Swept()
        self.folder.prepare()
        with durable.told(self.folder.root), self._lock.held():
            vault_lock.clear_dead(self.folder, self._clock)
            self._snapshots.clear_parts()
            swept = Sweep(self.folder, self._objects, self._clock(), grace).run()
            if swept != Swept():
                self._audit.add(
                    "sweep", "", f"{swept.trashed} set aside, {swept.rescued} brought back, {swept.removed} removed"
                )
        return swept

    def delete(self, version_id: str) -> None:
        """Take a version away by hand. What nobody else needs of it is removed by the sweeps to come."""
        self.folder.check()
        version = next((each for each in self._snapshots.readable()[0] if each.id == version_id), None)
        if version is None:
            raise BadValueError("The vault has no such version.", todo="List its versions again.")
        with durable.told(self.folder.root), self._lock.held():
            self._audit.add("delete", str(version.name), f"version {version.id}")
            self._snapshots.trash(version, self._clock())

    def _with_means(self, versions: Collection[VaultVersion]) -> tuple[VaultVersion, ...]:
        """Say of each version how it came in, by sharing bytes where one of its objects did; and since when it is
        proven whole."""
        dates = self._proving.dates() if versions else {}
        is_good = cache(self.has)

        def told(version: VaultVersion) -> VaultVersion:
            needed = {layer.digest for layer in version.manifest.layers}
            means = {self._objects.means(digest) for digest in needed}
            hashed = [_later(dates.get(digest), version.verified_at) for digest in needed]
            known = [moment for moment in hashed if moment is not None]
            is_proven = len(known) == len(needed) and all(is_good(digest) for digest in needed)
            return replace(
                version,
                means=CopyMeans.REFLINK if CopyMeans.REFLINK in means else CopyMeans.COPY,
                verified_at=min(known, default=None) if is_proven else None,
            )

        with durable.told(self.folder.objects):
            return tuple(told(version) for version in versions)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
