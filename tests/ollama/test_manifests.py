"""Manifests from anybody: read whole, or refused with the reason."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.core.errors import InputError
from modelward.ollama import manifests
from modelward.ollama.model import LayerKind

_TYPE = "application/vnd.ollama.image."


def _digest(seed: str) -> str:
    return "sha256:" + hashlib.sha256(seed.encode()).hexdigest()


def _layer(kind: str = "model", seed: str = "a", size: object = 5, **more: object) -> dict[str, object]:
    return {"mediaType": _TYPE + kind, "digest": _digest(seed), "size": size, **more}


def _raw(*layers: object, config: object = None, **more: object) -> bytes:
    told = config or {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": _digest("c"), "size": 3}
    return json.dumps({"schemaVersion": 2, "config": told, "layers": list(layers), **more}).encode()


def test_the_layers_stand_in_their_order_with_the_config_first() -> None:
    raw = _raw(_layer(), _layer("template", "t"), _layer("tensor", "n", name="blk.0"), _layer("new", "x"))
    read = manifests.read(raw)
    assert [layer.kind for layer in read.layers] == [
        LayerKind.CONFIG,
        LayerKind.MODEL,
        LayerKind.TEMPLATE,
        LayerKind.TENSOR,
        LayerKind.OTHER,
    ]
    assert read.layers[3].name == "blk.0"
    assert read.raw == raw
    assert read.digest == "sha256:" + hashlib.sha256(raw).hexdigest()
    assert read.size == 3 + 4 * 5


@pytest.mark.parametrize("kind", ["config", "manifest", "other"])
def test_a_layer_cannot_pretend_to_be_the_config(kind: str) -> None:
    assert manifests.read(_raw(_layer(kind))).layers[1].kind is LayerKind.OTHER


def test_a_blob_may_stand_in_it_twice_and_counts_once() -> None:
    read = manifests.read(_raw(_layer(), _layer(), config={"digest": _digest("a"), "size": 5}))
    assert len(read.layers) == 3
    assert len(read.blobs) == 1
    assert read.size == 5


def test_a_digest_in_large_letters_is_the_same() -> None:
    row = {**_layer(), "digest": "sha256-" + _digest("a")[7:].upper()}
    assert manifests.read(_raw(row)).layers[1].digest == _digest("a")


@pytest.mark.parametrize("config", [{}, {"digest": ""}, {"mediaType": "x"}, "text"])
def test_it_may_go_without_a_config(config: object) -> None:
    raw = json.dumps({"config": config, "layers": [_layer()]}).encode()
    assert [layer.kind for layer in manifests.read(raw).layers] == [LayerKind.MODEL]


@pytest.mark.parametrize("digest", ["sha256:../../../../etc/passwd", "../x", "", None, 5, "sha256:" + "0" * 63, {}])
def test_a_layer_without_a_digest_is_refused(digest: object) -> None:
    with pytest.raises(InputError, match="no digest"):
        manifests.read(_raw({**_layer(), "digest": digest}))


@pytest.mark.parametrize("size", [2**63, -1, 1.5, "5", True, None, [], 10**400])
def test_a_size_that_cannot_be_true_is_refused(size: object) -> None:
    with pytest.raises(InputError, match="cannot be true"):
        manifests.read(_raw(_layer(size=size)))


def test_sizes_that_add_up_to_more_than_any_disk_are_refused() -> None:
    with pytest.raises(InputError, match="cannot be true"):
        manifests.read(_raw(_layer(size=2**63 - 1), _layer(seed="b", size=2**62)))


def test_two_sizes_of_one_blob_are_refused() -> None:
    with pytest.raises(InputError, match="two sizes"):
        manifests.read(_raw(_layer(size=1), _layer(size=2)))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 512,
        b"{",
        _raw(_layer())[:100],
        b"[]",
        b"null",
        b"7",
        b"{}",
        b'{"layers":{}}',
        b'{"layers":[7]}',
        b'{"layers":[null]}',
        _raw(_layer()) + b"x",
        b"\xff\xfe" + "{}".encode("utf-16-le"),
        b'{"layers":NaN}',
        b"[" * 100_000,
        b'{"layers":' + b"[" * 100_000,
        b'{"size":' + b"9" * 5000 + b"}",
        b"<html><body>Sign in</body></html>",
    ],
)
def test_what_is_no_manifest_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match="The manifest cannot be read"):
        manifests.read(raw)


def test_a_million_layers_are_refused() -> None:
    row = json.dumps(_layer()).encode()
    raw = b'{"layers":[' + b",".join([row] * 1_000_000) + b"]}"
    with pytest.raises(InputError, match="more than"):
        manifests.read(raw)


@pytest.mark.parametrize("row", [b"{}", b"[]", b"1", b'"x"'])
def test_millions_of_nothings_in_a_short_text_take_little_memory(row: bytes) -> None:
    raw = b'{"layers":[' + b",".join([row] * 1_500_000) + b"]}"
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="more than 50,000"):
            manifests.read(raw)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_more_layers_than_any_model_has_are_refused_also_in_a_short_text() -> None:
    with pytest.raises(InputError, match="more than 50,000"):
        manifests.read(b'{"layers":[' + b",".join([b"{}"] * 50_001) + b"]}")


def test_hostile_texts_are_tamed() -> None:
    layer = manifests.read(_raw(_layer(name="\x1b[2J\ud800" + "x" * 100_000))).layers[1]
    assert "\x1b" not in layer.name
    assert len(layer.name) <= 300
    layer.name.encode()


def test_a_list_of_manifests_names_them_as_layers() -> None:
    rows = [{"mediaType": "m", "digest": _digest(runner), "runner": runner} for runner in ("mlx", "ggml")]
    read = manifests.read(json.dumps({"mediaType": manifests.LIST_TYPE, "manifests": rows}).encode())
    assert [(layer.kind, layer.digest, layer.name) for layer in read.layers] == [
        (LayerKind.MANIFEST, _digest("mlx"), "mlx"),
        (LayerKind.MANIFEST, _digest("ggml"), "ggml"),
    ]


@pytest.mark.parametrize("rows", [[], [7], [{"digest": "../x"}], "x"])
def test_a_list_of_no_manifests_is_refused(rows: object) -> None:
    with pytest.raises(InputError):
        manifests.read(json.dumps({"mediaType": manifests.LIST_TYPE, "manifests": rows}).encode())


def test_the_server_may_leave_the_last_line_break_out_of_the_id() -> None:
    raw = _raw(_layer()) + b"\n"
    told = {hashlib.sha256(raw).hexdigest(), hashlib.sha256(raw[:-1]).hexdigest()}
    assert manifests.ids(manifests.read(raw)) == told


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([_digest("a"), "sha256:x"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["digest", "size", "mediaType", "name"]), inner),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional={"config": _JSON, "layers": _JSON, "mediaType": _JSON, "manifests": _JSON}))
def test_any_json_is_read_or_refused(body: dict[str, Any]) -> None:
    _read_or_refused(json.dumps(body).encode())


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    _read_or_refused(raw)


@given(st.data())
def test_a_manifest_with_a_flipped_byte_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(_raw(_layer(), _layer("template", "t")))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    _read_or_refused(bytes(raw))


def _read_or_refused(raw: bytes) -> None:
    try:
        read = manifests.read(raw)
    except InputError:
        return
    assert read.layers
    assert 0 <= read.size < 2**63
