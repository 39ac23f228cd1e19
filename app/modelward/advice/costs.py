"""What a successful task costs: as measured, else estimated, so that the two can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from statistics import median

from modelward.advice.model import Cost, Figures
from modelward.advice.use_cases import Profile
from modelward.catalog.model import Model

_LEAST_SHARE = 0.01  # of answers that pass; below, an estimate says nothing any more
_PLACES = Decimal("1e-12")
UNKNOWN = Cost(None)
FREE = Cost(Decimal(0))


def measured(figures: Figures) -> Decimal | None:
    """USD per passed probe: as it was counted, else a call's cost by the share that passed; None where unknown."""
    if figures.success_cost is not None:
        return figures.success_cost
    quality = figures.quality
    if figures.call_cost is None or quality is None or quality.score <= 0:
        return None
    return Decimal(str(figures.call_cost / quality.score)).quantize(_PLACES)


def estimated(model: Model, profile: Profile, figures: Figures) -> Decimal | None:
    """USD of a typical task by the catalogue's prices, by the share that passed where that was measured."""
    if model.price_input is None or model.price_output is None:
        return None
    plain = (model.price_input * profile.input_tokens + model.price_output * profile.output_tokens).scaleb(-6)
    if not plain or figures.quality is None:
        return plain
    share = Decimal(str(max(figures.quality.score, _LEAST_SHARE)))
    return (plain / share).quantize(_PLACES)


def scale(models: Iterable[Model], profile: Profile, figures: Mapping[str, Figures]) -> Decimal:
    """By how much measured tasks are dearer than estimates of the same models: probes are longer or shorter than a
    typical task, and models think aloud. The middle of all models of which both are known; 1 without any."""
    ratios = []
    for model in models:
        known = figures.get(model.id)
        true = None if known is None else measured(known)
        if known is None or not true:
            continue
        guess = estimated(model, profile, known)
        if guess:
            ratios.append(true / guess)
    return median(ratios) if ratios else Decimal(1)


def cost_of(model: Model, profile: Profile, figures: Figures, factor: Decimal) -> Cost:
    """What a successful task costs; ``factor`` is that of :func:`scale`."""
    true = measured(figures)
    if true is not None:
        return Cost(true, is_measured=True)
    guess = estimated(model, profile, figures)
    if guess is None:
        return UNKNOWN
    return Cost(guess * factor) if guess else FREE
