"""JSON from outside, read so that nothing in it harms: deep nesting, huge numbers, NaN, halves of characters."""

from __future__ import annotations

import json
import re

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def parsed(content: bytes) -> object:
    """What the JSON holds. Broken UTF-8 is replaced; NaN and infinities are None. Raises ValueError.

    May run in a thread: it lets the others go on.
    """
    text = content.decode(json.detect_encoding(content), "replace")
    try:
        # The hook's only work is to be Python: without it, parsing never lets another thread run.
        value = json.loads(text, object_hook=_same, parse_constant=_nothing)
        return _mended(value) if _may_hold_halves(text) else value
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _may_hold_halves(text: str) -> bool:
    return ("\\ud" in text or "\\uD" in text) and _HALF.search(text) is not None


def _same(value: dict[str, object]) -> dict[str, object]:
    return value


def _nothing(_word: str) -> None: ...


def _mended(value: object) -> object:
    """The value without halves of characters, which no file and no database can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {str(_mended(name)): _mended(each) for name, each in value.items()}
    return value
