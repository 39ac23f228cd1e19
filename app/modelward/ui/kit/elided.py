"""Labels that end in an ellipsis where room is short, alone or as the value of a named row."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStyle, QStyleOption, QWidget

from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE

_RIGHT = Qt.AlignmentFlag.AlignRight
_LEAST_CHARACTERS = 4


class ElidedLabel(Text):
    """One line that ends in an ellipsis where it does not fit; the tooltip then shows it whole."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, role, parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        width = self.fontMetrics().averageCharWidth() * _LEAST_CHARACTERS
        return QSize(min(width, super().minimumSizeHint().width()), super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return super().minimumSizeHint()

    def setText(self, text: str) -> None:
        super().setText(" ".join(text.split()))
        self._explain()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, _event: QPaintEvent) -> None:
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())
        painter.setPen(option.palette.color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment()), shown)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._explain()

    def _explain(self) -> None:
        is_cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        self.setToolTip(plain_tooltip(self.text()) if is_cut else "")


class KeyValueRow(QWidget):
    """What something is called at the left, its value at the right."""

    def __init__(self, key: str, value: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = Text(key, "muted", self)
        self._value = ElidedLabel(value, "strong", self)
        self._value.setAlignment(_RIGHT | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        row.addWidget(self._key)
        row.addWidget(self._value, 1)
        self.set_value(value)

    @property
    def value(self) -> str:
        """The value as shown."""
        return self._value.text()

    def set_value(self, value: str) -> None:
        """Show another value."""
        self._value.setText(value)
        self.setAccessibleName(f"{self._key.text()}: {value}")
