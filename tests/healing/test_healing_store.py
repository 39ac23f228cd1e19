"""Cycles, fills and attempts in both kinds of store."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import Connection, select

from harness.facts import complete, fact
from harness.healing import right
from harness.spending import NOON
from modelward.catalog.model import Field, Source
from modelward.catalog.store import CatalogStore
from modelward.healing.gaps import open_fields
from modelward.healing.model import Cost, CycleState, Fill, FillState, Gap, Means, Outcome, Step, Verdict
from modelward.healing.store import Counts, HealingStore, Piece
from modelward.store import tables
from modelward.store.engine import Database

COST = Cost(1, 1_000, 50, Decimal("0.000120"))


@pytest.fixture
def store(database: Database) -> HealingStore:
    return HealingStore(database)


@pytest.fixture
def catalog(database: Database) -> CatalogStore:
    return CatalogStore(database)


async def piece(
    catalog: CatalogStore, cycle_id: int, model_id: str, means: Means = Means.INFERENCE, **more: object
) -> Piece:
    model = await catalog.model(model_id)
    assert model is not None
    verdicts = tuple(right(means)(Gap(model, field)) for field in open_fields(model)[:4])
    return Piece(cycle_id, Step(verdicts, COST), NOON, "basis", **more)


async def events(database: Database) -> list[str]:
    def work(connection: Connection) -> list[str]:
        return list(connection.scalars(select(tables.event_log.c.verb).order_by(tables.event_log.c.id)))

    return await database.read(work)


async def test_a_step_is_filed_whole_facts_fills_attempts_and_cost(store: HealingStore, catalog: CatalogStore) -> None:
    await catalog.merge([], named=["acme/a"], now=NOON)
    cycle_id = await store.begin(NOON, Counts(1, 0))
    step = await piece(catalog, cycle_id, "acme/a")
    assert await store.file(step) == {"acme/a"}
    facts = await catalog.facts("acme/a")
    fills = await store.fills(cycle_id=cycle_id)
    assert [fill.fact for fill in fills] == [verdict.fact for verdict in step.step.verdicts]
    assert set(facts) == {fill.fact for fill in fills}
    assert fills[0] == Fill(fills[0].id, cycle_id, NOON, Means.INFERENCE, FillState.WRITTEN, fills[0].fact)
    assert await store.fills(fill_id=fills[0].id) == (fills[0],)
    attempts = await store.attempts()
    assert {key[1] for key in attempts} == {fill.fact.field for fill in fills}
    assert {each.attempt.outcome for each in attempts.values()} == {Outcome.FILLED}
    cycle = await store.cycle(cycle_id)
    assert cycle is not None
    assert (cycle.cost, cycle.filled, cycle.complete_after) == (COST, {Means.INFERENCE: 4}, 1)


async def test_costs_add_up_and_an_unknown_one_makes_the_sum_unknown(
    store: HealingStore, catalog: CatalogStore
) -> None:
    cycle_id = await store.begin(NOON, Counts(0, 0))
    for cost in (COST, COST):
        await store.file(Piece(cycle_id, Step((), cost), NOON))
    cycle = await store.cycle(cycle_id)
    assert cycle is not None
    assert cycle.cost == Cost(2, 2_000, 100, Decimal("0.000240"))
    await store.file(Piece(cycle_id, Step((), Cost(1, 1, 1, None)), NOON))
    cycle = await store.cycle(cycle_id)
    assert cycle is not None
    assert cycle.cost == Cost(3, 2_001, 101, None)


async def test_a_step_that_fails_writes_nothing_at_all(
    store: HealingStore, catalog: CatalogStore, database: Database
) -> None:
    await catalog.merge([], named=["acme/a"], now=NOON)
    cycle_id = await store.begin(NOON, Counts(1, 0))
    step = await piece(catalog, cycle_id + 1, "acme/a")
    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever the engine's refusal of an unknown cycle is
        await store.file(step)
    assert await catalog.facts("acme/a") == []
    assert await store.attempts() == {}
    assert await store.fills(cycle_id=cycle_id + 1) == ()


async def test_verdicts_of_unknown_models_and_closed_gaps_are_left_out(
    store: HealingStore, catalog: CatalogStore
) -> None:
    await catalog.merge(complete("acme/a"), now=NOON)
    cycle_id = await store.begin(NOON, Counts(1, 1))
    told = [fact(id_, Field.CONTEXT_WINDOW, 5_000, Source.INFERENCE) for id_ in ("acme/a", "acme/gone")]
    verdicts = [Verdict(each.model_id, each.field, Means.INFERENCE, Outcome.FILLED, "", each) for each in told]
    assert await store.file(Piece(cycle_id, Step(tuple(verdicts), COST), NOON)) == frozenset()
    assert await catalog.model("acme/gone") is None
    assert (await store.attempts(), await store.fills(cycle_id=cycle_id)) == ({}, ())
    cycle = await store.cycle(cycle_id)
    assert cycle is not None
    assert cycle.cost == COST


async def test_what_the_surveyor_did_is_filled_and_leaves_no_attempt(
    store: HealingStore, catalog: CatalogStore
) -> None:
    stale = fact("acme/a", Field.FAMILY, "old", Source.SURVEY, origin="old rule")
    await catalog.merge([stale], now=NOON)
    cycle_id = await store.begin(NOON, Counts(1, 0))
    told = complete("acme/a", Source.SURVEY, origin="a rule")
    verdicts = [Verdict(each.model_id, each.field, Means.SURVEY, Outcome.FILLED, "", each) for each in told[1:]]
    await store.file(Piece(cycle_id, Step(tuple(verdicts)), NOON, surveyed={"acme/a": told}))
    assert set(await catalog.facts("acme/a")) == set(told)
    assert await store.attempts() == {}
    assert len(await store.fills(cycle_id=cycle_id)) == 4


async def test_a_cycle_that_was_cut_off_is_marked_at_the_next_opening_and_by_the_next_cycle(
    store: HealingStore,
) -> None:
    first = await store.begin(NOON, Counts(3, 1))
    await store.end_cut_off()
    await store.end_cut_off()
    cycle = await store.cycle(first)
    assert cycle is not None
    assert (cycle.state, cycle.ended_at) == (CycleState.CANCELLED, NOON)
    assert "middle" in cycle.error
    second = await store.begin(NOON, Counts(3, 1))
    await store.begin(NOON, Counts(3, 1))
    newest, middle, _ = await store.cycles()
    assert (newest.state, middle.id, middle.state) == (CycleState.RUNNING, second, CycleState.CANCELLED)
    assert len(await store.cycles(2)) == 2


async def test_the_audit_log_names_each_turn_to_healthy_and_each_answer_of_the_person(
    store: HealingStore, catalog: CatalogStore, database: Database
) -> None:
    assert not await store.turn(NOON, {}, is_healthy=False)
    assert await store.turn(NOON, {"models": 3}, is_healthy=True)
    assert not await store.turn(NOON, {"models": 3}, is_healthy=True)
    assert not await store.turn(NOON, {}, is_healthy=False)
    assert await store.turn(NOON, {"models": 3}, is_healthy=True)
    await catalog.merge([], named=["acme/a", "acme/b"], now=NOON)
    cycle_id = await store.begin(NOON, Counts(2, 0))
    await store.file(await piece(catalog, cycle_id, "acme/a", is_review=True))
    await store.file(await piece(catalog, cycle_id, "acme/b", is_review=True))
    first, *_ = await store.proposals()
    await store.accept([first.id], NOON)
    await store.undo([first.id], NOON)
    await store.reject(None, NOON)
    await store.reject(None, NOON)
    assert await events(database) == [
        "all healthy",
        "all healthy",
        "accept healing",
        "undo healing",
        "reject healing",
    ]


async def test_forgetting_attempts_keeps_what_waits_for_the_person(store: HealingStore, catalog: CatalogStore) -> None:
    await catalog.merge([], named=["acme/a", "acme/b"], now=NOON)
    cycle_id = await store.begin(NOON, Counts(2, 0))
    await store.file(await piece(catalog, cycle_id, "acme/a", is_review=True))
    await store.file(await piece(catalog, cycle_id, "acme/b"))
    await store.forget_attempts(["acme/a", "nobody/x"])
    assert {key[0] for key in await store.attempts()} == {"acme/a", "acme/b"}
    await store.forget_attempts(None)
    assert {key[0] for key in await store.attempts()} == {"acme/a"}


async def test_a_newer_fact_of_the_same_origin_makes_a_proposal_void(
    store: HealingStore, catalog: CatalogStore
) -> None:
    await catalog.merge([], named=["acme/a"], now=NOON)
    cycle_id = await store.begin(NOON, Counts(1, 0))
    await store.file(await piece(catalog, cycle_id, "acme/a", is_review=True))
    newer = fact("acme/a", Field.CONTEXT_WINDOW, 9_000, Source.INFERENCE, origin="double", day=2)
    await catalog.merge([newer], now=NOON)
    accepted = await store.accept(None, NOON)
    assert len(accepted) == 3
    assert newer in await catalog.facts("acme/a")
    assert await store.proposals() == ()


async def test_the_last_event_of_a_key_is_found(store: HealingStore, catalog: CatalogStore) -> None:
    assert await store.last_key_event() == 0
    await catalog.log_event(NOON, "set key", "openai", {})
    first = await store.last_key_event()
    await catalog.log_event(NOON, "import", "x", {})
    assert await store.last_key_event() == first > 0
    await catalog.log_event(NOON, "delete key", "openai", {})
    assert await store.last_key_event() > first
