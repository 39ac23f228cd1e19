"""The three ways to bring a model back: mending what a check found, restoring a version, downloading it anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.core.errors import FolderError, InputError, KnownError
from modelward.ollama import names
from modelward.ollama.mending import Mending
from modelward.ollama.model import Layer, Library, LocalModel, Manifest, ModelName, VaultVersion
from modelward.ollama.story import listed
from modelward.ollama.vault import Vault


@dataclass(frozen=True, slots=True)
class Aim:
    """What must be whole for a repair to have succeeded: these blobs, and a manifest of this digest where one is named.

    ``name``: the model's, as it lies there. Nothing to do is an aim without blobs.
    """

    name: ModelName
    blobs: frozenset[str] = frozenset()
    manifest: str = ""


async def mend(work: Mending, model: LocalModel, bad: Collection[Layer], intact: Collection[str]) -> Aim:
    """Bring back the bad blobs of a model, or its manifest. Raises KnownError."""
    if model.manifest is None:
        return await _renew(work, model)
    work.assumed = frozenset(intact)
    work.proven |= work.assumed
    now_bad = await work.not_whole(bad)
    work.bench.wanted = tuple(layer.digest for layer in now_bad)
    left = await work.from_copies(now_bad)
    if left:
        await work.by_download(model.name, left)
    return Aim(model.name, frozenset(layer.digest for layer in now_bad))


async def _renew(work: Mending, model: LocalModel) -> Aim:
    """A manifest that cannot be read, or is gone: the newest version from the vault, else a download."""
    for version in work.sources.versions(model.name)[:1]:
        left = await work.version(version, model.path)
        if not left:
            work.story.say(f"The version that was last seen on {version.last_seen_at:%Y-%m-%d} is brought back.")
            return _whole(model.name, version.manifest)
        work.problems.append(f"The vault lacks blobs of this version: {listed(each.digest for each in left)}.")
    return _whole(model.name, await work.download(model.name))


async def restore(work: Mending, version: VaultVersion, vault: Vault | None) -> Aim:
    """Put a version from the vault into its place. Raises KnownError."""
    current = _current(work.library, version.name)
    name = current.name if current else version.name
    place = current.path if current else _place(work.library.folder, name)
    if current and current.manifest and current.manifest.digest == version.manifest.digest:
        bad = await work.not_whole(version.manifest.blobs)
        if not bad:
            return Aim(name)
    elif current:
        await _save(work, current, vault)
    left = await work.version(version, place)
    if left:
        raise InputError(
            "The vault does not have all blobs of this version.",
            why=f"Missing or damaged: {listed(each.digest for each in left)}.",
            todo="Choose another version, or download the model again.",
        )
    return _whole(name, version.manifest)


async def fetch_anew(work: Mending, name: ModelName, vault: Vault | None) -> Aim:
    """Download a model, whatever is there. Raises KnownError."""
    current = _current(work.library, name)
    if current:
        name = current.name
        await _save(work, current, vault)
    return _whole(name, await work.download(name))


async def _save(work: Mending, current: LocalModel, vault: Vault | None) -> None:
    """Let the present version not be lost: in the vault, or else beside the models."""
    manifest = current.manifest
    if manifest is None or current.is_remote or work.sources.holds(manifest.digest, current.name):
        return
    if vault is not None:
        try:
            report = await in_thread(
                lambda: vault.back_up(work.library, work.progress, (current.name,), by_itself=True), work.progress
            )
        except KnownError as error:
            work.problems.append(str(error))
        else:
            work.problems.extend(report.refused.values())
    if work.sources.holds(manifest.digest, current.name):
        work.story.say("The version that was here was copied into the vault first.")
        return
    try:
        await in_thread(lambda: work.protect(current.name))
    except FolderError as error:
        raise FolderError(
            "The version that is here is in no copy, and cannot be kept.", why=error.why, todo=error.todo
        ) from error
    work.story.say(f"What there was of the version before is kept in {work.bench.remains}.")


def _whole(name: ModelName, manifest: Manifest) -> Aim:
    return Aim(name, frozenset(layer.digest for layer in manifest.blobs), manifest.digest)


def _current(library: Library, name: ModelName) -> LocalModel | None:
    """The model of that name as it lies there: large and small letters are one to Ollama."""
    found = names.match(name, [model.name for model in library.models])
    return next((model for model in library.models if model.name == found), None)


def _place(models: Path, name: ModelName) -> Path:
    """The place that every Ollama reads, also one that knows the newer layout."""
    return models / "manifests" / names.relative_path(name)
