"""Headers of GGUF files: true ones, and such as would cost time or memory."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.gguf_writer import Tensor, header, tiny_gguf
from modelward.core.errors import InputError
from modelward.ollama import gguf

_TINY = tiny_gguf()


def _read(raw: bytes) -> gguf.Header:
    return gguf.read_stream(io.BytesIO(raw))


def test_a_header_tells_architecture_context_and_parameters(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(_TINY)
    read = gguf.read(tmp_path / "weights")
    assert read.architecture == "llama"
    assert read.of_architecture("context_length") == 2048
    assert read.keys["tokenizer.ggml.add_bos_token"] is True
    assert "tokenizer.ggml.tokens" not in read.keys


def test_the_parameters_of_all_tensors_are_counted() -> None:
    raw = header({"general.architecture": "x"}, [Tensor("a", (10, 20)), Tensor("b", (7,))])
    assert _read(raw).parameter_count == 207


def test_a_long_text_is_passed_over() -> None:
    read = _read(header({"tokenizer.chat_template": "x" * 5000, "general.architecture": "llama"}, []))
    assert read.keys == {"general.architecture": "llama"}


_START = b"GGUF" + struct.pack("<I", 3)
_KEY = struct.pack("<Q", 1) + b"k"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GGUF",
        b"\0" * 4096,
        b"ggjt" + _TINY[4:],
        b"GGUF" + struct.pack("<I", 1) + _TINY[8:],
        b"GGUF" + struct.pack(">I", 3) + _TINY[8:],
        _START + struct.pack("<QQ", 2**63, 0),
        _START + struct.pack("<QQ", 0, 2**63),
        _START + struct.pack("<QQ", 0, 1) + struct.pack("<Q", 2**63),
        _START + struct.pack("<QQ", 0, 1) + _KEY + struct.pack("<IIQ", 9, 8, 2**60),
        _START + struct.pack("<QQ", 0, 1) + _KEY + struct.pack("<IIQ", 9, 4, 2**60),
        _START + struct.pack("<QQ", 0, 1) + _KEY + struct.pack("<IIQ", 9, 9, 5) + b"\0" * 100,
        _START + struct.pack("<QQ", 0, 1) + _KEY + struct.pack("<I", 99) + b"\0" * 100,
        _START + struct.pack("<QQ", 1, 0) + _KEY + struct.pack("<I", 2**31) + b"\0" * 100,
        _TINY[:200],
    ],
)
def test_what_is_no_header_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match="not a readable GGUF file"):
        _read(raw)


def test_a_pipe_in_the_place_of_weights_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "weights")
    with pytest.raises(InputError):
        gguf.read(tmp_path / "weights")


@settings(max_examples=60)
@given(st.integers(0, len(_TINY[:2000]) - 1), st.integers(1, 255))
def test_a_header_with_a_flipped_byte_is_read_or_refused(at: int, mask: int) -> None:
    raw = bytearray(_TINY)
    raw[at] ^= mask
    try:
        read = _read(bytes(raw))
    except InputError:
        return
    assert read.parameter_count >= 0
