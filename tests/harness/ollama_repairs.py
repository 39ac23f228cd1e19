"""Everything that a test of repairs needs: a shelf, a vault, a server over the shelf, a registry behind it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.gguf_writer import tiny_gguf
from harness.ollama_library import Shelf
from harness.ollama_registry import Registry
from harness.ollama_server import OllamaDouble
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.net.client import Client
from modelward.ollama import library, names
from modelward.ollama.model import (
    BlobCheck,
    BlobState,
    Layer,
    LayerCheck,
    Library,
    LocalModel,
    ModelCheck,
    RepairReport,
    Verdict,
)
from modelward.ollama.recovery import Recovery
from modelward.ollama.server import OllamaServer
from modelward.ollama.vault import Vault

OURS = ".modelward"


async def no_wait(_seconds: float) -> None:
    """Waits in no time."""


class Clinic:
    """A model folder with a tiny model ``llama3.2:3b`` in it that really loads; copies, a server, a registry."""

    def __init__(self, home: Path, client: Client, registry: Registry, ollama: OllamaDouble) -> None:
        self.home = home
        self.shelf = Shelf(home / "models")
        self.registry = registry
        self.ollama = ollama
        self.server = OllamaServer(client, ollama.url)
        self.now = datetime.now(UTC) + timedelta(hours=1)
        self.vault = Vault(home / "vault", keep=5, compress=False)
        self.recovery = self.opened()

    def opened(self, **changes: Any) -> Recovery:
        """The recovery with other parts than usual."""
        parts = {"vault": self.vault, "server": self.server, "scratch": self.home / "scratch"}
        others = {"clock": lambda: self.now, "wait": no_wait}
        return Recovery(**(parts | others | changes))

    def back_up(self, *only: str) -> None:
        """Copy models into the vault."""
        chosen = {names.parse(name) for name in only} if only else None
        report = self.vault.back_up(self.read(), Progress(), chosen)
        assert not report.refused

    def read(self) -> Library:
        """The model folder as it is read now."""
        return library.read(self.shelf.folder)

    def model(self, name: str) -> LocalModel:
        """A model as it is read now."""
        return next(each for each in self.read().models if each.name == names.parse(name))

    def check(self, name: str) -> ModelCheck:
        """What is true of a model."""
        return checked(self.model(name), self.shelf)

    async def repair(self, name: str, recovery: Recovery | None = None) -> RepairReport:
        """Repair a model as it stands now."""
        return await (recovery or self.recovery).repair(self.read(), self.check(name), Progress())

    async def restore(self, name: str, number: int = 0, recovery: Recovery | None = None) -> RepairReport:
        """Restore a version from the vault, the newest first."""
        version = self.vault.versions(names.parse(name))[number]
        return await (recovery or self.recovery).restore(self.read(), version, Progress())

    async def redownload(self, name: str, recovery: Recovery | None = None) -> RepairReport:
        """Download a model again."""
        return await (recovery or self.recovery).redownload(self.read(), names.parse(name), Progress())

    def snapshot(self) -> dict[str, str]:
        """Every file of the model folder but ours."""
        return {path: content for path, content in self.shelf.snapshot().items() if not path.startswith(OURS)}

    def left(self) -> list[str]:
        """What repairs have left behind."""
        files = (path for path in (self.shelf.folder / OURS).rglob("*") if path.is_file())
        return sorted(path.name for path in files if path.name != "repair.lock")


def checked(model: LocalModel, shelf: Shelf) -> ModelCheck:
    """The verdict on a model by hashing each blob here, without the code that finds it."""
    if model.manifest is None:
        return ModelCheck(model, Verdict.UNREADABLE if model.path.exists() else Verdict.MISSING)
    layers = tuple(LayerCheck(layer, _checked(layer, shelf)) for layer in model.manifest.blobs)
    states = {each.check.state for each in layers}
    verdict = Verdict.INTACT
    if BlobState.DAMAGED in states:
        verdict = Verdict.DAMAGED
    elif BlobState.MISSING in states:
        verdict = Verdict.MISSING
    return ModelCheck(model, verdict, layers)


def _checked(layer: Layer, shelf: Shelf) -> BlobCheck:
    path = shelf.blob(layer.digest)
    if not path.exists():
        return BlobCheck(layer.digest, BlobState.MISSING)
    actual = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    state = BlobState.INTACT if actual == layer.digest else BlobState.DAMAGED
    return BlobCheck(layer.digest, state, path.stat().st_size, actual=actual)


@asynccontextmanager
async def clinic(home: Path, fill: Callable[[Shelf], object] | None = None) -> AsyncIterator[Clinic]:
    """A clinic that is open; ``fill`` puts models on its shelf before the server starts."""
    paths = Paths.locate({"MODELWARD_HOME": str(home / "modelward")})
    paths.prepare()
    shelf = Shelf(home / "models")
    (fill or _usual)(shelf)
    client = Client(Preferences(paths, load(paths, {}), {}), sleep=no_wait)
    async with Registry() as registry, OllamaDouble(shelf.folder, registry=registry.url) as ollama:
        try:
            yield Clinic(home, client, registry, ollama)
        finally:
            await client.close()


def _usual(shelf: Shelf) -> None:
    shelf.add("llama3.2:3b", tiny_gguf(), license="MIT", params={"num_ctx": 4096})
