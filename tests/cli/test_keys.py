"""``keys``: set from standard input or a terminal, listed, deleted; never an argument, never shown."""

from __future__ import annotations

import getpass
import io
import json
import sys
from collections.abc import Callable

import keyring
import pytest

from harness.commands import Ran, Run
from harness.secret_service import SecretService

KEY = "sk-planted-key-7f3a-openai"

Type = Callable[[str], None]


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Type:
    """What stands in standard input, which is no terminal."""

    def typed(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return typed


def said(ran: Ran) -> str:
    """All that it printed, in which no key stands."""
    assert "planted" not in ran.out + ran.err
    return ran.out + ran.err


def test_a_key_is_set_listed_and_deleted(run: Run, type_in: Type, secret_service: SecretService) -> None:
    type_in(f'OPENAI_API_KEY="{KEY}"\nanother line\n')
    ran = run("keys", "set", "openai")
    assert (ran.code, said(ran)) == (0, "OpenAI: the key is kept in Secret Service.\n")
    assert keyring.get_password("modelward", "openai") == KEY
    listed = run("keys", "list", "--json")
    assert json.loads(said(listed)) == [
        {"provider": "openai", "origin": "keyring", "where": "Secret Service", "problem": None}
    ]
    assert "openai    keyring  Secret Service" in said(run("keys", "list"))
    ran = run("keys", "delete", "openai")
    assert (ran.code, said(ran)) == (0, "The key is deleted.\n")
    assert keyring.get_password("modelward", "openai") is None
    assert said(run("keys", "delete", "openai")) == "There was no key in the keyring.\n"


def test_a_terminal_asks_for_the_key_without_showing_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, secret_service: SecretService
) -> None:
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: asked.append(prompt) or KEY)
    ran = run("keys", "set", "openai")
    assert ran.code == 0
    assert asked == ["Key: "]
    assert "platform.openai.com" in said(ran)
    assert keyring.get_password("modelward", "openai") == KEY


def test_a_terminal_asks_for_no_key_that_could_not_be_kept(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", lambda _: pytest.fail("it asked"))
    assert run("keys", "set", "openai").code == 1
    assert run("keys", "set", "opnai").code == 2


def test_without_a_keyring_it_says_what_to_do(run: Run, type_in: Type) -> None:
    type_in(KEY)
    ran = run("keys", "set", "openai")
    assert ran.code == 1
    assert "OPENAI_API_KEY" in said(ran)
    assert "no keyring" in ran.err
    assert json.loads(run("keys", "list", "--json").out) == []
    ran = run("keys", "delete", "openai")
    assert ran.code == 1
    assert "No key could be looked for" in said(ran)


def test_a_key_from_the_environment_is_named_by_its_variable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert json.loads(said(run("keys", "list", "--json")))[0]["where"] == "OPENAI_API_KEY"


@pytest.mark.parametrize(
    "arguments",
    [
        ("openai", KEY),
        ("openai", "--", KEY),
        ("openai", f"--{KEY}"),
        ("openai", f"--key={KEY}"),
        ("openai", f"-{KEY}"),
        ("openai", "--key", KEY),
        (f"--{KEY}", "openai"),
        (KEY,),
    ],
)
def test_a_key_as_an_argument_is_refused_and_not_repeated(arguments: tuple[str, ...], run: Run, type_in: Type) -> None:
    type_in("")
    ran = run("keys", "set", *arguments)
    assert ran.code == 2
    assert said(ran)


@pytest.mark.parametrize("text", ["", "\n", f"{KEY} {KEY}\n", f"{KEY}\xe4\n", KEY + "x" * 100_000])
def test_what_can_be_no_key_is_refused(text: str, run: Run, type_in: Type, secret_service: SecretService) -> None:
    type_in(text)
    ran = run("keys", "set", "openai")
    assert ran.code == 2
    assert "Copy it once more" in said(ran)
    assert keyring.get_password("modelward", "openai") is None
