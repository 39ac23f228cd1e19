"""How far a model's answers can be trusted: told from those about models that are known, never from its own words.

Each time some models are asked about what is missing, they are asked about known models too. What they said of those
is remembered here, by who said it: one model, or a pair of models that said the same. That two agree is an event of its
own: the chance that they are right, given that they agree, is by Bayes' rule P(both right) / (P(both right) + P(both
wrong, and the same)), and the two parts are counted together on the known models. So nothing need be assumed of how
often wrong answers coincide: of two copies of one model the agreement is worth no more than the one, and of independent
ones nearly all that agrees is right.

What is trusted is the lower end of Wilson's score interval (E. B. Wilson, Journal of the American Statistical
Association 22, 1927): of few answers little follows. And as models know less of rarer ones than of those that every
catalogue knows, what was wrong of the known ones counts several times.
"""

from __future__ import annotations

import json
import logging
import math
import zlib
from collections.abc import Iterator

from modelward.catalog.model import Field
from modelward.healing.plausible import PRICES

log = logging.getLogger(__name__)

_Z = 2.576
"""Of 200 models that are not good enough, one is taken to be so: 99.5 % on one side of a normal distribution."""

_RARER = 5
"""How many times as often answers about unknown models may be wrong: a careful guess, as nobody can count them."""

_MOST_BORROWED = 20
"""Answers about other fields that count for a field, until it has answers enough of its own."""

_MOST_ANSWERS = 150  # per speaker and field: the newest, as models are replaced under their names
_MOST_SPEAKERS = 24

_Answers = dict[str, bool]  # by known model, so that one that is asked about again does not count twice


def trusted(right: float, total: float) -> float:
    """How far a speaker is trusted who was right so often, 0 to 1; 0 where nobody was asked."""
    if total <= 0:
        return 0.0
    one_more = (total - right + 1) / (total + 1)  # the next answer may be the first that is wrong
    return max(0.0, min(_lower_bound(right / total, total), 1 - _RARER * one_more))


class Record:
    """Who was right on known models, by field. Bounded: the newest answers of those who spoke last."""

    def __init__(self) -> None:
        self._speakers: dict[str, dict[Field, _Answers]] = {}

    def note(self, speaker: str, field: Field, model_id: str, *, is_right: bool) -> None:
        """An answer about a known model; one about the same model before is replaced."""
        self._put(speaker, field, _short(model_id), is_right=is_right)

    def knows(self, speaker: str, model_id: str) -> bool:
        """Whether a speaker was asked about this known model before."""
        key = _short(model_id)
        return any(key in answers for answers in self._speakers.get(speaker, {}).values())

    def counts(self, speaker: str, field: Field) -> tuple[int, int]:
        """Right answers and all answers about a field."""
        answers = self._speakers.get(speaker, {}).get(field, {})
        return sum(answers.values()), len(answers)

    def trust(self, speaker: str, field: Field) -> float:
        """How likely what is said of a field is right, at least: 0 to 1.

        Answers about other fields help out as long as there are few about this one; none do so for a price, which
        is far harder to know than what a model is made of.
        """
        right, total = self.counts(speaker, field)
        others = [] if field in PRICES else list(self._others(speaker, field))
        borrowed = sum(total for _, total in others)
        if total == 0 or borrowed == 0:
            return trusted(right, total)
        weight = min(1.0, _MOST_BORROWED / borrowed)
        return trusted(right + weight * sum(right for right, _ in others), total + weight * borrowed)

    def standing(self, speaker: str) -> float:
        """How good a speaker is over all fields, to choose whom to ask: half for one that nobody has asked yet."""
        found = [self.counts(speaker, field) for field in self._speakers.get(speaker, {})]
        return (1 + sum(right for right, _ in found)) / (2 + sum(total for _, total in found))

    def dump(self) -> str:
        """The record as text."""
        return json.dumps(
            {
                speaker: {
                    field.value: {key: int(is_right) for key, is_right in answers.items()}
                    for field, answers in fields.items()
                }
                for speaker, fields in self._speakers.items()
            },
            separators=(",", ":"),
        )

    def load(self, text: str | None) -> None:
        """Take in what :meth:`dump` wrote. From the first piece on that is not readable, it counts as never said."""
        try:
            for speaker, fields in json.loads(text or "{}").items():
                for name, answers in fields.items():
                    for key, is_right in answers.items():
                        self._put(speaker, Field(name), key, is_right=bool(is_right))
        except (ValueError, AttributeError, RecursionError):
            log.warning("The record of how far models' answers can be trusted is not readable; it is begun anew.")

    def _put(self, speaker: str, field: Field, key: str, *, is_right: bool) -> None:
        fields = self._speakers.pop(speaker, {})
        self._speakers[speaker] = fields
        answers = fields.setdefault(field, {})
        answers.pop(key, None)
        answers[key] = is_right
        if len(answers) > _MOST_ANSWERS:
            del answers[next(iter(answers))]
        if len(self._speakers) > _MOST_SPEAKERS:
            del self._speakers[next(iter(self._speakers))]

    def _others(self, speaker: str, field: Field) -> Iterator[tuple[int, int]]:
        for other in self._speakers.get(speaker, {}):
            if other is not field and other not in PRICES:
                yield self.counts(speaker, other)


def pair(one: str, other: str) -> str:
    """The speaker that two models are together, whoever is named first."""
    return " + ".join(sorted((one, other)))


def _lower_bound(share: float, total: float) -> float:
    z2 = _Z * _Z
    spread = _Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return (share + z2 / (2 * total) - spread) / (1 + z2 / total)


def _short(model_id: str) -> str:
    return f"{zlib.crc32(model_id.encode('utf-8', 'replace')):08x}"
