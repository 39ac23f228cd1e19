"""The chart of completion: which part of the history it shows, and what is saved of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from harness.health_tab import Ill
from modelward.healing.model import Completion
from modelward.ui.health.chart_card import lowest, table, thinned, within
from modelward.ui.kit.plots import TimePlot

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _point(hours_ago: float, complete: int) -> Completion:
    return Completion(NOW - timedelta(hours=hours_ago), complete, 10)


def test_a_part_of_the_history_begins_with_what_held_then_and_ends_with_what_holds_now() -> None:
    history = [_point(50, 3), _point(30, 5), _point(2, 8)]
    shown = within(history, Completion(NOW, 9, 10), NOW - timedelta(days=1))
    assert [(NOW - each.at, each.complete) for each in shown] == [
        (timedelta(hours=24), 5),
        (timedelta(hours=2), 8),
        (timedelta(), 9),
    ]


def test_of_a_long_history_the_last_value_of_each_stretch_is_drawn_and_both_ends() -> None:
    history = [_point(hours, 10_000 - hours) for hours in range(5_000, -1, -1)]
    shown = thinned(history)
    assert len(shown) < 410
    assert (shown[0], shown[-1]) == (history[0], history[-1])
    assert shown == sorted(shown, key=lambda each: each.at)
    assert thinned(history[:300]) == history[:300]


def test_the_scale_begins_below_what_is_shown_and_never_below_nothing() -> None:
    assert [lowest([value]) for value in (97.3, 95.0, 70.5, 61.0, 4.0, 100.0)] == [90, 90, 60, 60, 0, 90]
    assert lowest([]) == 0


def test_the_figures_are_saved_as_a_table_in_utc() -> None:
    assert table([_point(1, 7)]) == "at,complete,models\n2026-11-20T11:00:00+00:00,7,10\n"


async def _drawn(ill: Ill) -> TimePlot:
    await ill.know("acme/nova")
    await ill.heal()
    await ill.eventually(lambda: ill.tab.chart.plot is not None and ill.tab.chart.plot.isVisible())
    assert ill.tab.chart.plot is not None
    return ill.tab.chart.plot


async def _save(ill: Ill, words: str, path: Path) -> None:
    plot = await _drawn(ill)
    next(action for action in plot.view.actions() if action.text() == words).trigger()

    def dialog() -> QFileDialog | None:
        shown = (each for each in QApplication.topLevelWidgets() if each.isVisible())
        return next((each for each in shown if isinstance(each, QFileDialog)), None)

    await ill.eventually(dialog)
    opened = dialog()
    assert opened is not None
    field = opened.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    field.setText(str(path))
    opened.accept()
    await ill.eventually(path.exists)
    await ill.eventually(lambda: dialog() is None)


async def test_the_picture_is_saved_where_the_person_says(ill: Ill, tmp_path: Path) -> None:
    await _save(ill, "Save as picture…", tmp_path / "chart.png")
    assert not QImage(str(tmp_path / "chart.png")).isNull()


async def test_the_table_holds_every_point_and_the_present(ill: Ill, tmp_path: Path) -> None:
    await _save(ill, "Save as table…", tmp_path / "chart.csv")
    lines = (tmp_path / "chart.csv").read_text().splitlines()
    assert [line.split(",", 1)[1] for line in lines] == ["complete,models", "0,1", "1,1", "1,1"]


async def test_another_span_is_shown_by_a_click(ill: Ill) -> None:
    await _drawn(ill)
    day = ill.tab.chart.spans.button(0)
    assert day is not None
    QTest.mouseClick(day, Qt.MouseButton.LeftButton)
    assert ill.tab.chart.accessibleName() == "Completion, last 24 hours"
