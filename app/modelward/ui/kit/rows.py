"""Columns as data, and a table model over plain rows: filter and sort are list operations, there is no proxy model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from modelward.ui.kit.tokens import Tone

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
SortKey = str | float | Decimal | None

_NO_PARENT = QModelIndex()
_ROLE = Qt.ItemDataRole
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def plain_tooltip(text: str) -> str:
    """A tooltip that shows a stranger's text as it is; Qt would guess whether it is markup."""
    return f"<span style='white-space: pre-wrap'>{escape(text)}</span>"


@dataclass(frozen=True, slots=True)
class CellTag:
    """A word in a soft-coloured tag."""

    word: str
    tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column: what it is called, how a row is shown in it, sorted by it and copied from it.

    ``sort`` gives ``None`` for unknown, which stands last in both directions; all other keys of a column are of one
    type. ``copied`` is what goes to the clipboard (the shown text when not given). ``tags`` makes a column of tags;
    ``text`` is then shown where there are none and read out where there are. Widths are in pixels at 10 pt; what
    room is left is shared by those that take slack.
    """

    key: str
    title: str
    text: Callable[[R], str]
    sort: Callable[[R], SortKey]
    width: int = 90
    copied: Callable[[R], str] | None = None
    tooltip: Callable[[R], str] | None = None
    tags: Callable[[R], Sequence[CellTag]] | None = None
    explained: str = ""
    is_number: bool = False
    is_strong: bool = False
    is_muted: bool = False
    is_hidden: bool = False
    takes_slack: bool = False

    def plain(self, row: R) -> str:
        """The cell as the clipboard gets it: one line, no tab."""
        return " ".join((self.copied or self.text)(row).split())


@dataclass(frozen=True, slots=True)
class _Order:
    """Indices of rows in ascending order of their keys, and of those without one."""

    known: list[int]
    unknown: list[int]


class RowsModel(QAbstractTableModel, Generic[R]):
    """Rows behind a list of the indices that are shown, in the order they are shown.

    Three lists, each made from the one before: all rows in sort order, those that pass the filter, those that also
    hold every searched word. A keystroke thus only searches what the filter left, and nothing is sorted again.
    """

    def __init__(
        self,
        columns: Sequence[Column[R]],
        identify: Callable[[R], str],
        haystack: Callable[[R], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._identify = identify
        self._haystack_of = haystack
        self._rows: list[R] = []
        self._ids: list[str] = []
        self._index_of: dict[str, int] = {}
        self._haystacks: list[str] = []
        self._orders: dict[int, _Order] = {}
        self._sorting: tuple[int, bool] = (0, False)
        self._tests: tuple[Callable[[R], bool], ...] = ()
        self._words: tuple[str, ...] = ()
        self._sorted: list[int] = []
        self._passing: list[int] = []
        self._shown: list[int] = []

    def set_rows(self, rows: Iterable[R]) -> None:
        """Replaces all rows; sorting, filter and search stay."""
        self.beginResetModel()
        self._rows = list(rows)
        self._ids = [self._identify(row) for row in self._rows]
        self._index_of = {id_: index for index, id_ in enumerate(self._ids)}
        self._haystacks = [self._haystack_of(row).lower() for row in self._rows]
        self._orders.clear()
        self._resort()
        self.endResetModel()

    def set_search(self, text: str) -> None:
        """Shows rows that hold every word of the text."""
        self.beginResetModel()
        self._words = tuple(text.lower().split())
        self._search()
        self.endResetModel()

    def set_filter(self, tests: Iterable[Callable[[R], bool]]) -> None:
        """Shows only rows that pass every test."""
        self.beginResetModel()
        self._tests = tuple(tests)
        self._filter()
        self.endResetModel()

    @property
    def sorting(self) -> tuple[int, bool]:
        """The column sorted by, and whether descending."""
        return self._sorting

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column; unknown stands last in both directions. Rows of equal keys keep the order of the first."""
        self.beginResetModel()
        self._sorting = (column, order == Qt.SortOrder.DescendingOrder)
        self._resort()
        self.endResetModel()

    @property
    def total(self) -> int:
        """Number of all rows, shown or not."""
        return len(self._rows)

    def rows(self) -> list[R]:
        """All rows, in the order given."""
        return self._rows

    def shown_rows(self) -> Iterator[R]:
        """The rows shown, in the order shown."""
        return map(self._rows.__getitem__, self._shown)

    def shown_ids(self) -> list[str]:
        """The ids of the rows shown, in the order shown."""
        return [self._ids[index] for index in self._shown]

    def positions_of(self, ids: Collection[str]) -> list[int]:
        """Where these rows stand among those shown; rows that are not shown are left out."""
        wanted = {index for id_ in ids if (index := self._index_of.get(id_)) is not None}
        if len(wanted) == 1:
            index = wanted.pop()
            return [self._shown.index(index)] if index in self._shown else []
        return [at for at, index in enumerate(self._shown) if index in wanted] if wanted else []

    def row_at(self, position: int) -> R:
        """The row shown at a position."""
        return self._rows[self._shown[position]]

    def id_at(self, position: int) -> str:
        """The id of the row shown at a position."""
        return self._ids[self._shown[position]]

    def _resort(self) -> None:
        column, is_descending = self._sorting
        order = self._orders.get(column)
        if order is None:
            order = self._orders[column] = self._ordered_by(column)
        known = order.known[::-1] if is_descending else order.known
        self._sorted = known + order.unknown
        self._filter()

    def _ordered_by(self, column: int) -> _Order:
        # By groups: most columns hold few different values, and only those need sorting.
        key, groups = self.columns[column].sort, defaultdict[SortKey, list[int]](list)
        for index, row in enumerate(self._rows):
            groups[key(row)].append(index)
        unknown = groups.pop(None, [])
        # Keys of one column are of one type (see Column), which the type of the groups cannot say.
        known = [index for value in sorted(groups) for index in groups[value]]  # type: ignore[type-var]
        return _Order(known, unknown)

    def _filter(self) -> None:
        rows, passing = self._rows, self._sorted
        for passes in self._tests:
            passing = [index for index in passing if passes(rows[index])]
        self._passing = passing
        self._search()

    def _search(self) -> None:
        shown, haystacks = self._passing, self._haystacks
        for word in self._words:
            shown = [index for index in shown if word in haystacks[index]]
        self._shown = shown

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        if role not in _ANSWERED or not index.isValid():
            return None
        column = self.columns[index.column()]
        if role == _ROLE.TextAlignmentRole:
            return _RIGHT if column.is_number else _LEFT
        row = self._rows[self._shown[index.row()]]
        if role == _ROLE.ToolTipRole:
            return plain_tooltip(column.tooltip(row)) if column.tooltip else None
        if role == _ROLE.AccessibleTextRole:
            return f"{column.title}: {column.text(row)}"
        return column.text(row)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == _ROLE.DisplayRole:
            return column.title
        if role == _ROLE.ToolTipRole:
            return column.explained or None
        if role == _ROLE.TextAlignmentRole:
            return _RIGHT if column.is_number else _LEFT
        return None


_ANSWERED = frozenset(
    int(role) for role in (_ROLE.DisplayRole, _ROLE.ToolTipRole, _ROLE.TextAlignmentRole, _ROLE.AccessibleTextRole)
)
