"""Downloading through the server's pull until what it left on the disk is proven: its word counts for nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.core.errors import AnswerError, InputError
from modelward.core.progress import Progress
from modelward.ollama import digests, files, manifests, names, placing
from modelward.ollama.model import Manifest, ModelName
from modelward.ollama.pulling import PullStep
from modelward.ollama.quarantine import Bench
from modelward.ollama.server import OllamaServer
from modelward.ollama.story import listed

_ROUNDS = 2
"""The first may find a bad blob of another's in its way, which it takes for whole; the second has none."""


async def pull(server: OllamaServer, name: ModelName, progress: Progress) -> None:
    """Let the server download a model, with its progress as ours. Raises NetworkError."""

    def on_progress(step: PullStep) -> None:
        progress.checkpoint()
        if step.digest and step.total:
            progress.update(done=step.done, total=step.total, unit="bytes", text=f"{name}: {step.status}")
        else:
            progress.update(text=f"{name}: {step.status}")

    progress.update(done=0, text=f"Downloading {name} through Ollama")
    await server.pull(name, on_progress)


async def pull_whole(
    server: OllamaServer, bench: Bench, name: ModelName, proven: set[str], progress: Progress
) -> Manifest:
    """Pull until all that the model is made of lies whole in its place: its manifest.

    ``proven``: blobs that need no further proof; those proven here are added. Raises NetworkError.
    """
    bad: list[str] = []
    for _ in range(_ROUNDS):
        before = await in_thread(lambda: _blobs(bench.models))
        try:
            await pull(server, name, progress)
            manifest = await in_thread(lambda: manifest_of(bench.models, name))
        except BaseException:
            await in_thread(lambda seen=before: _forget_wrong(bench, seen, bench.wanted))  # type: ignore[misc]
            raise
        if manifest is None:
            raise _nothing_done(bench.models, name)
        sought = [layer.digest for layer in manifest.blobs if layer.digest not in proven]
        bad = await in_thread(lambda due=sought, seen=before: _bad(bench, due, seen, progress), progress)  # type: ignore[misc]
        proven.update(set(sought) - set(bad))
        if not bad:
            return manifest
    raise AnswerError(
        f"Ollama says that it downloaded {name}, and what it left is not whole.",
        why=f"Missing or damaged: {listed(bad)}.",
        todo="Look at the network, the memory and the disk of this machine; then try again.",
    )


def _nothing_done(models: Path, name: ModelName) -> AnswerError:
    return AnswerError(
        f"Ollama says that it downloaded {name}, and it is not in {models}.",
        why="It did nothing, or keeps its models in another folder.",
        todo="Check the model folder in the settings, and OLLAMA_MODELS of the server.",
    )


def manifest_of(models: Path, name: ModelName) -> Manifest | None:
    """The manifest of a name as it lies there now, the newer layout first; None without one that can be read."""
    return next((found for path in places_of(models, name) if (found := manifest_at(path))), None)


def manifest_at(path: Path) -> Manifest | None:
    """The manifest in a file; None where there is none that can be read, or a link's blob is not what its name says."""
    try:
        found = manifests.read(files.read(path, manifests.LARGEST)[0])
    except (OSError, InputError):
        return None
    is_damaged = path.is_symlink() and path.resolve().name != digests.file_name(found.digest)
    return None if is_damaged else found


def places_of(models: Path, name: ModelName) -> tuple[Path, Path]:
    """Where the manifest of a name may lie, the place that counts first."""
    return (
        models / "manifests-v2" / names.relative_path(name, is_v2=True),
        models / "manifests" / names.relative_path(name),
    )


def _blobs(models: Path) -> frozenset[str]:
    try:
        return frozenset(path.name for path in (models / "blobs").iterdir())
    except OSError:
        return frozenset()


def _bad(bench: Bench, sought: Iterable[str], before: frozenset[str], progress: Progress) -> list[str]:
    """The blobs that are not whole. Those that were there before are moved out of the next pull's way."""
    bad = []
    for digest in sought:
        progress.update(text=f"Proving blob {listed([digest])}")
        if not placing.is_whole(digests.blob_file(bench.models, digest), digest, progress):
            bad.append(digest)
    for digest in bad:
        if digests.file_name(digest) in before:
            bench.set_aside_once(digest)
    _forget_wrong(bench, before, bad)
    return bad


def _forget_wrong(bench: Bench, before: frozenset[str], wanted: Iterable[str]) -> None:
    """Remove what a pull left under a name that it does not hash to: a later pull would take it for whole."""
    for digest in wanted:
        place = digests.blob_file(bench.models, digest)
        is_new = place.name not in before and place.is_file()
        if is_new and not placing.is_whole(place, digest, Progress()):
            with placing.told(place):
                place.unlink()
