"""The model behind every table: filter, search and sort over plain rows."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from modelward.ui.kit.rows import Column, RowsModel

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@dataclass(frozen=True)
class Fruit:
    name: str
    weight: int | None = None


COLUMNS = (
    Column[Fruit]("name", "Name", lambda row: row.name, lambda row: row.name),
    Column[Fruit](
        "weight",
        "Weight",
        lambda row: str(row.weight),
        lambda row: row.weight,
        tooltip=lambda row: f"<b>{row.name}</b>",
        is_number=True,
    ),
)
FRUIT = [Fruit("pear", 150), Fruit("Apple", 120), Fruit("plum"), Fruit("apple tart", 300), Fruit("fig", 50)]


@pytest.fixture
def model() -> RowsModel[Fruit]:
    model = RowsModel(COLUMNS, lambda row: row.name, lambda row: row.name)
    model.set_rows(FRUIT)
    return model


def test_unknown_stands_last_in_both_directions(model: RowsModel[Fruit]) -> None:
    model.sort(1, UP)
    rising = model.shown_ids()
    model.sort(1, DOWN)
    assert rising == ["fig", "Apple", "pear", "apple tart", "plum"]
    assert model.shown_ids() == ["apple tart", "pear", "Apple", "fig", "plum"]


def test_every_searched_word_must_be_found_and_case_does_not_count(model: RowsModel[Fruit]) -> None:
    model.set_search("  TART app ")
    assert model.shown_ids() == ["apple tart"]


def test_a_search_keeps_the_sorting_and_clearing_it_brings_all_back(model: RowsModel[Fruit]) -> None:
    model.sort(1, DOWN)
    model.set_search("p")
    assert model.shown_ids() == ["apple tart", "pear", "Apple", "plum"]
    model.set_search("")
    assert len(model.shown_ids()) == model.total == 5


def test_filter_and_search_both_hold(model: RowsModel[Fruit]) -> None:
    model.set_filter([lambda row: (row.weight or 0) > 100])
    model.set_search("apple")
    assert set(model.shown_ids()) == {"Apple", "apple tart"}
    model.set_rows([*FRUIT, Fruit("apple seed", 1)])
    assert set(model.shown_ids()) == {"Apple", "apple tart"}


def test_markup_of_strangers_is_not_rendered_in_tooltips(model: RowsModel[Fruit]) -> None:
    tip = model.data(model.index(0, 1), Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in str(tip)
    assert "&lt;b&gt;" in str(tip)


def test_a_cell_is_read_out_with_its_column(model: RowsModel[Fruit]) -> None:
    assert model.data(model.index(0, 1), Qt.ItemDataRole.AccessibleTextRole) == "Weight: 120"


def test_a_copied_cell_is_one_line_without_tabs() -> None:
    assert COLUMNS[0].plain(Fruit("a\tb\n c")) == "a b c"


def test_qt_finds_no_fault_with_the_model(model: RowsModel[Fruit]) -> None:
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_search("apple")
    model.sort(1, DOWN)
    model.set_rows([])
    assert tester.model() is model


@given(
    st.lists(st.tuples(st.text(max_size=4), st.none() | st.integers(0, 9)), max_size=30, unique_by=lambda row: row[0]),
    st.text(max_size=2),
    st.booleans(),
)
def test_what_is_shown_is_what_a_plain_search_and_sort_gives(
    rows: list[tuple[str, int | None]], text: str, is_descending: bool
) -> None:
    model = RowsModel(COLUMNS, lambda row: row.name, lambda row: row.name)
    model.sort(1, DOWN if is_descending else UP)
    model.set_search(text)
    model.set_rows(Fruit(*row) for row in rows)
    hits = [row for row in rows if all(word in row[0].lower() for word in text.lower().split())]
    known = sorted((row for row in hits if row[1] is not None), key=lambda row: row[1] or 0)
    known = known[::-1] if is_descending else known
    assert model.shown_ids() == [row[0] for row in known + [row for row in hits if row[1] is None]]
