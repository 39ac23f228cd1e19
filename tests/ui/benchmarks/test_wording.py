"""What the Benchmarks tab says of figures, models, plans and workloads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from modelward.advice.model import Query
from modelward.benchmarks.model import (
    CallKind,
    CapabilityProof,
    Cell,
    CellProgress,
    Plan,
    Proof,
    Result,
    UseCase,
    Workload,
)
from modelward.catalog.model import Capability
from modelward.ui.benchmarks import figures, wording
from modelward.ui.benchmarks.rows import Lot, lot_for, lots_of, rows_of
from modelward.ui.benchmarks.run_card import parts_of
from modelward.ui.benchmarks.sheets import as_csv

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LISTED = [
    Workload("chat", "chat", "Chat", ""),
    Workload("code_generation", "code_generation@new", "Code generation", "", UseCase.CODE_GENERATION, 8),
]


def result(model: str, workload: str, days_ago: float = 0, concurrency: int = 1, runs: int = 20) -> Result:
    return Result(model, workload, concurrency, runs, 0.0, last_at=NOW - timedelta(days=days_ago))


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(5.04, "5.0 ms"), (62.4, "62 ms"), (620, "0.62 s"), (12_400, "12.4 s"), (0, "0.00 s")]
)
def test_times_keep_the_digits_that_tell_something(milliseconds: float, words: str) -> None:
    assert figures.seconds(milliseconds) == words


def test_costs_on_the_axis_are_powers_of_ten() -> None:
    assert [figures.power_of_usd(value) for value in (0.00001, 0.01, 1, 1000)] == ["$0.00001", "$0.01", "$1", "$1,000"]


def test_models_are_named_as_shortly_as_they_can_be_told_apart() -> None:
    names = wording.short_names(
        ["groq/openai/gpt-oss-120b", "openai/gpt-5", "azure/gpt-5", "ollama/qwen3:8b", "x/<b>y"]
    )
    assert list(names.values()) == ["gpt-oss-120b", "gpt-5 (OpenAI)", "gpt-5 (Azure)", "qwen3:8b (Ollama)", "<b>y (X)"]


def test_what_must_be_had_is_said_in_a_few_words() -> None:
    query = Query(UseCase.REASONING, frozenset({Capability.TOOLS}), 64_000, max_latency=5.0, local_only=True)
    assert wording.needs_text(query) == "tools · ≥ 64 k context · ≤ 5 s · local"
    assert wording.needs_text(Query(UseCase.REASONING)) == ""


def test_a_plan_says_what_it_does_and_costs() -> None:
    cells = (Cell(0, "a/b", "chat", CallKind.RUN, 5),)
    plan = Plan(cells, 5, 1_000, 2_000, Decimal("0.01"), Decimal("0.05"), 90)
    assert wording.plan_text(plan) == "5 calls to 1 model, about 1,000 tokens in and 2,000 out, about 2 min."
    assert wording.cost_text(plan) == "It costs about $0.01, and $0.05 at most."


def test_claims_are_said_with_their_sizes() -> None:
    refuted = CapabilityProof("a/b", "context_window", 131_072, Proof.REFUTED, 65_536)
    assert (wording.claimed_text(refuted), wording.found_text(refuted)) == ("131,072", "refuted: 65,536")
    assert wording.claimed_text(CapabilityProof("a/b", "tools", True, Proof.PROVEN)) == "yes"
    assert wording.claimed_text(CapabilityProof("a/b", "tools", None, Proof.PROVEN)) == "nothing"


def test_workloads_have_titles_also_when_they_were_changed_since_or_come_from_others() -> None:
    titles = [
        wording.workload_title(tag, LISTED) for tag in ("chat", "code_generation@new", "code_generation@old", "x")
    ]
    assert titles == ["Chat", "Code generation, graded", "Code generation, older questions", "x"]


def test_what_is_compared_first_is_the_suite_of_the_use_case_as_it_is_now() -> None:
    lots = lots_of(
        [
            result("a/b", "chat"),
            result("a/b", "code_generation@old", 1),
            result("a/b", "code_generation@new", 3),
            result("a/b", "code_generation@new", 3, concurrency=8),
        ]
    )
    assert lot_for(lots, UseCase.CODE_GENERATION, LISTED) == Lot("code_generation@new", 1)
    assert lot_for(lots, UseCase.REASONING, LISTED) == Lot("chat", 1)
    assert lot_for([], UseCase.REASONING, LISTED) is None


def test_only_what_can_be_compared_stands_in_one_table() -> None:
    results = [result("a/b", "chat"), result("a/c", "chat", concurrency=8), result("a/b", "long")]
    rows = rows_of(results, Lot("chat"), {}, favourites=frozenset({"a/b"}), sweet_spot="a/b")
    assert [(row.model_id, row.is_favourite, row.is_sweet_spot, row.quality) for row in rows] == [
        ("a/b", True, True, None)
    ]


def test_the_parts_of_a_run_are_its_models_without_their_warm_ups() -> None:
    warm, first, second = (
        Cell(number, "a/b", "chat", kind, runs)
        for number, (kind, runs) in enumerate([(CallKind.WARM_UP, 1), (CallKind.RUN, 5), (CallKind.RUN, 5)])
    )
    part = parts_of([CellProgress(warm, 1), CellProgress(first, 5, 1), CellProgress(second, 2, 0, "It is away.")])[0]
    assert (part.done, part.total, part.errors, part.word) == (7, 10, 1, "given up")


def test_a_name_that_a_sheet_would_run_is_quoted() -> None:
    assert as_csv(("model", "value"), [("=cmd()", 1.5), ("a,b", None)]) == 'model,value\n\'=cmd(),1.5\n"a,b",\n'
