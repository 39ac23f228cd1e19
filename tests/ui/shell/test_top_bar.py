"""The bar at the top of a narrow window, and with large text: words give way, nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from modelward.ui.kit.theme import Theme
from modelward.ui.shell.top_bar import TopBar

TABS = (("catalogue", "Catalogue"), ("health", "Health"), ("benchmarks", "Benchmarks"), ("ollama", "Ollama"))


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[TopBar]:
    # Within a window, as a window manager takes its time to make a window another size.
    window = QWidget()
    bar = TopBar(Theme.current(), window)
    for number, (icon, title) in enumerate(TABS, 1):
        bar.add_tab(icon, title, f"Ctrl+{number}")
    bar.show_zero_burn(is_on=True)
    qtbot.addWidget(window)
    window.show()
    yield bar
    window.close()


def shown_at(bar: TopBar, width: int) -> TopBar:
    bar.resize(width, bar.height())
    QTest.qWait(0)
    return bar


def cut_off(bar: TopBar) -> list[str]:
    parts = [part for part in bar.findChildren(QWidget) if part.isVisible()]
    shown = [(part, part.mapTo(bar, part.rect().bottomRight()).x(), part.width()) for part in parts]
    narrow = [part.objectName() or type(part).__name__ for part, right, _ in shown if right >= bar.width()]
    last = bar.tabs.tabRect(bar.tabs.count() - 1)
    return narrow + (["the last tab"] if last.right() > bar.tabs.width() else [])


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("width", [1600, 1280, 1024, 900, 720])
def test_nothing_is_cut_off_however_narrow_the_window(bar: TopBar, qtbot: QtBot, width: int, scale: float) -> None:
    theme = Theme.current()
    theme.set_text_scale(scale)
    try:
        shown_at(bar, width)
        qtbot.waitUntil(lambda: cut_off(bar) == [])
    finally:
        theme.set_text_scale(1.0)


def test_words_that_gave_way_come_back_with_the_room(bar: TopBar) -> None:
    assert shown_at(bar, 1600).zero_burn.text() == "Zero-Burn on"
    assert shown_at(bar, 700).zero_burn.text() == ""
    assert bar.zero_burn.accessibleName() == "Zero-Burn on"
    assert bar.search.accessibleName() == "Search models"
    assert shown_at(bar, 1600).zero_burn.text() == "Zero-Burn on"


def test_a_narrow_bar_names_the_current_tab_alone(bar: TopBar) -> None:
    tabs = shown_at(bar, 480).tabs
    tabs.setCurrentIndex(1)
    widths = [tabs.tabRect(index).width() for index in range(tabs.count())]
    assert widths[1] > max(widths[0], widths[2], widths[3])
    assert tabs.tabToolTip(2) == "Benchmarks (Ctrl+3)"
    tabs.setCurrentIndex(2)
    widths = [tabs.tabRect(index).width() for index in range(tabs.count())]
    assert widths[2] > max(widths[0], widths[1], widths[3])
