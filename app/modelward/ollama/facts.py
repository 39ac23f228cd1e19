"""What a model folder and a look at the server tell the catalogue, also while the server is down.

Both are written by the reader of Ollama's own list, so that they state the same where both speak; what only the server
can know for sure (that a model lacks something) is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from modelward.catalog.model import Field, Kind, Source
from modelward.catalog.rawfiles.local import OLLAMA_WORDS, read_ollama
from modelward.catalog.sheet import FactSheet, Row
from modelward.core.errors import InputError
from modelward.ollama import digests, files, gguf
from modelward.ollama.model import Layer, LayerKind, Library, Loaded, LocalModel

ORIGIN = "Ollama model folder"
"""Who speaks: beside "Ollama API", which states what the server lists."""

_LARGEST_TEMPLATE = 256 * 1024
_TEMPLATES = (LayerKind.TEMPLATE, LayerKind.PROMPT)
# A template that uses these variables makes a model able to (Ollama's ``server/images.go``, Capabilities).
_IN_TEMPLATE = {"tools": r"\.Tools\b", "insert": r"\.Suffix\b", "thinking": r"\.(?:Thinking|Think)\b"}


class Headers:
    """The headers of weights, each read once: weights of a digest never change."""

    def __init__(self) -> None:
        self._read: dict[str, gguf.Header] = {}

    def of(self, folder: Path, digest: str) -> gguf.Header:
        """A blob's header; one without keys where it cannot be read now. Blocking: up to a quarter of a second."""
        if digest not in self._read:
            try:
                self._read[digest] = gguf.read(digests.blob_file(folder, digest))
            except (OSError, InputError):
                return gguf.Header()
        return self._read[digest]


def state(
    library: Library,
    observed_at: datetime,
    *,
    provider: str = "ollama",
    loaded: Iterable[Loaded] = (),
    headers: Headers | None = None,
) -> FactSheet:
    """What is known of the models of a library, as facts of ``provider``'s models, called as Ollama's list calls them.

    ``loaded``: the models in memory, with the context that they are served with; of the others, what their parameters
    ask for. To be merged, not to replace: what is not known any more was true when it was seen. Blocking.
    """
    sheet = FactSheet(Source.PROVIDER, ORIGIN, observed_at)
    served = {each.name.lower(): each.context for each in loaded if each.context}
    known = headers or Headers()
    for model in library.models:
        row = sheet.row(provider, str(model.name), "the model folder") if model.manifest else None
        if row is not None:
            _state(row, library.folder, model, known)
            row.tokens(Field.SERVED_CONTEXT, served.get(row.name.lower(), model.config.num_ctx), key="num_ctx")
    return sheet


def _state(row: Row, folder: Path, model: LocalModel, headers: Headers) -> None:
    weights = _first(model, LayerKind.MODEL)
    header = headers.of(folder, weights.digest) if weights else gguf.Header()
    read_ollama(row, _as_listed(model, header))
    words = _words(folder, model, header)
    # That a word is missing says nothing: some models are given their abilities by code of the server.
    row.capabilities({OLLAMA_WORDS[word]: True for word in words if word in OLLAMA_WORDS})
    if "completion" in words or "embedding" in words:
        row.state(Field.KIND, Kind.CHAT if "completion" in words else Kind.EMBEDDING)


def _as_listed(model: LocalModel, header: gguf.Header) -> dict[str, object]:
    """The model as Ollama would list it, without its capabilities."""
    config, manifest = model.config, model.manifest
    assert manifest is not None
    info = {**header.keys, "general.parameter_count": header.parameter_count or None}
    return {
        "digest": manifest.digest.removeprefix("sha256:"),
        # As Ollama counts: a blob that stands twice in the manifest counts twice.
        "size": sum(layer.size for layer in manifest.layers if layer.kind is not LayerKind.MANIFEST),
        "remote_host": config.remote_host,
        "remote_model": config.remote_model,
        "details": {
            "family": config.family,
            "quantization_level": config.quantization,
            "context_length": config.context_length,
            "parameter_size": config.parameter_size,  # rounded: counts where the header does not tell
        },
        "model_info": info,
    }


def _words(folder: Path, model: LocalModel, header: gguf.Header) -> frozenset[str]:
    """What the model can surely do, in Ollama's words."""
    words = set(model.config.capabilities)
    if not words and header.architecture:
        words.add("embedding" if header.of_architecture("pooling_type") is not None else "completion")
    if header.of_architecture("vision.block_count") or _first(model, LayerKind.PROJECTOR):
        words.add("vision")
    if header.of_architecture("audio.block_count"):
        words.add("audio")
    template = _template(folder, model)
    words |= {word for word, variable in _IN_TEMPLATE.items() if re.search(variable, template)}
    return frozenset(words)


def _template(folder: Path, model: LocalModel) -> str:
    layer = next((found for kind in _TEMPLATES if (found := _first(model, kind))), None)
    if layer is None:
        return ""
    try:
        raw, _found = files.read(digests.blob_file(folder, layer.digest), _LARGEST_TEMPLATE)
    except (OSError, InputError):
        return ""
    return raw.decode("utf-8", "replace")


def _first(model: LocalModel, kind: LayerKind) -> Layer | None:
    return next((layer for layer in model.manifest.layers if layer.kind is kind), None) if model.manifest else None
