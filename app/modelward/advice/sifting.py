"""All models sifted by a query: those that fit and were measured, those to be measured, those ruled out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from modelward.advice import constraints, costs
from modelward.advice.figures import figures
from modelward.advice.grounds import RuledOut, Why
from modelward.advice.model import Candidate, Cost, Facts, Figures, Place, Query, Unmeasured
from modelward.advice.promise import family_qualities, in_order
from modelward.advice.use_cases import PROFILES
from modelward.catalog.model import Model

_NOTHING = Figures()
_NOWHERE = Place()


@dataclass(frozen=True)
class Sifted:
    """What is left of all models: ``fitting`` fit and were measured, ``untold`` lack a measurement that is needed."""

    query: Query
    considered: int
    fitting: tuple[Candidate, ...]
    untold: tuple[Candidate, ...]
    ruled_out: tuple[RuledOut, ...]
    families: Mapping[str, float]

    @cached_property
    def unmeasured(self) -> tuple[Unmeasured, ...]:
        """What should be measured, most promising first."""
        return in_order(self.untold, self.families, self.query)

    @property
    def counts(self) -> dict[Why, int]:
        """How many models each reason ruled out, most first."""
        counted = Counter(why for each in self.ruled_out for why in {reason.why for reason in each.reasons})
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def sift(facts: Facts, query: Query) -> Sifted:
    """Sift all models by a query, in the order in which they are known."""
    profile = PROFILES[query.use_case]
    measured = figures(facts.results, query.use_case)
    factor = costs.scale(facts.models, profile, measured)
    fitting, untold, ruled_out = [], [], []
    told = []  # measured, whether they fit or not: what a family is capable of does not hang on the query
    for model in facts.models:
        place, known = facts.places.get(model.provider), measured.get(model.id, _NOTHING)
        reasons = constraints.reasons(model, place, query, profile.needs)
        if reasons and known is _NOTHING and query.max_task_price is None:
            ruled_out.append(RuledOut(model.id, tuple(reasons)))
            continue
        each = _candidate(model, place or _NOWHERE, known, costs.cost_of(model, profile, known, factor))
        reasons += constraints.reasons_of_figures(each, query)
        if known.quality is not None:
            told.append(each)
        if reasons:
            ruled_out.append(RuledOut(model.id, tuple(reasons)))
        elif known.quality is None or constraints.lacks_times(known, query):
            untold.append(each)
        else:
            fitting.append(each)
    families = family_qualities(told)
    return Sifted(query, len(facts.models), tuple(fitting), tuple(untold), tuple(ruled_out), families)


def _candidate(model: Model, place: Place, known: Figures, cost: Cost) -> Candidate:
    return Candidate(model, place, known, cost, constraints.is_on_own_machine(model, place))
