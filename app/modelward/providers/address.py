"""Addresses of servers as people type them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from modelward.core.errors import BadValueError
from modelward.core.redact import redacted

LONGEST = 500
"""Characters."""

_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?\.?", re.IGNORECASE)
_LONGEST_PLAIN_NAME = 24
"""A longer name without a dot is no machine's but, most likely, a key in the wrong field."""

_TODO = "Write it as http://localhost:8000 or https://models.example.org/v1."


def read_address(text: str) -> str:
    """An address as a person typed it, with its scheme and without a slash at the end.

    Without a scheme, a server nearby (this machine, a private network) is asked by http and any other by https. Raises
    BadValueError for what is no address, and for one that holds a key or a password, which is never repeated.
    """
    plain = text.strip().strip("\"'").rstrip("/")
    if not plain or len(plain) > LONGEST or not plain.isprintable() or any(mark.isspace() for mark in plain):
        raise _refused("An address is one word without spaces.")
    if redacted(plain) != plain:
        raise _secret()
    parts = _parts(plain if "://" in plain else f"//{plain}")
    if parts.scheme not in ("", "http", "https"):
        raise _refused("It must begin with http:// or https://.")
    if parts.username is not None or parts.query or parts.fragment:
        raise _secret()
    host = parts.hostname or ""
    if "." not in host and ":" not in host and len(host) > _LONGEST_PLAIN_NAME:
        raise _secret()
    scheme = parts.scheme or ("http" if _is_near(host) else "https")
    return f"{scheme}://{parts.netloc}{parts.path}"


def host_of(address: str) -> str:
    """The name or number of the machine, without its port."""
    return urlsplit(address).hostname or ""


def _parts(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("Its host or port cannot be understood.") from None
    if port == 0 or not (_HOST.fullmatch(host) or _is_number(host)):
        raise _refused("Its host or port cannot be understood.")
    return parts


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_near(host: str) -> bool:
    if _is_number(host):
        return ipaddress.ip_address(host).is_private
    return "." not in host.rstrip(".") or host.endswith((".local", ".lan", ".internal", ".home.arpa", ".localhost"))


def _refused(why: str) -> BadValueError:
    return BadValueError("This is no address of a server.", why=why, todo=_TODO)


def _secret() -> BadValueError:
    return BadValueError(
        "This address holds a key, a password, or more than an address.",
        why="Whatever stands in an address is seen by many: keys go into the keyring.",
        todo=f"Give the address alone and set the key apart. {_TODO}",
    )
