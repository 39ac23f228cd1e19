"""A healing cycle: what it does in which order, what it leaves alone, and how it ends."""

from __future__ import annotations

import asyncio

import pytest

from harness.facts import complete, fact
from harness.healing import Scripted, Ward, no_idea, provider_in_use, right, right_as
from modelward.catalog.model import Field, Source, Status
from modelward.core.changes import Room
from modelward.core.errors import ProtectionError, StoreError
from modelward.core.jobs import Jobs, JobState
from modelward.core.paths import Paths
from modelward.core.progress import JobCancelled, Progress
from modelward.healing.care import HEALTHY
from modelward.healing.model import Cost, CycleState, FillState, Means, Outcome

KNOWN = "openai/gpt-4o-mini"
"""A name that the rules know."""


async def healed(ward: Ward, healer: Scripted, **settings: object):
    return await ward.care(healers={Means.INFERENCE: healer}, **settings).heal(Progress())


async def test_where_all_is_known_nothing_is_copied_recorded_or_asked(ward: Ward) -> None:
    await ward.know(facts=complete("acme/a"))
    healer = Scripted(no_idea(Means.INFERENCE))
    service = ward.care(healers={Means.INFERENCE: healer})
    report, changes = await service.heal(Progress())
    assert (report.cycle, report.total, report.complete, report.left) == (None, 1, 1, ())
    assert not changes
    assert (ward.protection.copies, healer.questions, await service.cycles()) == ([], 0, ())


async def test_where_nobody_can_try_nothing_is_copied_and_the_reason_is_told(ward: Ward) -> None:
    await ward.know("acme/a")
    healer = Scripted(no_idea(Means.INFERENCE), why="No free model is at hand.")
    report, _ = await healed(ward, healer)
    assert report.cycle is None
    assert report.notes == ("Asking models: No free model is at hand.",)
    assert ward.protection.copies == []
    assert {(each.field, each.means) for each in report.left} == {
        (field, Means.SURVEY)
        for field in (Field.CONTEXT_WINDOW, Field.CAPABILITIES, Field.PRICE_INPUT, Field.PRICE_OUTPUT)
    }


async def test_the_rules_fill_what_they_know_without_asking_anybody(ward: Ward) -> None:
    await ward.know(KNOWN, "acme/a")
    service = ward.care()
    report, changes = await service.heal(Progress())
    assert ward.protection.copies == ["healing"]
    assert report.cycle is not None
    assert (report.cycle.state, report.cycle.complete_before, report.cycle.complete_after) == (CycleState.DONE, 0, 1)
    assert report.cycle.filled == {Means.SURVEY: 4}
    assert report.cycle.cost == Cost()
    assert changes.touched[Room.CATALOG] == {KNOWN}
    assert Room.SPENDING not in changes
    fills = await service.fills(report.cycle.id)
    assert {fill.fact for fill in fills} <= set(await ward.catalog.facts(KNOWN))
    assert {fill.means for fill in fills} == {Means.SURVEY}
    again, _ = await service.heal(Progress())
    assert again.cycle is None


async def test_healers_are_given_what_is_left_and_each_only_what_the_former_did_not_fill(ward: Ward) -> None:
    await ward.know(KNOWN, "acme/a", "acme/b")
    first = Scripted(lambda gap: (right if gap.model.id == "acme/a" else no_idea)(Means.INFERENCE)(gap))
    second = Scripted(right(Means.RESEARCH))
    service = ward.care(healers={Means.INFERENCE: first, Means.RESEARCH: second})
    report, changes = await service.heal(Progress())
    assert {id_ for id_, _ in first.asked} == {"acme/a", "acme/b"}
    assert {id_ for id_, _ in second.asked} == {"acme/b"}
    assert report.cycle is not None
    assert report.cycle.filled == {Means.SURVEY: 4, Means.INFERENCE: 4, Means.RESEARCH: 4}
    assert report.cycle.cost == Cost(3, 300, 30)
    assert (report.complete, report.total, report.left) == (3, 3, ())
    assert Room.SPENDING in changes
    assert changes.touched[Room.CATALOG] == {KNOWN, "acme/a", "acme/b"}


async def test_models_that_can_be_called_come_first_then_those_of_providers_in_use(ward: Ward) -> None:
    await ward.know("acme/a", "used/b", "beta/c", "beta/d")
    await ward.list_at("beta", "d")
    ward.providers = [provider_in_use("used")]
    healer = Scripted(no_idea(Means.INFERENCE))
    await healed(ward, healer)
    assert list(dict.fromkeys(id_ for id_, _ in healer.asked)) == ["beta/d", "used/b", "acme/a", "beta/c"]


async def test_a_failed_copy_skips_the_healing_and_says_so(ward: Ward) -> None:
    await ward.know("acme/a")
    ward.protection.error = ProtectionError("Healing was not begun: the backup before it failed.", why="Disk full.")
    healer = Scripted(right(Means.INFERENCE))
    report, changes = await healed(ward, healer)
    assert report.cycle is not None
    assert report.cycle.state is CycleState.SKIPPED
    assert "Disk full." in report.cycle.error
    assert report.cycle.error in report.notes
    assert healer.asked == []
    assert Room.CATALOG not in changes
    assert report.cycle.ended_at is not None


