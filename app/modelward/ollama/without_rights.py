"""Repairs in a folder that we may not write: through the server where that is enough, else the exact commands."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.core.errors import AnswerError, KnownError, NetworkError
from modelward.core.progress import Progress
from modelward.ollama import byhand, digests, downloading, placing
from modelward.ollama.digests import short
from modelward.ollama.loading import LoadState, try_load
from modelward.ollama.model import (
    Layer,
    Library,
    LocalModel,
    ModelName,
    RepairMeans,
    RepairReport,
    RepairState,
    VaultVersion,
)
from modelward.ollama.server import OllamaServer
from modelward.ollama.sources import Sources
from modelward.ollama.story import Story, listed

_OTHERS_FOLDER = "Modelward may not write to the model folder; it belongs to somebody else."

_ELSEWHERE = "It keeps its models in another folder."
_CHECK = "Check OLLAMA_MODELS of the server."


class WithoutRights:
    """The server takes a missing blob, and hashes it; one that is there, it keeps however bad it is."""

    def __init__(self, sources: Sources, server: OllamaServer | None, scratch: Path) -> None:
        self._sources = sources
        self._server = server
        self._scratch = scratch

    async def repair(
        self, library: Library, model: LocalModel, bad: Collection[Layer], story: Story, progress: Progress
    ) -> RepairReport:
        """Bring back what is missing; what is there and bad has to be moved by hand."""
        models = library.folder
        in_the_way = await in_thread(lambda: _all_in_the_way(library, model, bad))
        if in_the_way:
            has_copies = model.manifest is not None and all(self._sources.find(each.digest, models) for each in bad)
            return _by_hand(models, model.name, in_the_way, story, has_copies=has_copies)
        if model.manifest is None:
            return await self.download(library, model.name, story, progress)
        return await self._ended(library, model.name, bad, story, progress)

    async def restore(self, library: Library, version: VaultVersion, story: Story, progress: Progress) -> RepairReport:
        """Bring back a version whose manifest is still there; another manifest can only be put there by hand."""
        models, blobs = library.folder, version.manifest.blobs
        now = await in_thread(lambda: downloading.manifest_of(models, version.name))
        if now is None or now.digest != version.manifest.digest:
            return story.told(RepairState.BY_HAND, _unpacked_by_hand(models, version))
        bad = await in_thread(lambda: _not_whole(models, blobs, progress), progress)
        in_the_way = [path for layer in bad for path in _in_the_way(models, layer)]
        if in_the_way:
            return _by_hand(models, version.name, in_the_way, story, has_copies=True)
        if not bad:
            return story.told(RepairState.NOTHING, "Every blob is whole.")
        return await self._ended(library, version.name, bad, story, progress)

    async def download(self, library: Library, name: ModelName, story: Story, progress: Progress) -> RepairReport:
        """Let the server download a model, and prove what came as far as it can be read."""
        former = await in_thread(lambda: downloading.manifest_of(library.folder, name))
        if former is not None and not self._sources.holds(former.digest, name):
            return story.failed(
                "The version that is here is in no copy, and the download could replace it by a newer one.",
                "Back it up first.",
            )
        return await self._ended(library, name, None, story, progress)

    async def _ended(
        self, library: Library, name: ModelName, missing: Collection[Layer] | None, story: Story, progress: Progress
    ) -> RepairReport:
        """Bring back these blobs, or the whole model for None, then prove and load it."""
        models = library.folder
        try:
            left = missing
            if missing is not None:
                left = await self._sent(models, missing, story, progress)
            if left is None or left:
                await self._pulled(name, left or (), story, progress)
        except KnownError as error:
            return story.failed(error)
        now = await in_thread(lambda: downloading.manifest_of(models, name))
        due = missing if missing is not None else () if now is None else now.blobs
        bad = await in_thread(lambda: _not_whole(models, due, progress), progress)
        if now is None or bad:
            return _not_there(models, now is None, bad, story, name)
        if missing is None:
            for layer in due:
                story.came(layer.digest, RepairMeans.DOWNLOAD)
        return await self._load_tested(name, story)

    async def _sent(
        self, models: Path, missing: Iterable[Layer], story: Story, progress: Progress
    ) -> tuple[Layer, ...]:
        """Send what copies have to the server: the blobs that there is no copy of."""
        server = self._answering()
        left = []
        for layer in missing:
            if await server.has_blob(layer.digest):
                raise AnswerError(
                    f"Ollama has blob {short(layer.digest)}, and it is not in {models}.", why=_ELSEWHERE, todo=_CHECK
                )
            staged = self._scratch / digests.file_name(layer.digest)
            try:
                means = await in_thread(lambda each=layer, to=staged: self._stage(each, models, to, progress), progress)  # type: ignore[misc]
                if means is None:
                    left.append(layer)
                    continue
                progress.update(done=0, total=layer.size, unit="bytes", text=f"Sending blob {short(layer.digest)}")
                await server.put_blob(layer.digest, staged, lambda sent: _sent_so_far(progress, sent))
            finally:
                with suppress(OSError):
                    staged.unlink()
            story.came(layer.digest, means)
        return tuple(left)

    def _stage(self, layer: Layer, models: Path, staged: Path, progress: Progress) -> RepairMeans | None:
        with placing.told(staged):
            staged.parent.mkdir(parents=True, exist_ok=True)
            staged.unlink(missing_ok=True)
        placing.require_room(staged.parent, layer.size)
        return self._sources.stage(layer.digest, models, staged, progress, [])

    async def _pulled(self, name: ModelName, missing: Iterable[Layer], story: Story, progress: Progress) -> None:
        await downloading.pull(self._answering(), name, progress)
        for layer in missing:
            story.came(layer.digest, RepairMeans.DOWNLOAD)

    def _answering(self) -> OllamaServer:
        if self._server is None:
            raise NetworkError("No server is known that could bring it back.", todo="Start Ollama, and try again.")
        return self._server

    async def _load_tested(self, name: ModelName, story: Story) -> RepairReport:
        result = await try_load(self._answering(), name)
        story.say("Ollama loads it." if result.state is LoadState.LOADS else result.detail)
        state = RepairState.RESTART if result.state is LoadState.STALE else RepairState.REPAIRED
        return story.told(state, "" if result.state is LoadState.LOADS else result.detail)


def _sent_so_far(progress: Progress, sent: int) -> None:
    progress.checkpoint()
    progress.update(done=sent)


def _in_the_way(models: Path, layer: Layer) -> tuple[Path, ...]:
    """A bad blob and its unfinished downloads; a missing blob has nothing that is in its way."""
    place = digests.blob_file(models, layer.digest)
    return byhand.blob_and_partials(models, layer.digest, place) if os.path.lexists(place) else ()


def _all_in_the_way(library: Library, model: LocalModel, bad: Iterable[Layer]) -> list[Path]:
    paths = [path for layer in bad for path in _in_the_way(library.folder, layer)]
    is_bad_manifest = model.manifest is None and os.path.lexists(model.path)
    return [*paths, model.path] if is_bad_manifest else paths


def _not_whole(models: Path, layers: Iterable[Layer], progress: Progress) -> tuple[Layer, ...]:
    """The blobs whose bytes can be read, and are not whole, or that are missing."""
    places = [(layer, digests.blob_file(models, layer.digest)) for layer in layers]
    return tuple(
        layer
        for layer, place in places
        if not (place.exists() and not os.access(place, os.R_OK))
        and not placing.is_whole(place, layer.digest, progress)
    )


def _by_hand(models: Path, name: ModelName, paths: Collection[Path], story: Story, *, has_copies: bool) -> RepairReport:
    again = byhand.restore(name) if has_copies else byhand.pull(name)
    commands = byhand.told((*byhand.move_aside(models, list(dict.fromkeys(paths))), again))
    return story.told(RepairState.BY_HAND, f"{_OTHERS_FOLDER} Run:\n{commands}")


def _unpacked_by_hand(models: Path, version: VaultVersion) -> str:
    commands = byhand.told(byhand.unpack(models, version))
    return f"{_OTHERS_FOLDER} Only by hand can a manifest be put there. Run:\n{commands}"


def _not_there(models: Path, is_gone: bool, bad: Collection[Layer], story: Story, name: ModelName) -> RepairReport:
    what = f"{name} is not there" if is_gone else f"These blobs are missing or damaged: {listed(b.digest for b in bad)}"
    story.means.clear()
    return story.failed(
        f"Ollama took all, and yet in {models}: {what}.",
        "It did nothing, or keeps its models in another folder.",
        _CHECK,
    )
