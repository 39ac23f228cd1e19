"""Failures told inside an answer with a good status: in a list, in the middle of a stream, or beside a choice."""

from __future__ import annotations

import json

from modelward.core.clock import utc_now
from modelward.core.errors import RefusedError
from modelward.core.secret import Secret
from modelward.net import errorbody
from modelward.net.model import Call
from modelward.net.refusals import refused
from modelward.providers.jsonparts import Body

_UNTOLD = 400
"""Stands for a status where nothing tells one: the server said no, and asking again does not help."""

_STATUS = {
    "authentication_error": 401,
    "invalid_api_key": 401,
    "unauthenticated": 401,
    "permission_denied": 403,
    "permission_error": 403,
    "model_not_found": 404,
    "not_found": 404,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "resource_exhausted": 429,
    "too_many_requests": 429,
    "api_error": 500,
    "internal": 500,
    "internal_server_error": 500,
    "server_error": 500,
    "unavailable": 503,
    "deadline_exceeded": 504,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_STATUS_OF_WORDS = (
    ("unexpected endpoint", 404),
    ("not found", 404),
    ("unauthorized", 401),
    ("overloaded", 529),
    ("rate limit", 429),
    ("too many requests", 429),
)


def refuse_failure(server: str, body: Body) -> None:
    """Raise the error that a body tells of under ``error``; its status is None. Does nothing where it tells of none."""
    failure = body.get("error")
    if not failure:
        return
    read = _read(failure)
    # Which key was sent is not known here: "refused the key" is right for whoever sent one.
    call = Call(server, lane="", url="", key=Secret(""))
    error = refused(call, _status(failure, read), {}, read, utc_now()).error
    if isinstance(error, RefusedError):
        error.status = None
    raise error


def _read(failure: object) -> errorbody.ErrorBody:
    try:
        return errorbody.read(json.dumps({"error": failure}).encode())
    except RecursionError:
        return errorbody.ErrorBody()


def _status(failure: object, read: errorbody.ErrorBody) -> int:
    code = failure.get("code") if isinstance(failure, dict) else None
    if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) == 3:
        code = int(code)
    if isinstance(code, int) and 400 <= code < 600:
        return code
    told = [_STATUS[name] for name in read.codes if name in _STATUS]
    by_words = [status for words, status in _STATUS_OF_WORDS if words in read.words.lower()]
    return min(told or by_words, default=_UNTOLD)
