"""What goes wrong between us and a server, as Setbacks in people's words. Nothing of a request is kept in them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from modelward.core.errors import AnswerError, UnreachableError
from modelward.core.redact import redacted
from modelward.net import guard
from modelward.net.errorbody import shown
from modelward.net.model import MIB, Call
from modelward.net.phases import Phase, Watch
from modelward.net.retry import Setback
from modelward.net.tlswords import tls_reason


def unreached(call: Call, url: httpx.URL, watch: Watch, error: Exception) -> Setback:
    """A request to which no answer began."""
    causes = list(_causes(error))
    if watch.phase is Phase.CONNECTING and watch.door is not None and watch.door[0] != url.raw_host.decode():
        return Setback(_through_proxy(call, _proxy_reason(watch.door, causes, error)))
    place = redacted(url.host) if url.port is None else f"{redacted(url.host)} port {url.port}"
    if watch.phase is not Phase.CONNECTING and _is_about_location(error):
        return Setback(guard.elsewhere(call, "nowhere", "that is no address to go to"))
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL) or _is_bad_name(causes):
        return Setback(UnreachableError(f"The address of {call.server} cannot be used.", todo="Correct it."))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return Setback(_tls(call, cause, place))
        if isinstance(cause, socket.gaierror):
            return Setback(_unknown_name(call, place))
    if watch.phase is not Phase.CONNECTING:
        return broken_off(call, error)
    return Setback(_no_connection(call, place, causes))


def too_slow(call: Call, watch: Watch) -> Setback:
    """A phase lasted longer than the call's patience."""
    within = f"within {watch.seconds:g} seconds"
    why = {
        Phase.CONNECTING: f"No connection came about {within}.",
        Phase.SENDING: f"It did not take the question {within}.",
        Phase.WAITING: f"Its answer did not begin {within}.",
        Phase.READING: f"Its answer did not go on, or did not end, {within}.",
    }
    todo = "Try again later, or check the network."
    was_sent = watch.phase is not Phase.CONNECTING
    what = f"{call.server} is too slow."
    return Setback(UnreachableError(what, why=why[watch.phase], todo=todo, was_sent=was_sent))


def broken_off(call: Call, error: Exception) -> Setback:
    """The connection ended, or went wrong, before the answer did."""
    if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error) and "peer" not in str(error):
        return Setback(
            AnswerError(
                f"What came back from {call.server} is no answer of a web server.",
                todo="Check the address, its port, and whether it begins with http or https.",
            )
        )
    what = f"{call.server} broke off."
    why = "The connection ended before its answer did."
    return Setback(AnswerError(what, why=why, todo="Try again."), is_passing=True)


def too_large(call: Call) -> AnswerError:
    """The answer is larger than the call allows."""
    size = f"{call.most_bytes / MIB:g} MiB" if call.most_bytes >= MIB else f"{call.most_bytes} bytes"
    return AnswerError(
        f"The answer of {call.server} is too large.", why=f"More than {size} came.", todo="Check its address."
    )


def damaged(call: Call, how: str) -> AnswerError:
    """The content cannot be unpacked."""
    return AnswerError(
        f"The answer of {call.server} cannot be unpacked.", why=f"Reason: {shown(how)}.", todo="Try again."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that led to it, from the outside in."""
    known: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop(0)
        if each is None or each in known:
            continue
        known.append(each)
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        waiting += [each.__cause__, each.__context__]


def _is_about_location(error: Exception) -> bool:
    """httpx reads where a redirect leads also where it is told not to follow."""
    return isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL) or "location header" in str(error)


def _is_bad_name(causes: list[BaseException]) -> bool:
    return any(isinstance(cause, UnicodeError) for cause in causes)


def _proxy_reason(door: tuple[str, int], causes: list[BaseException], error: Exception) -> str:
    place = f"{door[0]} port {door[1]}"
    if isinstance(error, httpx.ProxyError):
        return f"The proxy says: {shown(str(error))}."
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return tls_reason(cause, place)[0]
        if isinstance(cause, socket.gaierror):
            return f"The name {door[0]} is not known to the network."
    return f"Nothing answers at {place}."


def _through_proxy(call: Call, why: str) -> UnreachableError:
    return UnreachableError(
        f"{call.server} could not be reached through the proxy.",
        why=why,
        todo="Check network.proxy in the settings, or the system's proxy.",
    )


def _tls(call: Call, error: ssl.SSLError, place: str) -> UnreachableError:
    why, todo = tls_reason(error, place)
    return UnreachableError(f"There is no safe connection to {call.server}.", why=why, todo=todo)


def _unknown_name(call: Call, place: str) -> UnreachableError:
    return UnreachableError(
        f"{call.server} could not be found.",
        why=f"The name {place} is not known to the network.",
        todo="Check the address, and whether this machine is online.",
    )


def _no_connection(call: Call, place: str, causes: list[BaseException]) -> UnreachableError:
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        why, todo = f"Nothing answers at {place}.", "Check that it runs, and its address."
    else:
        said = next((cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror), "")
        why = f"No connection to {place} came about" + (f" ({said})." if said else ".")
        todo = "Check the network and the address."
    return UnreachableError(f"{call.server} could not be reached.", why=why, todo=todo)
