"""API keys: in the system's keyring, from the environment, or for this session alone; never in a file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from modelward.core.secret import Secret


class KeyOrigin(StrEnum):
    """Where a key is."""

    KEYRING = "keyring"
    ENVIRONMENT = "environment"
    SESSION = "session"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class KeyState:
    """Where a provider's key is. ``where`` names it: the keyring's name, or the variable. ``problem``: why it could not
    be looked for, in words; empty where it could."""

    origin: KeyOrigin
    where: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The system's keyring: its name for people, whether keys can be kept in it, and why not."""

    name: str
    is_usable: bool
    why: str = ""


def read_key(text: str) -> Secret:
    """A key as a person pasted it, without the spaces, quotes and line ends around it.

    Raises BadValueError for what can be no key: empty, several lines, marks that no header takes, absurdly long.
    """
    raise NotImplementedError


class Keys:
    """Looks keys up: what was given for this session first, then the keyring, then the environment.

    The keyring is asked in a thread, one question at a time, and given up after five seconds: a locked one may ask a
    person, or never answer. A key is remembered in memory once it was found.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    async def keyring(self) -> Keyring:
        """What keyring there is; found out once, by keeping and removing a word."""
        raise NotImplementedError

    async def get(self, provider: str, variables: Sequence[str]) -> Secret | None:
        """The key of a provider, or None. Raises KeyStoreError where the keyring cannot be asked and nothing else has it."""
        raise NotImplementedError

    async def state(self, provider: str, variables: Sequence[str]) -> KeyState:
        """Where the key of a provider is; never raises."""
        raise NotImplementedError

    async def put(self, provider: str, key: Secret, *, session: bool = False) -> KeyState:
        """Keep a key in the keyring; where that cannot be, or on demand, for this session alone, as the state says."""
        raise NotImplementedError

    async def delete(self, provider: str) -> bool:
        """Delete a provider's key from keyring and session; False where there was none. Raises KeyStoreError."""
        raise NotImplementedError

    def forget(self, provider: str) -> None:
        """Ask the keyring again at the next :meth:`get`: somebody may have changed it."""
        raise NotImplementedError
