"""What is never sent: a key to another host, over an open network, in an address, or one that no header can hold."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from modelward.core.errors import AnswerError, KeyRefusedError, NetworkError, UnreachableError
from modelward.core.redact import redacted
from modelward.net.model import Call, Method

if TYPE_CHECKING:
    import httpx

_HOST = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?")
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_LOCAL_ENDINGS = (".local", ".lan", ".internal", ".localhost")
_SCHEMES = ("http", "https")


def refusal(call: Call, url: httpx.URL) -> NetworkError | None:
    """Why a call must not be sent to an address at all."""
    if not _is_address(url):
        return bad_address(call, "It must begin with http:// or https:// and name a host.")
    if url.userinfo:
        return bad_address(call, "It holds a name or a password, which would be shown wherever the address is.")
    return None if call.key is None else _key_refusal(call, call.key.reveal(), url)


def _is_address(url: httpx.URL) -> bool:
    return url.scheme in _SCHEMES and bool(_HOST.fullmatch(url.raw_host)) and (url.port or 0) < 65_536


def bad_address(call: Call, why: str) -> UnreachableError:
    """The address of a server cannot be used."""
    return UnreachableError(
        f"The address of {call.server} cannot be used.", why=why, todo="Correct it in the settings."
    )


def _key_refusal(call: Call, key: str, url: httpx.URL) -> KeyRefusedError | None:
    if not _VISIBLE.fullmatch(key):
        return KeyRefusedError(
            f"The key for {call.server} cannot be sent.",
            why="It is empty, or holds spaces, line breaks or letters that no key has.",
            todo="Enter it again, without anything around it.",
        )
    if key in str(url):
        return KeyRefusedError(
            f"The key for {call.server} stands in its address.",
            why="Addresses are written to logs on the way, so that a key in one would not stay secret.",
            todo="Take it out of the address; it is sent in a header.",
        )
    if url.scheme == "http" and not is_local(url.host):
        return KeyRefusedError(
            f"The key for {call.server} was not sent.",
            why=f"{url.host} would be asked over http, where everybody on the way can read it.",
            todo="Use an address that begins with https://.",
        )
    return None


def is_local(host: str) -> bool:
    """Whether a host is this machine or one of its own network, as far as its name or address tells."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_ENDINGS)
    return address.is_loopback or address.is_private or address.is_link_local


def redirect_refusal(call: Call, origin: httpx.URL, target: httpx.URL) -> AnswerError | None:
    """Why a redirect is not followed."""
    if call.method not in (Method.GET, Method.HEAD):
        return elsewhere(call, target.host or target.scheme, "only questions that change nothing are sent on")
    if not _is_address(target) or target.userinfo:
        return elsewhere(call, target.host or target.scheme, "that is no address to go to")
    if origin.scheme == "https" and target.scheme == "http":
        return elsewhere(call, target.host or target.scheme, "from a safe connection to an open one nothing is sent on")
    if call.hosts is not None and target.netloc.decode().lower() not in call.hosts:
        return elsewhere(call, target.host, "that host is not among those that may be asked")
    is_same_host = origin.host == target.host
    if call.key is not None and not (is_same_host and _is_same_door(origin, target)):
        return elsewhere(call, target.host or target.scheme, "the key was not sent there")
    if not is_same_host and target.scheme == "http":
        return elsewhere(call, target.host or target.scheme, "another host is asked over https only")
    return None


def _is_same_door(origin: httpx.URL, target: httpx.URL) -> bool:
    """The same port, or the step from http to https at their usual ports."""
    if origin.scheme == target.scheme:
        return origin.port == target.port
    return origin.port is None and target.port is None


def elsewhere(call: Call, target: str, why: str) -> AnswerError:
    """The server points to another place, which is not asked."""
    return AnswerError(
        f"{call.server} sends its callers elsewhere.",
        why=f"It points to {redacted(target or 'nowhere')[:100]}; {why}.",
        todo="Check its address. In a hotel or an airport, sign in to the network first.",
    )
