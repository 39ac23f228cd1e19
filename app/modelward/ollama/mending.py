"""What one repair can do in a folder that we may write: blobs from copies, else by download; all proven in place."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.core.errors import KnownError, NetworkError, UnreachableError
from modelward.core.progress import Progress
from modelward.ollama import digests, downloading, placing
from modelward.ollama.digests import short
from modelward.ollama.loading import unload
from modelward.ollama.model import Layer, Library, Manifest, ModelName, RepairMeans, VaultVersion
from modelward.ollama.quarantine import Bench
from modelward.ollama.server import OllamaServer
from modelward.ollama.sources import Sources
from modelward.ollama.standing import is_elsewhere
from modelward.ollama.story import Story


class Mending:
    """The tools of one repair. ``proven``: blobs known to be whole in their places, those that are ``assumed`` from a
    former proof among them; ``problems``: what went wrong without ending the work.

    Raises KnownError; what was done by then is settled with the bench.
    """

    def __init__(
        self,
        library: Library,
        bench: Bench,
        sources: Sources,
        server: OllamaServer | None,
        story: Story,
        progress: Progress,
    ) -> None:
        self.library = library
        self.bench = bench
        self.sources = sources
        self._server = server
        self.story = story
        self.progress = progress
        self.proven: set[str] = set()
        self.assumed: frozenset[str] = frozenset()
        self.problems: list[str] = []

    async def not_whole(self, layers: Iterable[Layer]) -> tuple[Layer, ...]:
        """The blobs that are not whole in their places; those that are count as proven."""
        wanted = tuple(layers)
        return await in_thread(lambda: tuple(each for each in wanted if not self._is_whole(each)), self.progress)

    def _is_whole(self, layer: Layer) -> bool:
        self.progress.update(text=f"Proving blob {short(layer.digest)}")
        place = digests.blob_file(self.bench.models, layer.digest)
        if not placing.is_whole(place, layer.digest, self.progress):
            return False
        self.proven.add(layer.digest)
        if not self.library.users_of(layer.digest):
            with suppress(OSError):
                os.utime(place)  # Ollama removes blobs without a model an hour after their last change
        return True

    async def from_copies(self, layers: Iterable[Layer]) -> tuple[Layer, ...]:
        """Bring back what copies have: the blobs for which there is none."""
        wanted, models = tuple(layers), self.bench.models
        found = [layer for layer in wanted if self.sources.find(layer.digest, models)]
        placing.require_room(self.bench.folder, sum(layer.size for layer in found))
        await self._unload(dict.fromkeys(name for layer in found for name in self.library.users_of(layer.digest)))
        for layer in found:
            await in_thread(lambda digest=layer.digest: self._bring(digest), self.progress)  # type: ignore[misc]
        return tuple(layer for layer in wanted if layer.digest not in self.proven)

    def _bring(self, digest: str) -> None:
        self.progress.update(text=f"Bringing back blob {short(digest)}")
        staged = self.bench.staged(digest)
        means = self.sources.stage(digest, self.bench.models, staged, self.progress, self.problems)
        if means is None:
            return
        if self.bench.heal(digest, self.progress):
            self.proven.add(digest)
            self.story.came(digest, means)
        else:
            self.problems.append(f"Blob {short(digest)} was written, and could not be read back whole.")

    async def version(self, version: VaultVersion, place: Path) -> tuple[Layer, ...]:
        """Bring back a version: its blobs, and its manifest at ``place`` when the bench is settled.

        The blobs that no copy has; the manifest is left as it is then.
        """
        left = await self.from_copies(await self.not_whole(version.manifest.blobs))
        if not left:
            await in_thread(lambda: self.bench.stage_manifest(place, version.manifest.raw))
        return left

    async def by_download(self, name: ModelName, missing: Iterable[Layer]) -> Manifest:
        """Download what no copy has, through the model itself, or one that shares its blobs: the manifest of that one.

        Of the model itself it may be a newer version.
        """
        server = await self._answering()
        left = {layer.digest for layer in missing}
        candidates = dict.fromkeys([name, *(user for digest in left for user in self.library.users_of(digest))])
        await self._unload(candidates)
        for digest in sorted(left):
            await in_thread(lambda wanted=digest: self.bench.set_aside_once(wanted))  # type: ignore[misc]
        refusal: KnownError | None = None
        for candidate in candidates:
            try:
                manifest = await self._downloaded(candidate, server)
            except NetworkError as error:
                refusal = refusal or error
                continue
            self._came(left & self.proven)
            if candidate == name or left <= self.proven:
                return manifest
        raise refusal or NetworkError("The download did not bring what is missing.")

    async def download(self, name: ModelName) -> Manifest:
        """Download a model whole, whatever is there."""
        server = await self._answering()
        await self._unload([name])
        manifest = await self._downloaded(name, server)
        self._came({layer.digest for layer in manifest.blobs})
        return manifest

    def _came(self, found: Collection[str]) -> None:
        for digest in sorted(found):
            if digest not in self.story.means:
                self.story.came(digest, RepairMeans.DOWNLOAD)

    async def _answering(self) -> OllamaServer:
        look = await self._server.look() if self._server is not None else None
        if self._server is None or look is None or not look.version:
            raise UnreachableError(
                "No copy of it is at hand, and Ollama does not answer, so that nothing can be downloaded.",
                todo="Start Ollama, and try again.",
            )
        if look.listed and is_elsewhere(self.library, look):
            raise NetworkError(
                "No copy of it is at hand, and Ollama would download it into another folder.",
                why=f"It lists none of the models in {self.library.folder}.",
                todo="Check the model folder in the settings, and OLLAMA_MODELS of the server.",
            )
        return self._server

    async def _downloaded(self, name: ModelName, server: OllamaServer) -> Manifest:
        former = await in_thread(lambda: self.protect(name))
        manifest = await downloading.pull_whole(server, self.bench, name, self.proven, self.progress)
        if former is not None and former.digest != manifest.digest:
            self.story.say(f"{name} is a newer version now: the registry does not have the old one any more.")
            if self.bench.kept.exists():
                self.story.say(f"What there was of the old version is kept in {self.bench.remains}.")
        return manifest

    def protect(self, name: ModelName) -> Manifest | None:
        """Keep what is there of a model's present version, where the vault does not have it; that version."""
        model = next((each for each in self.library.models if each.name == name), None)
        if model is None or model.manifest is None or model.is_remote:
            return None
        if not self.sources.holds(model.manifest.digest, name):
            self.bench.keep(model.path, model.manifest)
        return model.manifest

    async def _unload(self, names: Iterable[ModelName]) -> None:
        if self._server is None or not await self._server.is_up():
            return
        for name in names:
            if await unload(self._server, name):
                self.story.say(f"{name} was put out of memory.")
