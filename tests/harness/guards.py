"""A guard of local models over a real folder, a real store and Ollama's double, whose clock a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from harness.gguf_writer import tiny_gguf
from harness.ollama_library import Shelf
from harness.ollama_server import OllamaDouble
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.net.client import Client
from modelward.ollama.model import MaintenanceReport
from modelward.ollama.service import OllamaService
from modelward.ollama.throttle import Load, Throttle
from modelward.store.engine import Database


class Guard:
    """The service and what it stands on. ``start`` begins a new program on the same home."""

    def __init__(self, paths: Paths, shelf: Shelf, ollama: OllamaDouble) -> None:
        self.paths = paths
        self.shelf = shelf
        self.ollama = ollama
        self.environ = {"MODELWARD__OLLAMA__MODELS": str(shelf.folder), "MODELWARD__OLLAMA__HOST": ollama.url}
        self._moved = timedelta()
        self._open: list[tuple[Client, Database]] = []
        self.service: OllamaService
        self.catalog: CatalogStore

    def clock(self) -> datetime:
        return utc_now() + self._moved

    def wait(self, span: timedelta) -> None:
        """Let so much time pass, as far as the guard knows."""
        self._moved += span

    def add(self, *names: str) -> None:
        """Whole models, each with weights of its own."""
        for name in names:
            self.shelf.add(name, tiny_gguf(name))

    async def start(self, *, reader: bool = False, **settings: str) -> OllamaService:
        """A program; ``settings`` are of the group ollama."""
        environ = self.environ | {f"MODELWARD__OLLAMA__{key.upper()}": text for key, text in settings.items()}
        preferences = Preferences(self.paths, load(self.paths, environ), environ)
        database = await Database.open(self.paths.database, reader=reader)
        client = Client(preferences, sleep=_at_once)
        self._open.append((client, database))
        catalog = CatalogStore(database)
        service = OllamaService(
            database,
            catalog,
            client,
            self.paths,
            preferences,
            environ=environ,
            clock=self.clock,
            throttle=Throttle(Load),
        )
        if not reader:
            self.service, self.catalog = service, catalog
        return service

    async def maintain(self) -> MaintenanceReport:
        """A run, an hour after the last."""
        self.wait(timedelta(hours=1))
        return (await self.service.maintain(Progress()))[0]

    async def stop(self) -> None:
        """End all programs."""
        for client, database in reversed(self._open):
            await client.close()
            await database.close()
        self._open = []


@pytest.fixture
async def guard(home: Path, tmp_path: Path) -> AsyncIterator[Guard]:
    """A guard of two models that were never looked at."""
    paths = Paths.locate()
    paths.prepare()
    shelf = Shelf(tmp_path / "models")
    for name in ("llama3.2:3b", "me/tuned"):
        shelf.add(name, tiny_gguf(name))
    async with OllamaDouble(shelf.folder) as ollama:
        made = Guard(paths, shelf, ollama)
        await made.start()
        yield made
        await made.stop()


async def _at_once(_: float) -> None: ...
