"""A stage in a process of its own: what this program does, such as painting, cannot stand before its time stamps."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import pickle
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

import modelward
from modelward.benchmarks.hearing import HandOn, Performance
from modelward.benchmarks.model import Timing
from modelward.benchmarks.stage_messages import LENGTH, Answered, Asked, framed
from modelward.core.errors import UnreachableError
from modelward.core.preferences import Preferences
from modelward.providers.dialect import Dialect, Line
from modelward.providers.model import ChatRequest

log = logging.getLogger(__name__)


def is_possible() -> bool:
    """Whether there is a Python beside the program that can run it."""
    return os.name == "posix" and bool(sys.executable) and not getattr(sys, "frozen", False)


class _There:
    """A chat in the other process."""

    def __init__(self, stage: StageApart, number: int, hand_on: HandOn) -> None:
        self._stage = stage
        self.number = number
        self.hand_on = hand_on
        self.timing = Timing()

    def cancel(self) -> None:
        self._stage.send(Asked(self.number))


class StageApart:
    """Runs calls in a process of its own, begun at the first of them; see :class:`.stage.Place`."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._open: dict[int, _There] = {}
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: tuple[threading.Thread, ...] = ()

    def begin(self, dialect: Dialect, line: Line, request: ChatRequest, hand_on: HandOn) -> Performance:  # noqa: ARG002
        """See :meth:`.stage.Place.begin`; the other process finds the dialect by the provider."""
        self._ready()
        there = _There(self, next(self._numbers), hand_on)
        with self._lock:
            self._open[there.number] = there
        key = None if line.key is None else line.key.reveal()
        self.send(Asked(there.number, line.provider, key, request, self._preferences.settings.network))
        return there

    def send(self, asked: Asked) -> None:
        """Tell the other process what to do."""
        self._outbox.put(framed(asked))

    async def close(self) -> None:
        """End every call and the process. May be called twice."""
        process, threads = self._process, self._threads
        if process is None:
            return
        self._process, self._threads = None, ()
        self._outbox.put(None)
        for thread in threads:
            await asyncio.to_thread(thread.join)
        await asyncio.to_thread(process.wait)

    def _ready(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        folder = str(Path(modelward.__file__).parents[1])
        path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH", ""))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "modelward.benchmarks.timekeeper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,  # Ctrl+C is for Modelward, which ends it in order
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._outbox = queue.SimpleQueue()
        self._threads = (
            threading.Thread(target=_write, args=(self._outbox, self._process.stdin), name="stage-asking", daemon=True),
            threading.Thread(target=self._read, args=(self._process.stdout, self._outbox), name="stage", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def _read(self, pipe: IO[bytes], outbox: queue.SimpleQueue[bytes | None]) -> None:
        with pipe:
            while len(head := pipe.read(LENGTH.size)) == LENGTH.size:
                content = pipe.read(LENGTH.unpack(head)[0])
                for answered in pickle.loads(content):  # noqa: S301 - our own process wrote it
                    self._heard(answered)
        outbox.put(None)
        with self._lock:
            left = list(self._open.values())
            self._open.clear()
        for there in left:
            there.hand_on((None, UnreachableError("The process that times calls has ended.", was_sent=True)))

    def _heard(self, answered: Answered) -> None:
        if answered.event is not None:
            if (there := self._open.get(answered.number)) is not None:
                there.hand_on((answered.event, None))
            return
        with self._lock:
            there = self._open.pop(answered.number, None)
        if there is None:
            return
        there.timing = answered.timing or Timing()
        error = answered.error
        if answered.bug:
            log.error("A chat that was timed failed by an error of ours:\n%s", answered.bug)
            error = UnreachableError("The call could not be timed.", was_sent=True)
        there.hand_on((None, error))


def _write(outbox: queue.SimpleQueue[bytes | None], pipe: IO[bytes]) -> None:
    with suppress(OSError), pipe:  # it has ended: whoever reads from it tells so
        while (content := outbox.get()) is not None:
            pipe.write(content)
            pipe.flush()
