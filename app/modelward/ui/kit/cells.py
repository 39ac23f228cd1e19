"""How a cell of a table is painted: text, or words in soft-coloured tags. By hand, because it is many a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from modelward.ui.kit.rows import CellTag, Column, Index, RowsModel, plain_tooltip
from modelward.ui.kit.theme import FontRole, Theme, Token, Tone

R = TypeVar("R")

UNKNOWN = "—"
"""How an unknown value is shown, here and in every column's text."""

_STATE = QStyle.StateFlag
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_MARGIN = 10
_TAG_PADDING = 6
_TAG_GAP = 4
_TAG_RADIUS = 4


@dataclass(frozen=True, slots=True)
class TableLook:
    """Colours, fonts and the row height of a table, in pixels.

    ``tones``: ground and ink of a tag by its tone. ``scale``: the font's size against the base of 10 pt; columns are
    so much wider.
    """

    text: QColor
    muted: QColor
    grid: QColor
    selection: QColor
    hover: QColor
    focus: QColor
    tones: Mapping[Tone, tuple[QColor, QColor]]
    font: QFont
    strong: QFont
    small: QFont
    row_height: int
    scale: float

    @classmethod
    def of(cls, theme: Theme) -> TableLook:
        """The look that a theme gives its tables."""
        return cls(
            text=theme.color(Token.TEXT),
            muted=theme.color(Token.MUTED),
            grid=theme.color(Token.GRID),
            selection=theme.color(Token.SELECTION),
            hover=theme.color(Token.RAISED),
            focus=theme.color(Token.ACCENT),
            tones={tone: theme.tone(tone) for tone in Tone},
            font=theme.font(FontRole.BODY),
            strong=theme.font(FontRole.STRONG),
            small=theme.font(FontRole.TAG),
            row_height=theme.row_height,
            scale=theme.scaled(100) / 100,
        )


class CellDelegate(QStyledItemDelegate, Generic[R]):
    """Paints the cells of a :class:`~modelward.ui.kit.rows.RowsModel`."""

    def __init__(self, rows: RowsModel[R], look: TableLook, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._rows = rows
        self.hovered_row = -1
        self.set_look(look)

    def set_look(self, look: TableLook) -> None:
        """Takes other colours and fonts; the view is to be updated by the caller."""
        self._look = look
        self._metrics = QFontMetrics(look.font)
        self._strong_metrics = QFontMetrics(look.strong)
        self._tag_metrics = QFontMetrics(look.small)
        self._tag_height = self._tag_metrics.height() + 4
        self._tag_widths: dict[str, int] = {}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        column = self._rows.columns[index.column()]
        row = self._rows.row_at(index.row())
        rect: QRect = option.rect
        self._paint_ground(painter, rect, option.state, index.row())
        inner = rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        if column.tags is not None and (tags := column.tags(row)):
            self._paint_tags(painter, inner, tags)
        else:
            self._paint_text(painter, inner, column, column.text(row))

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        # Asked when a column's edge is double-clicked: the width that shows the cell whole.
        column = self._rows.columns[index.column()]
        row = self._rows.row_at(index.row())
        if column.tags is not None and (tags := column.tags(row)):
            width = sum(self._tag_width(tag.word) + _TAG_GAP for tag in tags)
        else:
            width = (self._strong_metrics if column.is_strong else self._metrics).horizontalAdvance(column.text(row))
        return QSize(width + 2 * _MARGIN + 2, self._look.row_height)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        if event.type() != QEvent.Type.ToolTip or not index.isValid() or index.data(Qt.ItemDataRole.ToolTipRole):
            return super().helpEvent(event, view, option, index)
        if self.sizeHint(option, index).width() > option.rect.width():
            QToolTip.showText(event.globalPos(), plain_tooltip(str(index.data())), view)
        return True

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, row: int) -> None:
        if state & _STATE.State_Selected:
            painter.fillRect(rect, self._look.selection)
        elif row == self.hovered_row:
            painter.fillRect(rect, self._look.hover)
        painter.setPen(self._look.grid)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if state & _STATE.State_HasFocus:
            painter.setPen(self._look.focus)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _paint_text(self, painter: QPainter, rect: QRect, column: Column[R], text: str) -> None:
        look = self._look
        is_quiet = column.is_muted or column.tags is not None or text == UNKNOWN
        painter.setPen(look.muted if is_quiet else look.text)
        painter.setFont(look.strong if column.is_strong else look.font)
        metrics = self._strong_metrics if column.is_strong else self._metrics
        # Of a name, the end tells as much as the beginning: a version, a date, a size.
        mode = Qt.TextElideMode.ElideMiddle if column.is_strong else Qt.TextElideMode.ElideRight
        shown = metrics.elidedText(text, mode, rect.width())
        painter.drawText(rect, _RIGHT if column.is_number else _LEFT, shown)

    def _paint_tags(self, painter: QPainter, rect: QRect, tags: Sequence[CellTag]) -> None:
        painter.setFont(self._look.small)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, top = rect.left(), rect.top() + (rect.height() - self._tag_height) // 2
        for position, tag in enumerate(tags):
            rest = len(tags) - position
            width = self._tag_width(tag.word)
            room = rect.right() - left - (self._tag_width(f"+{rest}") if rest > 1 else 0)
            if width > room and position:
                painter.setPen(self._look.muted)
                painter.drawText(rect.adjusted(left - rect.left() + 2, 0, 0, 0), _LEFT, f"+{rest}")
                break
            self._paint_tag(painter, QRect(left, top, min(width, rect.right() - left), self._tag_height), tag)
            left += width + _TAG_GAP
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _paint_tag(self, painter: QPainter, box: QRect, tag: CellTag) -> None:
        ground, ink = self._look.tones[tag.tone]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, _TAG_RADIUS, _TAG_RADIUS)
        painter.setPen(ink)
        painter.drawText(box, _CENTRE, tag.word)

    def _tag_width(self, word: str) -> int:
        width = self._tag_widths.get(word)
        if width is None:
            width = self._tag_widths[word] = self._tag_metrics.horizontalAdvance(word) + 2 * _TAG_PADDING
        return width
