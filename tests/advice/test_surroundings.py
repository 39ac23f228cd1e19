"""How providers stand, as advice needs it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.advice import NOW
from modelward.advice.model import Place
from modelward.advice.surroundings import places, ways
from modelward.discovery.model import Look, State
from modelward.providers.keys import KeyOrigin, KeyState
from modelward.providers.local import OLLAMA, OPENAI_COMPATIBLE, VLLM
from modelward.providers.model import KnownProvider, Provider
from modelward.providers.registry import KNOWN
from modelward.providers.service import ProviderState

NO_KEY = KeyState(KeyOrigin.NONE)
IN_KEYRING = KeyState(KeyOrigin.KEYRING, "the keyring")


def state(known: KnownProvider, key: KeyState = NO_KEY, *, enabled: bool = True, url: str = "") -> ProviderState:
    placed = replace(known, base_url=url) if url else known
    return ProviderState(Provider(known.id, known.title, placed, enabled=enabled, is_added=True), key)


def place(given: ProviderState, look: State | None = None) -> Place:
    looks = {} if look is None else {given.provider.id: Look(given.provider.id, NOW, look)}
    return places([given], looks)[given.provider.id]


def test_a_key_is_at_hand_where_there_is_one_or_none_is_wanted() -> None:
    assert place(state(KNOWN["openai"], IN_KEYRING)).has_key
    assert not place(state(KNOWN["openai"])).has_key
    assert place(state(OLLAMA)).has_key
    assert place(state(VLLM)).has_key


@pytest.mark.parametrize(
    ("look", "answers"),
    [(State.OK, True), (State.LIMITED, True), (State.UNREACHABLE, False), (State.REFUSED, False), (None, None)],
)
def test_a_provider_answers_as_it_did_at_the_last_look(look: State | None, *, answers: bool | None) -> None:
    assert place(state(KNOWN["openai"], IN_KEYRING), look).answers is answers


def test_one_that_is_switched_off_does_not_answer() -> None:
    assert place(state(OLLAMA, enabled=False), State.OK).answers is False


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://127.0.0.1:9000/v1", True),
        ("http://[::1]:9000/v1", True),
        ("http://localhost:9000", True),
        ("https://models.example/v1", False),
        ("http://192.0.2.7/v1", False),
    ],
)
def test_a_server_on_this_machine_is_local_whatever_it_speaks(url: str, *, is_local: bool) -> None:
    assert place(state(OPENAI_COMPATIBLE, url=url)).is_local is is_local


def test_a_router_finds_keys_where_they_are_and_takes_none_where_none_is_used() -> None:
    mine = [
        state(KNOWN["google"], KeyState(KeyOrigin.ENVIRONMENT, "GOOGLE_API_KEY")),
        state(KNOWN["openai"], IN_KEYRING),
        state(VLLM),
        state(OLLAMA),
    ]
    known = [*(each.provider for each in mine), Provider("anthropic", "Anthropic", KNOWN["anthropic"])]
    assert {id_: way.key for id_, way in ways(known, mine).items()} == {
        "google": "GOOGLE_API_KEY",
        "openai": "OPENAI_API_KEY",
        "vllm": "",
        "ollama": "",
        "anthropic": "ANTHROPIC_API_KEY",
    }
