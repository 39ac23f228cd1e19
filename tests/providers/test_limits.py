"""Rate limits out of headers: each provider's own, and whatever a server may write there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.providers.limits import limits_of
from modelward.providers.model import Limit, Per
from modelward.providers.registry import KNOWN

NOW = {"date": "Sat, 21 Nov 2026 12:00:00 GMT"}
GROQ = KNOWN["groq"]


def test_groq_counts_requests_by_the_day_and_tokens_by_the_minute() -> None:
    headers = {
        "x-ratelimit-limit-requests": "14400",
        "x-ratelimit-remaining-requests": "14370",
        "x-ratelimit-reset-requests": "2m59.56s",
        "x-ratelimit-limit-tokens": "18000",
        "x-ratelimit-remaining-tokens": "17997",
        "x-ratelimit-reset-tokens": "7.66s",
    }
    assert limits_of(GROQ, headers) == (
        Limit(Per.REQUESTS_PER_DAY, 14_400, 14_370, 179.56),
        Limit(Per.TOKENS_PER_MINUTE, 18_000, 17_997, 7.66),
    )


def test_openai_counts_the_same_headers_by_the_minute() -> None:
    headers = {"x-ratelimit-limit-requests": "500", "x-ratelimit-reset-requests": "120ms"}
    assert limits_of(KNOWN["openai"], headers) == (Limit(Per.REQUESTS_PER_MINUTE, 500, None, 0.12),)


def test_anthropic_states_dates_and_its_tightest_tokens_count() -> None:
    headers = NOW | {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-11-21T12:01:00Z",
        "anthropic-ratelimit-input-tokens-limit": "50000",
        "anthropic-ratelimit-output-tokens-limit": "10000",
        "anthropic-ratelimit-tokens-limit": "60000",
        "anthropic-ratelimit-tokens-remaining": "59000",
    }
    assert limits_of(KNOWN["anthropic"], headers) == (
        Limit(Per.REQUESTS_PER_MINUTE, 50, 49, 60.0),
        Limit(Per.TOKENS_PER_MINUTE, 60_000, 59_000),
    )
    del headers["anthropic-ratelimit-tokens-limit"]
    assert limits_of(KNOWN["anthropic"], headers)[1].limit == 50_000


def test_cerebras_states_its_windows_in_the_names() -> None:
    headers = {
        "x-ratelimit-limit-requests-day": "14400",
        "x-ratelimit-remaining-requests-day": "14398",
        "x-ratelimit-reset-requests-day": "33011.38",
        "x-ratelimit-limit-tokens-minute": "60000",
    }
    assert limits_of(KNOWN["cerebras"], headers) == (
        Limit(Per.REQUESTS_PER_DAY, 14_400, 14_398, 33_011.38),
        Limit(Per.TOKENS_PER_MINUTE, 60_000),
    )


def test_together_counts_by_the_second() -> None:
    headers = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-tokenlimit-limit": "3000"}
    assert limits_of(KNOWN["togetherai"], headers) == (
        Limit(Per.REQUESTS_PER_SECOND, 10, 9),
        Limit(Per.TOKENS_PER_SECOND, 3_000),
    )


@pytest.mark.parametrize(
    ("name", "remaining"),
    [
        ("x-ratelimit-limit-tokens-minute", "x-ratelimit-remaining-tokens-minute"),
        ("x-ratelimitbysize-limit-minute", "x-ratelimitbysize-remaining-minute"),
        ("ratelimitbysize-limit", "ratelimitbysize-remaining"),
    ],
)
def test_mistral_has_had_three_families_of_names(name: str, remaining: str) -> None:
    headers = {name: "500000", remaining: "499000"}
    assert limits_of(KNOWN["mistral"], headers) == (Limit(Per.TOKENS_PER_MINUTE, 500_000, 499_000),)


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("2m59.56s", 179.56),
        ("0s", 0.0),
        ("33.5", 33.5),
        ("2026-11-21T12:00:30Z", 30.0),
        ("2026-11-21T13:00:30+01:00", 30.0),
        ("1795262430", 30.0),
        ("1795262430000", 30.0),
        ("2020-01-01T00:00:00Z", None),
        ("soon", None),
        ("-5", None),
        ("1e400", None),
        ("9" * 400, None),
        ("", None),
    ],
)
def test_when_a_limit_is_renewed_is_read_in_every_way_of_writing_it(reset: str, seconds: float | None) -> None:
    headers = NOW | {"x-ratelimit-limit-tokens": "10", "x-ratelimit-reset-tokens": reset}
    assert limits_of(GROQ, headers)[0].reset_seconds == seconds


@pytest.mark.parametrize("limit", ["", "many", "-5", "0", "1e9", "9" * 50, "１２", "12,000", "10.5", "nan", "<b>5</b>"])
def test_a_limit_that_is_none_is_left_out(limit: str) -> None:
    assert limits_of(GROQ, {"x-ratelimit-limit-tokens": limit, "x-ratelimit-remaining-tokens": "5"}) == ()


def test_what_is_left_may_be_missing_or_unreadable() -> None:
    for left in ("", "-1", "none"):
        headers = {"x-ratelimit-limit-tokens": "60.0", "x-ratelimit-remaining-tokens": left}
        assert limits_of(GROQ, headers) == (Limit(Per.TOKENS_PER_MINUTE, 60),)


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_header_makes_it_fail(limit: str, left: str, reset: str) -> None:
    headers = {
        "x-ratelimit-limit-tokens": limit,
        "x-ratelimit-remaining-tokens": left,
        "x-ratelimit-limit-requests": "5",
        "x-ratelimit-reset-requests": reset,
        "date": left,
    }
    for found in limits_of(GROQ, headers):
        assert found.limit > 0
        assert found.reset_seconds is None or found.reset_seconds >= 0
