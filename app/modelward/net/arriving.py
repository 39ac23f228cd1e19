"""An answer that is still arriving, as lines."""

from __future__ import annotations

from collections import deque
from typing import Self

from modelward.core.errors import AnswerError
from modelward.net.exchange import Incoming
from modelward.net.lines import LONGEST_LINE, LineSplitter, LineTooLongError
from modelward.net.model import MIB, Call
from modelward.net.retry import Setback


class Arriving:
    """What :meth:`.Client.stream` gives. The lines can be read once."""

    def __init__(self, call: Call, incoming: Incoming) -> None:
        self.status = incoming.status
        self.headers = incoming.headers
        self._lines = _Lines(call, incoming)

    def lines(self) -> _Lines:
        """Its lines as they come. Raises NetworkError."""
        return self._lines


class _Lines:
    """An iterator that needs no closing, unlike a generator: whoever has read enough just leaves the stream."""

    def __init__(self, call: Call, incoming: Incoming) -> None:
        self._call = call
        self._incoming = incoming
        self._splitter = LineSplitter()
        self._whole: deque[str] = deque()
        self._has_ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while not self._whole:
            if self._has_ended:
                raise StopAsyncIteration
            self._whole.extend(await self._more())
        return self._whole.popleft()

    async def _more(self) -> list[str]:
        try:
            piece = await self._incoming.piece()
            self._has_ended = piece is None
            return self._splitter.end() if piece is None else self._splitter.feed(piece)
        except Setback as caught:
            error = caught.error
        except LineTooLongError:
            error = AnswerError(
                f"The answer of {self._call.server} cannot be read.",
                why=f"One of its lines is longer than {LONGEST_LINE // MIB} MiB.",
            )
        self._has_ended = True
        raise error
