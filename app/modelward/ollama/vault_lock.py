"""Who may change the vault: a short lock against all others, and the intents of those who work in it for long."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from modelward.core import durable
from modelward.core.clock import Clock
from modelward.core.errors import FolderError, StoreBusyError
from modelward.core.instance import InstanceLock
from modelward.ollama import digests
from modelward.ollama.vault_folder import VaultFolder

LOCK_FILE = "vault.lock"
PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.02
_LOCK_ENDING = ".lock"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(now: datetime) -> str:
    """26 letters that sort by time and that nobody else has (as ULIDs are written)."""
    number = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(125, -5, -5))


class VaultLock:
    """The right to change the vault, for moments: nobody copies or hashes while holding it."""

    def __init__(self, folder: VaultFolder, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock and hold it. Raises StoreBusyError after a minute, FolderError."""
        lock = InstanceLock(self._folder.root, name=LOCK_FILE, clock=self._clock)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                _acquire(lock, self._folder.root / LOCK_FILE)
                break
            except StoreBusyError as error:
                if time.monotonic() > deadline:
                    todo = "Wait until it is done, then try again."
                    raise StoreBusyError(
                        "Another Modelward is at work on the vault.", why=error.why, todo=todo
                    ) from error
            time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            lock.release()


def _acquire(lock: InstanceLock, path: Path) -> None:
    try:
        lock.acquire()
    except FolderError as error:
        if isinstance(error.__cause__, OSError):  # the advice there is about another folder
            with durable.told(path):
                raise error.__cause__ from None
        raise


class Intent:
    """What one run is about to use: objects that no sweep may take, and its unfinished files.

    The system frees its lock when the process ends, so that what a crash left is known to be nobody's. Its methods,
    but for :meth:`part`, are called with the vault's lock held.
    """

    def __init__(self, folder: VaultFolder, clock: Clock) -> None:
        self._folder = folder
        self._id = new_id(clock())
        self._lock = InstanceLock(folder.intents, name=self._id + _LOCK_ENDING, clock=clock)
        self._pins = folder.intents / self._id
        self._count = 0

    def begin(self) -> None:
        """Take the intent's lock."""
        _acquire(self._lock, self._pins)

    def pin(self, wanted: Iterable[str]) -> None:
        """Keep these objects from being swept while the run lasts."""
        with self._pins.open("a", encoding="ascii") as file:
            file.writelines(f"{digest}\n" for digest in wanted)

    def part(self) -> Path:
        """The path of a new unfinished file."""
        self._count += 1
        return self._folder.parts / f"{self._id}.{self._count}{durable.PART_ENDING}"

    def end(self) -> None:
        """Forget the intent and what it left unfinished; harmless where the disk is gone."""
        self._lock.release()
        with suppress(OSError):
            _forget(self._folder, self._id)


def clear_dead(folder: VaultFolder, clock: Clock) -> None:
    """Remove what runs left that were cut off. To be called with the vault's lock held."""
    for name in _ids(folder):
        probe = InstanceLock(folder.intents, name=name + _LOCK_ENDING, clock=clock)
        try:
            probe.acquire()
        except StoreBusyError:
            continue
        probe.release()
        _forget(folder, name)
    living = _ids(folder)
    for part in folder.parts.iterdir():
        if part.name.partition(".")[0] not in living:
            part.unlink(missing_ok=True)


def pinned(folder: VaultFolder) -> set[str]:
    """The objects that running work needs. To be called with the vault's lock held, after :func:`clear_dead`."""
    found: set[str] = set()
    for name in _ids(folder):
        with suppress(FileNotFoundError):
            for line in (folder.intents / name).read_text("ascii", "replace").splitlines():
                with suppress(ValueError):
                    found.add(digests.parse(line))
    return found


def _ids(folder: VaultFolder) -> set[str]:
    return {path.name.partition(".")[0] for path in folder.intents.iterdir()}


def _forget(folder: VaultFolder, name: str) -> None:
    for part in folder.parts.glob(f"{name}.*"):
        part.unlink(missing_ok=True)
    (folder.intents / name).unlink(missing_ok=True)
    (folder.intents / (name + _LOCK_ENDING)).unlink(missing_ok=True)
