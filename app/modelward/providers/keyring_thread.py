"""Questions to the system's keyring, one at a time in a thread, and given up where it does not answer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from modelward.core.errors import KeyStoreError
from modelward.providers import keyring_backend

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")
Question = Callable[["KeyringBackend"], T]

PATIENCE_SECONDS = 5.0
"""How long a question may take; a working keyring answers in about 10 ms."""

PAUSE_SECONDS = 60.0
"""So long after a failure nothing is asked that the person did not ask for: each question may open a window."""


class KeyringThread:
    """Asks the keyring. Used on the loop's thread.

    Each question has a thread of its own, which nobody waits for at the program's end: a locked keyring may ask a
    person, a broken one never answers. While one hangs, every further question is refused at once.
    """

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.name = "The keyring"
        self._patience = patience_seconds
        self._backend: KeyringBackend | None = None
        self._turn = asyncio.Lock()
        self._running: Future[Any] | None = None
        self._asked_at = 0.0
        self._failure: KeyStoreError | None = None
        self._failed_at = 0.0

    async def ask(self, question: Question[T], *, insists: bool) -> T:
        """What the keyring answers. ``insists``: also shortly after a failure, as the person wants it now.

        Raises KeyStoreError: none there (NoKeyringError), locked, failed, silent.
        """
        async with self._turn:
            await self._settled()
            if self._failure is not None and not insists and time.monotonic() - self._failed_at < PAUSE_SECONDS:
                raise _again(self._failure)
            return await self._answer(question)

    async def _settled(self) -> None:
        """Wait for a question whose asker went away, as long as any may take. Raises KeyStoreError where it hangs."""
        if self._running is None or self._running.done():
            return
        left = self._asked_at + self._patience - time.monotonic()
        await asyncio.wait([asyncio.wrap_future(self._running)], timeout=max(0.0, left))
        if not self._running.done():
            raise keyring_backend.silent(self.name)

    async def _answer(self, question: Question[T]) -> T:
        answer: Future[T] = Future()
        answer.set_running_or_notify_cancel()  # whoever stops waiting does not stop the keyring
        self._running, self._asked_at = answer, time.monotonic()
        threading.Thread(target=self._work, args=(question, answer), name="keyring", daemon=True).start()
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.wrap_future(answer)
        except TimeoutError:
            raise keyring_backend.silent(self.name) from None

    def _work(self, question: Question[T], answer: Future[T]) -> None:
        # Remembered here, as nobody may be waiting for the answer any more: a person may refuse after a long while.
        try:
            result = self._asked(question)
            self._failure = None
            answer.set_result(result)
        except KeyStoreError as error:
            self._failure, self._failed_at = _again(error), time.monotonic()
            answer.set_exception(error)
        finally:
            if not answer.done():  # our bug goes on to the thread's hook, and nobody waits for it here
                answer.set_exception(KeyStoreError(f"{self.name} failed.", why="The log says more."))

    def _asked(self, question: Question[T]) -> T:
        if self._backend is None:
            self._backend = keyring_backend.find()
            self.name = keyring_backend.title(self._backend)
        with keyring_backend.told(self.name):
            return question(self._backend)


def _again(error: KeyStoreError) -> KeyStoreError:
    """The same words without what led to them: its frames hold the key, and connections of libraries."""
    return type(error)(error.what, why=error.why, todo=error.todo)
