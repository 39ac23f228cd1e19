"""The calls of a job: many at once, tried again where they fail, halved where they are too long."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from modelward.advice.calibration import Calibration
from modelward.advice.cells import divide
from modelward.advice.division_model import Step
from modelward.advice.job_calls import Answered, Caller, ends_the_run, says_too_long
from modelward.advice.job_prompts import text_of
from modelward.advice.store import JobStore
from modelward.advice.tokens import Counter
from modelward.advice.windows import stated_limit
from modelward.core.clock import Clock
from modelward.core.errors import (
    BudgetError,
    KnownError,
    NetworkError,
    RateLimitedError,
    ServerFailedError,
    UnreachableError,
)
from modelward.core.progress import Progress
from modelward.providers.model import ChatRequest, Usage

TRIES = 3
"""Of one cell in one run; the client has tried each call several times by then."""

_MOST_IN_A_ROW = 3  # failed cells, with none between that was done: then the next ones would fail too
_WAIT_SECONDS = 5.0
_LONGEST_WAIT = 300.0  # who is told to wait longer is told so
_LEAST = 64
"""Tokens: what is shorter is not halved."""

Wait = Callable[[float], Awaitable[None]]
Build = Callable[[str, str], ChatRequest]
"""The request for a part of an item: what stands before it, and the part."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is asked for: ``before`` is context, ``text`` what is worked on, ``build`` makes the request."""

    level: int
    number: int
    before: str
    text: str
    build: Build

    @property
    def basis(self) -> str:
        """A hash of what the model is given."""
        return hashlib.sha256(f"{self.before}\0{self.text}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class Run:
    """What came of the calls of one run. ``stop``: why nothing more is asked."""

    failed: dict[int, KnownError] = field(default_factory=dict)
    stop: KnownError | None = None
    cut_off: int = 0
    calls: int = 0


class Room(NamedTuple):
    """Tokens that the text of one call may have, and its answer."""

    text: int
    answer: int


Fit = Callable[[int], Room]


@dataclass(frozen=True, slots=True)
class Model:
    """The model that works on a job. ``fit``: what calls may hold when its context has so many tokens. ``cuts_off``:
    its server drops what is too long without a word, as Ollama does. ``grows``: an answer must be as long as its part
    wants."""

    id: str
    room: Room
    fit: Fit
    cuts_off: bool
    grows: bool
    at_once: int


class Runner:
    """Works on items of one job after the other, several at once."""

    def __init__(
        self,
        job_id: int,
        model: Model,
        counter: Counter,
        caller: Caller,
        store: JobStore,
        clock: Clock,
        wait: Wait = asyncio.sleep,
    ) -> None:
        self.run = Run()
        self.room = model.room
        self._job_id = job_id
        self._model = model
        self._counter = counter
        self._caller = caller
        self._store = store
        self._clock = clock
        self._wait = wait
        self._running = 0
        self._in_a_row = 0

    async def work_on(self, items: Sequence[Item], progress: Progress) -> None:
        """Answer the items, as far as that can be done; each answer is kept as it comes.

        A failure that all would meet stops the run (:attr:`Run.stop`). A cancelled run ends its calls.
        """
        queue = deque(items)
        workers = min(self._model.at_once, len(queue))
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._worker(queue, progress))
        # Not in the workers: a group takes one that ends so for one that was cancelled, and goes on.
        progress.checkpoint()

    async def _worker(self, queue: deque[Item], progress: Progress) -> None:
        while queue and self.run.stop is None and not progress.is_cancelled:
            item = queue.popleft()
            self._running += 1
            try:
                step = await self._tried(item)
            except KnownError as error:
                if isinstance(error, BudgetError) and self._running > 1:
                    # What the others have set aside may be given back: they go on, and one of them takes this item.
                    queue.append(item)
                    return
                self._failed(item, error)
            else:
                self._in_a_row = 0
                self.run.failed.pop(item.number, None)
                await self._store.add_step(self._job_id, step)
                progress.update(done=progress.state.done + 1)
            finally:
                self._running -= 1

    def _failed(self, item: Item, error: KnownError) -> None:
        if ends_the_run(error):
            self.run.stop = error
            return
        self.run.failed[item.number] = error
        self._in_a_row += 1
        if self._in_a_row >= _MOST_IN_A_ROW:
            self.run.stop = error

    async def _tried(self, item: Item) -> Step:
        """The answer to an item, asked for up to three times."""
        for left in range(TRIES - 1, -1, -1):
            try:
                answers = await self._answers(item.before, item.text, item.build)
            except NetworkError as error:
                seconds = _seconds_before_next(error)
                if ends_the_run(error) or not left or self.run.stop is not None or seconds > _LONGEST_WAIT:
                    raise
                if seconds:
                    await self._wait(seconds)
            else:
                return _step(item, answers)
        raise AssertionError("the last try returns or raises")

    # ------------------------------------------------------------ what is too long

    async def _answers(self, before: str, text: str, build: Build) -> list[Answered]:
        """The answer to a text, or those to its halves where it is too long."""
        if self._counter.high(before + text) > self.room.text:
            if self._counter.high(text) > self.room.text:
                return await self._halves(before, text, build)
            before = ""
        request = build(before, text)
        request = replace(request, max_output_tokens=min(request.max_output_tokens, self.room.answer))
        self.run.calls += 1
        try:
            answered = await self._caller.ask(request)
        except NetworkError as error:
            if not says_too_long(error) or not self._can_halve(text):
                raise
            await self._learn_cap(request, f"{error.what} {error.why}")
            return await self._halves(before, text, build)
        if self._is_truncated(request, answered.usage) and self._can_halve(text):
            await self._learn_cap(request, str(answered.usage.input_tokens))
            return await self._halves(before, text, build)
        await self._learn_tokens(request, answered.usage)
        if answered.is_cut_off:
            if self._model.grows and self._can_halve(text):
                return await self._halves(before, text, build)
            self.run.cut_off += 1
        return [answered]

    def _can_halve(self, text: str) -> bool:
        return self._counter.high(text) >= 2 * _LEAST

    async def _halves(self, before: str, text: str, build: Build) -> list[Answered]:
        most = max(_LEAST, min(self.room.text, self._counter.high(text) * 6 // 10))
        answers: list[Answered] = []
        for cell in divide(text, most, self._counter):
            context = before if cell.core == 0 else text[cell.start : cell.core]
            answers += await self._answers(context, text[cell.core : cell.end], build)
        return answers

    def _is_truncated(self, request: ChatRequest, usage: Usage) -> bool:
        """Whether the server read far less than it was sent: it dropped what its window does not hold."""
        if not self._model.cuts_off or not usage.input_tokens:
            return False
        return usage.input_tokens < self._counter.count(text_of(request)).low * 0.7

    async def _learn_cap(self, request: ChatRequest, words: str) -> None:
        """Shorter calls from now on, as the refusal states, or else three quarters of what was sent."""
        sent = self._counter.count(text_of(request)).likely
        context = stated_limit(words, sent + request.max_output_tokens) or sent * 3 // 4
        room = self._model.fit(context)
        self.room = Room(min(self.room.text, room.text), min(self.room.answer, room.answer))
        await self._store.set_cap(self._model.id, context, self._clock())

    async def _learn_tokens(self, request: ChatRequest, usage: Usage) -> None:
        if not usage.input_tokens or self._model.cuts_off:
            return
        text, tokens = text_of(request), usage.input_tokens
        await self._store.learn(self._model.id, lambda kept: Calibration.of_json(kept).saw([(text, tokens)]).to_json())


def _seconds_before_next(error: NetworkError) -> float:
    """The seconds to wait before a cell is tried again: what passes with time is waited for."""
    if isinstance(error, RateLimitedError) and error.wait_seconds is not None:
        return error.wait_seconds
    is_passing = isinstance(error, RateLimitedError | ServerFailedError | UnreachableError)
    return _WAIT_SECONDS if is_passing else 0.0


def _step(item: Item, answers: Sequence[Answered]) -> Step:
    def total(figures: Sequence[int | None]) -> int | None:
        known = [figure for figure in figures if figure is not None]
        return sum(known) if len(known) == len(figures) else None

    costs = [answer.cost for answer in answers]
    known = [cost for cost in costs if cost is not None]
    return Step(
        item.level,
        item.number,
        item.basis,
        "\n\n".join(answer.text for answer in answers),
        total([answer.usage.input_tokens for answer in answers]),
        total([answer.usage.output_tokens for answer in answers]),
        sum(known, Decimal(0)) if len(known) == len(costs) else None,
    )
