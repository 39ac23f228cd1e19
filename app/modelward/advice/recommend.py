"""The best models for a use case, with reasons; what was ruled out, and what should be measured."""

from __future__ import annotations

from collections.abc import Iterable

from modelward.advice import scoring, wording
from modelward.advice.model import Advised, Candidate, Facts, Query, Recommendation, ScorePart
from modelward.advice.sifting import sift
from modelward.advice.use_cases import PROFILES

TOP = 5


def recommend(facts: Facts, query: Query, top: int = TOP) -> Recommendation:
    """The ``top`` best models that were measured and fit. The same facts give the same answer; equals stand by name."""
    sifted = sift(facts, query)
    profile = PROFILES[query.use_case]
    scored = []
    for each in sifted.fitting:
        parts = scoring.parts(each, profile)
        scored.append((-scoring.score(parts), each.model.id, each, parts))
    scored.sort(key=lambda item: item[:2])
    ranking = [each for _, _, each, _ in scored]
    best = best_measured(ranking)
    return Recommendation(
        query=query,
        considered=sifted.considered,
        fitting=len(scored),
        top=tuple(
            _advised(each, parts, -less, _rival(each, best, ranking)) for less, _, each, parts in scored[: max(top, 0)]
        ),
        unmeasured=sifted.unmeasured,
        ruled_out=sifted.ruled_out,
        counts=sifted.counts,
    )


def best_measured(candidates: Iterable[Candidate]) -> Candidate | None:
    """The one of the highest quality; of equals the one with more answers, then by name."""

    def rank(each: Candidate) -> tuple[float, int, str]:
        assert each.figures.quality is not None
        return -each.figures.quality.score, -each.figures.quality.probes, each.model.id

    return min(candidates, key=rank, default=None)


def _advised(each: Candidate, parts: tuple[ScorePart, ...], score: float, rival: Candidate | None) -> Advised:
    quality = each.figures.quality
    assert quality is not None
    return Advised(
        model_id=each.model.id,
        score=score,
        parts=parts,
        quality=quality,
        speed=each.figures.speed,
        cost=each.cost,
        is_local=each.is_local,
        why=wording.reasons(each, rival),
        unknown=wording.unknown(each, parts),
    )


def _rival(each: Candidate, best: Candidate | None, ranking: list[Candidate]) -> Candidate | None:
    """Who a model is compared with: the best measured one; that one with who stands highest beside it."""
    return best if best is not each else next((other for other in ranking if other is not each), None)
