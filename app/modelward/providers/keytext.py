"""Keys as people paste them: cleaned of what stands around them, refused where they can be no key."""

from __future__ import annotations

import re

from modelward.core.errors import BadValueError
from modelward.core.secret import Secret

LONGEST = 4096
"""Characters; the longest keys of providers are tokens of about 1,500."""

_AROUND = " \t\r\n\v\f\u00a0\ufeff\u200b\u200c\u200d\u2060\"'`“”„‟‘’‚‛«»‹›,;"
"""Spaces, line ends, marks that nobody sees, quotes (plain and typographic), and what follows a value in a file."""

_BEFORE = re.compile(
    r"(?:export\s+|set\s+)?(?-i:[A-Z][A-Z0-9]*_[A-Z0-9_]+)\s*=\s*(?=[^\s=]|\Z)"  # OPENAI_API_KEY=…, as in a file .env
    r"|(?:authorization|(?:x-(?:goog-)?)?api-key)\s*:\s*"
    r"|bearer\s+",
    re.IGNORECASE | re.ASCII,
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII)
_KEY = re.compile(r"[!#-&(-_a-~]+")  # what ASCII prints, without its quotes

_TODO = "Copy it once more from the provider's page, and paste the key alone."


def read_key(text: str) -> Secret:
    """A key as a person pasted it, without the spaces, quotes and line ends around it.

    Also what stands before it in a file or a header is left out: ``OPENAI_API_KEY=``, ``Bearer``. Raises BadValueError
    for what can be no key: empty, several lines, marks that no header takes, absurdly long. The text is never repeated.
    """
    if len(text) > 4 * LONGEST:
        raise _refused("It is far too long.")
    key = _cleaned(text)
    if not key:
        raise BadValueError("No key was given.", todo=_TODO)
    if len(key.splitlines()) > 1:
        raise _refused("It has several lines.")
    if any(mark.isspace() for mark in key):
        raise _refused("There is a space inside it.")
    if not _KEY.fullmatch(key):
        raise _refused("It holds marks that no key has, such as accents, dots in place of letters, or invisible ones.")
    if _ADDRESS.match(key):
        raise _refused("It is an address.")
    if len(key) > LONGEST:
        raise _refused(f"It is longer than {LONGEST:,} characters.")
    return Secret(key)


def _cleaned(text: str) -> str:
    """Without what stands around it, however the layers are ordered: ``export KEY="Bearer …"``."""
    key = text.strip(_AROUND)
    while (found := _BEFORE.match(key)) is not None:
        key = key[found.end() :].strip(_AROUND)
    return key


def _refused(why: str) -> BadValueError:
    return BadValueError("This cannot be a key.", why=why, todo=_TODO)
