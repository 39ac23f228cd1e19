"""What a repair would do, said before it does anything, and what it cannot do itself."""

from __future__ import annotations

import os
from collections.abc import Collection

from modelward.ollama import byhand, digests
from modelward.ollama.digests import short
from modelward.ollama.model import BlobState, Layer, LayerCheck, Library, LocalModel, ModelCheck, RepairMeans
from modelward.ollama.sources import Sources


def plan(
    library: Library, model: LocalModel, bad: Collection[Layer], sources: Sources, *, can_write: bool
) -> tuple[str, ...]:
    """The steps that a repair would take, in words. No bytes are read."""
    steps = []
    if model.manifest is None:
        steps.append(_of_manifest(model, sources))
    steps += [_of_blob(library, layer, sources) for layer in bad]
    if steps and not can_write:
        steps.append(f"Nothing can be written to {library.folder}: what is missing goes through Ollama, or by hand.")
    return tuple(steps)


def _of_manifest(model: LocalModel, sources: Sources) -> str:
    for version in sources.versions(model.name)[:1]:
        return f"Bring back the version of {version.last_seen_at:%Y-%m-%d} from the vault."
    return f"Download {model.name} again through Ollama."


def _of_blob(library: Library, layer: Layer, sources: Sources) -> str:
    place = digests.blob_file(library.folder, layer.digest)
    aside = "Set the bad file aside, and bring" if os.path.lexists(place) else "Bring"
    means = sources.find(layer.digest, library.folder)
    source = {
        RepairMeans.VAULT: "from the vault",
        RepairMeans.SHARED: "from another folder of models",
        None: "by downloading it through Ollama",
    }[means]
    return f"{aside} blob {short(layer.digest)} back {source}."


def locked(library: Library, check: ModelCheck) -> str:
    """The commands that let files be read which we may not read: there may be nothing wrong with them. Else empty."""
    places = [digests.blob_file(library.folder, each.layer.digest) for each in _unreadable(check)]
    if check.model.manifest is None:
        places.append(check.model.path)
    shut = [place for place in places if place.exists() and not os.access(place, os.R_OK)]
    if not shut:
        return ""
    commands = byhand.told(byhand.make_readable(shut))
    return f"Modelward may not read some of its files, so that nobody knows whether they are whole. Run:\n{commands}"


def _unreadable(check: ModelCheck) -> list[LayerCheck]:
    return [each for each in check.layers if each.check.state is BlobState.UNREADABLE]
