"""What healing wrote can be taken back, and what it proposes accepted or rejected."""

from __future__ import annotations

import pytest

from harness.facts import fact
from harness.healing import Scripted, Ward, right
from modelward.catalog.model import Field, Source
from modelward.core.changes import Room
from modelward.core.errors import BadValueError
from modelward.core.progress import Progress
from modelward.healing.care import HealingService
from modelward.healing.model import FillState, Means, Outcome, UndoReport

KNOWN = "openai/gpt-4o-mini"


@pytest.fixture
def healer() -> Scripted:
    return Scripted(right(Means.INFERENCE))


@pytest.fixture
def service(ward: Ward, healer: Scripted) -> HealingService:
    return ward.care(healers={Means.INFERENCE: healer})


async def stated(ward: Ward, model_id: str) -> dict[Field, Source]:
    return {each.field: each.source for each in await ward.catalog.facts(model_id)}


async def test_a_whole_cycle_is_taken_back_and_what_rules_told_stays(ward: Ward, service: HealingService) -> None:
    await ward.know(KNOWN, "acme/a")
    report, _ = await service.heal(Progress())
    assert report.cycle is not None
    undone, changes = await service.undo_cycle(report.cycle.id)
    assert undone == UndoReport(undone=4, replaced=0, by_rules=4)
    assert changes.touched[Room.CATALOG] == {"acme/a"}
    assert await stated(ward, "acme/a") == {}
    assert set((await stated(ward, KNOWN)).values()) == {Source.SURVEY}
    model = await ward.catalog.model("acme/a")
    assert model is not None
    assert (model.context_window, model.is_complete) == (None, False)
    states = {fill.means: fill.state for fill in await service.fills(report.cycle.id)}
    assert states == {Means.SURVEY: FillState.WRITTEN, Means.INFERENCE: FillState.UNDONE}
    assert (await service.undo_cycle(report.cycle.id))[0].undone == 0


async def test_what_was_taken_back_comes_back_only_on_the_persons_word(
    ward: Ward, service: HealingService, healer: Scripted
) -> None:
    await ward.know("acme/a")
    report, _ = await service.heal(Progress())
    assert report.cycle is not None
    await service.undo_cycle(report.cycle.id)
    healer.asked.clear()
    ward.later(days=400)
    report, _ = await service.heal(Progress())
    assert (report.cycle, healer.asked) == (None, [])
    assert {attempt.outcome for attempt in report.left} == {Outcome.REJECTED}
    await service.try_again(["acme/a"])
    report, _ = await service.heal(Progress())
    assert report.complete == 1


async def test_one_fact_is_taken_back_and_the_others_stay(ward: Ward, service: HealingService) -> None:
    await ward.know("acme/a")
    report, _ = await service.heal(Progress())
    assert report.cycle is not None
    price = next(fill for fill in await service.fills(report.cycle.id) if fill.fact.field is Field.PRICE_INPUT)
    undone, _ = await service.undo_fill(price.id)
    assert undone == UndoReport(undone=1)
    assert Field.PRICE_INPUT not in await stated(ward, "acme/a")
    assert len(await stated(ward, "acme/a")) == 3
    with pytest.raises(BadValueError):
        await service.undo_fill(price.id)


async def test_what_others_state_of_the_same_field_stays(ward: Ward, service: HealingService) -> None:
    await ward.know("acme/a")
    report, _ = await service.heal(Progress())
    assert report.cycle is not None
    await ward.catalog.merge([fact("acme/a", Field.CONTEXT_WINDOW, 1_000, Source.USER, origin="you")], now=ward.clock())
    await service.undo_cycle(report.cycle.id)
    assert await stated(ward, "acme/a") == {Field.CONTEXT_WINDOW: Source.USER}


async def test_a_fact_that_was_stated_anew_since_is_not_taken_back(ward: Ward, service: HealingService) -> None:
    await ward.know("acme/a")
    report, _ = await service.heal(Progress())
    assert report.cycle is not None
    newer = fact("acme/a", Field.CONTEXT_WINDOW, 99_000, Source.INFERENCE, origin="double", day=1)
    await ward.catalog.merge([newer], now=ward.clock())
    undone, _ = await service.undo_cycle(report.cycle.id)
    assert undone == UndoReport(undone=3, replaced=1)
    assert await ward.catalog.facts("acme/a") == [newer]


async def test_what_a_rule_told_is_not_taken_back_and_the_way_to_change_it_is_named(
    ward: Ward, service: HealingService
) -> None:
    await ward.know(KNOWN)
    report, _ = await service.heal(Progress())
    assert report.cycle is not None
    fill = (await service.fills(report.cycle.id))[0]
    with pytest.raises(BadValueError, match="rule of your own"):
        await service.undo_fill(fill.id)


async def test_what_is_not_there_cannot_be_taken_back(service: HealingService) -> None:
    with pytest.raises(BadValueError):
        await service.undo_cycle(7)
    with pytest.raises(BadValueError):
        await service.undo_fill(7)


async def proposed(ward: Ward) -> HealingService:
    await ward.know("acme/a", "acme/b")
    service = ward.care(healers={Means.INFERENCE: Scripted(right(Means.INFERENCE))}, review=True)
    await service.heal(Progress())
    return service


async def test_accepted_proposals_are_written_and_counted_in_their_cycle(ward: Ward) -> None:
    service = await proposed(ward)
    wanted = [fill.id for fill in await service.proposals() if fill.fact.model_id == "acme/a"]
    count, changes = await service.accept(wanted)
    assert (count, changes.touched[Room.CATALOG]) == (4, {"acme/a"})
    assert len(await stated(ward, "acme/a")) == 4
    assert await stated(ward, "acme/b") == {}
    assert (await service.accept(wanted))[0] == 0
    assert len(await service.proposals()) == 4
    (cycle,) = await service.cycles()
    assert cycle.filled == {Means.INFERENCE: 4}
    assert (await service.accept())[0] == 4
    assert await service.proposals() == ()
    report, _ = await service.heal(Progress())
    assert (report.complete, report.total) == (2, 2)
    assert (await service.undo_cycle(cycle.id))[0].undone == 8


async def test_rejected_proposals_are_dropped_and_not_made_again(ward: Ward) -> None:
    service = await proposed(ward)
    first, *rest = await service.proposals()
    assert (await service.reject([first.id]))[0] == 1
    assert (await service.proposals())[0] == rest[0]
    assert (await service.reject())[0] == len(rest)
    assert (await service.reject())[0] == 0
    ward.later(days=400)
    report, _ = await service.heal(Progress())
    assert report.cycle is None
    assert {attempt.outcome for attempt in report.left} == {Outcome.REJECTED}
    await service.try_again()
    await service.heal(Progress())
    assert len(await service.proposals()) == 8
