"""Real GGUF files, small enough for tests: the format by its specification (version 3), written by our own code.

``tiny_gguf()`` is a whole model that llama.cpp loads and runs; ``gguf_head(size)`` begins a file of any size whose
header is true and whose weights are whatever follows. Random weights tell nothing, in letters.
"""

from __future__ import annotations

import random
import struct
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

ALIGNMENT = 32
F32, I8 = 0, 24

_U32, _I32, _F32, _BOOL, _TEXT, _ARRAY = 4, 5, 6, 7, 8, 9
_CONTEXT = 2048
_WIDTH, _HEADS, _FORWARD = 32, 2, 64
_UNKNOWN, _CONTROL, _BYTE, _NORMAL = 2, 3, 6, 1  # the tokenizer's kinds of tokens, in llama.cpp's numbers
_PIECES = "▁etaoinshrdlcumwfgypbvkjxqz"

Value = str | int | float | bool | Sequence[str] | Sequence[int] | Sequence[float]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor's place in a file: ``shape`` with the quickest dimension first, as GGUF has it."""

    name: str
    shape: tuple[int, ...]
    kind: int = F32

    @property
    def size(self) -> int:
        """Bytes."""
        return prod(self.shape) * (4 if self.kind == F32 else 1)


def header(keys: Mapping[str, Value], tensors: Sequence[Tensor]) -> bytes:
    """All of a file before its tensors' data: magic, keys, where each tensor lies, and what fills up the alignment."""
    out = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(keys))]
    out += [_text(key) + _typed(value) for key, value in keys.items()]
    offset = 0
    for tensor in tensors:
        shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        out.append(_text(tensor.name) + shape + struct.pack("<IQ", tensor.kind, offset))
        offset += _aligned(tensor.size)
    head = b"".join(out)
    return head.ljust(_aligned(len(head)), b"\0")


def gguf_head(size: int, *, name: str = "sized", architecture: str = "llama", context_length: int = 131_072) -> bytes:
    """The beginning of a file of ``size`` bytes in all: true to the last byte, and no weights that could run.

    Empty where so small a file cannot be one.
    """
    keys = {**_keys(name, architecture, context_length), "general.file_type": 7}
    empty = len(header(keys, [Tensor("token_embd.weight", (0,), I8)]))
    return header(keys, [Tensor("token_embd.weight", (size - empty,), I8)]) if size > empty else b""


def tiny_gguf(seed: str = "", *, name: str = "tiny", context_length: int = _CONTEXT) -> bytes:
    """A whole model of one layer in about 120 kB: llama.cpp loads it, and it answers with letters by chance."""
    chances = random.Random(f"tiny {seed}")
    tensors = _tensors()
    keys = {**_keys(name, "llama", context_length), **_tokenizer(), "general.file_type": 0}
    data = (array("f", _weights(tensor, chances)).tobytes() for tensor in tensors)
    body = b"".join(piece.ljust(_aligned(len(piece)), b"\0") for piece in data)
    return header(keys, tensors) + body


def _keys(name: str, architecture: str, context_length: int) -> dict[str, Value]:
    return {
        "general.architecture": architecture,
        "general.name": name,
        f"{architecture}.context_length": context_length,
        f"{architecture}.embedding_length": _WIDTH,
        f"{architecture}.block_count": 1,
        f"{architecture}.feed_forward_length": _FORWARD,
        f"{architecture}.attention.head_count": _HEADS,
        f"{architecture}.attention.head_count_kv": _HEADS,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{architecture}.rope.dimension_count": _WIDTH // _HEADS,
    }


def _tokens() -> list[tuple[str, float, int]]:
    """Text, score and kind of each: three of control, the 256 bytes, letters."""
    control = [("<unk>", 0.0, _UNKNOWN), ("<s>", 0.0, _CONTROL), ("</s>", 0.0, _CONTROL)]
    letters = [(piece, -float(place), _NORMAL) for place, piece in enumerate(_PIECES)]
    return [*control, *((f"<0x{byte:02X}>", 0.0, _BYTE) for byte in range(256)), *letters]


def _tokenizer() -> dict[str, Value]:
    texts, scores, kinds = zip(*_tokens(), strict=True)
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": texts,
        "tokenizer.ggml.scores": scores,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_eos_token": False,
    }


def _tensors() -> list[Tensor]:
    words, square = (_WIDTH, len(_tokens())), (_WIDTH, _WIDTH)
    return [
        Tensor("token_embd.weight", words),
        Tensor("output_norm.weight", (_WIDTH,)),
        Tensor("output.weight", words),
        Tensor("blk.0.attn_norm.weight", (_WIDTH,)),
        *(Tensor(f"blk.0.attn_{part}.weight", square) for part in ("q", "k", "v", "output")),
        Tensor("blk.0.ffn_norm.weight", (_WIDTH,)),
        Tensor("blk.0.ffn_gate.weight", (_WIDTH, _FORWARD)),
        Tensor("blk.0.ffn_up.weight", (_WIDTH, _FORWARD)),
        Tensor("blk.0.ffn_down.weight", (_FORWARD, _WIDTH)),
    ]


def _weights(tensor: Tensor, chances: random.Random) -> list[float]:
    """Chance. The first feature is the same for all tokens, and turns the output away from control and bytes."""
    if len(tensor.shape) == 1:
        return [1.0] * tensor.shape[0]
    most = 0.1 if tensor.name.startswith("blk.") else 1.0  # the layer must not drown the first feature
    values = [chances.uniform(-most, most) for _ in range(prod(tensor.shape))]
    if tensor.name in {"token_embd.weight", "output.weight"}:
        silent = len(_tokens()) - len(_PIECES)
        for token in range(tensor.shape[1]):
            values[token * _WIDTH] = 8.0 if tensor.name.startswith("token") else (-3.0 if token < silent else 0.0)
    return values


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _typed(value: Value) -> bytes:
    if isinstance(value, (str, bool, int, float)):
        kind, encoded = _scalar(value)
        return struct.pack("<I", kind) + encoded
    members = [_scalar(member) for member in value]
    kind = _I32 if members[0][0] == _U32 else members[0][0]  # llama.cpp wants the tokens' kinds signed
    return struct.pack("<IIQ", _ARRAY, kind, len(members)) + b"".join(encoded for _kind, encoded in members)


def _scalar(value: str | float | bool) -> tuple[int, bytes]:
    if isinstance(value, str):
        return _TEXT, _text(value)
    if isinstance(value, bool):
        return _BOOL, struct.pack("<?", value)
    return (_U32, struct.pack("<I", value)) if isinstance(value, int) else (_F32, struct.pack("<f", value))
