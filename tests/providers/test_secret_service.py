"""Keys in a real Secret Service: put, used, rotated, deleted; locked, hung and missing ones."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from harness.secret_service import SecretService
from modelward.core.errors import KeyStoreError
from modelward.core.secret import Secret
from modelward.providers.keyring_thread import KeyringThread
from modelward.providers.keys import KeyOrigin, Keyring, Keys, KeyState

FIRST = "sk-planted-key-7f3a-first"
SECOND = "sk-planted-key-7f3a-second"
VARIABLE = "OPENAI_API_KEY"
KEPT = KeyState(KeyOrigin.KEYRING, "Secret Service")

# keyring 25.7 leaves its connection open where a keyring cannot be unlocked.
leaves_a_connection = pytest.mark.filterwarnings("ignore:.*unclosed <socket:ResourceWarning")


async def test_a_key_is_kept_and_found_by_the_next_start(secret_service: SecretService) -> None:
    assert await Keys({}).put("openai", Secret(FIRST)) == KEPT
    later = Keys({})
    assert await later.get("openai", ()) == Secret(FIRST)
    assert await later.state("openai", ()) == KEPT
    assert keyring.get_password("modelward", "openai") == FIRST


async def test_a_key_is_rotated(secret_service: SecretService) -> None:
    keys = Keys({})
    await keys.put("openai", Secret(FIRST))
    await keys.put("openai", Secret(SECOND))
    assert await keys.get("openai", ()) == Secret(SECOND)
    assert keyring.get_password("modelward", "openai") == SECOND


async def test_a_key_that_was_changed_behind_our_back_is_read_once_it_is_forgotten(
    secret_service: SecretService,
) -> None:
    keys = Keys({})
    await keys.put("openai", Secret(FIRST))
    keyring.set_password("modelward", "openai", f" {SECOND}\n")
    assert await keys.get("openai", ()) == Secret(FIRST)
    keys.forget("openai")
    assert await keys.get("openai", ()) == Secret(SECOND)


async def test_a_deleted_key_is_gone(secret_service: SecretService) -> None:
    keys = Keys({})
    await keys.put("openai", Secret(FIRST))
    await keys.put("groq", Secret(SECOND))
    assert await keys.delete("openai") is True
    assert await keys.get("openai", ()) is None
    assert await keys.state("openai", ()) == KeyState(KeyOrigin.NONE)
    assert keyring.get_password("modelward", "openai") is None
    assert await keys.get("groq", ()) == Secret(SECOND)


async def test_deleting_what_is_not_there_says_so(secret_service: SecretService) -> None:
    assert await Keys({}).delete("openai") is False


async def test_a_key_in_the_keyring_beats_the_environment(secret_service: SecretService) -> None:
    keys = Keys({VARIABLE: FIRST})
    assert await keys.get("openai", [VARIABLE]) == Secret(FIRST)
    await keys.put("openai", Secret(SECOND))
    assert await keys.get("openai", [VARIABLE]) == Secret(SECOND)
    assert await keys.state("openai", [VARIABLE]) == KEPT


async def test_a_key_for_the_session_stays_out_of_the_keyring(secret_service: SecretService) -> None:
    keys = Keys({})
    assert await keys.put("openai", Secret(FIRST), session=True) == KeyState(KeyOrigin.SESSION)
    assert await keys.get("openai", ()) == Secret(FIRST)
    assert keyring.get_password("modelward", "openai") is None
    assert await Keys({}).get("openai", ()) is None
    assert await keys.delete("openai") is True
    assert await keys.get("openai", ()) is None


async def test_a_good_keyring_is_proven_and_nothing_stays_of_the_proof(secret_service: SecretService) -> None:
    keys = Keys({})
    assert await keys.keyring() == Keyring("Secret Service", is_usable=True)
    with secret_service.hung():  # it is found out once
        assert (await keys.keyring()).is_usable
    assert keyring.get_password("modelward", "(probe)") is None


async def test_what_is_no_key_in_the_keyring_is_said(secret_service: SecretService) -> None:
    keyring.set_password("modelward", "openai", "sk-planted-key-7f3a\nand a line")
    with pytest.raises(KeyStoreError, match="no key") as caught:
        await Keys({}).get("openai", ())
    assert "planted" not in str(caught.value)
    assert "no key" in (await Keys({}).state("openai", ())).problem


async def test_keys_lie_encrypted(secret_service: SecretService) -> None:
    await Keys({}).put("openai", Secret(FIRST))
    files = [path for path in secret_service.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    assert [path for path in files if b"planted-key-7f3a" in path.read_bytes()] == []


@leaves_a_connection
async def test_a_locked_keyring_is_said_and_the_session_takes_the_key(locked_secret_service: SecretService) -> None:
    keys = Keys({VARIABLE: FIRST})
    told = await keys.keyring()
    assert (told.name, told.is_usable) == ("Secret Service", False)
    assert "is locked" in told.why
    with pytest.raises(KeyStoreError, match="Secret Service is locked"):
        await keys.get("groq", ())
    assert "is locked" in (await keys.state("groq", ())).problem
    assert await keys.get("openai", [VARIABLE]) == Secret(FIRST)
    state = await keys.put("openai", Secret(SECOND))
    assert state.origin is KeyOrigin.SESSION
    assert state.problem.startswith("Kept until Modelward ends: Secret Service is locked.")
    assert await keys.get("openai", [VARIABLE]) == Secret(SECOND)
    assert await keys.state("openai", [VARIABLE]) == state
    with pytest.raises(KeyStoreError, match="is locked"):
        await keys.delete("openai")
    assert await keys.get("openai", [VARIABLE]) == Secret(FIRST)


@leaves_a_connection
async def test_a_keyring_that_somebody_locks_meanwhile_is_said(secret_service: SecretService) -> None:
    await Keys({}).put("openai", Secret(FIRST))
    _lock()
    with pytest.raises(KeyStoreError, match="is locked"):
        await Keys({}).get("openai", ())


async def test_a_hung_keyring_is_given_up_and_asked_again_once_it_answers(secret_service: SecretService) -> None:
    keys = Keys({}, KeyringThread(patience_seconds=0.2))
    await keys.put("groq", Secret(SECOND))
    keys.forget("groq")
    with secret_service.hung():
        state = await keys.put("openai", Secret(FIRST))
        assert state.origin is KeyOrigin.SESSION
        assert "does not answer" in state.problem
        for _ in range(20):
            with pytest.raises(KeyStoreError, match="does not answer"):
                await keys.get("groq", ())
        # Refused at once: nothing more was asked, and none of these has a thread that waits.
        assert [thread.name for thread in threading.enumerate()].count("keyring") == 1
    assert await _eventually(keys, "groq") == Secret(SECOND)
    # What it was told before it hung was done in the end: the key is kept after all, and that is noticed.
    assert await keys.state("openai", ()) == KEPT


async def test_questions_come_one_after_the_other_though_their_askers_go_away(secret_service: SecretService) -> None:
    keys = Keys({})
    await keys.put("openai", Secret(FIRST))
    keys.forget("openai")
    with secret_service.hung():
        asker = asyncio.create_task(keys.get("openai", ()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asker
    assert await keys.get("openai", ()) == Secret(FIRST)


async def test_a_keyring_that_dies_is_said(secret_service: SecretService, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys({})
    await keys.put("openai", Secret(FIRST))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={secret_service.folder}/nobody")
    assert await keys.get("openai", ()) == Secret(FIRST)
    with pytest.raises(KeyStoreError, match="Secret Service failed"):
        await keys.get("groq", ())


@pytest.fixture(autouse=True)
def _no_secret_service_of_the_person(secret_home: Path) -> Iterator[None]:
    yield
    assert list(secret_home.iterdir()) == []


@pytest.fixture
def secret_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of whoever runs the tests, in which nothing may appear."""
    folder = tmp_path / "person"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


async def _eventually(keys: Keys, provider: str) -> Secret | None:
    async with asyncio.timeout(5):
        while True:
            try:
                return await keys.get(provider, ())
            except KeyStoreError:
                await asyncio.sleep(0)


def _lock() -> None:
    import secretstorage

    bus = secretstorage.dbus_init()
    try:
        secretstorage.get_default_collection(bus).lock()
    finally:
        bus.close()
