"""How a cell of a table is painted: text, or words in soft-coloured tags. By hand, because it is many a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPen, QPixmap, QStaticText
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from modelward.ui.kit.rows import CellTag, Column, Index, RowsModel, plain_tooltip
from modelward.ui.kit.theme import FontRole, Theme, Token, Tone

R = TypeVar("R")

UNKNOWN = "—"
"""How an unknown value is shown, here and in every column's text."""

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_MARGIN = 10
_TAG_PADDING = 6
_TAG_GAP = 4
_TAG_RADIUS = 4
_MOST_KEPT = 5_000


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


class CellPainter(Generic[R]):
    """Paints rows. Ten thousand cells are painted while somebody scrolls, so that words and tags are kept as drawn."""

    def __init__(self, rows: RowsModel[R], look: TableLook) -> None:
        self._rows = rows
        self.set_look(look)

    def set_look(self, look: TableLook) -> None:
        """Takes other colours and fonts; the caller updates the view."""
        self._look = look
        self._metrics = QFontMetrics(look.font)
        self._strong_metrics = QFontMetrics(look.strong)
        self._tag_metrics = QFontMetrics(look.small)
        self._tag_height = self._tag_metrics.height() + 4
        self._text, self._muted = QPen(look.text), QPen(look.muted)
        self._tag_widths: dict[str, int] = {}
        self._tags: dict[tuple[CellTag, float], QPixmap] = {}
        self._shaped: dict[tuple[str, int, bool], tuple[QStaticText, QSizeF]] = {}

    def width_of(self, column: Column[R], row: R) -> int:
        """The width that shows a cell whole, in pixels."""
        if column.tags is not None and (tags := column.tags(row)):
            width = sum(self._tag_width(tag.word) + _TAG_GAP for tag in tags)
        else:
            width = (self._strong_metrics if column.is_strong else self._metrics).horizontalAdvance(column.text(row))
        return width + 2 * _MARGIN + 2

    def paint_ground(self, painter: QPainter, rect: QRect, *, is_selected: bool, is_hovered: bool) -> None:
        """Paints what lies under a whole row."""
        if is_selected:
            painter.fillRect(rect, self._look.selection)
        elif is_hovered:
            painter.fillRect(rect, self._look.hover)
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, self._look.grid)

    def paint_focus(self, painter: QPainter, rect: QRect) -> None:
        """Paints the frame around the cell that the keyboard is on."""
        painter.setPen(self._look.focus)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def paint_cell(self, painter: QPainter, rect: QRect, column: Column[R], row: R) -> None:
        """Paints text or tags of a cell."""
        inner = rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        if column.tags is not None and (tags := column.tags(row)):
            self._paint_tags(painter, inner, tags)
        else:
            self._paint_text(painter, inner, column, column.text(row))

    def _paint_text(self, painter: QPainter, rect: QRect, column: Column[R], text: str) -> None:
        is_quiet = column.is_muted or column.tags is not None or text == UNKNOWN
        painter.setPen(self._muted if is_quiet else self._text)
        painter.setFont(self._look.strong if column.is_strong else self._look.font)
        shaped, size = self._shape(text, rect.width(), is_strong=column.is_strong)
        left = rect.right() + 1 - size.width() if column.is_number else rect.left()
        painter.drawStaticText(QPointF(left, rect.top() + (rect.height() - size.height()) // 2), shaped)

    def _shape(self, text: str, width: int, *, is_strong: bool) -> tuple[QStaticText, QSizeF]:
        """The text, cut to a width and laid out; laying out takes five times as long as drawing."""
        key = (text, width, is_strong)
        shaped = self._shaped.get(key)
        if shaped is None:
            if len(self._shaped) > _MOST_KEPT:
                self._shaped.clear()
            # Of a name, the end tells as much as the beginning: a version, a date, a size.
            mode = Qt.TextElideMode.ElideMiddle if is_strong else Qt.TextElideMode.ElideRight
            metrics = self._strong_metrics if is_strong else self._metrics
            static = QStaticText(metrics.elidedText(text, mode, width))
            static.setTextFormat(Qt.TextFormat.PlainText)
            static.prepare(font=self._look.strong if is_strong else self._look.font)
            shaped = self._shaped[key] = (static, static.size())
        return shaped

    def _paint_tags(self, painter: QPainter, rect: QRect, tags: Sequence[CellTag]) -> None:
        left, top = rect.left(), rect.top() + (rect.height() - self._tag_height) // 2
        for position, tag in enumerate(tags):
            rest = len(tags) - position
            width = self._tag_width(tag.word)
            room = rect.right() + 1 - left - (self._tag_width(f"+{rest}") if rest > 1 else 0)
            if width > room and position:
                painter.setFont(self._look.small)
                painter.setPen(self._muted)
                painter.drawText(rect.adjusted(left - rect.left() + 2, 0, 0, 0), _LEFT, f"+{rest}")
                return
            painter.drawPixmap(left, top, self._tag(tag, painter.device().devicePixelRatio()))
            left += width + _TAG_GAP

    def _tag(self, tag: CellTag, ratio: float) -> QPixmap:
        drawn = self._tags.get((tag, ratio))
        if drawn is None:
            if len(self._tags) > _MOST_KEPT:
                self._tags.clear()
            drawn = self._tags[tag, ratio] = self._drawn(tag, ratio)
        return drawn

    def _drawn(self, tag: CellTag, ratio: float) -> QPixmap:
        box = QRect(0, 0, self._tag_width(tag.word), self._tag_height)
        drawn = QPixmap(box.size() * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        ground, ink = self._look.tones[tag.tone]
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, _TAG_RADIUS, _TAG_RADIUS)
        painter.setFont(self._look.small)
        painter.setPen(ink)
        painter.drawText(box, _CENTRE, tag.word)
        painter.end()
        return drawn

    def _tag_width(self, word: str) -> int:
        width = self._tag_widths.get(word)
        if width is None:
            width = self._tag_widths[word] = self._tag_metrics.horizontalAdvance(word) + 2 * _TAG_PADDING
        return width


class CellHints(QStyledItemDelegate, Generic[R]):
    """Tells Qt how wide a cell wants to be, and shows a cell that is cut short whole in its tooltip."""

    def __init__(self, rows: RowsModel[R], painter: CellPainter[R], view: QAbstractItemView) -> None:
        super().__init__(view)
        self._rows = rows
        self._painter = painter

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._painter.width_of(self._rows.columns[index.column()], self._rows.row_at(index.row()))
        return QSize(width, 0)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        if event.type() != QEvent.Type.ToolTip or not index.isValid() or index.data(Qt.ItemDataRole.ToolTipRole):
            return super().helpEvent(event, view, option, index)
        if self.sizeHint(option, index).width() > option.rect.width():
            QToolTip.showText(event.globalPos(), plain_tooltip(str(index.data())), view)
        return True
