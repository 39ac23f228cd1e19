"""Answers with an error status, told apart: the key, the money, the pace, the model, or the server itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from modelward.core.errors import (
    KeyRefusedError,
    NetworkError,
    NoCreditError,
    NotOfferedError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
    UnreachableError,
)
from modelward.net import retry
from modelward.net.errorbody import ErrorBody
from modelward.net.model import Call

_KEY_CODES = frozenset({"api_key_invalid", "invalid_api_key", "authentication_error", "unauthenticated"})
_KEY_WORDS = re.compile(r"(?:incorrect|invalid) api.?key|api.?key (?:is )?(?:not valid|invalid|expired)", re.IGNORECASE)
_TOKEN_WORDS = re.compile(r"invalid token", re.IGNORECASE)
_CREDIT_CODES = frozenset(
    {
        "insufficient_quota",
        "billing_error",
        "billing_not_active",
        "billing_hard_limit_reached",
        "insufficient_balance",
        "insufficient_credits",
        "insufficient_funds",
    }
)
_CREDIT_WORDS = re.compile(
    r"(?:insufficient|no|not enough|out of) (?:credits?|balance|funds)\b|credit balance|spend(?:ing)?[ _]limit"
    r"|used all (?:available )?credits",
    re.IGNORECASE,
)
_MODERATION_WORDS = re.compile(r"moderat|flagged|content policy", re.IGNORECASE)


def refused(call: Call, status: int, headers: Mapping[str, str], body: ErrorBody, now: datetime) -> retry.Setback:
    """The error that an answer is, whether it may pass, and the wait that it states."""
    wait = retry.stated_wait(headers, body, now)
    error = _told(call, status, body, wait)
    can_pass = isinstance(error, RateLimitedError | ServerFailedError) and retry.is_passing(status, headers)
    return retry.Setback(error, is_passing=can_pass, wait=wait)


def _told(call: Call, status: int, body: ErrorBody, wait: float | None) -> NetworkError:
    server, why = call.server, _why(status, body)
    if status == 407:
        return UnreachableError(
            f"{server} could not be reached through the proxy.", why="The proxy wants a name and a password.",
            todo="Put them into network.proxy in the settings.",
        )  # fmt: skip
    if _is_about_money(status, body, wait):
        return NoCreditError(
            f"The account at {server} has no credit or quota left.", why=why,
            todo="Add credit or raise the limit in the account.", status=status,
        )  # fmt: skip
    if status == 429:
        when = f"Try again in {wait:.0f} seconds." if wait and wait >= 1 else "Try again later."
        return RateLimitedError(f"{server} was asked too often.", why=why, todo=when, status=status, wait_seconds=wait)
    if _is_about_key(status, body):
        return _key(call, status, why)
    return _other(server, status, why)


def _other(server: str, status: int, why: str) -> RefusedError:
    if status in (404, 405, 410):
        return NotOfferedError(
            f"{server} does not offer this.", why=why, todo="Check the model's name and the address.", status=status
        )
    if status >= 500 or status in (408, 409, 498):
        what = f"{server} is overloaded." if status in (503, 529, 498) else f"{server} failed."
        return ServerFailedError(what, why=why, todo="Try again later.", status=status)
    if status == 413:
        return RefusedError(f"The question is too large for {server}.", why=why, todo="Make it shorter.", status=status)
    return RefusedError(f"{server} refused the question.", why=why, status=status)


def _key(call: Call, status: int, why: str) -> KeyRefusedError:
    if call.key is None:
        return KeyRefusedError(f"{call.server} wants a key.", why=why, todo="Enter one.", status=status)
    what = f"{call.server} does not allow this with this key." if status == 403 else f"{call.server} refused the key."
    return KeyRefusedError(what, why=why, todo="Check the key, or enter another.", status=status)


def _is_about_money(status: int, body: ErrorBody, wait: float | None) -> bool:
    if status == 402 or body.codes & _CREDIT_CODES:
        return True
    if status not in (400, 403, 429):
        return False
    # Servers say "check your billing details" also of a pace that is too high, and then when to come again.
    return bool(_CREDIT_WORDS.search(body.words)) or (wait is None and "billing" in body.words.lower())


def _is_about_key(status: int, body: ErrorBody) -> bool:
    if status == 403:
        # Firewalls and portals answer with pages; moderation judges the text, not the key.
        return not body.is_page and not _MODERATION_WORDS.search(body.words)
    if status == 498:
        return _TOKEN_WORDS.search(body.words) is not None
    return status == 401 or (status == 400 and bool(body.codes & _KEY_CODES or _KEY_WORDS.search(body.words)))


def _why(status: int, body: ErrorBody) -> str:
    if body.is_page:
        return f"A web page came with status {status}, as firewalls and sign-in pages send it."
    if not body.words:
        return f"The status is {status}."
    return f"It says: {body.words}" + ("" if body.words.endswith((".", "!", "?", "…")) else ".")