async def test_where_the_store_takes_nothing_either_the_reason_itself_is_told(ward: Ward) -> None:
    await ward.know("acme/a")
    ward.protection.error = ProtectionError("Healing was not begun: the backup before it failed.", why="Disk full.")
    async with ward.database.quiet("Nothing can be written."):
        with pytest.raises(ProtectionError, match="Disk full"):
            await healed(ward, Scripted(right(Means.INFERENCE)))


async def test_a_cancelled_cycle_keeps_what_it_filed_and_the_next_goes_on_there(ward: Ward) -> None:
    await ward.know("acme/a", "acme/b", "acme/c")
    progress = Progress()
    healer = Scripted(right(Means.INFERENCE), before=lambda number: progress.cancel() if number == 1 else None)
    service = ward.care(healers={Means.INFERENCE: healer})
    with pytest.raises(JobCancelled):
        await service.heal(progress)
    (cut,) = await service.cycles()
    assert (cut.state, cut.filled, cut.complete_after) == (CycleState.CANCELLED, {Means.INFERENCE: 8}, 2)
    healer.asked.clear()
    report, _ = await service.heal(Progress())
    assert {id_ for id_, _ in healer.asked} == {"acme/c"}
    assert (report.complete, report.total) == (3, 3)


async def test_a_job_that_is_cancelled_while_a_model_thinks_ends_the_cycle(ward: Ward) -> None:
    await ward.know("acme/a")
    thinking = asyncio.Event()

    async def think(number: int) -> None:
        thinking.set()
        await asyncio.Event().wait()

    service = ward.care(healers={Means.INFERENCE: Scripted(right(Means.INFERENCE), before=think)})
    jobs = Jobs()
    job = jobs.start("healing", "Heal", service.heal)
    await thinking.wait()
    job.cancel()
    await job.ended()
    assert job.state is JobState.CANCELLED
    assert [cycle.state for cycle in await service.cycles()] == [CycleState.CANCELLED]
    await jobs.stop()


async def test_what_breaks_a_cycle_off_is_recorded_and_told(ward: Ward) -> None:
    await ward.know("acme/a", "acme/b")

    def break_off(number: int) -> None:
        if number == 1:
            raise StoreError("The disk refused to read.")

    healer = Scripted(right(Means.INFERENCE), before=break_off)
    service = ward.care(healers={Means.INFERENCE: healer})
    with pytest.raises(StoreError, match="refused"):
        await service.heal(Progress())
    (cycle,) = await service.cycles()
    assert (cycle.state, cycle.error, cycle.complete_after) == (CycleState.FAILED, "The disk refused to read.", 1)


async def test_two_cycles_at_once_are_one_after_the_other(ward: Ward) -> None:
    await ward.know("acme/a")
    healer = Scripted(right(Means.INFERENCE))
    service = ward.care(healers={Means.INFERENCE: healer})
    (one, _), (other, _) = await asyncio.gather(service.heal(Progress()), service.heal(Progress()))
    assert one.cycle is not None
    assert other.cycle is None
    assert len(healer.asked) == len(set(healer.asked))


async def test_a_model_that_the_person_completes_in_the_middle_is_left_as_it_is(ward: Ward) -> None:
    await ward.know("acme/a", "acme/b")
    own = [
        fact("acme/b", each.field, "7" if "price" in each.field else each.value, Source.USER)
        for each in complete("acme/b")
        if each.field is not Field.CAPABILITIES
    ]

    async def complete_it(number: int) -> None:
        if number == 1:
            await ward.catalog.merge(
                [*own, fact("acme/b", Field.CAPABILITIES, ["vision"], Source.USER)], now=ward.clock()
            )

    healer = Scripted(right(Means.INFERENCE), before=complete_it)
    report, _ = await healed(ward, healer)
    assert report.cycle is not None
    assert report.cycle.filled == {Means.INFERENCE: 4}
    assert report.cycle.cost == Cost(2, 200, 20)
    assert {each.source for each in await ward.catalog.facts("acme/b")} == {Source.USER}


async def test_a_model_that_is_retired_in_the_middle_is_left_alone(ward: Ward) -> None:
    await ward.list_at("acme", "a", "b")

    async def retire(number: int) -> None:
        if number == 1:
            for _ in range(30):
                ward.later(days=1)
                await ward.catalog.apply_listing("acme", ["acme/a"], ward.clock(), is_first=False)

    healer = Scripted(right(Means.INFERENCE), before=retire)
    report, _ = await healed(ward, healer)
    assert await ward.status("acme/b") is Status.RETIRED
    assert report.cycle is not None
    assert not [each for each in await ward.catalog.facts("acme/b") if each.source is Source.INFERENCE]
    assert (report.total, report.complete) == (1, 1)


