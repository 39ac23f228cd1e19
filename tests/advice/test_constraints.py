"""What rules a model out, and that what is unknown is told apart from what does not fit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from harness.advice import HERE, facts, graded, model, timed, wanted
from modelward.advice.constraints import effective_context
from modelward.advice.grounds import Why
from modelward.advice.model import Facts, Place
from modelward.advice.recommend import recommend
from modelward.benchmarks.model import UseCase
from modelward.catalog.model import Capability, Kind, Status

TOOLS, VISION = Capability.TOOLS, Capability.VISION

CASES = [
    ({"min_context": 200_000}, {}, Why.CONTEXT),
    ({"min_context": 100_000}, {"max_input_tokens": 90_000}, Why.CONTEXT),
    ({"min_context": 10_000}, {"served_context": 4_096}, Why.CONTEXT),
    ({"min_context": 1}, {"context_window": None}, Why.CONTEXT_UNKNOWN),
    ({"require": frozenset({VISION})}, {"not_capabilities": frozenset({VISION})}, Why.LACKS),
    ({"require": frozenset({VISION})}, {}, Why.CAPABILITY_UNKNOWN),
    ({"require": frozenset({TOOLS})}, {"capabilities": None}, Why.CAPABILITY_UNKNOWN),
    ({"max_price": Decimal("3.99")}, {}, Why.TOO_DEAR),
    ({"max_price": Decimal(9)}, {"price_output": None}, Why.PRICE_UNKNOWN),
    ({"max_price": Decimal("0.5")}, {"price_output": None}, Why.TOO_DEAR),
    ({"max_task_price": Decimal("0.000001")}, {}, Why.TOO_DEAR),
    ({"max_task_price": Decimal(1)}, {"price_input": None}, Why.PRICE_UNKNOWN),
    ({"local_only": True}, {}, Why.NOT_LOCAL),
    ({"providers": frozenset({"groq"})}, {}, Why.PROVIDER),
    ({"not_providers": frozenset({"openai"})}, {}, Why.PROVIDER),
    ({"available": True}, {"status": Status.LISTED}, Why.NOT_AVAILABLE),
    ({"available": True}, {"status": Status.UNREACHABLE}, Why.NOT_AVAILABLE),
    ({}, {"status": Status.RETIRED}, Why.RETIRED),
    ({}, {"kind": Kind.EMBEDDING}, Why.KIND),
    ({"use_case": UseCase.TOOL_USE}, {"capabilities": None, "not_capabilities": frozenset({TOOLS})}, Why.LACKS),
]


@pytest.mark.parametrize(("query", "values", "why"), CASES)
def test_a_model_that_does_not_fit_is_ruled_out_for_the_right_reason(
    query: dict[str, Any], values: dict[str, Any], why: Why
) -> None:
    known = facts(model("openai/a", **values), graded("openai/a", 0.9), timed("openai/a"))
    found = recommend(known, wanted(**query))
    assert not found.top
    assert not found.unmeasured
    assert [reason.why for reason in found.ruled_out[0].reasons] == [why]
    assert found.counts == {why: 1}


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ({"min_context": 128_000}, {}),
        ({"max_price": Decimal(4)}, {}),
        ({"require": frozenset({TOOLS})}, {}),
        ({"providers": frozenset({"openai"})}, {}),
        ({"available": True, "key_at_hand": True}, {}),
        ({"max_latency": 3.0, "max_ttft": 0.3}, {}),
        ({}, {"context_window": None, "capabilities": None, "price_input": None, "price_output": None, "kind": None}),
    ],
)
def test_what_just_fits_stays_and_unknowns_that_nobody_asks_for_rule_nothing_out(
    query: dict[str, Any], values: dict[str, Any]
) -> None:
    known = facts(model("openai/a", **values), graded("openai/a", 0.9), timed("openai/a"))
    assert [each.model_id for each in recommend(known, wanted(**query)).top] == ["openai/a"]


def test_every_reason_is_told_with_its_figures() -> None:
    known = facts(model("openai/a", "2.5"))
    query = wanted(min_context=200_000, max_price=Decimal(1), require=frozenset({VISION}), local_only=True)
    told = [str(reason) for reason in recommend(known, query).ruled_out[0].reasons]
    assert told == [
        "not on a machine of yours",
        "not known whether it has a capability: vision",
        "context too small: 128,000 tokens, 200,000 wanted",
        "too dear: $10.00 per 1M tokens, $1.00 at most",
    ]
    assert [each.why.is_unknown for each in recommend(known, query).ruled_out[0].reasons] == [False, True, False, False]


def test_the_effective_context_is_the_least_that_is_known() -> None:
    assert effective_context(model("a/b", context_window=400, max_input_tokens=272, served_context=None)) == 272
    assert effective_context(model("a/b", context_window=400, served_context=8)) == 8
    assert effective_context(model("a/b", context_window=None)) is None


def test_too_slow_is_judged_by_the_worst_that_is_known() -> None:
    known = facts(model("openai/a"), graded("openai/a", 0.9), timed("openai/a", latency=2_000, worst=9_000))
    assert recommend(known, wanted(max_latency=9.0)).fitting == 1
    found = recommend(known, wanted(max_latency=8.9))
    assert [str(reason) for reason in found.ruled_out[0].reasons] == ["too slow: 9.0 s in all, 8.9 s at most"]


def test_a_model_whose_times_nobody_measured_is_to_be_measured_when_times_matter() -> None:
    known = facts(model("openai/a"), graded("openai/a", 0.9))
    found = recommend(known, wanted(max_latency=1.0))
    assert (found.fitting, found.ruled_out) == (0, ())
    assert found.unmeasured[0].why.startswith("no times measured")


def test_a_provider_that_is_not_in_use_has_no_key_and_is_not_available() -> None:
    known = facts(model("elsewhere/a"), graded("elsewhere/a", 0.9))
    found = recommend(known, wanted(available=True, key_at_hand=True))
    assert set(found.counts) == {Why.NO_KEY, Why.NOT_AVAILABLE}
    assert recommend(known, wanted()).fitting == 1


def test_a_provider_at_which_nobody_looked_is_not_known_to_be_available() -> None:
    known = Facts([model("openai/a")], [graded("openai/a", 0.9)], HERE | {"openai": Place("OpenAI", has_key=True)})
    assert recommend(known, wanted(available=True)).counts == {Why.AVAILABILITY_UNKNOWN: 1}


def test_a_model_of_ollamas_cloud_is_not_local() -> None:
    known = facts(model("ollama/gpt-oss:120b-cloud", "0"), model("ollama/gpt-oss:20b", "0"))
    found = recommend(known, wanted(local_only=True))
    assert [each.model_id for each in found.unmeasured] == ["ollama/gpt-oss:20b"]
