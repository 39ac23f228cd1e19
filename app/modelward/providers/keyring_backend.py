"""The system's keyring as the library ``keyring`` finds it: which one is trusted with keys, and its errors in words."""

from __future__ import annotations

import configparser
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from modelward.core.errors import KeyStoreError
from modelward.core.redact import redacted

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_TRUSTED = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "Keychain",
    "keyring.backends.Windows": "Credential Manager",
}
"""Keyrings that encrypt what they keep, by the module that speaks to them. Others may write plain files."""

_FOREIGN = (
    ("keyring.errors", "KeyringError"),
    ("secretstorage.exceptions", "SecretStorageException"),
    ("jeepney.wrappers", "DBusErrorResponse"),
    ("jeepney.io.common", "RouterClosed"),
    ("dbus.exceptions", "DBusException"),
    ("keyring.backends.macOS.api", "Error"),
    ("pywintypes", "error"),
    ("win32ctypes.pywin32.pywintypes", "error"),
)
"""Errors of ``keyring``, and of the libraries below it, which it lets through: module and class."""

_LOCKED = frozenset({"KeyringLocked", "LockedException", "PromptDismissedException", "KeychainDenied"})

_ELSEWHERE = "Set the key in the environment instead, or give it in the window, where it lasts until Modelward ends."


class NoKeyringError(KeyStoreError):
    """There is no keyring that keys can be trusted to."""


def find() -> KeyringBackend:
    """The keyring to use. Raises NoKeyringError. Slow: imports libraries and asks the system."""
    import keyring

    try:
        found = keyring.get_keyring()
        chain = getattr(found, "backends", ()) if _module(found) == "keyring.backends.chainer" else (found,)
        trusted = [each for each in chain if _module(each) in _TRUSTED and each.priority >= 1]
    # Whoever names a keyring in PYTHON_KEYRING_BACKEND or keyringrc.cfg can name anything.
    except (ImportError, AttributeError, ValueError, RuntimeError, OSError, configparser.Error) as error:
        raise _absent(f"The one that is configured cannot be used: {redacted(str(error))}") from error
    if trusted:
        return cast("KeyringBackend", trusted[0])
    if _module(found) == "keyring.backends.fail":
        raise _absent("No Secret Service, KWallet, Keychain or Credential Manager answers here.")
    raise _absent(f"{type(found).__module__} is configured, which is not known to encrypt what it keeps.")


def title(backend: KeyringBackend) -> str:
    """What people call it."""
    return _TRUSTED[_module(backend)]


@contextmanager
def told(name: str) -> Iterator[None]:
    """What a keyring of that name does wrong becomes a KeyStoreError: locked apart from failed."""
    try:
        yield
    except _foreign() as error:
        raise _locked(name) if _is_locked(error) else _failed(name, error) from error


def silent(name: str) -> KeyStoreError:
    """Nothing came back in time."""
    return KeyStoreError(
        f"{name} does not answer.",
        why="It may be waiting for you in a window of its own, or hang.",
        todo=f"Unlock it and try again. {_ELSEWHERE}",
    )


def _foreign() -> tuple[type[Exception], ...]:
    """Looked up when something went wrong: an error comes from a library that is loaded by then."""
    loaded = ((sys.modules.get(module), name) for module, name in _FOREIGN)
    found = [getattr(module, name) for module, name in loaded if hasattr(module, name)]
    return (*found, RuntimeError, OSError, ValueError)


def _is_locked(error: BaseException | None) -> bool:
    """Whether the error, or the one that led to it, says that somebody must unlock it first."""
    return error is not None and (type(error).__name__ in _LOCKED or _is_locked(error.__cause__))


def _locked(name: str) -> KeyStoreError:
    return KeyStoreError(
        f"{name} is locked.",
        why="It was not unlocked, or nobody could be asked for its password.",
        todo=f"Unlock it (logging in to the desktop does) and try again. {_ELSEWHERE}",
    )


def _failed(name: str, error: BaseException) -> KeyStoreError:
    return KeyStoreError(f"{name} failed.", why=redacted(str(error)), todo=f"Try again. {_ELSEWHERE}")


def _absent(why: str) -> NoKeyringError:
    return NoKeyringError("There is no keyring to keep keys in.", why=why, todo=_ELSEWHERE)


def _module(backend: object) -> str:
    return type(backend).__module__
