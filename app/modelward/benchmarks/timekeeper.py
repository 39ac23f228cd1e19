"""A process that carries chats out and times them, for :mod:`.stage_apart`: nothing else runs in its interpreter.

It reads what to do from its input and tells what it hears on its output, both as pickled records behind their lengths.
Its input comes from Modelward alone, and its end ends the process. A key comes through the pipe and stays in memory.
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import sys
import traceback

from modelward.benchmarks.arrivals import stamping_loop
from modelward.benchmarks.hearing import Hearing
from modelward.benchmarks.stage import AT_ONCE
from modelward.benchmarks.stage_messages import LENGTH, Answered, Asked, framed
from modelward.core.errors import KnownError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.secret import Secret
from modelward.core.setting_groups import Settings
from modelward.core.settings import Loaded
from modelward.net.client import Client
from modelward.providers.dialect import Line
from modelward.providers.model import Event
from modelward.providers.registry import dialect_of

TELL_SECONDS = 0.05
"""What is heard is told so often: each piece at once would keep a processor busy that the next one may need."""


class _Timekeeper:
    def __init__(self, out: asyncio.WriteTransport) -> None:
        self._out = out
        self._untold: list[Answered] = []
        self._preferences = Preferences(Paths.locate(), Loaded(Settings(), {}), {})
        self._client = Client(self._preferences, at_once=AT_ONCE)
        self._chats: dict[int, asyncio.Task[None]] = {}

    async def serve(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                self._do(pickle.loads(await reader.readexactly(length)))  # noqa: S301 - Modelward wrote it
        except asyncio.IncompleteReadError:
            pass
        for task in self._chats.values():
            task.cancel()
        await asyncio.gather(*self._chats.values(), return_exceptions=True)
        await self._client.close()
        self._tell_all()
        self._out.close()

    def _do(self, asked: Asked) -> None:
        if asked.request is not None:
            task = asyncio.create_task(self._chat(asked))
            self._chats[asked.number] = task
            task.add_done_callback(lambda _: self._chats.pop(asked.number, None))
        elif asked.number in self._chats:
            self._chats[asked.number].cancel()

    async def _chat(self, asked: Asked) -> None:
        assert asked.provider is not None
        assert asked.request is not None
        assert asked.network is not None
        self._preferences.loaded = Loaded(Settings(network=asked.network), {})
        hearing = Hearing()
        line = Line(self._client, asked.provider, None if asked.key is None else Secret(asked.key))
        dialect = dialect_of(asked.provider.known)

        def hand_on(event: Event) -> None:
            self._tell(Answered(asked.number, event))

        error: BaseException | None = None
        bug = ""
        try:
            await hearing.perform(self._client, dialect, line, asked.request, hand_on)
        except KnownError as caught:
            error = caught
        except asyncio.CancelledError:
            error = asyncio.CancelledError()
            raise
        finally:
            if error is None and sys.exc_info()[0] is not None:
                bug = traceback.format_exc()
            self._tell(Answered(asked.number, None, error, hearing.timing, bug))

    def _tell(self, answered: Answered) -> None:
        if not self._untold:
            asyncio.get_running_loop().call_later(TELL_SECONDS, self._tell_all)
        self._untold.append(answered)

    def _tell_all(self) -> None:
        self._out.write(framed(tuple(self._untold)))
        self._untold.clear()


async def _main() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**16)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    out, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout.buffer)
    timekeeper = _Timekeeper(out)
    # What stands now is never thrown away: looking through it would only cost time in the middle of an answer.
    gc.freeze()
    await timekeeper.serve(reader)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=stamping_loop) as runner:
        runner.run(_main())
