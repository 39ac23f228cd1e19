"""The redactor: hides API keys, passwords and tokens in whatever is about to be written or shown.

It knows secrets by their shape (``sk-…``, a password inside an address) and by the name that they stand under (a
header, a field, a query parameter). Where it must choose, it hides too much rather than too little.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

_SHAPES = (
    r"sk-(?:ant-|proj-|or-)?|AIza|gsk_|xai-|hf_|nvapi-|pplx-|r8_|fw_|tgp_|csk-|gh[pousr]_|github_pat_|AKIA|ya29\.|eyJ"
)
"""How the keys of providers and of neighbouring services begin; the last is a JSON web token."""

_HEADERS = r"authorization|cookie"
"""Their value is the rest of the line: a scheme and a key, or several pairs."""

_FIELDS = r"(?:api|access|private)[_-]?key|passw(?:or)?d|passphrase|pwd|secret|credentials?"
_TOKENS = r"token"
_SECRET_NAME = re.compile(
    rf"(?:.*[_-]|.*(?-i:[a-z](?=[A-Z])))?(?:{_HEADERS}|{_FIELDS}|{_TOKENS})", re.IGNORECASE | re.DOTALL
)

# A name may be the end of a longer one: x-api-key, DB_PASSWORD, accessToken.
_NAME_STARTS = r"(?:(?<![A-Za-z0-9])|(?-i:(?<=[a-z])(?=[A-Z])))"
_NAME_ENDS = r"""(?:\\*["']?\s*(?:=>|[:=])\s*|\\*["']\s*,\s*)(?:b(?=["']))?"""
_QUOTED = r"""(?P<quote>\\*["'])(?:(?!(?P=quote))(?:\\.|[^\\]))*(?:(?P=quote)|\\?\Z)"""

_DEEPEST = 8
"""Fields that lie deeper are shown as one text."""

LEAST_REMEMBERED = 8
"""Shorter texts are not known by heart: hiding every "abc" would hide plain words."""

_remembered: tuple[str, ...] = ()


def remember(secret: str) -> None:
    """Hide this very text from now on, wherever it stands and whatever its shape (from 8 characters on).

    Known by heart are also the ways in which addresses, JSON and web pages write it.
    """
    global _remembered  # noqa: PLW0603 - replaced whole, as the log's thread may be reading it
    if len(secret) < LEAST_REMEMBERED or secret in _remembered:
        return
    # The longest first: a secret that is the beginning of another one must not leave the other's end behind.
    _remembered = tuple(sorted({*_remembered, *_spellings(secret)}, key=len, reverse=True))


def _spellings(secret: str) -> set[str]:
    import html
    import json
    from urllib.parse import quote

    return {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], html.escape(secret)}


@functools.cache
def _rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns with what to put in their place; built at first use, as start-up needs none."""
    return (
        # A password inside an address may hold any mark; digits up to a slash are a port.
        (re.compile(r"(://[^\s/:@]{0,1000}:)(?!\d{1,5}[/?#])\S{0,1000}@"), rf"\g<1>{HIDDEN}@"),
        (_named(_HEADERS, r"[^\r\n]+"), rf"\g<name>{HIDDEN}"),
        (_named(_FIELDS, r"[^\s,;&]+"), rf"\g<name>{HIDDEN}"),
        # "first token: 120 ms" is a measurement, not a secret.
        (_named(_TOKENS, r"(?!\d{1,8}(?:\.\d+)?\.?(?:[\s,;&)\]}]|\Z))[^\s,;&]+"), rf"\g<name>{HIDDEN}"),
        (re.compile(r"([?&](?:key|sig|signature|code)=)[^&\s#\"']+", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
        (re.compile(r"\b(bearer\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
        (re.compile(rf"(?<![A-Za-z0-9])({_SHAPES})[A-Za-z0-9._-]{{12,}}"), rf"\g<1>{HIDDEN}"),
    )


def _named(names: str, value: str) -> re.Pattern[str]:
    """A value, in quotes or as the pattern says, behind one of the names."""
    return re.compile(
        rf"(?P<name>{_NAME_STARTS}(?:{names}){_NAME_ENDS})(?:{_QUOTED}|{value})", re.IGNORECASE | re.DOTALL
    )


def redacted(text: str) -> str:
    """The text with every secret in it replaced by ``***``."""
    for secret in _remembered:
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in _rules():
        text = pattern.sub(replacement, text)
    return text


def redacted_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields with secrets hidden under telling names and inside texts, however deep they lie."""
    return _fields(fields, 0)


def _fields(fields: Mapping[Any, object], depth: int) -> dict[str, object]:
    return {redacted(str(name)): _value(value, str(name), depth) for name, value in fields.items()}


def _value(value: object, name: str, depth: int) -> object:
    if _SECRET_NAME.fullmatch(name):
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return _fields(value, depth + 1)
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [_value(each, "", depth + 1) for each in value]
    return redacted(value if isinstance(value, str) else repr(value))