async def test_what_a_healer_passes_over_does_not_begin_a_cycle_again_and_again(ward: Ward) -> None:
    await ward.know("acme/a")
    healer = Scripted(right(Means.INFERENCE), passes_over=frozenset({Field.PRICE_INPUT}))
    service = ward.care(healers={Means.INFERENCE: healer})
    await service.heal(Progress())
    report, _ = await service.heal(Progress())
    assert report.cycle is None
    assert [(each.field, each.outcome) for each in report.left] == [(Field.PRICE_INPUT, Outcome.UNKNOWN)]


async def test_a_word_that_leaves_the_gap_open_is_not_filed_again_at_once(ward: Ward) -> None:
    await ward.know(facts=[each for each in complete("acme/a") if each.field is not Field.CAPABILITIES])
    told = fact("acme/a", Field.CAPABILITIES, ["prompt_caching"], Source.INFERENCE)
    healer = Scripted(lambda gap: right_as(gap, told))
    service = ward.care(healers={Means.INFERENCE: healer}, max_output_tokens=False)
    first, _ = await service.heal(Progress())
    again, _ = await service.heal(Progress())
    assert first.cycle is not None
    assert again.cycle is None
    assert again.complete == 0


async def test_the_turn_to_all_healthy_is_told_once_and_again_after_a_relapse(ward: Ward) -> None:
    await ward.know("acme/a")
    healer = Scripted(right(Means.INFERENCE))
    service = ward.care(healers={Means.INFERENCE: healer})
    first, _ = await service.heal(Progress())
    assert HEALTHY in first.notes
    assert first.is_healthy
    assert HEALTHY not in (await service.heal(Progress()))[0].notes
    await ward.know("acme/b")
    healer.why = "Nobody is at hand."
    assert not (await service.heal(Progress()))[0].is_healthy
    healer.why = ""
    assert HEALTHY in (await service.heal(Progress()))[0].notes


async def test_an_empty_catalogue_is_not_called_healthy(ward: Ward) -> None:
    report, _ = await ward.care().heal(Progress())
    assert (report.is_healthy, report.notes) == (False, ())


async def test_only_the_rules_speak_where_that_is_asked(ward: Ward) -> None:
    await ward.know(KNOWN, "acme/a")
    healer = Scripted(right(Means.INFERENCE))
    report, _ = await ward.care(healers={Means.INFERENCE: healer}).heal(Progress(), survey_only=True)
    assert report.cycle is not None
    assert report.cycle.filled == {Means.SURVEY: 4}
    assert (healer.questions, healer.asked) == (0, [])


async def test_in_review_what_a_healer_states_waits_and_what_rules_tell_does_not(ward: Ward) -> None:
    await ward.know(KNOWN, "acme/a")
    healer = Scripted(right(Means.INFERENCE))
    service = ward.care(healers={Means.INFERENCE: healer}, review=True)
    report, _ = await service.heal(Progress())
    assert report.cycle is not None
    assert report.cycle.filled == {Means.SURVEY: 4}
    assert report.complete == 1
    assert report.notes == ("4 values wait for you.",)
    proposals = await service.proposals()
    assert {fill.state for fill in proposals} == {FillState.PROPOSED}
    assert await ward.catalog.facts("acme/a") == []
    healer.asked.clear()
    ward.later(days=30)
    await service.heal(Progress())
    assert healer.asked == []


async def test_in_review_one_proposal_for_a_gap_is_enough(ward: Ward) -> None:
    await ward.know("acme/a")
    researcher = Scripted(right(Means.RESEARCH))
    healers = {Means.INFERENCE: Scripted(right(Means.INFERENCE)), Means.RESEARCH: researcher}
    service = ward.care(healers=healers, review=True)
    await service.heal(Progress())
    assert researcher.asked == []
    assert {fill.means for fill in await service.proposals()} == {Means.INFERENCE}


async def test_a_rule_that_leaves_the_gap_open_is_filed_once(ward: Ward) -> None:
    rule = """provider: acme
rules:
  - name: mine
    pattern: a
    kind: chat
    family: mine
    has: [prompt_caching]
    day: 2026-01-02
    address: https://example.org/mine
    examples: [a]
"""
    zoning = Paths.locate().zoning
    zoning.mkdir(parents=True)
    (zoning / "acme.yaml").write_text(rule, "utf-8")
    await ward.know("acme/a")
    service = ward.care()
    first, _ = await service.heal(Progress())
    assert first.cycle is not None
    assert first.cycle.filled == {Means.SURVEY: 1}
    again, _ = await service.heal(Progress())
    assert (again.cycle, again.complete) == (None, 0)


async def test_completion_is_known_before_and_after_each_cycle(ward: Ward) -> None:
    await ward.know(KNOWN, "acme/a")
    service = ward.care(healers={Means.INFERENCE: Scripted(right(Means.INFERENCE))})
    await service.heal(Progress(), survey_only=True)
    ward.later(hours=1)
    await service.heal(Progress())
    points = await service.completion_history()
    assert [(point.complete, point.total) for point in points] == [(0, 2), (1, 2), (1, 2), (2, 2)]
    assert len(await service.completion_history(ward.clock())) == 2
