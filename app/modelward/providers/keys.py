"""API keys: in the system's keyring, from the environment, or for this session alone; never in a file."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from modelward.core.errors import BadValueError, KeyStoreError
from modelward.core.secret import Secret
from modelward.providers.keyring_backend import NoKeyringError
from modelward.providers.keyring_thread import KeyringThread
from modelward.providers.keytext import read_key

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["KeyOrigin", "KeyState", "Keyring", "Keys", "read_key"]

log = logging.getLogger(__name__)

SERVICE = "modelward"
"""Under this name keys lie in the keyring; the user's name there is the provider's id."""

_PROBE = "(probe)"  # no provider can be called that
_WORD = "kept for a moment, to see whether keys can be"


class KeyOrigin(StrEnum):
    """Where a key is."""

    KEYRING = "keyring"
    ENVIRONMENT = "environment"
    SESSION = "session"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class KeyState:
    """Where a provider's key is. ``where`` names it: the keyring's name, or the variable. ``problem``: why it could not
    be looked for or kept, in words; empty where it could."""

    origin: KeyOrigin
    where: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The system's keyring: its name for people, whether keys can be kept in it, and why not."""

    name: str
    is_usable: bool
    why: str = ""


class Keys:
    """Looks keys up: what was given for this session first, then the keyring, then the environment.

    The keyring is asked in a thread, one question at a time, and given up after five seconds: a locked one may ask a
    person, or never answer. A key is remembered in memory once it was found.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ, vault: KeyringThread | None = None) -> None:
        self._environ = environ
        self._vault = vault or KeyringThread()
        self._session: dict[str, Secret] = {}
        self._why_session: dict[str, str] = {}
        self._found: dict[str, Secret] = {}
        self._is_proven = False

    async def keyring(self) -> Keyring:
        """What keyring there is; found out once, by keeping and removing a word. Never raises."""
        if not self._is_proven:
            try:
                await self._vault.ask(_prove, insists=False)
            except KeyStoreError as error:
                return Keyring(self._vault.name, is_usable=False, why=f"{error.what} {error.why}".strip())
            self._is_proven = True
        return Keyring(self._vault.name, is_usable=True)

    async def get(self, provider: str, variables: Sequence[str]) -> Secret | None:
        """The key of a provider, or None.

        Raises KeyStoreError where the keyring cannot be asked and nothing else has it. No keyring at all is no error.
        """
        if provider in self._session:
            return self._session[provider]
        try:
            found = await self._kept(provider)
        except KeyStoreError as error:
            _, found = self._from_environment(variables)
            if found is None and not isinstance(error, NoKeyringError):
                raise
            return found
        return found or self._from_environment(variables)[1]

    async def state(self, provider: str, variables: Sequence[str]) -> KeyState:
        """Where the key of a provider is; never raises."""
        problem, kept = "", None
        try:
            kept = await self._kept(provider)
        except NoKeyringError:
            pass  # the window says so once, not at every provider
        except KeyStoreError as error:
            problem = f"{error.what} {error.why}".strip()
        if provider in self._session and not self._was_kept_late(provider, kept):
            return KeyState(KeyOrigin.SESSION, problem=self._why_session[provider])
        if kept is not None:
            return KeyState(KeyOrigin.KEYRING, self._vault.name)
        variable, key = self._from_environment(variables)
        if key is not None:
            return KeyState(KeyOrigin.ENVIRONMENT, variable)
        return KeyState(KeyOrigin.NONE, problem=problem or (f"What {variable} holds is no key." if variable else ""))

    def has_variable(self, variables: Sequence[str]) -> bool:
        """Whether the environment holds a key under one of these names."""
        return self._from_environment(variables)[1] is not None

    async def put(self, provider: str, key: Secret, *, session: bool = False) -> KeyState:
        """Keep a key in the keyring; where that cannot be, or on demand, for this session alone, as the state says."""
        if session:
            return self._keep_for_session(provider, key, "")
        try:
            await self._vault.ask(lambda ring: ring.set_password(SERVICE, provider, key.reveal()), insists=True)
        except KeyStoreError as error:
            log.warning("The key of %s is kept for this session alone: %s", provider, error)
            return self._keep_for_session(provider, key, f"Kept until Modelward ends: {error.what} {error.why}".strip())
        self._forget_session(provider)
        self._found[provider] = key
        return KeyState(KeyOrigin.KEYRING, self._vault.name)

    async def delete(self, provider: str) -> bool:
        """Delete a provider's key from keyring and session; False where there was none.

        Raises KeyStoreError where the keyring cannot be asked: the session forgets the key all the same.
        """
        self.forget(provider)
        had_one = self._forget_session(provider)
        try:
            return await self._vault.ask(lambda ring: _remove(ring, provider), insists=True) or had_one
        except NoKeyringError:
            return had_one

    def forget(self, provider: str) -> None:
        """Ask the keyring again at the next :meth:`get`: somebody may have changed it."""
        self._found.pop(provider, None)

    async def _kept(self, provider: str) -> Secret | None:
        """What the keyring has. Raises KeyStoreError."""
        if provider not in self._found:
            text = await self._vault.ask(lambda ring: ring.get_password(SERVICE, provider), insists=False)
            if not text:
                return None
            self._found[provider] = _read_kept(text, self._vault.name)
        return self._found[provider]

    def _from_environment(self, variables: Sequence[str]) -> tuple[str, Secret | None]:
        """The first variable with a usable key; else the first that holds something, without a key."""
        unusable = ""
        for name in variables:
            if text := self._environ.get(name, "").strip():
                try:
                    return name, read_key(text)
                except BadValueError:
                    unusable = unusable or name
        return unusable, None

    def _keep_for_session(self, provider: str, key: Secret, why: str) -> KeyState:
        self._session[provider], self._why_session[provider] = key, why
        return KeyState(KeyOrigin.SESSION, problem=why)

    def _forget_session(self, provider: str) -> bool:
        self._why_session.pop(provider, None)
        return self._session.pop(provider, None) is not None

    def _was_kept_late(self, provider: str, kept: Secret | None) -> bool:
        """A keyring that was unlocked after we had given up may hold the key after all."""
        is_same = kept is not None and kept == self._session[provider]
        if is_same:
            self._forget_session(provider)
        return is_same


def _prove(ring: KeyringBackend) -> None:
    """Keep a word, read it back, remove it. Raises KeyStoreError where it comes back otherwise."""
    ring.set_password(SERVICE, _PROBE, _WORD)
    read = ring.get_password(SERVICE, _PROBE)
    _remove(ring, _PROBE)
    if read not in (_WORD, None):  # None: another Modelward proves it at the same moment
        raise KeyStoreError("The keyring does not give back what was put into it.")


def _remove(ring: KeyringBackend, user: str) -> bool:
    """False where there was nothing: keyrings say so only by an error that may mean anything."""
    from keyring.errors import PasswordDeleteError

    is_there = ring.get_password(SERVICE, user) is not None
    try:
        if is_there:
            ring.delete_password(SERVICE, user)
    except PasswordDeleteError:
        if ring.get_password(SERVICE, user) is not None:
            raise
    return is_there


def _read_kept(text: str, name: str) -> Secret:
    try:
        return read_key(text)
    except BadValueError as error:
        raise KeyStoreError(
            f"What {name} holds for this provider is no key.", why=error.why, todo="Set the key anew."
        ) from None
