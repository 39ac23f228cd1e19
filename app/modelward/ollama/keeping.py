"""The verbs of the vault: copies made, proven, listed, written into files and taken in from them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.core.clock import Clock
from modelward.core.errors import BadValueError, FolderError
from modelward.core.progress import Progress
from modelward.ollama import events, findings, parcel
from modelward.ollama.copies import Copies
from modelward.ollama.model import (
    AlertKind,
    BackupReport,
    GuardEvent,
    Manifest,
    ModelName,
    VaultReport,
    VaultVersion,
)
from modelward.ollama.store import WatchStore
from modelward.ollama.surroundings import Surroundings
from modelward.ollama.watch import announce


class Keeping:
    """See the methods of :class:`.OllamaService` by the same names. One at a time, which its caller sees to."""

    def __init__(self, around: Surroundings, store: WatchStore, copies: Copies, clock: Clock) -> None:
        self._around = around
        self._store = store
        self._copies = copies
        self._clock = clock

    async def back_up(self, progress: Progress, names: Collection[ModelName] | None) -> BackupReport:
        """Copy these models, or all, and let the alerts follow."""
        library = await self._around.library()
        vault = await self._around.opened_vault()
        report, at = await in_thread(lambda: vault.back_up(library, progress, names), progress), self._clock()
        await self._store.log(events.of_backup(report, at))
        over = findings.judged_by_backup(report, is_everything=names is None)
        await announce(self._store, await self._store.follow([], over, at), at)
        return report

    async def begin_vault(self) -> None:
        """Begin a new vault in the place of one that is gone."""
        folder = self._around.vault_folder
        vault = await self._around.vault(is_new=True)
        if await in_thread(lambda: vault.folder.is_there):
            raise BadValueError(f"The vault {folder} is there: nothing new was begun.")
        await self._around.opened_vault(is_new=True)
        text = "A new vault was begun; the former one is given up."
        await self._store.log([GuardEvent(self._clock(), "new vault", str(folder), text)])

    async def verify_vault(self, progress: Progress) -> VaultReport:
        """Prove every copy, and let the alerts follow."""
        report, at = await self._copies.prove(await self._around.place(), progress), self._clock()
        await self._store.log(events.of_copies(report, at))
        outcome = await self._store.follow(findings.of_copies(report), {AlertKind.COPY: None}, at)
        await announce(self._store, outcome, at)
        return report

    async def versions(self, name: ModelName | None) -> tuple[VaultVersion, ...]:
        """What the vault holds."""
        vault = await self._around.vault()
        found = await in_thread(lambda: vault.versions(name))
        return tuple(sorted(found, key=lambda version: version.name))

    async def version(self, name: ModelName, version_id: str | None) -> VaultVersion:
        """A version of a model by its id, or the newest. Raises BadValueError where the vault has none."""
        for version in await self.versions(name):
            if version_id in (None, version.id):
                return version
        what = f"version {version_id}" if version_id else "version"
        raise BadValueError(f"The vault has no {what} of {name}.", todo="List its versions: modelward ollama backups")

    async def take_in(self, file: Path, progress: Progress) -> tuple[VaultVersion, ...]:
        """Take the file of an export into the vault: the versions that came."""
        vault = await self._around.opened_vault()
        return await in_thread(lambda: parcel.take_in(vault, file, progress), progress)

    async def export(
        self, name: ModelName, file: Path, progress: Progress, *, version_id: str | None, compress: bool
    ) -> int:
        """Write a model, or a version of it, to one file; its bytes."""
        await in_thread(lambda: _require_place(file))
        here = None if version_id else await self._manifest_here(name)
        if here is not None:
            folder, manifest = here
            return await in_thread(
                lambda: parcel.export_model(folder, name, manifest, file, progress, compress=compress), progress
            )
        vault, version = await self._around.vault(), await self.version(name, version_id)
        return await in_thread(
            lambda: parcel.export_version(vault, version, file, progress, compress=compress), progress
        )

    async def _manifest_here(self, name: ModelName) -> tuple[Path, Manifest] | None:
        library = await self._around.library()
        found = next((each.manifest for each in library.models if each.name == name), None)
        return (library.folder, found) if found is not None else None


def _require_place(file: Path) -> None:
    """Raises FolderError where no file can be written under that name."""
    if file.is_dir():
        raise FolderError(f"{file} is a folder.", todo=f"Name the file to write, such as {file / 'model.tar'}")
    if not file.parent.is_dir():
        raise FolderError(f"There is no folder {file.parent}.", todo="Choose another one for the file, or make it.")
