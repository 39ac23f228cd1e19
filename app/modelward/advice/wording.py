"""Why a model is advised, in people's words."""

from __future__ import annotations

from decimal import Decimal

from modelward.advice.model import Candidate, Cost, Quality, ScorePart, Speed
from modelward.core import units

_FEW_PROBES = 10
_POINT = 0.0005  # a tenth of a point, halved: what is shown as 0.0 is called the same


def reasons(each: Candidate, rival: Candidate | None) -> tuple[str, ...]:
    """Why it stands where it stands. ``rival``: who it is compared with; None where it is the only one."""
    assert each.figures.quality is not None
    said = [_quality(each.figures.quality), _cost(each.cost)]
    if rival is not None:
        said.insert(0, f"{compared(each, rival)}.")
    if each.figures.speed is not None:
        said.append(_speed(each.figures.speed))
    if each.is_local:
        said.append("It runs on a machine of yours.")
    return tuple(said)


def compared(each: Candidate, rival: Candidate) -> str:
    """``96 % cheaper than openai/x, 1.1 points below it``."""
    assert each.figures.quality is not None
    assert rival.figures.quality is not None
    price = price_against(each.cost, rival.cost)
    points = each.figures.quality.score - rival.figures.quality.score
    return f"{price} {rival.model.id}, {_points(points)} it"


def price_against(cost: Cost, other: Cost) -> str:
    """``96 % cheaper than``, ``3.2 times as dear as``, ``as dear as``, ``free, unlike``."""
    if cost.usd is None or other.usd is None:
        return "of unknown price beside"
    if cost.usd == other.usd:
        return "as free as" if cost.usd == 0 else "as dear as"
    if cost.usd == 0:
        return "free, unlike"
    if other.usd == 0:
        return f"{units.money(cost.usd)} a task dearer than"
    if cost.usd < other.usd:
        return f"{_percent(1 - cost.usd / other.usd)} cheaper than"
    times = cost.usd / other.usd
    return f"{times:,.1f} times as dear as" if times >= 2 else f"{_percent(times - 1)} dearer than"


def unknown(each: Candidate, parts: tuple[ScorePart, ...]) -> tuple[str, ...]:
    """What is not known of it, and what to beware of."""
    said = [f"Its {part.part} is not known and counts as middling." for part in parts if not part.is_known]
    quality = each.figures.quality
    if quality is not None and quality.probes < _FEW_PROBES:
        said.append("Few answers were graded: measure it again before you rely on it.")
    if quality is not None and quality.is_older:
        said.append("Some answers were graded by an older edition of the probes.")
    if each.cost.usd is not None and not each.cost.is_measured and each.cost.usd:
        said.append("Its cost is an estimate from prices and typical tokens.")
    if not each.place.has_key:
        said.append("There is no key at hand for its provider.")
    elif each.place.answers is False:
        said.append("Its provider does not answer now.")
    return tuple(said)


def _quality(quality: Quality) -> str:
    low, high = (f"{bound * 100:.0f} %" for bound in quality.interval)
    return f"Quality {quality.score * 100:.1f} % over {_answers(quality.probes)} ({low} to {high})."


def _cost(cost: Cost) -> str:
    if cost.usd is None:
        return "What it costs is not known."
    if cost.usd == 0:
        return "Free."
    return f"{units.money(cost.usd)} per successful task{', as measured' if cost.is_measured else ', estimated'}."


def _speed(speed: Speed) -> str:
    said = []
    if speed.ttft is not None:
        said.append(f"{speed.ttft / 1000:,.2f} s to the first word")
    if speed.latency is not None:
        said.append(f"{speed.latency / 1000:,.1f} s in all")
    return f"{', '.join(said) or 'Times measured'} (workload {speed.workload})."


def _points(difference: float) -> str:
    if abs(difference) < _POINT:
        return "as good as"
    return f"{abs(difference) * 100:.1f} points {'above' if difference > 0 else 'below'}"


def _percent(share: Decimal) -> str:
    shown = float(share) * 100
    return f"{shown:.0f} %" if shown < 99.5 else f"{shown:.1f} %"


def _answers(number: int) -> str:
    return "1 answer" if number == 1 else f"{number:,} answers"
