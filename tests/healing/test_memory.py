"""The memory of attempts: when a gap is tried again, and what makes it worth trying at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts import complete
from harness.healing import Scripted, Ward, no_idea, provider_in_use, right
from harness.spending import NOON
from modelward.catalog.model import Field, Model, Status
from modelward.core.progress import Progress
from modelward.core.setting_groups import HealingSettings, Settings, SpendingSettings
from modelward.healing.basis import Grounds
from modelward.healing.memory import FIRST, LONGEST, Remembered, is_due, remembered, wait_after
from modelward.healing.model import Attempt, Means, Outcome, Verdict
from modelward.providers.model import Provider
from modelward.providers.registry import KNOWN

VERDICT = Verdict("acme/a", Field.PRICE_INPUT, Means.INFERENCE, Outcome.UNKNOWN, "nobody knows")
MINUTE = timedelta(minutes=1)


def in_vain(former: Remembered | None = None, basis: str = "one") -> Remembered:
    return remembered(VERDICT, former, basis, NOON, in_vain=True)


def test_the_wait_doubles_from_one_cycle_to_a_week() -> None:
    waits = [wait_after(tries) for tries in range(1, 20)]
    assert waits[:4] == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert waits[-1] == LONGEST == timedelta(days=7)
    assert waits == sorted(waits)
    assert wait_after(10**9) == LONGEST
    assert wait_after(0) == timedelta()


@given(st.integers(1, 40))
def test_a_gap_is_left_alone_exactly_as_long_as_it_is_to_wait(tries: int) -> None:
    last: Remembered | None = None
    for _ in range(tries):
        last = in_vain(last)
    assert last is not None
    assert last.attempt.tries == tries
    assert not is_due(last, "one", NOON + wait_after(tries) - timedelta(microseconds=1))
    assert is_due(last, "one", NOON + wait_after(tries))


def test_another_basis_makes_it_due_and_counts_anew() -> None:
    last = in_vain(in_vain(in_vain()))
    assert not is_due(last, "one", NOON)
    assert is_due(last, "two", NOON)
    assert in_vain(last, "two").attempt.tries == 1


def test_success_ends_the_count() -> None:
    last = remembered(VERDICT, in_vain(in_vain()), "one", NOON, in_vain=False)
    assert (last.attempt.tries, is_due(last, "one", NOON)) == (0, True)


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.PROPOSED])
def test_what_the_person_took_back_or_has_to_answer_is_not_tried_by_itself(outcome: Outcome) -> None:
    last = remembered(replace(VERDICT, outcome=outcome), None, "one", NOON, in_vain=False)
    assert not is_due(last, "two", NOON + timedelta(days=1000))


@pytest.mark.parametrize("ahead", [timedelta(days=3), timedelta(days=4000)])
def test_a_clock_that_was_set_back_holds_nothing_up(ahead: timedelta) -> None:
    last = remembered(VERDICT, None, "one", NOON + ahead, in_vain=True)
    assert is_due(last, "one", NOON)


def test_a_wait_beyond_the_longest_counts_as_over() -> None:
    attempt = Attempt("acme/a", Field.RPM, Means.RESEARCH, NOON, Outcome.FAILED, "", 1, NOON + LONGEST + MINUTE)
    assert is_due(Remembered(attempt, "one"), "one", NOON)


GROUNDS = Grounds("rules", "catalogues", 3, (provider_in_use("openai"), Provider("groq", "Groq", KNOWN["groq"])))
LOCAL = Provider("ollama", "Ollama", KNOWN["ollama"], is_added=True)
HERE = Model("ollama/llama3", "ollama", "llama3", status=Status.AVAILABLE)


@pytest.mark.parametrize(
    "changed",
    [
        replace(GROUNDS, rules="other rules"),
        replace(GROUNDS, catalogues="a new release"),
        replace(GROUNDS, last_key=4),
        replace(GROUNDS, providers=(*GROUNDS.providers, LOCAL)),
        replace(GROUNDS, providers=()),
    ],
)
def test_the_basis_changes_with_what_there_is_to_try_with(changed: Grounds) -> None:
    assert changed.digest([], Settings()) != GROUNDS.digest([], Settings())


def test_the_basis_follows_the_models_on_this_machine_and_not_what_is_listed_elsewhere() -> None:
    grounds = replace(GROUNDS, providers=(*GROUNDS.providers, LOCAL))
    before = grounds.digest([HERE], Settings())
    elsewhere = HERE._replace(id="openai/gpt", provider="openai")
    assert grounds.digest([HERE, elsewhere], Settings()) == before
    assert grounds.digest([HERE._replace(status=Status.UNREACHABLE)], Settings()) == before
    assert grounds.digest([HERE, HERE._replace(id="ollama/new")], Settings()) != before


@pytest.mark.parametrize(
    "settings", [Settings(healing=HealingSettings(threshold=0.7)), Settings(spending=SpendingSettings(zero_burn=False))]
)
def test_the_basis_follows_the_settings_that_decide_what_can_be_believed_or_asked(settings: Settings) -> None:
    assert GROUNDS.digest([], settings) != GROUNDS.digest([], Settings())


async def test_a_gap_is_asked_about_again_only_when_its_time_has_come(ward: Ward) -> None:
    await ward.know("acme/a")
    healer = Scripted(no_idea(Means.INFERENCE))
    service = ward.care(healers={Means.INFERENCE: healer})
    asked = []
    for _ in range(40):
        healer.asked.clear()
        await service.heal(Progress())
        asked.append(bool(healer.asked))
        ward.later(minutes=5)
    assert [number for number, was_asked in enumerate(asked) if was_asked] == [0, 1, 3, 7, 15, 31]
    (attempt, *_) = await service.left()
    assert (attempt.means, attempt.outcome, attempt.tries, attempt.detail) == (
        Means.INFERENCE,
        Outcome.UNKNOWN,
        6,
        "nobody knows",
    )
    assert len(ward.protection.copies) == 6


async def test_a_new_provider_or_the_persons_word_makes_it_due_at_once(ward: Ward) -> None:
    await ward.know("acme/a", "acme/b")
    healer = Scripted(no_idea(Means.INFERENCE, Outcome.FAILED))
    service = ward.care(healers={Means.INFERENCE: healer})
    await service.heal(Progress())
    healer.asked.clear()
    await service.try_again(["acme/b"])
    await service.heal(Progress())
    assert {id_ for id_, _ in healer.asked} == {"acme/b"}
    healer.asked.clear()
    ward.providers = [provider_in_use("openai")]
    await service.heal(Progress())
    assert {id_ for id_, _ in healer.asked} == {"acme/a", "acme/b"}
    healer.asked.clear()
    await service.try_again()
    await service.heal(Progress())
    assert {id_ for id_, _ in healer.asked} == {"acme/a", "acme/b"}


async def test_each_means_has_a_memory_of_its_own(ward: Ward) -> None:
    await ward.know("acme/a")
    doctor, researcher = Scripted(no_idea(Means.INFERENCE)), Scripted(no_idea(Means.RESEARCH), why="No network.")
    service = ward.care(healers={Means.INFERENCE: doctor, Means.RESEARCH: researcher})
    await service.heal(Progress())
    doctor.asked.clear()
    researcher.why = ""
    await service.heal(Progress())
    assert (doctor.asked, len(researcher.asked)) == ([], 4)
    assert {attempt.means for attempt in await service.left()} == {Means.INFERENCE, Means.RESEARCH}


async def test_what_is_filled_is_left_no_more(ward: Ward) -> None:
    await ward.know("acme/a", facts=complete("acme/b"))
    service = ward.care(healers={Means.INFERENCE: Scripted(right(Means.INFERENCE))})
    assert {attempt.model_id for attempt in await service.left()} == {"acme/a"}
    report, _ = await service.heal(Progress())
    assert (report.left, await service.left()) == ((), ())
