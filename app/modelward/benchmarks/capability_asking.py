"""One model asked to prove itself: question after question, until an answer decides or nothing more can be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from modelward.benchmarks import haystack
from modelward.benchmarks.capability_tries import Try, Verdict, judged, thinks, unbound
from modelward.benchmarks.context_probe import Arrival, WindowSearch, arrival_of, text_of
from modelward.benchmarks.estimates import bounded
from modelward.benchmarks.measuring import Measured
from modelward.benchmarks.model import CallKind, Cell, Proof
from modelward.benchmarks.planning import Planner
from modelward.benchmarks.turns import Turn, Turns
from modelward.catalog.model import Capability, Model
from modelward.core.errors import (
    KeyRefusedError,
    KnownError,
    NoCreditError,
    RateLimitedError,
    RefusedError,
    StoreError,
    UnreachableError,
)
from modelward.providers.model import ChatRequest

WORKLOAD = "capabilities"
"""The tag under which these calls are kept."""

_AT_LEAST = 2  # noes: one answer alone may be a slip
_FOR_GOOD = (KeyRefusedError, NoCreditError, RateLimitedError, UnreachableError)
"""The next question would end alike."""

Found = tuple[Proof, str]
"""What was found, and why, in words."""


class Asker:
    """Asks one model. ``stopped``: why nothing more can be asked, in words; empty while something can."""

    def __init__(self, turns: Turns, planner: Planner, model: Model, output_tokens: int) -> None:
        self.stopped = ""
        self._turns = turns
        self._planner = planner
        self._model = model
        self._output_tokens = output_tokens
        self._takes_temperature = True
        self._thoughts = ""

    async def settle(self, capability: Capability, tries: Sequence[Try]) -> Found:
        """Whether a model has a capability: one good answer proves it, two bad ones refute it."""
        if capability is Capability.REASONING and self._thoughts:
            return Proof.PROVEN, self._thoughts
        noes, words = 0, ""
        for each in tries:
            measured = await self._ask(capability, each.request)
            if measured is None:
                return Proof.UNDECIDED, words or self.stopped
            found = await asyncio.to_thread(judged, measured, each.judge)  # long answers take their time
            words = found.words
            if found.verdict is Verdict.YES:
                return Proof.PROVEN, words
            noes += found.verdict is Verdict.NO
        if noes < _AT_LEAST:
            return Proof.UNDECIDED, words
        return Proof.REFUTED, f"{words} It was asked {len(tries)} times in different words."

    async def in_words(self, found: Found) -> Found:
        """What was found of JSON schemas, with whether the model keeps to one that it is only told of."""
        proof, words = found
        one = unbound(self._output_tokens)
        measured = await self._ask(Capability.STRUCTURED_OUTPUT, one.request)
        verdict = Verdict.UNCLEAR
        if measured is not None:
            verdict = (await asyncio.to_thread(judged, measured, one.judge)).verdict
        said = {
            Verdict.YES: " It also kept to it where it was only told of it.",
            Verdict.NO: " It did not keep to it where it was only told of it.",
        }
        return proof, words + said.get(verdict, "")

    async def window(self, claim: int, *, is_free: bool) -> tuple[Proof, int | None, str]:
        """Whether a model takes the window that is claimed; the longest text that arrived whole, in tokens."""
        search = WindowSearch(claim, self._output_tokens, upwards=is_free)
        ratio = haystack.CHARACTERS_PER_TOKEN
        is_first = True
        while (size := search.next()) is not None:
            text = await asyncio.to_thread(text_of, size, ratio, self._output_tokens, search.wording)
            measured = await self._ask("context_window", text.request)
            if measured is None:
                break
            counted = None if measured.measurement.tokens_estimated else measured.measurement.usage.input_tokens
            if counted and is_first:
                ratio, is_first = text.characters / counted, False
                text = replace(text, tokens=counted)
            arrival, words = arrival_of(measured, text)
            if arrival is Arrival.WHOLE and not counted:
                return Proof.UNDECIDED, None, "Its provider does not say how many tokens a text has."
            search.saw(counted if arrival is Arrival.WHOLE and counted else size, arrival, words)
        proof, tokens, words = search.found()
        return proof, tokens, words or self.stopped

    async def _ask(self, subject: str, request: ChatRequest) -> Measured | None:
        """An answer, whatever it is; None where nothing could be asked. Raises StoreError."""
        measured = await self._asked(subject, request)
        if measured is not None and self._takes_temperature and _is_about_temperature(measured.error):
            self._takes_temperature = False
            measured = await self._asked(subject, request)
        if measured is not None and thinks(measured).verdict is Verdict.YES:
            self._thoughts = thinks(measured).words
        return measured

    async def _asked(self, subject: str, request: ChatRequest) -> Measured | None:
        if self.stopped:
            return None
        request = bounded(request, self._model)
        if not self._takes_temperature:
            request = replace(request, temperature=None)
        cell = Cell(0, self._model.id, WORKLOAD, CallKind.CAPABILITY, 1, subject)
        try:
            measured = await self._turns.make(Turn(cell, request, await self._planner.most(self._model, request)))
        except StoreError:
            raise
        except KnownError as error:
            self.stopped = str(error)
            return None
        if isinstance(measured.error, _FOR_GOOD):
            self.stopped = str(measured.error)
        return measured


def _is_about_temperature(error: KnownError | None) -> bool:
    """Some models that think refuse to be told a temperature."""
    return isinstance(error, RefusedError) and error.status in (400, 422) and "temperature" in str(error).lower()
