"""How a provider stands, in one word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from modelward.discovery.model import Look, State
from modelward.discovery.standing import Standing, standing
from modelward.providers.keys import KeyOrigin, KeyState
from modelward.providers.model import KeyNeed, KnownProvider, Listing, Provider
from modelward.providers.service import ProviderState

LISTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER, EARLIER = LISTED + timedelta(hours=1), LISTED - timedelta(hours=1)


def provider(
    *,
    need: KeyNeed = KeyNeed.REQUIRED,
    key: KeyOrigin = KeyOrigin.KEYRING,
    enabled: bool = True,
    listed: bool = True,
    error: str | None = None,
) -> ProviderState:
    known = KnownProvider("acme", "Acme", "openai", "https://acme.example", Listing("/models"), key=need)
    made = Provider(
        "acme", "Acme", known, enabled, is_added=True, last_discovery_at=LISTED if listed else None, last_error=error
    )
    return ProviderState(made, KeyState(key))


def test_one_that_is_switched_off_is_off_whatever_else_is_true() -> None:
    assert standing(provider(enabled=False, key=KeyOrigin.NONE), Look("acme", LATER, State.OK)) is Standing.OFF


def test_a_missing_key_comes_before_what_the_last_look_said() -> None:
    assert standing(provider(key=KeyOrigin.NONE), Look("acme", LATER, State.OK)) is Standing.NO_KEY


def test_a_provider_that_needs_no_key_lacks_none() -> None:
    state = provider(need=KeyNeed.OPTIONAL, key=KeyOrigin.NONE)
    assert standing(state, Look("acme", LATER, State.OK)) is Standing.READY


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (State.OK, Standing.READY),
        (State.LIMITED, Standing.LIMITED),
        (State.FAILED, Standing.FAILED),
        (State.UNREACHABLE, Standing.UNREACHABLE),
        (State.REFUSED, Standing.REFUSED),
    ],
)
def test_the_last_look_tells(state: State, word: Standing) -> None:
    assert standing(provider(), Look("acme", LATER, state)) is word


def test_a_list_that_was_read_since_tells_more_than_the_look() -> None:
    assert standing(provider(), Look("acme", EARLIER, State.UNREACHABLE)) is Standing.READY
    assert standing(provider(error="It failed."), Look("acme", EARLIER, State.OK)) is Standing.FAILED


def test_without_look_and_list_nobody_has_asked() -> None:
    assert standing(provider(listed=False), None) is Standing.NOT_ASKED


def test_a_provider_whose_first_list_failed_is_not_one_that_was_never_asked() -> None:
    assert standing(provider(listed=False, error="Acme said nothing."), None) is Standing.FAILED
