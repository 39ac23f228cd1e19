"""The Benchmarks tab in use: real widgets over a real desk, measurements in a real store, a server that answers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPlainTextEdit

from harness.benchmarks import PATH, answer
from harness.benchmarks_tab import Bench, choose, click, said
from harness.catalog_tab import EVIL
from harness.foreign_results import guidellm, old_request
from harness.wire import Reply, Seen
from modelward.benchmarks.model import BatchState, CapabilityProof, Proof
from modelward.benchmarks.store import ProofStore
from modelward.core.clock import utc_now
from modelward.ui.benchmarks.bench_dialog import BenchDialog
from modelward.ui.benchmarks.call_dialog import CallDialog
from modelward.ui.benchmarks.division_dialog import DivisionDialog
from modelward.ui.benchmarks.needs_dialog import NeedsDialog
from modelward.ui.kit.dialogs import Sheet

FAIR, DEAR, POOR = "openai/fair", "openai/dear", "openai/poor"


async def fill_in(bench: Bench, path: Path) -> None:
    dialog = await bench.dialog(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    field.setText(str(path))
    dialog.accept()


async def planned(bench: Bench, *models: str) -> BenchDialog:
    """The dialog with these models ticked, and its plan."""
    click(bench.tab.advice.bench)
    dialog = await bench.dialog(BenchDialog)
    assert isinstance(dialog, BenchDialog)
    dialog.workload.setCurrentIndex(dialog.workload.findData("brief"))
    dialog.picker._on_clear()
    for model in models:
        dialog.picker.search.setText(model)
        table = dialog.picker.table
        QTest.mouseClick(
            table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(table.rows.index(0, 1)).center()
        )
    await bench.eventually(lambda: dialog.plan is not None)
    return dialog


# ------------------------------------------------------------ what is shown


async def test_before_anything_is_measured_every_card_says_what_to_do(bench: Bench) -> None:
    tab = bench.tab
    assert "Measure a few models" in said(tab.map)
    assert "Nobody yet" in said(tab.advice)
    assert "Nothing was measured yet" in said(tab.results)
    await bench.eventually(lambda: "Choose a model in the table" in said(tab.look))
    assert not tab.run_card.isVisible()


async def test_the_cheapest_that_is_good_enough_is_marked_in_chart_table_and_advice(bench: Bench) -> None:
    await bench.measured()
    assert [dot.key for dot in bench.tab.map.dots if dot.is_marked] == [FAIR]
    assert bench.shown(FAIR, "marks") == "sweet spot"
    assert bench.shown(FAIR, "quality") == "0.90"
    assert bench.shown(FAIR, "task_cost") == "0.0011"
    assert bench.shown(DEAR, "ttft") == "0.10"
    assert "20 calls each" in bench.tab.results.accessibleName()
    assert bench.tab.advice.name.text() == "fair (OpenAI)"


async def test_another_threshold_marks_another_model(bench: Bench) -> None:
    await bench.measured()
    choose(bench.tab.map.threshold, "0.95")
    await bench.eventually(lambda: bench.shown(DEAR, "marks") == "sweet spot")
    assert bench.desk.preferences.settings.benchmarks.good_enough == 0.95


async def test_a_use_case_that_nobody_was_measured_for_says_so(bench: Bench) -> None:
    await bench.measured()
    choose(bench.tab.map.use_case, "Translating")
    await bench.eventually(lambda: "Advice: translating" in said(bench.tab.advice))
    assert "Nobody was measured for this use case yet" in said(bench.tab.map)


async def test_times_of_another_workload_are_shown_when_it_is_chosen(bench: Bench) -> None:
    await bench.measured()
    choose(bench.tab.results.workload, "Chat")
    assert bench.shown(POOR, "ttft") == "0.21"
    assert bench.shown(POOR, "quality") == "0.40"


async def test_a_strangers_name_is_shown_as_it_is(bench: Bench) -> None:
    await bench.measured()
    row = bench.row(EVIL)
    assert row is not None
    assert "<b>bold</b>" in row.title
    assert "\u202e" not in row.title
    bench.tab.table.select_id(EVIL)
    bench.tab.table.copy_cell()
    assert "evil/<b>bold</b>" in QGuiApplication.clipboard().text()


async def test_the_search_and_the_favourites_narrow_the_table(bench: Bench) -> None:
    await bench.measured()
    table = bench.tab.table
    QTest.keyClicks(bench.tab.results.search, "poor")
    assert [row.model_id for row in table.rows.shown_rows()] == [POOR]
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    await bench.eventually(lambda: bench.shown(POOR, "marks") == "favourite")
    bench.tab.results.search.clear()
    click(bench.tab.results.favourites)
    assert [row.model_id for row in table.rows.shown_rows()] == [POOR]
    assert await bench.desk.benchmarks.favourites() == {POOR}


# ------------------------------------------------------------ the chosen models


async def test_the_chosen_models_are_drawn_over_time_with_a_workload_that_has_a_history(bench: Bench) -> None:
    await bench.measured()
    bench.tab.table.choose([FAIR, DEAR])
    look = bench.tab.look
    await bench.eventually(lambda: {line.key for line in look._lines} == {FAIR, DEAR} and look.trend.chart)
    assert all(len(line.points) >= 19 for line in look._lines)
    assert "Measured with: Chat" in look.note.text()
    assert look.trend.chart is not None
    await bench.eventually(lambda: {text for text, _ in look.trend.chart.labels.texts} >= {"fair", "dear"})
    week = look.spans.button(0)
    assert week is not None
    click(week)
    await bench.eventually(lambda: all(len(line.points) <= 8 for line in look._lines))


async def test_chosen_models_stand_beside_each_other_with_their_intervals(bench: Bench) -> None:
    await bench.measured()
    bench.tab.table.choose([FAIR, DEAR, POOR])
    look = bench.tab.look
    look.show_tab(1)
    choose(look.figure, "Quality")
    await bench.eventually(lambda: [bar.value for bar in look._bars] == [1.0, 0.9, 0.4])
    assert all(bar.low is not None and bar.low <= bar.value for bar in look._bars)
    await bench.eventually(lambda: look.bars.chart is not None and look.bars.chart.isVisible())


async def test_the_spread_of_latencies_is_drawn(bench: Bench) -> None:
    await bench.measured()
    bench.tab.table.choose([FAIR])
    look = bench.tab.look
    look.show_tab(2)
    choose(look.figure, "Latency")
    await bench.eventually(lambda: look._heaps and len(look._heaps[0].values) == 20)
    await bench.eventually(lambda: look.heap.chart is not None and look.heap.chart.isVisible())


async def test_what_was_said_in_a_call_is_shown_when_it_is_opened(bench: Bench) -> None:
    await bench.measured()
    bench.tab.table.choose([POOR])
    bench.tab.look.show_tab(4)
    calls = bench.tab.look.calls
    await bench.eventually(lambda: calls.table.rows.total == 20)
    calls.table.setFocus()
    QTest.keyClick(calls.table, Qt.Key.Key_Return)
    dialog = await bench.dialog(CallDialog)
    texts = [field.toPlainText() for field in dialog.findChildren(QPlainTextEdit)]
    assert texts == ["<b>How</b> much?", "<i>Much</i>."]
    await bench.press(dialog, "Close")


async def test_what_is_claimed_stands_beside_what_was_found(bench: Bench) -> None:
    await bench.measured()
    found = CapabilityProof(FAIR, "context_window", 128_000, Proof.REFUTED, 65_536, utc_now(), "It forgot.")
    await ProofStore(bench.desk.database).file([found])
    bench.tab.table.choose([FAIR])
    bench.tab.look.show_tab(3)
    claims = bench.tab.look.claims
    await bench.eventually(lambda: claims.table.rows.total == 1)
    claims.table.copy_rows()
    assert "context window\t128,000\trefuted: 65,536\tIt forgot." in QGuiApplication.clipboard().text()


async def test_charts_are_saved_as_pictures_and_tables(bench: Bench, tmp_path: Path) -> None:
    await bench.measured()
    holder = bench.tab.map.holder
    await bench.eventually(lambda: holder.chart is not None and holder.chart.isVisible())
    assert holder.chart is not None
    for words, name in (("picture", "map.svg"), ("picture", "map.png"), ("table", "map.csv")):
        next(action for action in holder.chart.view.actions() if words in action.text()).trigger()
        await fill_in(bench, tmp_path / name)
        await bench.eventually((tmp_path / name).exists)
    assert "fair" in (tmp_path / "map.svg").read_text()
    assert not QImage(str(tmp_path / "map.png")).isNull()
    assert len((tmp_path / "map.csv").read_text().splitlines()) == 5


# ------------------------------------------------------------ measuring


async def test_a_plan_is_shown_before_anything_is_sent_and_then_carried_out(bench: Bench) -> None:
    dialog = await planned(bench, FAIR, POOR)
    assert "12 calls to 2 models" in dialog.planned.text()
    assert dialog.cost.text() == "It is free."
    assert not [seen for seen in bench.wire.requests if seen.path == PATH]
    await bench.press(dialog, "Start")
    await bench.patiently(lambda: "Measured." in said(bench.tab.notice))
    await bench.eventually(lambda: bench.shown(FAIR, "runs") == "5")
    assert not bench.tab.run_card.isVisible()


async def test_models_that_cannot_be_asked_are_named_with_the_reason(bench: Bench) -> None:
    click(bench.tab.advice.bench)
    dialog = await bench.dialog(BenchDialog)
    assert isinstance(dialog, BenchDialog)
    await bench.eventually(lambda: dialog.picker.ticked)
    assert EVIL not in dialog.picker.table.rows.shown_ids()
    click(dialog.picker.clear)
    click(dialog.picker.at_hand)
    dialog.picker.table.select_id(EVIL)
    dialog.picker.table.setFocus()
    QTest.keyClick(dialog.picker.table, Qt.Key.Key_Space)
    await bench.eventually(lambda: dialog.plan is not None)
    assert not dialog.start.isEnabled()
    assert "Left out:" in dialog.refused.text()
    await bench.press(dialog, "Cancel")


async def test_a_run_is_seen_live_paused_and_goes_on(bench: Bench) -> None:
    gate = asyncio.Semaphore(3)

    async def slow(_seen: Seen) -> Reply:
        await gate.acquire()
        return answer()

    bench.wire.route("POST", PATH, slow)
    dialog = await planned(bench, FAIR)
    await bench.press(dialog, "Start")
    card = bench.tab.run_card
    await bench.patiently(lambda: card.isVisible() and "2 of 5 calls" in card.words.text())
    await bench.eventually(lambda: card.holder.chart is not None and card.holder.chart.count == 2)
    await bench.eventually(lambda: [(part.done, part.total) for part in card.parts.rows.rows()] == [(2, 5)])
    click(card.pause)
    gate.release()
    await bench.patiently(card.resume.isVisible)
    assert "It was paused." in card.words.text()
    for _ in range(9):
        gate.release()
    click(card.resume)
    await bench.patiently(lambda: "Measured." in said(bench.tab.notice))
    assert (await bench.desk.benchmarks.batches(1))[0].state is BatchState.DONE


async def test_a_run_that_a_former_session_left_is_offered_and_can_be_left(bench: Bench) -> None:
    plan = await bench.desk.benchmarks.plan([FAIR], "brief", 5)
    batch = await bench.desk.benchmarks.start(plan)
    await bench.store.set_batch(batch, BatchState.RUNNING, "", None)
    await bench.reload()
    card = bench.tab.run_card
    assert card.resume.isVisible()
    assert card.accessibleName() == "Not finished · fair (OpenAI) · Brief"
    click(card.dismiss)
    await bench.reload()
    assert not card.isVisible()


# ------------------------------------------------------------ advice and files


async def test_what_a_model_must_have_is_asked_and_said(bench: Bench) -> None:
    await bench.measured()
    click(bench.tab.advice.needs)
    dialog = await bench.dialog(NeedsDialog)
    assert isinstance(dialog, NeedsDialog)
    dialog.task.setText("nothing")
    assert not dialog.button.isEnabled()
    dialog.task.setText("0.0005")
    await bench.press(dialog, "Advise")
    await bench.eventually(lambda: bench.tab.advice.needs.text() == "≤ $0.00050 a task")
    assert bench.tab.advice.name.text() == "poor (OpenAI)"


async def test_the_routing_table_is_written(bench: Bench, tmp_path: Path) -> None:
    await bench.measured()
    click(bench.tab.advice.routing)
    await fill_in(bench, tmp_path / "routing.yaml")
    await bench.eventually(lambda: "1 route written." in said(bench.tab.notice))
    text = (tmp_path / "routing.yaml").read_text()
    assert "code_generation" in text
    assert "planted-key" not in text


async def test_measurements_are_exported_and_those_of_others_taken_in(bench: Bench, tmp_path: Path) -> None:
    await bench.measured()
    bench.tab.table.choose([FAIR])
    bench.tab.results.export_requested.emit()
    await fill_in(bench, tmp_path / "calls.csv")
    await bench.eventually(lambda: "80 calls exported." in said(bench.tab.notice))
    assert len((tmp_path / "calls.csv").read_text().splitlines()) == 81
    foreign = tmp_path / "guidellm.json"
    foreign.write_text(json.dumps(guidellm(old_request(), old_request(1))))
    bench.tab.results.import_requested.emit()
    await fill_in(bench, foreign)
    asked = await bench.dialog(Sheet)
    field = asked.findChild(QLineEdit)
    assert field is not None
    field.setText("nobody/knows")
    assert "There is no such model" in said(asked)
    field.setText(FAIR)
    await bench.press(asked, "Import")
    await bench.eventually(lambda: "2 calls of GuideLLM imported from guidellm.json." in said(bench.tab.notice))


async def test_a_file_that_holds_no_measurements_is_refused_with_words(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "rubbish.json").write_text("[1, 2")
    bench.tab.results.import_requested.emit()
    await fill_in(bench, tmp_path / "rubbish.json")
    await bench.press(await bench.dialog(Sheet), "Import")
    await bench.eventually(lambda: "rubbish.json" in said(bench.tab.notice))


async def test_a_large_job_is_planned_with_a_picture_of_its_cells(bench: Bench, tmp_path: Path) -> None:
    text = tmp_path / "long.txt"
    text.write_text("The harbour was full of boats that day. " * 12_000)
    click(bench.tab.advice.division)
    dialog = await bench.dialog(DivisionDialog)
    assert isinstance(dialog, DivisionDialog)
    assert not dialog.run.isEnabled()
    dialog.model.setCurrentIndex(dialog.model.findData(FAIR))
    dialog.file.setText(str(text))
    await bench.eventually(lambda: dialog.plan is not None or dialog.complaint.text())
    assert dialog.complaint.text() == ""
    assert dialog.plan is not None
    assert dialog.plan.parts > 1
    assert dialog.picture.rows == [dialog.plan.parts, *dialog.plan.joins]
    assert f"{dialog.plan.parts:,} parts" in dialog.picture.accessibleName()
    await bench.press(dialog, "Cancel")


@pytest.mark.parametrize("words", ["Benchmark…", "Favourite", "Prove claims…", "Export data…", "Copy rows"])
async def test_the_context_menu_of_the_table_has_what_can_be_done(bench: Bench, words: str) -> None:
    assert words in [action.text() for action in bench.tab.table.actions()]
