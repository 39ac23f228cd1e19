"""A chat heard where it is timed: every moment stamped as it comes, every event handed on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from time import perf_counter_ns
from typing import Protocol

from modelward.benchmarks.arrivals import arrived
from modelward.benchmarks.model import Timing
from modelward.net.client import Client
from modelward.net.model import Moment
from modelward.providers.dialect import Dialect, Line
from modelward.providers.model import ChatRequest, Event, ReasoningPart, TextPart, ToolCallDone

_MS = 1_000_000

Told = tuple[Event | None, BaseException | None]
"""An event, or the end with what ended it."""

HandOn = Callable[[Told], None]


class Performance(Protocol):
    """A chat that is carried out elsewhere."""

    @property
    def timing(self) -> Timing:
        """Its times, as far as it has come; whole once its end was handed on."""
        ...

    def cancel(self) -> None:
        """End it; its end is handed on."""
        ...


class Hearing:
    """Carries one chat out on the loop that runs, and stamps its moments."""

    def __init__(self) -> None:
        self._begun = 0
        self._came = 0
        self._headers: float | None = None
        self._first_reasoning: float | None = None
        self._first_content: float | None = None
        self._chunks: list[float] = []
        self._end: float | None = None

    @property
    def timing(self) -> Timing:
        """The times of the call, as far as it has come."""
        return Timing(self._headers, self._first_reasoning, self._first_content, tuple(self._chunks), self._end)

    async def perform(
        self, client: Client, dialect: Dialect, line: Line, request: ChatRequest, hand_on: Callable[[Event], None]
    ) -> None:
        """Ask, and hand on what is told. Raises as :meth:`.dialect.Dialect.chat` does."""
        told: AsyncGenerator[Event] = dialect.chat(replace(line, client=client, tell=self._tell), request)
        async with aclosing(told) as events:
            async for event in events:
                self._note(event)
                hand_on(event)
        self._end = self._ms(self._came or perf_counter_ns())

    def _tell(self, moment: Moment, connection: int | None) -> None:
        match moment:
            case Moment.SENDING:
                self._begun = perf_counter_ns()
            case Moment.HEAD:
                self._headers = self._ms(arrived(connection, is_read=False))
            case Moment.PIECE:
                self._came = arrived(connection)

    def _note(self, event: Event) -> None:
        """Events stand in a piece that has just come: its time is theirs."""
        at = self._ms(self._came or perf_counter_ns())
        match event:
            case ReasoningPart():
                self._first_reasoning = at if self._first_reasoning is None else self._first_reasoning
                self._chunks.append(at)
            case TextPart() | ToolCallDone():
                self._first_content = at if self._first_content is None else self._first_content
                self._chunks.append(at)
            case _:
                pass

    def _ms(self, at: int) -> float:
        return (at - self._begun) / _MS
