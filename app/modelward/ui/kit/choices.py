"""Small windows that open beneath a button: a list to tick, or a limit to choose or type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from modelward.core.errors import BadValueError
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme

_KEY = Qt.ItemDataRole.UserRole
_MANY = 12
_MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tick: its key, how it is called, how many rows have it (``None``: not told), a word beside it."""

    key: str
    label: str
    count: int | None = None
    note: str = ""

    @property
    def words(self) -> str:
        """The line as it is shown."""
        counted = self.label if self.count is None else f"{self.label}  ({self.count:,})"
        return f"{counted}  ·  {self.note}" if self.note else counted


class _Popup(QFrame):
    """Closes with Escape or a click elsewhere."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        self._column.setSpacing(SPACE)
        self._title = Text("", "small")
        self._column.addWidget(self._title)
        self._name(title)

    def _name(self, title: str) -> None:
        self._title.setText(title)
        self.setAccessibleName(title)

    def open_below(self, widget: QWidget) -> None:
        """Opens beneath a widget, within its screen."""
        self.adjustSize()
        place = widget.mapToGlobal(QPoint(0, widget.height() + SPACE // 2))
        room = widget.screen().availableGeometry()
        x = max(room.left(), min(place.x(), room.right() - self.width()))
        y = place.y() if place.y() + self.height() <= room.bottom() else max(room.top(), room.bottom() - self.height())
        self.move(x, y)
        self.show()


class ChoicePopup(_Popup):
    """A list of things to tick, with a search where there are many."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__("", parent)
        self._theme = theme
        self._answer: Callable[[frozenset[str]], None] = lambda _keys: None
        self._search = QLineEdit()
        self._search.setPlaceholderText("Find")
        self._search.textChanged.connect(self._find)
        self._search.installEventFilter(self)
        self._list = QListWidget()
        self._list.itemClicked.connect(self._toggle)
        self._list.installEventFilter(self)
        self._none = QPushButton("Clear")
        self._none.setProperty("role", "link")
        self._none.clicked.connect(lambda: self._tick(frozenset(), tell=True))
        for widget in (self._search, self._list, self._none):
            self._column.addWidget(widget)

    def ask(
        self, title: str, choices: Sequence[Choice], ticked: Iterable[str], answer: Callable[[frozenset[str]], None]
    ) -> None:
        """Fills the list, the ticked ones first; ``answer`` is called with what is ticked, at every tick."""
        self._name(title)
        self._search.setAccessibleName(f"Find in {title}")
        self._list.setAccessibleName(title)
        self._answer = answer
        chosen = frozenset(ticked)
        self._list.clear()
        for choice in sorted(choices, key=lambda choice: choice.key not in chosen):
            item = QListWidgetItem(choice.words)
            item.setData(_KEY, choice.key)
            # Ticked by us: Qt would react to a click on the box, but not to one on the word.
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self._list.addItem(item)
        self._search.setVisible(len(choices) > _MANY)
        self._search.clear()
        self._tick(chosen, tell=False)
        self._size_list(len(choices))

    def ticked(self) -> frozenset[str]:
        """Keys of what is ticked."""
        return frozenset(item.data(_KEY) for item in self._items() if item.checkState() is Qt.CheckState.Checked)

    def open_below(self, widget: QWidget) -> None:
        super().open_below(widget)
        if self._list.count():
            self._list.setCurrentRow(0)
        (self._search if self._search.isVisible() else self._list).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self._search and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._list.setFocus()
                return True
            if watched is self._list and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if (item := self._list.currentItem()) is not None:
                    self._toggle(item)
                return True
        return super().eventFilter(watched, event)

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(at) for at in range(self._list.count())]

    def _tick(self, keys: frozenset[str], *, tell: bool) -> None:
        for item in self._items():
            is_ticked = item.data(_KEY) in keys
            item.setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)
        self._none.setEnabled(bool(keys))
        if tell:
            self._answer(keys)

    def _toggle(self, item: QListWidgetItem) -> None:
        self._tick(self.ticked() ^ {item.data(_KEY)}, tell=True)

    def _find(self, text: str) -> None:
        words = text.lower().split()
        shown = []
        for item in self._items():
            is_hit = all(word in f"{item.text()} {item.data(_KEY)}".lower() for word in words)
            item.setHidden(not is_hit)
            if is_hit:
                shown.append(item)
        if shown:
            self._list.setCurrentItem(shown[0])

    def _size_list(self, count: int) -> None:
        row = self._theme.scaled(28)
        self._list.setUniformItemSizes(True)
        for item in self._items():
            item.setSizeHint(QSize(1, row))
        self._list.setFixedHeight(row * max(1, min(count, _MOST_ROWS)) + 4)
        self._list.setMinimumWidth(self._theme.scaled(240))


class LimitPopup(_Popup):
    """Some usual limits, and a field for one's own. ``chosen`` carries the text of the limit, as it was typed."""

    chosen = Signal(str)

    def __init__(
        self, title: str, presets: Sequence[tuple[str, str]], check: Callable[[str], object], parent: QWidget
    ) -> None:
        """``presets`` are text and label; ``check`` raises BadValueError for a text that is no limit."""
        super().__init__(title, parent)
        self._check = check
        for text, label in presets:
            button = QPushButton(label)
            button.setProperty("role", "quiet")
            button.clicked.connect(lambda _checked=False, text=text: self._choose(text))
            self._column.addWidget(button)
        self._own = QLineEdit()
        self._own.setPlaceholderText("Own value")
        self._own.setAccessibleName(f"{title}: own value")
        self._own.returnPressed.connect(lambda: self._choose(self._own.text()))
        self._error = Text("", "complaint", wraps=True)
        self._error.hide()
        self._own.textEdited.connect(self._error.hide)
        self._column.addWidget(self._own)
        self._column.addWidget(self._error)

    def open_below(self, widget: QWidget) -> None:
        super().open_below(widget)
        self._own.setFocus()

    def _choose(self, text: str) -> None:
        try:
            self._check(text)
        except BadValueError as error:
            self._error.setText(error.why or error.what)
            self._error.show()
            self.adjustSize()
            return
        self._own.clear()
        self.close()
        self.chosen.emit(text)
