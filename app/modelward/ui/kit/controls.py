"""Controls that narrow a list: the search box, and chips that filter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from modelward.ui.kit.icons import icon
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import Theme, Token, restyle

_MARK, _MARK_INSET = 14, 8
_CLEARING_KEYS = {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}


class SearchBox(QLineEdit):
    """A field to type what is looked for. Escape clears it; ``keys`` is the shortcut shown while it is empty."""

    def __init__(self, placeholder: str, keys: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.addAction(QAction(icon("search"), "", self), QLineEdit.ActionPosition.LeadingPosition)
        self._clear = QAction(icon("close"), "Clear the search", self)
        self._clear.triggered.connect(self.clear)
        self._keys = Text(keys, "keys", self)
        self._keys.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.textChanged.connect(self._on_text_changed)
        self._on_text_changed("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_keys()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in {QEvent.Type.Polish, QEvent.Type.StyleChange, QEvent.Type.FontChange}:
            self._place_keys()
        return handled

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def _on_text_changed(self, text: str) -> None:
        self._place_keys()
        if not text:
            self.removeAction(self._clear)
        elif self._clear not in self.actions():
            self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)

    def _place_keys(self) -> None:
        hint = self._keys.sizeHint()
        is_shown = not self.text() and bool(self._keys.text())
        self._keys.setVisible(is_shown)
        self.setTextMargins(0, 0, hint.width() if is_shown else 0, 0)
        self._keys.setGeometry(
            self.width() - hint.width() - 8, (self.height() - hint.height()) // 2, hint.width(), hint.height()
        )


class FilterChip(QPushButton):
    """A filter: its name, and while it filters, its value and a mark that ends it.

    Without a value a click emits ``opened`` (or shows the menu that was set); the owner then calls :meth:`show_value`.
    The mark, Delete and Backspace emit ``cleared`` after the value is gone. ``is_switch``: there is nothing to choose,
    a click filters and another ends it; ``opened`` and ``cleared`` tell.
    """

    opened = Signal()
    cleared = Signal()

    def __init__(self, name: str, parent: QWidget | None = None, *, is_switch: bool = False) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._name = name
        self._is_switch = is_switch
        self._value: str | None = None
        self.setProperty("role", "chip")
        self.clicked.connect(self._on_clicked)
        self.show_value(None)

    @property
    def value(self) -> str | None:
        """What it filters by, in words; None while it does not filter."""
        return self._value

    def show_value(self, value: str | None) -> None:
        """Show by what it filters now; None: it does not filter."""
        self._value = value
        told = self._name if self._is_switch or not value else f"{self._name}: {value}"
        self.setText(told.replace("&", "&&"))
        self.setProperty("active", value is not None)
        self.setProperty("marked", self._has_mark())
        self.setAccessibleName(f"Filter {told}" + (", on" if value is not None else ""))
        restyle(self)
        self.updateGeometry()

    def clear(self) -> None:
        """End the filter, and tell."""
        if self._value is not None:
            self.show_value(None)
            self.cleared.emit()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # On press, as a menu opens on press too.
        if self._value is not None and self._mark_box().contains(event.position().toPoint()):
            event.accept()
            self.clear()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._value is not None and event.key() in _CLEARING_KEYS:
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._has_mark():
            return
        name, token = ("close", Token.ACCENT) if self._value is not None else ("chevron-down", Token.MUTED)
        edge = self._theme.scaled(_MARK)
        box = self._mark_box()
        place = QRect(box.left(), (self.height() - edge) // 2, edge, edge)
        icon(name, token).paint(QPainter(self), place)

    def _has_mark(self) -> bool:
        return not self._is_switch or self._value is not None

    def _mark_box(self) -> QRect:
        """Where the mark is drawn, and pressed: the whole height, up to the text."""
        left = self.width() - self._theme.scaled(_MARK) - self._theme.scaled(_MARK_INSET)
        return QRect(left, 0, self.width() - left, self.height())

    def _on_clicked(self) -> None:
        if self._is_switch and self._value is not None:
            self.clear()
            return
        if self._is_switch:
            self.show_value(self._name)
        self.opened.emit()
