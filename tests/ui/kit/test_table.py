"""The table view: it keeps its place, copies, and remembers its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import Mode, Theme

Key, Button, Down = Qt.Key, Qt.MouseButton, Qt.SortOrder.DescendingOrder


@dataclass(frozen=True)
class Fruit:
    name: str
    weight: int | None = None


COLUMNS: tuple[Column[Fruit], ...] = (
    Column("name", "Name", lambda row: row.name, lambda row: row.name, width=120, takes_slack=True, is_strong=True),
    Column(
        "weight",
        "Weight",
        lambda row: f"{row.weight:,}" if row.weight else "—",
        lambda row: row.weight,
        copied=lambda row: str(row.weight or ""),
        is_number=True,
    ),
    Column("tags", "Tags", lambda _row: "", lambda _row: 0, tags=lambda row: [CellTag(row.name), CellTag("ripe")]),
    Column("extra", "Extra", lambda _row: "x", lambda _row: 0, is_hidden=True),
)
FRUIT = [Fruit("apple", 1200), Fruit("fig", 50), Fruit("pear", 150), Fruit("plum")]


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    theme = Theme.install(qapp, Mode.LIGHT)
    yield theme
    theme.set_text_scale(1.0)


Made = Callable[[], DataTable[Fruit]]


@pytest.fixture
def made(qtbot: QtBot, theme: Theme) -> Made:
    def make() -> DataTable[Fruit]:
        table = DataTable(COLUMNS, lambda row: row.name, lambda row: row.name, theme)
        qtbot.addWidget(table)
        table.set_rows(FRUIT)
        table.resize(600, 300)
        with qtbot.waitActive(table):  # a shortcut is heard in the active window alone
            table.show()
            table.activateWindow()
        return table

    return make


@pytest.fixture
def table(made: Made) -> DataTable[Fruit]:
    return made()


def shown_titles(table: DataTable[Fruit]) -> list[str]:
    return [COLUMNS[at].title for at in table.header.shown_columns()]


def click_header(table: DataTable[Fruit], at: int) -> None:
    header = table.header
    place = QPoint(header.sectionViewportPosition(at) + 20, header.height() // 2)
    QTest.mouseClick(header.viewport(), Button.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def selected(table: DataTable[Fruit]) -> list[str]:
    return [row.name for row in table.selected_rows()]


def test_the_first_row_is_current_at_once(table: DataTable[Fruit]) -> None:
    assert selected(table) == ["apple"]


def test_a_click_on_a_header_sorts_and_a_second_one_turns_it(table: DataTable[Fruit]) -> None:
    click_header(table, 1)
    rising = table.rows.shown_ids()
    click_header(table, 1)
    assert rising == ["fig", "pear", "apple", "plum"]
    assert table.rows.shown_ids() == ["apple", "pear", "fig", "plum"]


def test_selected_rows_stay_selected_when_sorted_and_searched(table: DataTable[Fruit]) -> None:
    table.select_id("pear")
    QTest.keyClick(table, Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    table.sortByColumn(1, Down)
    assert selected(table) == ["pear", "fig"]
    table.rows.set_search("fi")
    assert selected(table) == ["fig"]


def test_a_search_that_loses_the_current_row_goes_to_the_first_hit(table: DataTable[Fruit], qtbot: QtBot) -> None:
    table.select_id("fig")
    with qtbot.waitSignal(table.row_changed) as told:
        table.rows.set_search("p")
    assert told.args == ["apple"]
    table.rows.set_search("nothing of this name")
    assert table.current_row() is None


def test_new_rows_keep_the_place_where_the_current_row_is_gone(table: DataTable[Fruit]) -> None:
    table.select_id("fig")
    table.set_rows([row for row in FRUIT if row.name != "fig"])
    assert selected(table) == ["pear"]


def test_ctrl_c_copies_rows_as_lines_with_plain_numbers(table: DataTable[Fruit]) -> None:
    table.selectAll()
    QTest.keyClick(table, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\n") == ["apple\t1200\t", "fig\t50\t", "pear\t150\t", "plum\t\t"]


def test_a_name_that_a_sheet_would_run_is_copied_as_text(table: DataTable[Fruit]) -> None:
    table.set_rows([Fruit("=1+1", 3)])
    table.copy_rows()
    assert QGuiApplication.clipboard().text() == "'=1+1\t3\t"


def test_a_single_cell_can_be_copied(table: DataTable[Fruit]) -> None:
    table.setCurrentIndex(table.rows.index(0, 1))
    QTest.keyClick(table, Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert QGuiApplication.clipboard().text() == "1200"


def test_home_and_end_go_to_the_first_and_the_last_row(table: DataTable[Fruit]) -> None:
    QTest.keyClick(table, Key.Key_End)
    assert selected(table) == ["plum"]
    QTest.keyClick(table, Key.Key_Home)
    assert selected(table) == ["apple"]


def test_enter_opens_the_current_row(table: DataTable[Fruit], qtbot: QtBot) -> None:
    with qtbot.waitSignal(table.row_opened) as told:
        QTest.keyClick(table, Key.Key_Return)
    assert told.args == ["apple"]


def test_columns_are_chosen_from_the_header_menu_and_one_always_stays(table: DataTable[Fruit]) -> None:
    actions = {action.text(): action for action in table.header.menu().actions()}
    actions["Extra"].trigger()
    assert shown_titles(table) == ["Name", "Weight", "Tags", "Extra"]
    for title in ("Name", "Weight", "Tags", "Extra"):
        actions[title].trigger()
    assert shown_titles(table) == ["Extra"]
    actions["Reset columns"].trigger()
    assert shown_titles(table) == ["Name", "Weight", "Tags"]


def test_columns_and_sorting_are_found_again(made: Made) -> None:
    first, second = made(), made()
    first.header.moveSection(1, 0)
    first.header.resizeSection(1, 77)
    first.header.set_shown(2, is_shown=False)
    first.sortByColumn(1, Down)
    second.header.restore(first.header.layout_text())
    assert shown_titles(second) == ["Weight", "Name"]
    assert second.columnWidth(1) == pytest.approx(77, abs=1)
    assert second.rows.shown_ids() == ["apple", "pear", "fig", "plum"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"columns": 3, "sort": []}',
        '{"columns": [1, {"key": "gone"}, {"key": ["x"]}], "sort": {"key": "gone"}}',
    ],
)
def test_a_damaged_layout_leaves_the_columns_as_they_are(table: DataTable[Fruit], text: str) -> None:
    table.header.restore(text)
    assert shown_titles(table) == ["Name", "Weight", "Tags"]


def test_a_layout_that_hides_all_columns_still_shows_one(table: DataTable[Fruit]) -> None:
    hidden = ", ".join(f'{{"key": "{column.key}", "hidden": true, "width": 9e9}}' for column in COLUMNS)
    table.header.restore(f'{{"columns": [{hidden}]}}')
    assert shown_titles(table) == ["Name"]


def test_one_column_takes_the_room_that_is_left(table: DataTable[Fruit], theme: Theme) -> None:
    assert table.header.length() == table.viewport().width()
    table.resize(900, 300)
    assert table.header.length() == table.viewport().width()
    table.resize(150, 300)
    assert table.columnWidth(0) == theme.scaled(120)


def test_columns_grow_with_the_font(table: DataTable[Fruit], theme: Theme) -> None:
    width, height = table.columnWidth(1), table.rowHeight(0)
    theme.set_text_scale(1.5)
    assert table.columnWidth(1) == pytest.approx(width * 1.5, rel=0.02)
    assert table.rowHeight(0) == pytest.approx(height * 1.5, rel=0.02)
    assert '"width": 90' in table.header.layout_text()
