"""Manifests: which blobs a model is made of, read from bytes that may be anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from modelward.catalog.fields import clip
from modelward.core.errors import InputError
from modelward.ollama import digests
from modelward.ollama.digests import short
from modelward.ollama.model import Layer, LayerKind, Manifest

LARGEST = 8 * 1024 * 1024
"""Bytes of the largest manifest that is read; those of models in one file have about a thousand."""

MOST_LAYERS = 50_000
"""Layers of the longest manifest that is read; a model whose tensors are files of their own has some thousands."""

_MOST_COMMAS = 8 * MOST_LAYERS  # a layer has up to five; parsing millions of nothings takes hundreds of megabytes

LIST_TYPE = "application/vnd.ollama.manifest.list.v2+json"

_IMAGE_TYPE = "application/vnd.ollama.image."
_MOST_BYTES = 2**63 - 1
_LONGEST_NAME = 300
_TODO = "Restore the model from the vault, or pull it again."
_KINDS: Mapping[str, LayerKind] = {
    _IMAGE_TYPE + kind.value: kind
    for kind in LayerKind
    if kind not in (LayerKind.CONFIG, LayerKind.MANIFEST, LayerKind.OTHER)
}


@dataclass(frozen=True, slots=True)
class Child:
    """A manifest that a list of manifests names; the list does not say how large it is."""

    media_type: str
    digest: str
    runner: str = ""


def read(raw: bytes) -> Manifest:
    """The manifest in these bytes; one that lists others names them as layers of the kind MANIFEST, without their size.

    Raises InputError for anything that Ollama itself could not load, or that cannot be true.
    """
    body = _body(raw)
    listed = children(body)
    if listed:
        layers = tuple(Layer(LayerKind.MANIFEST, each.media_type, each.digest, 0, each.runner) for each in listed)
    else:
        layers = _layers(body)
    if not layers:
        raise _unreadable("It names no blob.")
    return Manifest(raw, digests.of(raw), layers)


def children(body: Mapping[str, object]) -> tuple[Child, ...]:
    """The manifests that this one lists; none where it is no list. Raises InputError."""
    if body.get("mediaType") != LIST_TYPE:
        return ()
    return tuple(_child(row) for row in _rows(body, "manifests"))


def ids(manifest: Manifest) -> frozenset[str]:
    """The hexadecimal IDs that a server may give this model.

    Where the JSON ends exactly at the edge of its reading buffer, Ollama leaves the last line break out of the hash.
    """
    return frozenset(
        digests.of(raw).removeprefix("sha256:") for raw in (manifest.raw, manifest.raw.removesuffix(b"\n"))
    )


def _body(raw: bytes) -> Mapping[str, object]:
    if not raw:
        raise _unreadable("The file is empty, as after a crash while it was written.")
    if len(raw) > LARGEST:
        raise _unreadable(f"It has more than {LARGEST:,} bytes.")
    if raw.count(b",") > _MOST_COMMAS:
        raise _unreadable(f"It names more than {MOST_LAYERS:,} blobs, or is none.")
    try:
        body = json.loads(raw.decode("utf-8", "replace"), parse_constant=_refuse_word)
    except ValueError as error:
        raise _unreadable(f"It is no JSON: {clip(error, 120)}.") from None
    except RecursionError:
        raise _unreadable("Its JSON is nested too deeply.") from None
    if not isinstance(body, dict):
        raise _unreadable("It is JSON of another shape.")
    return body


def _layers(body: Mapping[str, object]) -> tuple[Layer, ...]:
    rows = _rows(body, "layers")
    config = body.get("config")
    # Ollama reads a manifest whose config has no digest, and goes without.
    found = [_layer(config, LayerKind.CONFIG)] if isinstance(config, dict) and config.get("digest") else []
    found += [_layer(row) for row in rows]
    sizes: dict[str, int] = {}
    for layer in found:
        if sizes.setdefault(layer.digest, layer.size) != layer.size:
            raise _unreadable(f"It gives two sizes for the blob {short(layer.digest)}.")
    if sum(sizes.values()) > _MOST_BYTES:
        raise _unreadable("The sizes of its blobs cannot be true.")
    return tuple(found)


def _rows(body: Mapping[str, object], key: str) -> list[object]:
    rows = body.get(key)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise _unreadable(f"Its {key} are no list.")
    if len(rows) > MOST_LAYERS:
        raise _unreadable(f"It names {len(rows):,} blobs; more than {MOST_LAYERS:,} are not read.")
    return rows


def _layer(row: object, kind: LayerKind | None = None) -> Layer:
    if not isinstance(row, dict):
        raise _unreadable("One of its layers is no object.")
    digest = _digest(row)
    size = row.get("size", 0)
    if type(size) is not int or size < 0:
        raise _unreadable(f"The size of the blob {short(digest)} cannot be true: {clip(size, 40)}.")
    media_type = _text(row.get("mediaType"))
    return Layer(kind or _KINDS.get(media_type, LayerKind.OTHER), media_type, digest, size, _text(row.get("name")))


def _child(row: object) -> Child:
    if not isinstance(row, dict):
        raise _unreadable("One of the manifests that it lists is no object.")
    return Child(_text(row.get("mediaType")), _digest(row), _text(row.get("runner")))


def _digest(row: Mapping[str, object]) -> str:
    try:
        return digests.parse(row.get("digest"))
    except ValueError:
        raise _unreadable(f"It names a blob by no digest: {clip(row.get('digest'), 40)!r}.") from None


def _text(raw: object) -> str:
    return clip(raw, _LONGEST_NAME) if isinstance(raw, str) else ""


def _refuse_word(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _unreadable(why: str) -> InputError:
    return InputError("The manifest cannot be read.", why=why, todo=_TODO)
