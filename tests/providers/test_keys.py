"""Keys without a keyring: read as people paste them, kept for the session, found in the environment."""

from __future__ import annotations

import threading

import keyring
import pytest

from modelward.core.errors import BadValueError, KeyStoreError
from modelward.core.secret import Secret
from modelward.providers.keyring_thread import KeyringThread
from modelward.providers.keys import KeyOrigin, Keys, KeyState, read_key

KEY = "sk-planted-key-7f3a-openai"
OTHER = "sk-planted-key-7f3a-other"
VARIABLES = ["OPENAI_API_KEY", "OPENAI_KEY"]


@pytest.mark.parametrize(
    "pasted",
    [
        f"  {KEY}\r\n",
        f'"{KEY}"',
        f"“{KEY}”",
        f"‘{KEY}’\n",
        f"\ufeff{KEY}\u200b\u00a0",
        f"Bearer {KEY}",
        f"Authorization: Bearer {KEY}",
        f"x-api-key: {KEY}",
        f"OPENAI_API_KEY={KEY}",
        f"export OPENAI_API_KEY = '{KEY}';",
        f'"OPENAI_API_KEY=Bearer {KEY}",',
    ],
)
def test_a_key_is_read_as_people_paste_it(pasted: str) -> None:
    assert read_key(pasted).reveal() == KEY


@pytest.mark.parametrize("key", ["abc", "ABCD_EFGH==", "a_b=c/d+e", "x" * 4096, "BEARERTOKEN", "planted-key-7f3a:1"])
def test_what_a_key_may_hold_stays(key: str) -> None:
    assert read_key(key).reveal() == key


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("", "No key was given"),
        (" \n\"'", "No key was given"),
        ("OPENAI_API_KEY=", "No key was given"),
        (f"{KEY}\n{OTHER}", "several lines"),
        (f"{KEY} {OTHER}", "a space inside"),
        (f"{KEY}\u2022\u2022", "marks that no key has"),
        (f"{KEY[:5]}\x00{KEY[5:]}", "marks that no key has"),
        (f"{KEY[:5]}\x1b[31m{KEY[5:]}", "marks that no key has"),
        (f"{KEY[:5]}ключ", "marks that no key has"),
        (f"{KEY[:5]}\u200b{KEY[5:]}", "marks that no key has"),
        (f'{KEY}"{OTHER}', "marks that no key has"),
        (f"https://host/{KEY}", "an address"),
        (KEY + "x" * 4096, "longer than 4,096"),
        (KEY * 100_000, "far too long"),
    ],
)
def test_what_can_be_no_key_is_refused_and_never_repeated(pasted: str, why: str) -> None:
    with pytest.raises(BadValueError) as caught:
        read_key(pasted)
    told = str(caught.value)
    assert why in told
    assert "planted" not in told


async def test_without_a_keyring_a_key_lasts_for_the_session_and_that_is_said() -> None:
    keys = Keys({})
    assert not (await keys.keyring()).is_usable
    assert "no keyring" in (await keys.keyring()).why
    state = await keys.put("openai", Secret(KEY))
    assert state.origin is KeyOrigin.SESSION
    assert state.problem.startswith("Kept until Modelward ends: There is no keyring")
    assert await keys.state("openai", ()) == state
    assert await keys.get("openai", ()) == Secret(KEY)
    keys.forget("openai")
    assert await keys.get("openai", ()) == Secret(KEY)
    assert await keys.delete("openai") is True
    assert await keys.get("openai", ()) is None
    assert await keys.state("openai", ()) == KeyState(KeyOrigin.NONE)
    assert await keys.delete("openai") is False


async def test_the_first_variable_that_holds_a_key_counts() -> None:
    keys = Keys({"OPENAI_API_KEY": " ", "OPENAI_KEY": f'"{KEY}"\n'})
    assert await keys.get("openai", VARIABLES) == Secret(KEY)
    assert await keys.state("openai", VARIABLES) == KeyState(KeyOrigin.ENVIRONMENT, "OPENAI_KEY")
    assert keys.has_variable(VARIABLES)


async def test_a_variable_that_holds_no_key_is_named_without_its_text() -> None:
    keys = Keys({"OPENAI_API_KEY": f"{KEY} {OTHER}"})
    assert await keys.get("openai", VARIABLES) is None
    assert not keys.has_variable(VARIABLES)
    state = await keys.state("openai", VARIABLES)
    assert state == KeyState(KeyOrigin.NONE, problem="What OPENAI_API_KEY holds is no key.")


async def test_a_key_of_the_session_beats_the_environment() -> None:
    keys = Keys({"OPENAI_API_KEY": KEY})
    await keys.put("openai", Secret(OTHER), session=True)
    assert await keys.get("openai", VARIABLES) == Secret(OTHER)
    assert await keys.state("openai", VARIABLES) == KeyState(KeyOrigin.SESSION)


@pytest.mark.parametrize(
    ("backend", "why"),
    [
        ("keyring.backends.null.Keyring", "not known to encrypt"),
        ("no.such.Module", "cannot be used"),
        ("keyring.backends.fail.NoSuchClass", "cannot be used"),
        ("", "cannot be used"),
    ],
)
async def test_a_keyring_that_may_write_plain_files_or_nothing_is_not_used(
    backend: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    keys = Keys({})
    ring = await keys.keyring()
    assert not ring.is_usable
    assert why in ring.why
    assert (await keys.put("openai", Secret(KEY))).origin is KeyOrigin.SESSION


class Forgetful:
    """A keyring that takes everything and gives back something else."""

    priority = 5

    def get_password(self, service: str, username: str) -> str | None:
        return "something else"

    def set_password(self, service: str, username: str, password: str) -> None:
        pass

    def delete_password(self, service: str, username: str) -> None:
        pass


Forgetful.__module__ = "keyring.backends.kwallet"  # as a broken one would call itself


async def test_a_keyring_that_gives_back_something_else_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", Forgetful())
    ring = await Keys({}).keyring()
    assert (ring.name, ring.is_usable) == ("KWallet", False)
    assert "does not give back" in ring.why


async def test_of_a_chain_of_keyrings_the_first_that_is_trusted_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, chain = type("Plain", (), {"priority": 9})(), type("Chain", (), {"priority": 10})()
    type(plain).__module__, type(chain).__module__ = "keyrings.alt.file", "keyring.backends.chainer"
    monkeypatch.setattr(keyring.core, "_keyring_backend", chain)
    chain.backends = [plain]
    assert not (await Keys({}).keyring()).is_usable
    chain.backends = [plain, Forgetful()]
    assert (await Keys({}).keyring()).name == "KWallet"


async def test_a_bug_in_a_question_reaches_the_crash_notice_and_nobody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crashes: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: crashes.append(told.exc_type))
    monkeypatch.setattr(keyring.core, "_keyring_backend", Forgetful())
    with pytest.raises(KeyStoreError, match="KWallet failed"):
        await KeyringThread().ask(lambda ring: ring.no_such_verb(), insists=True)  # type: ignore[attr-defined]
    assert crashes == [AttributeError]
