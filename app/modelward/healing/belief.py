"""What is believed of the answers to one question: by the record of those who gave them, never by their own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import combinations

from modelward.catalog.fields import clip, decimal_text
from modelward.catalog.model import Capabilities, Fact, FactValue, Field, Source
from modelward.healing.answers import Claim, Claims
from modelward.healing.calibration import Record, pair
from modelward.healing.known import Truths
from modelward.healing.model import Gap, Means, Outcome, Verdict
from modelward.healing.plausible import PRICES, agreed, fills


@dataclass(frozen=True, slots=True)
class Said:
    """What one model answered: its id, its name for people, its claims. ``fault``: why there are none, in words."""

    id: str
    name: str
    claims: Claims
    fault: str = ""

    def claim(self, model: str, field: Field) -> Claim | None:
        """What it claims of a field of a model, named as it was asked; None where it does not know."""
        return self.claims.get(model, {}).get(field)


@dataclass(frozen=True, slots=True)
class _Belief:
    """A value with those who say it, and how far they are trusted."""

    value: FactValue
    speaker: str
    trust: float
    says: tuple[tuple[Said, Claim], ...]


class Judge:
    """Decides what is believed. ``threshold``: from which trust on, 0 to 1."""

    def __init__(self, record: Record, threshold: float, now: datetime) -> None:
        self._record = record
        self._threshold = threshold
        self._now = now

    def learn(self, answers: Sequence[Said], known: Mapping[str, tuple[str, Truths]]) -> None:
        """Note what the answers said of known models: by the name that was asked, the model's id and what is true."""
        for name, (model_id, truths) in known.items():
            for field, truth in truths.items():
                claims = [(said.id, claim.value) for said in answers if (claim := self._counted(said, name, field))]
                for (one, value), (other, second) in combinations(claims, 2):
                    if (both := _agreed(field, value, second)) is not None:
                        is_right = agreed(field, both, truth) is not None
                        self._record.note(pair(one, other), field, model_id, is_right=is_right)
                for speaker, value in claims:
                    is_right = _agreed(field, value, truth) is not None
                    self._record.note(speaker, field, model_id, is_right=is_right)

    def verdict(self, gap: Gap, name: str, answers: Sequence[Said]) -> Verdict:
        """What becomes of a gap whose model was asked about under a name."""
        answers = [said for said in answers if not said.fault] or answers
        if answers[0].fault:
            return self._refused(gap, Outcome.FAILED, " ".join(said.fault for said in answers))
        stated = [(said, claim) for said in answers if (claim := said.claim(name, gap.field)) is not None]
        sure = [(said, claim) for said, claim in stated if claim.value is not None and self._is_sure(claim)]
        if not stated:
            return self._refused(gap, Outcome.UNKNOWN, f"{_names(answers)} {_do(answers)} not know it.")
        if not sure:
            return self._not_sure(gap, stated)
        belief = self._believed(gap.field, sure)
        if belief is None:
            told = " and ".join(f"{said.name} says {_shown(claim)}" for said, claim in sure)
            return self._refused(gap, Outcome.NOT_BELIEVED, f"{told}: they disagree.")
        return self._weighed(gap, belief)

    def _weighed(self, gap: Gap, belief: _Belief) -> Verdict:
        """What becomes of a gap of which one value is claimed."""
        told = self._told(belief, gap.field)
        if not fills(belief.value):
            return self._refused(
                gap, Outcome.UNKNOWN, f"{_names([said for said, _ in belief.says])} only told what it lacks."
            )
        if gap.field in PRICES and len(belief.says) < 2:
            return self._refused(gap, Outcome.NOT_BELIEVED, f"{told} A price needs two.")
        if belief.trust < self._threshold:
            return self._refused(gap, Outcome.NOT_BELIEVED, f"{told} That is too little to believe it.")
        return Verdict(gap.model.id, gap.field, Means.INFERENCE, Outcome.FILLED, told, self._fact(gap, belief))

    def _believed(self, field: Field, sure: Sequence[tuple[Said, Claim]]) -> _Belief | None:
        """The one value that is claimed; None where two contradict each other."""
        (first, claim), *rest = sure
        assert claim.value is not None
        if not rest:
            return _Belief(claim.value, first.id, self._record.trust(first.id, field), tuple(sure))
        ((other, second),) = rest
        value = _agreed(field, claim.value, second.value)
        if value is None:
            return None
        # Agreement takes nothing away from what one of them is worth alone.
        speakers = pair(first.id, other.id), first.id, other.id
        trust, speaker = max((self._record.trust(each, field), each) for each in speakers)
        return _Belief(value, speaker, trust, tuple(sure))

    def _is_sure(self, claim: Claim) -> bool:
        """A model's word that it is sure proves nothing; its word that it is not is taken."""
        return claim.sure is None or claim.sure >= self._threshold

    def _counted(self, said: Said, name: str, field: Field) -> Claim | None:
        """Only claims that would count for an unknown model tell how far such claims can be trusted."""
        claim = said.claim(name, field)
        return claim if claim is not None and claim.value is not None and self._is_sure(claim) else None

    def _not_sure(self, gap: Gap, stated: Sequence[tuple[Said, Claim]]) -> Verdict:
        said, claim = stated[0]
        if claim.value is None:
            return self._refused(gap, Outcome.REFUSED, f"{said.name}: {claim.problem}")
        detail = f"{said.name} says {_shown(claim)}, but is not sure itself."
        return self._refused(gap, Outcome.NOT_BELIEVED, detail)

    def _refused(self, gap: Gap, outcome: Outcome, detail: str) -> Verdict:
        return Verdict(gap.model.id, gap.field, Means.INFERENCE, outcome, clip(detail, 300))

    def _told(self, belief: _Belief, field: Field) -> str:
        right, total = self._record.counts(belief.speaker, field)
        return clip(f"{_speakers(belief)}; right on {right} of {total} known models.", 250)

    def _fact(self, gap: Gap, belief: _Belief) -> Fact:
        return Fact(
            gap.model.id,
            gap.field,
            Source.INFERENCE,
            f"asked {' and '.join(sorted(said.id for said, _ in belief.says))}",
            belief.value,
            self._now,
            round(belief.trust, 3),
            quote=" · ".join(f"{said.name}: {claim.quote}" for said, claim in belief.says),
        )


def _agreed(field: Field, one: FactValue | None, other: FactValue | None) -> FactValue | None:
    return None if one is None or other is None else agreed(field, one, other)


def _names(answers: Sequence[Said]) -> str:
    return " and ".join(said.name for said in answers)


def _do(answers: Sequence[Said]) -> str:
    return "does" if len(answers) == 1 else "do"


def _speakers(belief: _Belief) -> str:
    names = [said.name for said, _ in belief.says]
    return f"{names[0]} says it" if len(names) == 1 else f"{' and '.join(names)} agree"


def _shown(claim: Claim) -> str:
    value = claim.value
    if isinstance(value, Capabilities):
        words = [*sorted(value.has), *(f"no {word}" for word in sorted(value.lacks))]
        return clip(", ".join(words), 80)
    if isinstance(value, Decimal):
        return f"{decimal_text(value)} USD"
    return f"{value:,}" if isinstance(value, int) else str(value)
