"""What the Health tab shows of healing, and what its buttons do, over a real desk with scripted healers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from harness.facts import complete
from harness.healing import no_idea
from harness.health_tab import Ill
from modelward.catalog.model import Field
from modelward.core.clock import utc_now
from modelward.core.errors import StoreError
from modelward.core.schedule import BY_PERSON
from modelward.core.timetable import HEALING
from modelward.healing.model import CycleState, FillState, Means, Outcome

CLICK = Qt.MouseButton.LeftButton
MODELS = ("acme/nova", "acme/orbit")


def _click(button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, CLICK)


def _press_in_dialog(words: str) -> None:
    dialogs = [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
    _click(next(button for button in dialogs[0].findChildren(QPushButton) if button.text() == words))


async def _healed(ill: Ill) -> None:
    await ill.know(*MODELS)
    await ill.heal()
    ill.tab.lists.show_cycles()
    await ill.eventually(ill.tab.lists.cycles.fills.table.rows.rowCount)


async def test_before_the_first_cycle_everything_says_so_in_words(ill: Ill) -> None:
    await ill.know(*MODELS)
    assert ill.tab.chart.empty.accessibleName() == "The first healing cycle will begin this chart."
    assert ill.tab.lists.cycles.empty.accessibleName() == "No healing cycle has run yet."
    assert ill.tab.lists.review.empty.accessibleName().startswith("Nothing waits for you.")
    assert ill.tab.overview.standing.text() == "Healing every 5 minutes: 2 models lack something."
    assert not ill.tab.waiting.isVisible()


async def test_heal_now_shows_the_model_at_hand_and_can_be_cancelled(ill: Ill) -> None:
    await ill.know(*MODELS)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        asked.set()
        await go_on.wait()

    ill.healer.before = lambda number: hold() if number else None
    _click(ill.tab.overview.heal)
    await asked.wait()
    live = ill.tab.overview.live
    await ill.eventually(lambda: live.isVisible() and "acme/" in live.words.text())
    assert not ill.tab.overview.heal.isVisible()
    _click(live.cancel)
    go_on.set()
    await ill.eventually(ill.tab.overview.heal.isVisible)
    await ill.eventually(lambda: ill.tab.overview.note.text() == "The last cycle was stopped.")
    # What was found before stays, and is shown.
    await ill.eventually(lambda: ill.tab.lists.missing.table.rows.rowCount() == 1)
    cycles = ill.tab.lists.cycles.table.rows
    await ill.eventually(lambda: [cycle.state for cycle in cycles.rows()] == [CycleState.CANCELLED])


async def test_a_cycle_is_listed_with_what_it_filled_asked_and_cost(ill: Ill) -> None:
    await _healed(ill)
    table = ill.tab.lists.cycles.table
    row = {column.key: column.text(table.rows.row_at(0)) for column in table.rows.columns}
    assert row["state"] == "done"
    assert row["filled"].endswith(" by models")
    assert (row["calls"], row["tokens"], row["cost"]) == ("2", "220", "free")
    assert {fill.fact.model_id for fill in ill.tab.lists.cycles.fills.table.rows.rows()} == set(MODELS)
    assert ill.tab.overview.standing.text() == "All models are healthy, checking hourly."
    assert "healthy" in ill.tab.overview.note.text()


async def test_the_chart_is_drawn_once_there_was_a_cycle(ill: Ill) -> None:
    await _healed(ill)
    await ill.eventually(lambda: ill.tab.chart.plot is not None and ill.tab.chart.plot.isVisible())
    assert ill.tab.chart.plot is not None
    assert [point.value for point in ill.tab.chart.plot.points] == [0, 100, 100]


async def test_one_value_is_taken_back_and_missing_again(ill: Ill) -> None:
    await _healed(ill)
    fills = ill.tab.lists.cycles.fills
    taken = next(fill for fill in fills.table.rows.rows() if fill.fact.field is Field.CONTEXT_WINDOW)
    fills.table.select_id(str(taken.id))
    _click(fills.undo)
    await ill.eventually(lambda: ill.tab.lists.missing.table.rows.rowCount() == 1)
    assert ill.tab.notice.accessibleName() == "1 value was taken back."
    await ill.eventually(
        lambda: [each.state for each in fills.table.rows.rows() if each.id == taken.id] == [FillState.UNDONE]
    )
    fills.table.select_id(str(taken.id))
    assert not fills.undo.isEnabled()


async def test_a_whole_cycle_is_taken_back_after_a_question(ill: Ill) -> None:
    await _healed(ill)
    _click(ill.tab.lists.cycles.fills.undo_cycle)
    await ill.eventually(lambda: any(isinstance(each, QDialog) for each in QApplication.topLevelWidgets()))
    _press_in_dialog("Take it back")
    await ill.eventually(lambda: ill.tab.lists.missing.table.rows.rowCount() == 2)
    await ill.eventually(ill.tab.lists.cycles.fills.undo_cycle.isHidden)


async def test_what_was_tried_is_said_and_forgotten_when_the_person_says_try_again(ill: Ill) -> None:
    ill.healer.say = no_idea(Means.INFERENCE, Outcome.NOT_BELIEVED)
    await ill.know(*MODELS)
    await ill.heal()
    table = ill.tab.lists.missing.table
    tried = next(column for column in table.rows.columns if column.key == "tried")
    await ill.eventually(lambda: tried.text(table.rows.row_at(0)) == "models: not believed just now")
    table.select_id("acme/orbit")
    _click(ill.tab.lists.missing.try_again)
    orbit = table.rows.positions_of({"acme/orbit"})[0]
    await ill.eventually(lambda: "nobody asked yet" in tried.text(table.rows.row_at(orbit)))
    nova = table.rows.positions_of({"acme/nova"})[0]
    assert "not believed" in tried.text(table.rows.row_at(nova))
    _click(ill.tab.lists.missing.try_all)
    await ill.eventually(lambda: "nobody asked yet" in tried.text(table.rows.row_at(nova)))


async def test_a_value_is_set_by_hand_for_the_chosen_model_and_its_first_gap(ill: Ill) -> None:
    await ill.know(*MODELS)
    asked: list[tuple[str, Field]] = []
    ill.tab.set_requested.connect(lambda model_id, field: asked.append((model_id, field)))
    ill.tab.lists.missing.table.select_id("acme/orbit")
    _click(ill.tab.lists.missing.set_value)
    assert asked == [("acme/orbit", Field.CONTEXT_WINDOW)]


async def test_proposals_wait_and_are_accepted_and_rejected_singly_and_together(ill: Ill) -> None:
    await ill.desk.preferences.change("healing.review", True)
    await ill.know(*MODELS)
    await ill.heal()
    review, waiting = ill.tab.lists.review, ill.tab.waiting
    await ill.eventually(waiting.isVisible)
    total = review.table.rows.rowCount()
    assert waiting.accessibleName() == f"{total} values wait for you."
    _click(next(button for button in waiting.findChildren(QPushButton) if button.text() == "Review"))
    assert review.isVisible()
    context = next(fill for fill in review.table.rows.rows() if fill.fact.field is Field.CONTEXT_WINDOW)
    review.table.select_id(str(context.id))
    _click(review.accept)
    await ill.eventually(lambda: review.table.rows.rowCount() == total - 1)
    model = await ill.desk.catalog.details(context.fact.model_id)
    assert model.model.context_window == 64_000
    review.table.selectRow(0)
    _click(review.reject)
    await ill.eventually(lambda: review.table.rows.rowCount() == total - 2)
    _click(review.reject_all)
    await ill.eventually(lambda: not waiting.isVisible())
    assert not await ill.desk.healing.proposals()
    assert review.empty.isVisible()


async def test_a_pause_is_told_and_ended_by_who_made_it(ill: Ill) -> None:
    await ill.know(*MODELS)
    ill.tab.overview.pauses.actions()[0].trigger()
    until = ill.desk.schedule.paused_until
    assert until is not None
    assert abs(until - utc_now() - timedelta(hours=1)) < timedelta(minutes=1)
    assert ill.desk.schedule.paused_because == BY_PERSON
    assert ill.tab.overview.standing.text().startswith("Paused until ")
    _click(ill.tab.overview.resume)
    assert not ill.desk.schedule.is_paused
    ill.desk.schedule.pause(because="a backup is being restored")
    ill.tab.refresh_times()
    assert ill.tab.overview.standing.text() == "Paused because a backup is being restored."
    assert not ill.tab.overview.resume.isEnabled()


async def test_switched_off_it_says_so(ill: Ill) -> None:
    await ill.know(*MODELS)
    await ill.desk.preferences.change("healing.enabled", False)
    assert ill.tab.overview.standing.text() == "Healing is switched off."


async def test_the_threshold_is_saved_and_zero_burn_shows_what_counts_until_the_question_is_answered(ill: Ill) -> None:
    controls = ill.tab.overview.controls
    next(action for action in controls.menu.actions() if action.text() == "90 %").trigger()
    await ill.eventually(lambda: ill.desk.preferences.settings.healing.threshold == 0.9)
    assert controls.threshold.text() == "90 %"
    asked: list[bool] = []
    ill.tab.zero_burn_requested.connect(lambda: asked.append(True))
    QTest.mouseClick(controls.zero_burn, CLICK)
    assert asked == [True]
    assert controls.zero_burn.isChecked()
    await ill.desk.preferences.change("spending.zero_burn", False)
    assert not controls.zero_burn.isChecked()


async def test_a_failed_cycle_is_told_on_the_card(ill: Ill) -> None:
    await ill.know(*MODELS)

    def fail(_number: int) -> None:
        raise StoreError("The disk is full.")

    ill.healer.before = fail
    _click(ill.tab.overview.heal)
    await ill.eventually(lambda: ill.tab.overview.note.text() == "The last cycle failed.")
    await ill.eventually(lambda: ill.tab.lists.cycles.table.rows.rowCount() == 1)
    assert ill.tab.lists.cycles.table.rows.row_at(0).error == "The disk is full."


async def test_with_a_paid_model_the_cost_is_told(ill: Ill) -> None:
    from dataclasses import replace

    ill.healer.cost = replace(ill.healer.cost, usd=Decimal("0.25"))
    await ill.know("acme/nova", facts=tuple(complete("acme/whole")))
    await ill.heal()
    table = ill.tab.lists.cycles.table
    await ill.eventually(lambda: table.rows.rowCount() == 1)
    assert next(c for c in table.rows.columns if c.key == "cost").text(table.rows.row_at(0)) == "$0.25"


async def test_nothing_is_read_before_the_tab_is_looked_at(ill: Ill) -> None:
    ill.tab.hide()
    await ill.know(*MODELS)
    _report, _changes = await ill.desk.jobs.start(HEALING, "Heal", ill.desk.heal).wait()
    ill.tab.reload()
    # Whatever it had begun to read would stand before this in the store's lane.
    await ill.desk.healing.left()
    await ill.desk.healing.left()
    assert ill.tab.lists.cycles.table.rows.rowCount() == 0
    ill.tab.show()
    await ill.eventually(lambda: ill.tab.lists.cycles.table.rows.rowCount() == 1)
