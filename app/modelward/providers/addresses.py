"""Addresses as people type them: made whole, or refused where they are none or hold a secret."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from modelward.core.errors import BadValueError
from modelward.core.redact import redacted
from modelward.core.secret import Secret
from modelward.net.guard import is_local
from modelward.providers.local import reachable

_LONGEST = 2_000
_ENDINGS = ("/chat/completions", "/embeddings", "/models")
"""Paths below the base address that people copy with it."""

_BARE_KEY = re.compile(r"(?=[a-z]*\d)[a-z0-9]{24,}")
"""No machine's name, but how keys without a prefix look: letters and digits alone, and many."""


def whole_address(typed: str, key: Secret | None = None) -> str:
    """The base address that a person means by "localhost:8000" or "https://host/v1/", without a slash at the end.

    Without a scheme it is http on this machine and its network, https elsewhere. Raises BadValueError, which never
    repeats what was typed: it may be a key.
    """
    plain = typed.strip()
    _refuse_secrets(plain, key)
    if not plain or len(plain) > _LONGEST or re.search(r"[\s\x00-\x1f\x7f-\x9f\\<>\"]", plain):
        raise _no_address("It is empty, too long, or holds spaces or marks that no address has.")
    parts = _split(plain)
    if parts.scheme not in ("http", "https"):
        raise _no_address("It must begin with http:// or https://, or with the name of a host.")
    if parts.query or parts.fragment or "?" in plain or "#" in plain:
        raise _no_address("It must end before a question mark or a hash.")
    host = reachable(parts.hostname or "")
    port = f":{parts.port}" if parts.port is not None else ""
    path = parts.path.rstrip("/")
    for ending in _ENDINGS:
        path = path.removesuffix(ending).rstrip("/")
    return f"{parts.scheme}://{host}{port}{path}"


def _refuse_secrets(plain: str, key: Secret | None) -> None:
    authority = re.split(r"[/?#]", plain.partition("://")[2] or plain)[0]
    holds_key = redacted(plain) != plain or (key is not None and len(key.reveal()) > 0 and key.reveal() in plain)
    if "@" in authority or holds_key:
        raise _holds_secret()


def _split(plain: str) -> SplitResult:
    """The parts of an address whose scheme may be missing. Raises BadValueError."""
    try:
        parts = urlsplit(plain if "://" in plain else f"//{plain}")
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise _no_address("Its host or its port is none.") from None
    if not host or not re.fullmatch(r"[\w.:%-]+", host):
        raise _no_address("It names no host.")
    if _BARE_KEY.fullmatch(host):  # asking for such a host would tell the key to every name server on the way
        raise _holds_secret()
    return parts if parts.scheme else parts._replace(scheme="http" if is_local(host) else "https")


def _holds_secret() -> BadValueError:
    return BadValueError(
        "This address holds a name, a password or a key.",
        why="Addresses are shown and written to logs, so that it would not stay secret.",
        todo="Type the address alone; the key has a field of its own.",
    )


def _no_address(why: str) -> BadValueError:
    return BadValueError(
        "This is no address of a server.", why=why, todo='Type it as in "localhost:8000" or "https://host/v1".'
    )
