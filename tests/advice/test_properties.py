"""What holds of advice whatever the models, the measurements and the constraints are."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.advice import HERE, NOW
from modelward.advice.constraints import effective_context, is_on_own_machine
from modelward.advice.model import Advised, Facts, Place, Query, Recommendation
from modelward.advice.recommend import recommend
from modelward.advice.sweet_spot import sweet_spot
from modelward.benchmarks.model import Metric, Result, Summary, UseCase
from modelward.catalog.model import Capability, Kind, Model, Status

EVERYTHING = 1_000

prices = st.none() | st.sampled_from(["0", "0.1", "1", "3", "40"]).map(Decimal)
capabilities = st.frozensets(st.sampled_from([Capability.TOOLS, Capability.VISION, Capability.REASONING]))
use_cases = st.sampled_from([UseCase.CODE_GENERATION, UseCase.TOOL_USE])
limits = st.none() | st.sampled_from([4_096, 32_000, 200_000])


@st.composite
def models(draw: st.DrawFn) -> Model:
    """A model of one of few providers, of which much may be unknown."""
    provider, name = draw(st.sampled_from([*HERE, "elsewhere"])), draw(st.sampled_from(["a", "b", "c", "d-cloud"]))
    has = draw(st.none() | capabilities)
    return Model(
        f"{provider}/{name}",
        provider,
        name,
        kind=draw(st.sampled_from([None, Kind.CHAT, Kind.CHAT, Kind.EMBEDDING])),
        family=draw(st.sampled_from([None, "llama"])),
        status=draw(st.sampled_from(Status)),
        context_window=draw(limits),
        max_input_tokens=draw(limits),
        served_context=draw(limits),
        capabilities=has,
        not_capabilities=draw(capabilities) - (has or frozenset()),
        price_input=draw(prices),
        price_output=draw(prices),
        parameter_count=draw(st.none() | st.sampled_from([10**9, 70 * 10**9])),
    )


@st.composite
def results(draw: st.DrawFn, ids: list[str]) -> Result:
    """What was measured of one of the models."""
    times = [0.0, 150.0, 900.0, 12_000.0]
    metrics = {
        metric: Summary(30, value, None, value, draw(st.sampled_from([None, value, 4 * value])), None, value, value)
        for metric in draw(st.frozensets(st.sampled_from([Metric.TTFT, Metric.LATENCY, Metric.TPOT])))
        for value in [draw(st.sampled_from(times))]
    }
    quality = draw(st.floats(0, 1)), draw(st.integers(0, 60))
    return Result(
        draw(st.sampled_from(ids)),
        draw(st.sampled_from(["chat", "code", "suite@1", "suite@2"])),
        draw(st.sampled_from([1, 4])),
        draw(st.integers(0, 60)),
        draw(st.floats(0, 1)),
        metrics,
        draw(st.sampled_from([{}, {draw(use_cases): quality}])),
        draw(st.none() | st.sampled_from(["0", "0.001", "0.2"]).map(Decimal)),
        draw(st.sampled_from([None, NOW])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> Facts:
    """Some models with some measurements."""
    some = draw(st.lists(models(), max_size=8, unique_by=lambda model: model.id))
    told = draw(st.lists(results([model.id for model in some]), max_size=12)) if some else []
    return Facts(some, told, HERE)


constraints: dict[str, st.SearchStrategy[Any]] = {
    "require": capabilities,
    "min_context": st.sampled_from([1, 8_000, 100_000]),
    "max_price": st.sampled_from(["0", "1", "10"]).map(Decimal),
    "max_task_price": st.sampled_from(["0", "0.01", "1"]).map(Decimal),
    "max_latency": st.sampled_from([0.2, 1.0, 20.0]),
    "max_ttft": st.sampled_from([0.2, 1.0, 20.0]),
    "local_only": st.just(True),
    "providers": st.frozensets(st.sampled_from(sorted(HERE)), min_size=1),
    "not_providers": st.frozensets(st.sampled_from(sorted(HERE))),
    "available": st.just(True),
    "key_at_hand": st.just(True),
}


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """A query with some constraints."""
    chosen = draw(st.frozensets(st.sampled_from(sorted(constraints)), max_size=4))
    return Query(draw(use_cases), **{name: draw(constraints[name]) for name in sorted(chosen)})


@settings(max_examples=60, deadline=None)
@given(worlds(), queries())
def test_what_is_recommended_satisfies_every_constraint(known: Facts, query: Query) -> None:
    by_id = {model.id: model for model in known.models}
    for each in recommend(known, query, EVERYTHING).top:
        model = by_id[each.model_id]
        place = known.places.get(model.provider, Place())
        assert model.status is not Status.RETIRED
        assert model.kind is not Kind.EMBEDDING
        assert query.require <= (model.capabilities or frozenset())
        if query.min_context is not None:
            assert (effective_context(model) or 0) >= query.min_context
        if query.max_price is not None:
            assert model.price_input is not None
            assert model.price_output is not None
            assert max(model.price_input, model.price_output) <= query.max_price
        if query.max_task_price is not None:
            assert each.cost.usd is not None
            assert each.cost.usd <= query.max_task_price
        assert not query.local_only or is_on_own_machine(model, place)
        assert not query.providers or model.provider in query.providers
        assert model.provider not in query.not_providers
        assert not query.available or (place.answers and model.status is Status.AVAILABLE)
        assert not query.key_at_hand or place.has_key
        _assert_quick_enough(each, query)


def _assert_quick_enough(each: Advised, query: Query) -> None:
    for most, took in (("max_latency", "worst_latency"), ("max_ttft", "worst_ttft")):
        seconds = getattr(query, most)
        if seconds is not None:
            assert each.speed is not None
            assert getattr(each.speed, took) <= seconds * 1000


@settings(max_examples=60, deadline=None)
@given(worlds(), queries(), st.data())
def test_a_further_constraint_never_adds_a_model(known: Facts, query: Query, data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from([name for name in sorted(constraints) if not getattr(query, name)] or ["available"])
    )
    narrower = replace(query, **{name: data.draw(constraints[name])})
    wide, narrow = recommend(known, query, EVERYTHING), recommend(known, narrower, EVERYTHING)
    assert {each.model_id for each in narrow.top} <= {each.model_id for each in wide.top}
    assert _left(narrow) <= _left(wide)
    scores = {each.model_id: each.score for each in wide.top}
    assert all(scores[each.model_id] == each.score for each in narrow.top)


def _left(found: Recommendation) -> set[str]:
    return {each.model_id for each in found.top} | {each.model_id for each in found.unmeasured}


@settings(max_examples=60, deadline=None)
@given(worlds(), queries())
def test_every_model_stands_in_exactly_one_list(known: Facts, query: Query) -> None:
    found = recommend(known, query, EVERYTHING)
    listed = [each.model_id for each in (*found.top, *found.unmeasured, *found.ruled_out)]
    assert sorted(listed) == sorted(model.id for model in known.models)
    assert all(each.reasons for each in found.ruled_out)
    assert all(0 <= each.score <= 1 for each in found.top)


@settings(max_examples=60, deadline=None)
@given(worlds(), queries(), st.sampled_from(["0", "0.5", "0.999"]).map(Decimal), st.data())
def test_a_model_that_gets_cheaper_never_scores_lower(
    known: Facts, query: Query, share: Decimal, data: st.DataObject
) -> None:
    before = {each.model_id: each for each in recommend(known, query, EVERYTHING).top}
    # Where its cost was measured, the price is no estimate's base; then another tariff changes nothing.
    estimated = sorted(id_ for id_, each in before.items() if each.cost.usd is not None and not each.cost.is_measured)
    if not estimated:
        return
    chosen = data.draw(st.sampled_from(estimated))
    cheaper = [_at(share, model) if model.id == chosen else model for model in known.models]
    after = {each.model_id: each for each in recommend(replace(known, models=cheaper), query, EVERYTHING).top}
    assert after[chosen].score >= before[chosen].score


def _at(share: Decimal, model: Model) -> Model:
    assert model.price_input is not None
    assert model.price_output is not None
    return model._replace(price_input=model.price_input * share, price_output=model.price_output * share)


@settings(max_examples=40, deadline=None)
@given(worlds(), queries(), st.randoms(use_true_random=False))
def test_the_order_in_which_models_are_known_changes_nothing(known: Facts, query: Query, shuffled: Any) -> None:
    mixed = list(known.models)
    shuffled.shuffle(mixed)
    one, other = recommend(known, query), recommend(replace(known, models=mixed), query)
    assert (one.top, one.unmeasured) == (other.top, other.unmeasured)


@settings(max_examples=60, deadline=None)
@given(worlds(), queries(), st.sampled_from([0.0, 0.3, 0.8, 1.0]))
def test_the_sweet_spot_is_good_enough_and_nobody_good_enough_is_cheaper(
    known: Facts, query: Query, threshold: float
) -> None:
    found = sweet_spot(known, query, threshold)
    fitting = recommend(known, query, EVERYTHING).top
    good = [each.cost.usd for each in fitting if each.cost.usd is not None and each.quality.score >= threshold]
    assert (found.pick is not None) == bool(good)
    if found.pick is not None:
        assert found.pick.quality.score >= threshold
        assert found.pick.cost.usd == min(good)
    for spot in found.front:
        assert not any(
            each.cost.usd is not None
            and spot.cost.usd is not None
            and each.cost.usd <= spot.cost.usd
            and each.quality.score > spot.quality.score
            for each in fitting
        )
