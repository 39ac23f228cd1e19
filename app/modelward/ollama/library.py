"""Reads a model folder as it lies on the disk, server running or not, and never writes there.

One bad model costs nothing but itself. A folder that cannot be read, or goes away meanwhile, is an error, and never a
folder without models: whoever guards them would take them all for deleted.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from modelward.catalog.fields import clip
from modelward.core.errors import FolderError, InputError
from modelward.ollama import configs, digests, files, manifests, names, strays, tags
from modelward.ollama.model import ConfigFacts, Layer, LayerKind, Library, LocalModel, Manifest, ModelName
from modelward.ollama.tags import Tag, Tags

LEGACY, NEWER = "manifests", "manifests-v2"

MOST_MANIFEST_BYTES = 64 * 1024 * 1024
"""Bytes of all manifests together that are kept; a thousand models have about one million."""

_WEIGHTS = (LayerKind.MODEL, LayerKind.TENSOR)
_TODO = "Check the model folder in the settings, and whether its disk is plugged in."


def read(folder: Path) -> Library:
    """All models in a model folder, and the files that none of them needs. Blocking; about 0.2 ms a model.

    Where a manifest cannot be read, no blob is called an orphan: it may belong to that model. A blob of a download or
    of a model in the making looks like an orphan too, until its manifest is there. Raises FolderError where the folder
    is not there, cannot be read, or went away meanwhile.
    """
    before = _identity(folder)
    reading = _Reading(folder)
    library = reading.library()
    if _identity(folder) != before:
        raise FolderError(
            f"The model folder {clip(folder, 300)} was exchanged while it was read.",
            why="Its disk may be gone.",
            todo=_TODO,
        )
    return library


class _Reading:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Blobs first: a model that is finished meanwhile then has no orphans.
        self._shelf = strays.look(folder)
        self._found = Tags()
        self._needed: set[str] = set()
        self._left = MOST_MANIFEST_BYTES
        self._inside = tuple(os.path.realpath(folder / name) for name in (".", LEGACY, NEWER, "blobs"))

    def library(self) -> Library:
        """The folder's models, strays and problems."""
        had_lists = self._lists()
        for root in (NEWER, LEGACY):
            tags.find(self._folder / root, self._found, is_v2=root == NEWER)
        models = self._models()
        if self._lists() != had_lists:
            raise FolderError(
                f"The list of models in {clip(self._folder, 300)} went away while it was read.",
                why="Its disk may be gone.",
                todo=_TODO,
            )
        is_certain = self._found.is_whole and all(model.manifest for model in models.values())
        rest, untold = strays.among(self._shelf, self._needed, with_orphans=is_certain)
        problems = [*self._found.problems, *self._shelf.problems]
        if not is_certain:
            problems.append("Not every manifest can be read, so that no blob can be called useless.")
        if untold:
            problems.append(f"{untold:,} more files that no model needs are not listed.")
        return Library(
            self._folder,
            tuple(models[name] for name in sorted(models)),
            tuple(sorted([*self._found.strays, *rest], key=lambda stray: str(stray.path))),
            tuple(problems),
            is_whole=self._found.is_whole,
        )

    def _lists(self) -> tuple[bool, ...]:
        return tuple((self._folder / root).is_dir() for root in (NEWER, LEGACY))

    def _models(self) -> dict[ModelName, LocalModel]:
        """The newer layout's file counts where both have one, the public host's usual name before the other."""
        models: dict[ModelName, LocalModel] = {}
        ordered = sorted(self._found.tags, key=lambda tag: (not tag.is_v2, names.NEWER_PUBLIC_HOST in tag.path.parts))
        for tag in ordered:
            model = self._model(tag)
            if model is None:
                continue
            if model.manifest:
                # What a name that does not count any more names is kept all the same: an older Ollama reads that one.
                self._needed.update(layer.digest for layer in model.manifest.layers)
            models.setdefault(model.name, model)
        return models

    def _model(self, tag: Tag) -> LocalModel | None:
        """The model of a file; None where it was deleted meanwhile."""
        problem, manifest, found = "", None, None
        for _try in range(2):  # Ollama writes it in place: it may have been caught half written
            try:
                raw, found = self._bytes(tag)
                manifest = self._whole(tag, raw)
                break
            except FileNotFoundError:
                if not tag.path.is_symlink():
                    return None
                problem = "It is a link that leads nowhere. Ollama's own lists may fail while it is there."
            except OSError as error:
                problem = f"The manifest cannot be read: {error.strerror}."
            except InputError as error:
                problem = str(error)
        try:
            modified_at = files.time_of(found or tag.path.lstat())
        except OSError:
            return None
        return self._told(tag, modified_at, manifest, "" if manifest else problem)

    def _told(self, tag: Tag, modified_at: datetime, manifest: Manifest | None, problem: str) -> LocalModel:
        config = self._config(manifest) if manifest else ConfigFacts()
        has_weights = manifest is not None and any(layer.kind in _WEIGHTS for layer in manifest.layers)
        is_elsewhere = bool(config.remote_host or config.remote_model) or names.is_cloud(tag.name)
        return LocalModel(
            tag.name,
            tag.path,
            modified_at,
            manifest,
            problem,
            is_remote=manifest is not None and is_elsewhere and not has_weights,
            is_v2=tag.is_v2,
            config=config,
        )

    def _bytes(self, tag: Tag) -> tuple[bytes, os.stat_result]:
        if tag.is_link:
            self._require_inside(tag)
        raw, found = files.read(tag.path, manifests.LARGEST)
        self._left -= len(raw)
        if self._left < 0:
            raise InputError(f"All manifests together have more than {MOST_MANIFEST_BYTES:,} bytes; it is not read.")
        return raw, found

    def _require_inside(self, tag: Tag) -> None:
        real = os.path.realpath(tag.path)
        if not any(real.startswith(root + os.sep) for root in self._inside):
            raise InputError("The manifest is a link that leads out of the model folder; it is not followed.")

    def _whole(self, tag: Tag, raw: bytes) -> Manifest:
        """The manifest of these bytes, with the layers of those that it lists, and its own blob where it is one."""
        manifest = manifests.read(raw)
        layers = [part for layer in manifest.layers for part in self._expanded(layer)]
        if tag.is_v2:
            layers += self._own_blob(tag, manifest)
        return replace(manifest, layers=tuple(layers))

    def _own_blob(self, tag: Tag, manifest: Manifest) -> list[Layer]:
        if tag.is_link and Path(os.path.realpath(tag.path)).name != digests.file_name(manifest.digest):
            raise InputError(
                "The manifest is damaged.",
                why="Its bytes are not those of the blob that it is.",
                todo="Restore the model from the vault, or pull it again.",
            )
        if manifest.digest not in self._shelf.blobs:
            return []
        return [Layer(LayerKind.MANIFEST, "", manifest.digest, len(manifest.raw))]

    def _expanded(self, layer: Layer) -> list[Layer]:
        if layer.kind is not LayerKind.MANIFEST:
            return [layer]
        try:
            raw, _found = files.read(digests.blob_file(self._folder, layer.digest), manifests.LARGEST)
            child = manifests.read(raw)
        except (OSError, InputError):
            return [layer]  # verifying tells what is wrong with that blob
        own = replace(layer, size=len(raw))
        is_plain = child.digest == layer.digest and all(part.kind is not LayerKind.MANIFEST for part in child.layers)
        return [own, *child.layers] if is_plain else [own]

    def _config(self, manifest: Manifest) -> ConfigFacts:
        config = next((layer for layer in manifest.layers if layer.kind is LayerKind.CONFIG), None)
        params = next((layer for layer in manifest.layers if layer.kind is LayerKind.PARAMS), None)
        return configs.read(self._small(config), self._small(params))

    def _small(self, layer: Layer | None) -> bytes:
        if layer is None or layer.size > configs.LARGEST:
            return b""
        try:
            return files.read(digests.blob_file(self._folder, layer.digest), configs.LARGEST)[0]
        except (OSError, InputError):
            return b""


def _identity(folder: Path) -> tuple[int, int]:
    try:
        found = folder.stat()
        with os.scandir(folder):
            pass
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "It is no path"
        raise FolderError(f"The model folder {clip(folder, 300)} cannot be read.", why=f"{why}.", todo=_TODO) from error
    return found.st_dev, found.st_ino
