"""Advice as JSON: camelCase keys, money as decimal strings, null for unknown."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from modelward.advice.grounds import RuledOut
from modelward.advice.model import Advised, Cost, Quality, Query, Recommendation, Speed, Spot, SweetSpot, Unmeasured
from modelward.advice.routing import RoutingTable
from modelward.catalog.fields import decimal_text


def recommendation(found: Recommendation) -> dict[str, object]:
    """What is recommended, what should be measured, what was ruled out; ``unmeasured`` and ``ruledOut`` are whole."""
    return {
        **_query(found.query),
        "considered": found.considered,
        "fitting": found.fitting,
        "recommended": [_advised(each) for each in found.top],
        "unmeasured": _unmeasured(found.unmeasured),
        "ruledOutBy": {_camel(why.name): count for why, count in found.counts.items()},
        "ruledOut": _ruled_out(found.ruled_out),
    }


def sweet_spot(found: SweetSpot) -> dict[str, object]:
    """The sweet spot with its neighbours. ``saving``: USD per successful task."""
    return {
        **_query(found.query),
        "threshold": found.threshold,
        "pick": None if found.pick is None else _spot(found.pick),
        "why": list(found.why),
        "baseline": None if found.baseline is None else _spot(found.baseline),
        "saving": _money(found.saving),
        "savingShare": found.saving_share,
        "runnersUp": [_spot(each) for each in found.runners_up],
        "undecided": [_spot(each) for each in found.undecided],
        "front": [_spot(each) for each in found.front],
        "ofUnknownCost": [_spot(each) for each in found.of_unknown_cost],
        "unmeasured": _unmeasured(found.unmeasured),
        "ruledOut": _ruled_out(found.ruled_out),
    }


def routing_table(table: RoutingTable) -> dict[str, object]:
    """Who serves which use case."""
    return {
        "routes": [
            {
                "useCase": route.use_case.value,
                "model": route.model.id,
                "quality": route.quality,
                "fallbacks": [model.id for model in route.fallbacks],
            }
            for route in table.routes
        ],
        "without": [use_case.value for use_case in table.without],
    }


def _query(query: Query) -> dict[str, object]:
    return {
        "useCase": query.use_case.value,
        "constraints": {
            "require": sorted(query.require),
            "minContext": query.min_context,
            "maxPrice": _money(query.max_price),
            "maxLatencySeconds": query.max_latency,
            "localOnly": query.local_only,
            "providers": sorted(query.providers),
            "notProviders": sorted(query.not_providers),
            "available": query.available,
        },
    }


def _advised(each: Advised) -> dict[str, object]:
    return {
        "model": each.model_id,
        "score": each.score,
        "parts": [
            {"part": part.part.value, "value": round(part.value, 4), "weight": part.weight, "known": part.is_known}
            for part in each.parts
        ],
        "quality": _quality(each.quality),
        "speed": None if each.speed is None else _speed(each.speed),
        "cost": _cost(each.cost),
        "local": each.is_local,
        "why": list(each.why),
        "unknown": list(each.unknown),
    }


def _quality(quality: Quality) -> dict[str, object]:
    low, high = quality.interval
    return {"score": quality.score, "probes": quality.probes, "low": low, "high": high, "olderProbes": quality.is_older}


def _speed(speed: Speed) -> dict[str, object]:
    return {
        "workload": speed.workload,
        "runs": speed.runs,
        "ttftMs": speed.ttft,
        "tpotMs": speed.tpot,
        "latencyMs": speed.latency,
    }


def _cost(cost: Cost) -> dict[str, object]:
    return {"usdPerSuccess": _money(cost.usd), "measured": cost.is_measured}


def _spot(spot: Spot) -> dict[str, object]:
    return {
        "model": spot.model_id,
        "quality": _quality(spot.quality),
        "cost": _cost(spot.cost),
        "confidence": spot.confidence.value,
    }


def _unmeasured(found: Iterable[Unmeasured]) -> list[dict[str, object]]:
    return [
        {"model": each.model_id, "promise": each.promise, "atHand": each.at_hand, **_cost(each.cost), "why": each.why}
        for each in found
    ]


def _ruled_out(found: Iterable[RuledOut]) -> list[dict[str, object]]:
    return [
        {
            "model": each.model_id,
            "reasons": [
                {"why": _camel(reason.why.name), "unknown": reason.why.is_unknown, "text": str(reason)}
                for reason in each.reasons
            ],
        }
        for each in found
    ]


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else decimal_text(amount)


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(map(str.capitalize, rest))
