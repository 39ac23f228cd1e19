"""How much a model takes at once: long texts with hidden sentences, and the search for the longest that arrives whole.

A server that cannot take a prompt should refuse it; some silently cut its beginning off instead, and their models then
know nothing of what stood there. So the sentence at the beginning is the one that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modelward.benchmarks import haystack
from modelward.benchmarks.measuring import Measured
from modelward.benchmarks.model import CallState, Proof
from modelward.benchmarks.probes import Haystack, Needle
from modelward.providers.model import ChatRequest, Message, Role

FIRST_TOKENS = 1_500
"""Of the first text, by which the characters of a token are counted."""

LEAST_CLAIM = 3_000
"""Tokens; a smaller window is not searched for."""

MOST_CALLS = 11
MOST_OF_CLAIM = 4
"""So many times its claimed window a model is sent at most, all texts together."""

NEAR = 0.9
"""Of its claim a model must take for it to be proven: tokens are counted by what the last text came to."""

_FILL = 0.95  # of the claim, answer included: never more than the claim is sent
_STEP = 4  # by so much a text of a free model is longer than the last
_CLOSE = 0.1  # of the claim: the search ends where it is known so closely
_CUT = 0.85  # of the tokens that were sent: whose server counts fewer has cut some off
_DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
_PLACES = ("mill", "bakery", "smithy", "library", "boathouse")
_CODES = ((4172, 9305, 2684, 7519, 3860), (8241, 5096, 6738, 1957, 4403))
_WORDINGS = (
    "Five lock numbers are told above: of the mill, the bakery, the smithy, the library and the boathouse. List them.",
    "Above, sentences are hidden that each tell the lock number of a house. Write down every lock number you find.",
)


class Arrival(StrEnum):
    """What an answer says of the text that was sent."""

    WHOLE = "whole"
    CUT = "cut"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Text:
    """A text to send: about ``tokens`` long; ``codes`` are hidden in it, first to last."""

    request: ChatRequest
    tokens: int
    codes: tuple[int, ...]

    @property
    def characters(self) -> int:
        """How long it is."""
        return len(self.request.messages[0].text)


def text_of(tokens: int, characters_per_token: float, output_tokens: int, wording: int = 0) -> Text:
    """A text of about so many tokens, the answer not counted."""
    codes = _CODES[wording % len(_CODES)]
    needles = tuple(
        Needle(f"The lock number of the {place} is {code}.", at)
        for place, code, at in zip(_PLACES, codes, _DEPTHS, strict=True)
    )
    question = _WORDINGS[wording % len(_WORDINGS)]
    length = int(tokens * characters_per_token) - len(question)
    hay = Haystack(31 + wording, int(length / haystack.CHARACTERS_PER_TOKEN), needles)
    message = Message(Role.USER, f"{haystack.made(hay)}\n\n{question}")
    return Text(ChatRequest("", (message,), output_tokens, temperature=0.0), tokens, codes)


def arrival_of(measured: Measured, text: Text) -> tuple[Arrival, str]:
    """Whether a text arrived whole, and why, in words. A failed call and an answer without a number say nothing."""
    call = measured.measurement
    if call.state is not CallState.DONE:
        return Arrival.UNCLEAR, call.detail or f"The call ended without an answer ({call.state.value})."
    found = [str(code) in measured.exchange.answer for code in text.codes]
    counted = None if call.tokens_estimated else call.usage.input_tokens
    if counted is not None and counted < text.tokens * _CUT:
        return Arrival.CUT, f"Of about {text.tokens:,} tokens the server counted {counted:,}."
    if found[0]:
        return Arrival.WHOLE, f"Of {len(found)} sentences hidden in {text.tokens:,} tokens it found {sum(found)}."
    if any(found):
        return Arrival.CUT, f"The beginning of about {text.tokens:,} tokens had not arrived, their end had."
    return Arrival.UNCLEAR, f"It found none of the sentences hidden in {text.tokens:,} tokens."


class WindowSearch:
    """Searches the longest text that arrives whole: ``whole`` tokens do, ``cut`` tokens do not.

    ``upwards``: from short texts on, as what a free server takes is soon seen; else the whole claim is tried first,
    as every text costs. ``limit``: tokens of a text at most, the answer not counted.
    """

    def __init__(self, claim: int, output_tokens: int, *, upwards: bool) -> None:
        self.limit = max(int(claim * _FILL) - output_tokens, 0)
        self.whole = 0
        self.cut: int | None = None
        self.words = ""
        self._missed = ""
        self._claim = claim
        self._upwards = upwards
        self._sent = 0
        self._calls = 0
        self._doubts = 0

    def next(self) -> int | None:
        """The tokens of the next text; None where the search is at its end."""
        size = min(self._next(), self.limit)
        is_over = self._calls >= MOST_CALLS or self._sent + size > MOST_OF_CLAIM * self._claim
        is_known = self.whole >= self.limit or (self.cut is not None and self.cut - self.whole < _CLOSE * self._claim)
        return None if is_over or is_known or self._doubts > 1 else size

    @property
    def wording(self) -> int:
        """In which words the next text is asked about: others than where there is a doubt."""
        return self._doubts

    def saw(self, size: int, arrival: Arrival, words: str) -> None:
        """What came of a text. That one was cut is believed when it is seen twice, and so is any doubt."""
        self._sent += size
        self._calls += 1
        if arrival is Arrival.WHOLE:
            self.whole, self.words, self._doubts = max(self.whole, size), words, 0
            return
        self._doubts += 1
        self.words = words
        if arrival is Arrival.CUT and self._doubts > 1:
            self.cut, self._missed, self._doubts = size, words, 0

    def found(self) -> tuple[Proof, int | None, str]:
        """What the search came to, the longest text that arrived whole, in tokens, and why, in words."""
        if self.whole >= self.limit * NEAR:
            return Proof.PROVEN, self.whole, self.words
        if self.cut is not None and self.whole:
            return Proof.REFUTED, self.whole, f"{self.whole:,} tokens arrived whole, more did not. {self._missed}"
        return Proof.UNDECIDED, self.whole or None, self.words

    def _next(self) -> int:
        if not self.whole:
            return FIRST_TOKENS
        if self.cut is not None:
            return (self.whole + self.cut) // 2
        return self.whole * _STEP if self._upwards else self.limit
