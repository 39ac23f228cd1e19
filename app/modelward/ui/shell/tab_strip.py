"""The row of tabs at the top: icon and word, the current one underlined; arrow keys and a visible focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QTabBar, QWidget

from modelward.ui.kit.icons import icon
from modelward.ui.kit.theme import FontRole, Theme, Token

_GAP = 8
_SIDE = 14
_UNDERLINE = 2
_FOCUS_INSET = 6
_BY_KEYBOARD = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}


class TabStrip(QTabBar):
    """A tab bar in the window's own dress. It stays Qt's for the keyboard and for screen readers."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icons: list[str] = []
        self._hovered = -1
        self._shows_focus = False
        self._is_terse = False
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Tabs")
        self.currentChanged.connect(self._on_current_changed)
        theme.changed.connect(self.update)

    def add(self, icon_name: str, title: str, keys: str) -> None:
        """Adds a tab; ``keys`` is the shortcut its tooltip names."""
        self._icons.append(icon_name)
        index = self.addTab(title)
        self.setTabToolTip(index, f"{title} ({keys})")

    def be_terse(self, *, is_terse: bool) -> None:
        """Shows the word of the current tab alone; the others keep icon and tooltip."""
        if is_terse != self._is_terse:
            self._is_terse = is_terse
            self._measure_again()

    def tabSizeHint(self, index: int) -> QSize:
        width = _SIDE + self._theme.icon_size + _SIDE
        if self._has_word(index):
            width += _GAP + QFontMetrics(self._font(is_current=True)).horizontalAdvance(self.tabText(index))
        return QSize(width, self.height() or self._theme.row_height)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self.count()):
            self._paint_tab(painter, index, self.tabRect(index))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.tabAt(event.position().toPoint()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # A frame only for those who came by the keyboard; a window that opens gives its focus without being asked.
        self._shows_focus = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._shows_focus = False
        super().focusOutEvent(event)

    def _has_word(self, index: int) -> bool:
        return not self._is_terse or index == self.currentIndex()

    def _on_current_changed(self) -> None:
        if self._is_terse:
            self._measure_again()

    def _measure_again(self) -> None:
        # Qt measures its tabs anew only when something of theirs is set.
        self.setElideMode(self.elideMode())
        self.updateGeometry()

    def _hover(self, index: int) -> None:
        if index != self._hovered:
            self._hovered = index
            self.update()

    def _font(self, *, is_current: bool) -> QFont:
        return self._theme.font(FontRole.STRONG if is_current else FontRole.BODY)

    def _paint_tab(self, painter: QPainter, index: int, rect: QRect) -> None:
        is_current = index == self.currentIndex()
        token = Token.TEXT if is_current or index == self._hovered else Token.MUTED
        left = rect.left() + _SIDE
        size = self._theme.icon_size
        place = QRect(left, rect.center().y() - size // 2, size, size)
        icon(self._icons[index], token).paint(painter, place)
        if self._has_word(index):
            self._paint_word(painter, index, rect, token)
        if is_current:
            self._paint_line(painter, rect)

    def _paint_word(self, painter: QPainter, index: int, rect: QRect, token: Token) -> None:
        size = self._theme.icon_size
        painter.setFont(self._font(is_current=index == self.currentIndex()))
        painter.setPen(self._theme.color(token))
        words = rect.adjusted(_SIDE + size + _GAP, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.tabText(index))

    def _paint_line(self, painter: QPainter, rect: QRect) -> None:
        line = QRect(rect.left(), rect.bottom() + 1 - _UNDERLINE, rect.width(), _UNDERLINE)
        painter.fillRect(line, self._theme.color(Token.ACCENT))
        if self._shows_focus:
            painter.setPen(QPen(self._theme.color(Token.ACCENT), 1))
            inset = rect.adjusted(_FOCUS_INSET // 2, _FOCUS_INSET, -_FOCUS_INSET // 2, -_FOCUS_INSET)
            painter.drawRoundedRect(inset, _FOCUS_INSET, _FOCUS_INSET)
