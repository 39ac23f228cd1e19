"""Charts over time: what they show, what is named, how they follow the theme."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from modelward.ui.kit.charting import load_plots
from modelward.ui.kit.plots import Point, TimePlot
from modelward.ui.kit.theme import Mode, Theme, Token

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
POINTS = [Point(START + timedelta(hours=number), 60 + 10 * number) for number in range(4)]


@pytest.fixture
def plot(qapp: QApplication) -> Iterator[TimePlot]:
    theme = Theme.install(qapp, Mode.LIGHT)
    made = TimePlot("Completion", lambda value: f"{value:g} %")
    made.resize(600, 200)
    made.show_points(POINTS, 50, 100)
    made.show()
    assert QTest.qWaitForWindowExposed(made)
    yield made
    theme.set_mode(Mode.LIGHT)
    made.close()
    made.deleteLater()


def _colors(plot: TimePlot) -> set[str]:
    image = plot.picture().toImage()
    return {QColor(image.pixel(x, y)).name() for x in range(0, image.width(), 2) for y in range(image.height())}


def test_the_line_and_the_ground_have_the_colours_of_the_theme_also_after_it_changed(plot: TimePlot) -> None:
    theme = Theme.current()
    for mode in (Mode.LIGHT, Mode.DARK):
        theme.set_mode(mode)
        seen = _colors(plot)
        assert {theme.color(Token.ACCENT).name(), theme.color(Token.SURFACE).name()} <= seen


def _point(plot: TimePlot, place: QPoint) -> None:
    """The mouse is moved there; sent, as the real pointer's way through the screen is not always told in time."""
    ground = plot.view.viewport()
    none = Qt.MouseButton.NoButton
    at, on_screen = QPointF(place), QPointF(ground.mapToGlobal(place))
    move = QMouseEvent(QEvent.Type.MouseMove, at, on_screen, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(ground, move)


def test_the_point_nearest_to_the_cursor_is_named_with_value_and_time(plot: TimePlot) -> None:
    place = plot.view.place_of(POINTS[2].at.timestamp(), POINTS[2].value)
    _point(plot, place + type(place)(3, 20))
    assert plot.named == f"80 % · {POINTS[2].at.astimezone():%d %b, %H:%M}"


def test_the_arrow_keys_name_the_points_from_the_last_to_the_first_and_no_further(plot: TimePlot) -> None:
    named = []
    for _ in range(5):
        QTest.keyClick(plot.view, Qt.Key.Key_Left)
        named.append(plot.named.split(" ")[0])
    assert named == ["90", "80", "70", "60", "60"]


def test_what_is_named_stands_within_the_chart(plot: TimePlot) -> None:
    for key in (Qt.Key.Key_Left, *[Qt.Key.Key_Left] * 3):
        QTest.keyClick(plot.view, key)
        assert plot.rect().contains(plot._words.label.geometry())


def test_other_points_replace_the_former_and_what_was_named(plot: TimePlot) -> None:
    QTest.keyClick(plot.view, Qt.Key.Key_Left)
    plot.show_points(POINTS[:1], 50, 100)
    assert plot.named == ""
    assert plot.points == tuple(POINTS[:1])


def test_an_empty_chart_names_nothing(plot: TimePlot) -> None:
    plot.show_points([], 0, 100)
    QTest.keyClick(plot.view, Qt.Key.Key_Left)
    assert plot.named == ""


async def test_what_draws_is_loaded_when_it_is_wanted(qapp: QApplication) -> None:
    assert await load_plots() is TimePlot
