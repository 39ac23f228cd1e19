"""Ollama's create: a model from another one, or from files that were sent before. Weights are written anew."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from harness.ollama_gguf import FILE_TYPES, GgufError, decode
from harness.ollama_library import CONFIG_TYPE, LAYER_TYPE, MANIFEST_TYPE
from harness.ollama_runner import RefusalError
from harness.ollama_store import MissingError, Name, Store, StoreError, name_of

Line = dict[str, Any]

_TEXTS = ("template", "system", "license", "parameters", "messages")
_VERSION_KEY = "general.quantization_version"


def create(store: Store, name: Name, asked: dict[str, Any]) -> list[Line]:
    """Make a model: what is said of it."""
    lines: list[Line] = []
    try:
        if asked.get("from"):
            base = store.read(store.existing(name_of(str(asked["from"]))))
            layers, config = base.layers, store.config(base)
        else:
            layers, config = _from_files(store, asked, lines)
    except MissingError:
        return [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}]
    except (StoreError, GgufError, OSError) as error:
        return [*lines, {"error": str(error)}]
    for kind in _TEXTS:
        if asked.get(kind):
            layers = _with_text(store, layers, kind, asked[kind], lines)
    _write(store, name, layers, config, lines)
    return lines


def _from_files(store: Store, asked: dict[str, Any], lines: list[Line]) -> tuple[list[Line], dict[str, Any]]:
    files = asked.get("files") or {}
    if not files:
        raise RefusalError(400, "neither 'from' or 'files' was specified")
    lines.append({"status": "parsing GGUF"})
    path = store.blob(next(iter(files.values())))
    head = decode(path)
    lines += [{"status": "validating GGUF model"}, {"status": "verifying conversion"}]
    layer = _layer(store, "model", _rewritten(path), lines)
    config = {
        "model_format": "gguf",
        "model_family": head.architecture,
        "model_families": [head.architecture],
        "model_type": str(head.keys["general.parameter_count"]),
        "file_type": FILE_TYPES.get(head.keys.get("general.file_type", -1), "unknown"),
        "architecture": "amd64",
        "os": "linux",
    }
    return [layer], config


def _rewritten(path: Path) -> bytes:
    """The same model with one key more: so the digest that is kept is never the file's own."""
    head, raw = decode(path), path.read_bytes()
    if _VERSION_KEY in head.keys:
        return raw
    count = struct.unpack_from("<Q", raw, 16)[0]
    key = _VERSION_KEY.encode()
    entry = struct.pack("<Q", len(key)) + key + struct.pack("<II", 4, 2)
    start = raw[:16] + struct.pack("<Q", count + 1) + raw[24 : head.keys_end] + entry
    places = raw[head.keys_end : head.data_start].rstrip(b"\0")
    whole = head.data_start - head.keys_end
    told = _length_of_places(head.tensors)
    assert len(places) <= told <= whole
    body = start + raw[head.keys_end : head.keys_end + told]
    return body.ljust(-(-len(body) // 32) * 32, b"\0") + raw[head.data_start :]


def _length_of_places(tensors: list[dict[str, Any]]) -> int:
    return sum(8 + len(it["name"].encode()) + 4 + 8 * len(it["shape"]) + 12 for it in tensors)


def _with_text(store: Store, layers: list[Line], kind: str, told: object, lines: list[Line]) -> list[Line]:
    stored = "params" if kind == "parameters" else kind
    texts = told if kind == "license" and isinstance(told, list) else [told]
    encoded = [text.encode() if isinstance(text, str) else json.dumps(text).encode() for text in texts]
    others = [layer for layer in layers if layer["mediaType"] != LAYER_TYPE + stored]
    return others + [_layer(store, stored, content, lines) for content in encoded]


def _layer(store: Store, kind: str, content: bytes, lines: list[Line]) -> Line:
    media = CONFIG_TYPE if kind == "config" else LAYER_TYPE + kind
    before = {path.name for path in store.blobs.iterdir()}
    digest = store.take(content)
    word = "using existing" if store.blob(digest).name in before else "creating new"
    lines.append({"status": f"{word} layer {digest}"})
    return {"mediaType": media, "digest": digest, "size": len(content)}


def _write(store: Store, name: Name, layers: list[Line], config: dict[str, Any], lines: list[Line]) -> None:
    settled = _layer(store, "config", json.dumps(config, separators=(",", ":")).encode(), lines)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": settled, "layers": layers}
    lines.append({"status": "writing manifest"})
    try:
        unused = {layer["digest"] for layer in store.read(name).all_layers}
    except StoreError:
        unused = set()
    store.write(name, json.dumps(manifest, separators=(",", ":")).encode() + b"\n")
    store.remove_unused(unused)
    lines.append({"status": "success"})
