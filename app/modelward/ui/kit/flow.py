"""A layout that breaks into lines like text, and a row of tags in it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from modelward.ui.kit.tag import Tag
from modelward.ui.kit.theme import Tone


class FlowLayout(QLayout):
    """Widgets from left to right, in as many lines as they need; those of one line stand on its middle."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = 4) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(gap)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def clear(self) -> None:
        """Remove all widgets, and delete them."""
        while self._items:
            widget = self._items.pop().widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), is_trial=True)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, is_trial=False)

    def sizeHint(self) -> QSize:
        shown = self._shown()
        width = sum(item.sizeHint().width() for item in shown) + self.spacing() * max(0, len(shown) - 1)
        return self._with_margins(QSize(width, max((item.sizeHint().height() for item in shown), default=0)))

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return self._with_margins(size)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _with_margins(self, size: QSize) -> QSize:
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _arrange(self, rect: QRect, *, is_trial: bool) -> int:
        """Places the items, or only finds out how high they would stand; returns that height."""
        margins = self.contentsMargins()
        area = rect.marginsRemoved(margins)
        top = area.top()
        for line in self._lines(area.width()):
            height = max(item.sizeHint().height() for item in line)
            left = area.left()
            for item in line:
                width = min(item.sizeHint().width(), area.width())
                if not is_trial:
                    lower = top + (height - item.sizeHint().height()) // 2
                    item.setGeometry(QRect(QPoint(left, lower), QSize(width, item.sizeHint().height())))
                left += width + self.spacing()
            top += height + self.spacing()
        bottom = top - self.spacing() if self._shown() else top
        return bottom - rect.top() + margins.bottom()

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        used = 0
        for item in self._shown():
            wanted = item.sizeHint().width()
            if not lines or used + self.spacing() + wanted > width:
                lines.append([])
                used = wanted
            else:
                used += self.spacing() + wanted
            lines[-1].append(item)
        return lines


class TagRow(QWidget):
    """Tags one after the other, in as many lines as they need."""

    def __init__(self, tags: Iterable[tuple[str, Tone | str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_tags(tags)

    def set_tags(self, tags: Iterable[tuple[str, Tone | str]]) -> None:
        """Show these words, each in its tone, instead of the former ones."""
        self._flow.clear()
        words = []
        for word, tone in tags:
            tag = Tag(word, tone, self)
            self._flow.addWidget(tag)
            tag.show()
            words.append(word)
        self.setAccessibleName(", ".join(words))
        self.updateGeometry()
