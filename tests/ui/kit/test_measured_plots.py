"""The charts of measurements: what they draw, name and tell, empty, with one point, and with many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from modelward.ui.kit import charting
from modelward.ui.kit.chart_data import Bar, Dot, Heap, Line, Spread
from modelward.ui.kit.pictures import picture
from modelward.ui.kit.plots_bars import BarPlot
from modelward.ui.kit.plots_chart import Chart
from modelward.ui.kit.plots_heap import HeapPlot
from modelward.ui.kit.plots_live import LivePlot
from modelward.ui.kit.plots_scatter import ScatterPlot
from modelward.ui.kit.plots_trend import TrendPlot, thinned
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.kit.ticks import time_ticks

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DOTS = [
    Dot(name, name, x, y, y - 0.1, y + 0.05, f"{name} says", rank=number)
    for number, (name, x, y) in enumerate(
        [
            ("pick", 0.001, 0.85),
            ("dear", 0.02, 0.95),
            ("free", 0.0, 0.6),
            ("near", 0.0011, 0.84),
            ("<b>x</b>", 0.0012, 0.86),
        ]
    )
]


@pytest.fixture
def shown(qapp: QApplication) -> Iterator[list[Chart]]:
    """Charts that are put in here are shown by :func:`open_`, and closed in the end."""
    theme = Theme.install(qapp, Mode.LIGHT)
    charts: list[Chart] = []
    yield charts
    theme.set_mode(Mode.LIGHT)
    for chart in charts:
        chart.close()
        chart.deleteLater()


def open_(shown: list[Chart], chart: Chart) -> None:
    shown.append(chart)
    chart.resize(640, 320)
    chart.show()
    assert QTest.qWaitForWindowExposed(chart)
    QApplication.processEvents()


def line(key: str, count: int, step: timedelta = timedelta(days=1)) -> Line:
    return Line(key, key, [Spread(NOW - step * (count - n), 1.0 + n, 2.0 + n, 3.0 + n) for n in range(count)])


def span(days: float) -> tuple[float, float]:
    return (NOW - timedelta(days=days)).timestamp(), NOW.timestamp()


def test_names_beside_the_dots_never_overlap_and_are_plain_text(shown: list[Chart]) -> None:
    plot = ScatterPlot("Map", str, str, "free")
    plot.show_dots(DOTS, ["free", "pick", "dear"], (0.8, "good enough"))
    open_(shown, plot)
    assert {"pick", "dear", "free", "<b>x</b>", "good enough"} <= set(plot.shown_labels)
    boxes = [box for _, box in plot.labels.texts]
    assert not any(first.intersects(second) for first, second in combinations(boxes, 2))


def test_a_click_on_a_dot_tells_which_it_is(shown: list[Chart]) -> None:
    plot = ScatterPlot("Map", str, str, "free")
    plot.show_dots(DOTS)
    open_(shown, plot)
    told: list[str] = []
    plot.chosen.connect(told.append)
    place = plot.view.place_of(np.log10(0.02), 0.95)
    QTest.mouseClick(plot.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told == ["dear"]


def test_the_arrow_keys_name_the_dots_from_cheap_to_dear(shown: list[Chart]) -> None:
    plot = ScatterPlot("Map", str, str, "free")
    plot.show_dots(DOTS)
    open_(shown, plot)
    said = []
    for _ in range(6):
        QTest.keyClick(plot.view, Qt.Key.Key_Right)
        said.append(plot.named.removesuffix(" says"))
    assert said == ["free", "pick", "near", "<b>x</b>", "dear", "dear"]


def test_many_dots_are_named_once_the_chart_stands_still(shown: list[Chart], qtbot: QtBot) -> None:
    plot = ScatterPlot("Map", str, str, "free")
    plot.show_dots([Dot(str(n), f"m{n}", 1.1**n, n / 200, 0, 1, "", rank=n) for n in range(200)])
    open_(shown, plot)
    qtbot.waitUntil(lambda: "m0" in plot.shown_labels)
    plot.view.zoom(0.9)
    assert plot.shown_labels == []
    qtbot.waitUntil(lambda: len(plot.shown_labels) > 3)


@pytest.mark.parametrize("dots", [[], DOTS[:1], DOTS[2:3]], ids=["none", "one", "one that is free"])
def test_a_map_of_few_dots_is_drawn(shown: list[Chart], dots: list[Dot]) -> None:
    plot = ScatterPlot("Map", str, str, "free")
    plot.show_dots(dots, [dot.key for dot in dots], (0.8, "good enough"))
    open_(shown, plot)
    assert plot.shown_labels == ["good enough", *(dot.label for dot in dots)]


def test_lines_are_named_at_their_ends_apart_from_each_other(shown: list[Chart]) -> None:
    plot = TrendPlot("Trend", str)
    plot.show_lines([line("first", 30), line("second", 30), Line("empty", "empty", [])], *span(30))
    open_(shown, plot)
    texts = plot.labels.texts
    assert [text for text, _ in texts] == ["first", "second"]
    assert not texts[0][1].intersects(texts[1][1])
    assert all(box.right() <= plot.width() for _, box in texts)


def test_the_point_nearest_in_time_and_value_is_named_with_its_band(shown: list[Chart]) -> None:
    plot = TrendPlot("Trend", lambda value: f"{value:g} t/s")
    plot.show_lines([line("first", 30)], *span(30))
    open_(shown, plot)
    point = plot._lines[0].points[7]
    plot._on_view_pointed(QPointF(point.at.timestamp() + 60, point.middle))
    at = point.at.astimezone()
    assert plot.named == f"first · 9 t/s (8 t/s to 10 t/s) · {at.day} {at:%b, %H:%M}"


def test_a_trend_can_be_zoomed_by_keys_and_shown_whole_again(shown: list[Chart]) -> None:
    plot = TrendPlot("Trend", str)
    plot.show_lines([line("first", 300)], *span(300))
    open_(shown, plot)
    whole = plot.view.box.viewRange()[0]
    QTest.keyClick(plot.view, Qt.Key.Key_Plus)
    near = plot.view.box.viewRange()[0]
    assert near[1] - near[0] < whole[1] - whole[0]
    QTest.keyClick(plot.view, Qt.Key.Key_0)
    assert plot.view.box.viewRange()[0] == pytest.approx(whole)


def test_a_band_of_many_points_is_thinned_and_keeps_its_extremes() -> None:
    at = np.arange(100_000.0)
    low, high = np.zeros(100_000), np.ones(100_000)
    low[777], high[778] = -5, 9
    shown_at, shown_low, shown_high = thinned(at, low, high)
    assert len(shown_at) <= 800
    assert (shown_low.min(), shown_high.max()) == (-5, 9)


def test_bars_are_named_and_as_many_as_there_are_values(shown: list[Chart]) -> None:
    plot = BarPlot("Bars", lambda value: f"{value:.1f} s")
    plot.show_bars([Bar("a", "<i>a</i>", 1.0, 0.8, 1.3, "a: 1.0"), Bar("b", "b", 2.0, None, None, "b: 2.0")])
    open_(shown, plot)
    assert {"<i>a</i>", "1.0 s", "b", "2.0 s"} == {text for text, _ in plot.labels.texts}
    QTest.keyClick(plot.view, Qt.Key.Key_Down)
    assert plot.named == "a: 1.0"


@pytest.mark.parametrize("values", [[3.0], [5.0] * 40, [float(number) for number in range(1_000)]])
def test_shares_of_a_heap_add_up_to_all(shown: list[Chart], values: list[float]) -> None:
    plot = HeapPlot("Heap", str)
    plot.show_heaps([Heap("a", "a", values, p50=values[len(values) // 2])])
    open_(shown, plot)
    assert sum(place.y for place in plot._places) == pytest.approx(1.0)
    assert any(text.startswith("p50") for text, _ in plot.labels.texts)


def test_what_comes_live_is_drawn_however_fast_it_comes(shown: list[Chart], qtbot: QtBot) -> None:
    plot = LivePlot("Live", str)
    open_(shown, plot)
    for number in range(5_000):
        plot.add(f"m{number % 2}", f"model {number % 2}", float(number))
    qtbot.waitUntil(lambda: [text for text, _ in plot.labels.texts] == ["model 0", "model 1"])
    assert plot.count == 5_000
    plot.start()
    assert plot.count == 0


def test_all_charts_follow_the_theme_and_are_drawn_as_files(shown: list[Chart]) -> None:
    plot = TrendPlot("Trend", str)
    plot.show_lines([line("first", 30), line("second", 30)], *span(30))
    open_(shown, plot)
    Theme.current().set_mode(Mode.DARK)
    assert picture(".png", plot.size(), plot.draw).startswith(b"\x89PNG")
    assert b"second" in picture(".svg", plot.size(), plot.draw)


@pytest.mark.parametrize("days", [0.01, 0.5, 3, 30, 365, 4_000])
def test_a_time_axis_has_no_more_marks_than_there_is_room_for(days: float) -> None:
    low, high = span(days)
    spacing, ticks = time_ticks(low, high, 6)
    assert ticks == sorted(ticks) or ticks == sorted(ticks, reverse=True)
    assert 1 <= len(ticks) <= 8
    assert all(low <= tick <= high for tick in ticks)
    assert spacing > 0


async def test_each_kind_is_loaded_when_it_is_wanted(qapp: QApplication) -> None:
    assert await charting.load_trend() is TrendPlot
    assert await charting.load_scatter() is ScatterPlot
    assert await charting.load_bars() is BarPlot
    assert await charting.load_heap() is HeapPlot
    assert await charting.load_live() is LivePlot
