"""The verbs of local models: how they stand, verifying, copying, bringing back, watching."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.net.client import Client
from modelward.ollama.model import (
    Alert,
    BackupReport,
    GuardEvent,
    MaintenanceReport,
    ModelName,
    Overview,
    RepairReport,
    Sample,
    ServerLook,
    Stray,
    VaultVersion,
    VerifyReport,
)
from modelward.store.engine import Database


class OllamaService:
    """Keeps local models. Used on the loop's thread.

    What changes models, copies or checks happens one after the other: a verb waits for the one before. Nothing is
    written by a reader, which looks beside a running Modelward.
    """

    def __init__(
        self,
        database: Database,
        catalog: CatalogStore,
        client: Client,
        paths: Paths,
        preferences: Preferences,
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._client = client
        self._paths = paths
        self._preferences = preferences
        self._environ = environ
        self._clock = clock
        self._turn = asyncio.Lock()

    @property
    def url(self) -> str:
        """Where Ollama is asked."""
        raise NotImplementedError

    @property
    def vault_folder(self) -> Path:
        """Where copies are kept."""
        raise NotImplementedError

    async def overview(self) -> Overview:
        """How all stands, without hashing anything: files are only looked at. Never raises for what the world does
        wrong: ``problems`` tell it. ``look`` is the last one; the first overview makes it.
        """
        raise NotImplementedError

    async def look(self) -> tuple[ServerLook, Changes]:
        """Look at the server once: whether it answers, how fast, which models it holds in memory. The look is kept,
        and alerts follow from it.
        """
        raise NotImplementedError

    async def named(self, texts: Iterable[str]) -> tuple[ModelName, ...]:
        """The models of these names as a person writes them, in the library or the vault; large and small letters
        are one. Raises BadValueError, naming close ones, for a name that is no name.
        """
        raise NotImplementedError

    async def verify(
        self,
        progress: Progress,
        names: Collection[ModelName] | None = None,
        *,
        quick: bool = False,
        deep: bool = False,
    ) -> tuple[VerifyReport, Changes]:
        """Prove these models, or all: what was not hashed since it changed is hashed.

        ``quick`` hashes nothing and only looks at sizes and times; ``deep`` hashes all anew and lets the server load
        each model. Raises FolderError where there is no model folder.
        """
        raise NotImplementedError

    async def back_up(
        self, progress: Progress, names: Collection[ModelName] | None = None
    ) -> tuple[BackupReport, Changes]:
        """Copy these models, or all, into the vault. Raises FolderError."""
        raise NotImplementedError

    async def versions(self, name: ModelName | None = None) -> tuple[VaultVersion, ...]:
        """What the vault holds, of one model or of all, by name and then newest first."""
        raise NotImplementedError

    async def restore(
        self, name: ModelName, progress: Progress, version_id: str | None = None
    ) -> tuple[RepairReport, Changes]:
        """Put a version from the vault back, or the newest. Raises BadValueError where the vault has none."""
        raise NotImplementedError

    async def restore_parcel(self, file: Path, progress: Progress) -> tuple[RepairReport, Changes]:
        """Take the file of an export into the vault, and put its model into the model folder.

        Raises InputError for a file that is no such, damaged or hostile.
        """
        raise NotImplementedError

    async def redownload(self, name: ModelName, progress: Progress) -> tuple[RepairReport, Changes]:
        """Fetch a model anew through Ollama."""
        raise NotImplementedError

    async def repair(
        self, progress: Progress, names: Collection[ModelName] | None = None
    ) -> tuple[tuple[RepairReport, ...], Changes]:
        """Verify these models, or all, and mend what is wrong: vault first, download last."""
        raise NotImplementedError

    async def export(
        self,
        name: ModelName,
        file: Path,
        progress: Progress,
        *,
        version_id: str | None = None,
        compress: bool = False,
    ) -> int:
        """Write a model, or a version of it in the vault, to one file that ``tar`` understands; its bytes."""
        raise NotImplementedError

    async def maintain(self, progress: Progress) -> tuple[MaintenanceReport, Changes]:
        """A maintenance run: look, verify, copy, mend, advise, as far as the settings allow each."""
        raise NotImplementedError

    async def history(self, model: str, since: datetime) -> tuple[Sample, ...]:
        """The kept looks at a model, by the name that Ollama shows, eldest first; at the server for an empty name."""
        raise NotImplementedError

    async def events(self, limit: int = 50) -> tuple[GuardEvent, ...]:
        """What happened to local models, newest first."""
        raise NotImplementedError

    async def alerts(self) -> tuple[Alert, ...]:
        """The open alerts, newest first."""
        raise NotImplementedError

    async def protect(self, names: Collection[ModelName], *, on: bool) -> Changes:
        """Say whether these models are brought back when they are gone."""
        raise NotImplementedError

    async def discard(self, strays: Collection[Stray]) -> tuple[int, Changes]:
        """Remove files that no model needs, by hand only; the bytes that this freed.

        One that changed since it was listed, or is needed now, is left.
        """
        raise NotImplementedError

    def pause(self) -> None:
        """Hold hashing until :meth:`resume`."""
        raise NotImplementedError

    def resume(self) -> None:
        """Go on with hashing."""
        raise NotImplementedError
