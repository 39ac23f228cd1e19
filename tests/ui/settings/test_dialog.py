"""The settings as a whole: its pages, and how it opens and ends."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLineEdit, QWidget

from harness.catalog_tab import Eventually
from harness.settings import Open
from modelward.core.changes import Changes, Room
from modelward.core.paths import Paths
from modelward.core.settings import described, load
from modelward.desk import Desk
from modelward.ui.kit.switch import Switch
from modelward.ui.kit.theme import Theme
from modelward.ui.settings.pages import PAGES, PROVIDERS

LEFT = Qt.MouseButton.LeftButton


def test_every_setting_stands_on_exactly_one_page() -> None:
    assert Counter(key for page in PAGES for key in page.settings) == Counter(list(described()))


async def test_a_page_is_made_when_it_is_first_shown(settings: Open) -> None:
    dialog = await settings("appearance")
    assert list(dialog.pages) == ["appearance"]
    QTest.keyClick(dialog.nav, Qt.Key.Key_Down)
    assert list(dialog.pages) == ["appearance", "network"]
    assert dialog.page == "network"


async def test_an_unknown_page_opens_the_first(settings: Open) -> None:
    assert (await settings("nonsense")).page == PROVIDERS


async def test_every_control_says_what_it_is(settings: Open) -> None:
    dialog = await settings("")
    for page in PAGES:
        dialog.open_page(page.key)
        controls = [
            control
            for kind in (QAbstractButton, QCheckBox, QComboBox, QLineEdit)
            for control in dialog.pages[page.key].findChildren(kind)
            if control.isVisible() and control.objectName() != "qt_spinbox_lineedit"
        ]
        silent = [control for control in controls if not control.accessibleName() and not _words(control)]
        assert (page.key, silent) == (page.key, [])


def _words(control: QWidget) -> str:
    return control.text() if isinstance(control, QAbstractButton) else ""


async def test_what_is_set_counts_at_once_and_is_told(settings: Open, desk: Desk, eventually: Eventually) -> None:
    dialog = await settings("storage")
    told: list[Changes] = []
    dialog.changed.connect(told.append)
    switch = dialog.pages["storage"].findChild(Switch)
    assert switch is not None
    QTest.mouseClick(switch, LEFT)
    await eventually(lambda: told)
    assert told == [Changes.of(Room.SETTINGS, frozenset({"catalog.read_raw_folder"}))]
    assert desk.preferences.settings.catalog.read_raw_folder is False


async def test_escape_closes_it(settings: Open, eventually: Eventually) -> None:
    dialog = await settings("appearance")
    ended: list[int] = []
    dialog.finished.connect(ended.append)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    await eventually(lambda: ended)


async def test_a_value_that_was_just_typed_is_saved_before_it_ends(settings: Open, eventually: Eventually) -> None:
    dialog = await settings("network")
    field = dialog.pages["network"].findChild(QLineEdit)
    assert field is not None
    await eventually(dialog.isActiveWindow)
    field.setFocus()
    QTest.keyClicks(field, "http://proxy.example:3128")
    ended: list[str | None] = []
    dialog.finished.connect(lambda: ended.append(load(Paths.locate(), os.environ).settings.network.proxy))
    dialog.close()
    await eventually(lambda: ended)
    assert ended == ["http://proxy.example:3128"]


@pytest.mark.parametrize(("width", "scale"), [(860, 1.0), (1024, 1.5), (700, 1.0)])
async def test_nothing_of_a_page_is_wider_than_the_page(
    width: int, scale: float, settings: Open, eventually: Eventually
) -> None:
    dialog = await settings("")
    theme = Theme.current()
    theme.set_text_scale(scale)
    try:
        dialog.resize(width, 600)
        for page in PAGES:
            dialog.open_page(page.key)
            dialog.resize(width, 600)
            shown = dialog.pages[page.key]
            await eventually(lambda page=shown: page.width() <= width - dialog._side.width())
            await eventually(lambda page=shown: page.content.width() <= page.content.parentWidget().width())
    finally:
        theme.set_text_scale(1.0)
