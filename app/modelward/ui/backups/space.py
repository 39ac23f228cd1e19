"""The card of space: how much the copies take, of what kind they are, and how much they will take."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from modelward.backups.model import Backup, BackupHealth, Kind
from modelward.ui.backups.wording import size_text
from modelward.ui.kit.bars import Legend
from modelward.ui.kit.card import Card
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import Theme, Token

_HEIGHT = 6
_LEAST = 2
_COLORS = {Kind.HOURLY: Token.ACCENT, Kind.PRE_OPERATION: Token.WORKING, Kind.MANUAL: Token.ATTENTION}
_WORDS = {Kind.HOURLY: "hourly", Kind.PRE_OPERATION: "operations", Kind.MANUAL: "by hand"}


class SpaceCard(Card):
    """The space of the folder of copies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Space", parent)
        self.figure = Text("", "figure", self)
        self.words = Text("", "muted", self, wraps=True)
        self._bar = _ShareBar(self)
        self._legend = Legend(self)
        for widget in (self.figure, self.words, self._bar, self._legend):
            self.body.addWidget(widget)

    def show_space(self, backups: Sequence[Backup], health: BackupHealth) -> None:
        """Shows what these copies take, and the forecast."""
        sizes = {kind: sum(copy.size_bytes for copy in backups if copy.kind is kind) for kind in Kind}
        self.figure.setText(size_text(health.space_used))
        free = "" if health.free_bytes is None else f"{size_text(health.free_bytes)} free \N{MIDDLE DOT} "
        self.words.setText(f"{free}about {size_text(health.forecast_bytes)} in a year")
        self.words.setToolTip("What the copies will take in a year, at the pace of the last four weeks")
        self._bar.set_shares([(sizes[kind], token) for kind, token in _COLORS.items()])
        self._legend.set_entries(
            [(f"{_WORDS[kind]} {size_text(sizes[kind])}", token) for kind, token in _COLORS.items() if sizes[kind]]
        )


class _ShareBar(QWidget):
    """Parts of one whole, side by side; the legend below says which is which."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._shares: Sequence[tuple[int, Token]] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_shares(self, shares: Sequence[tuple[int, Token]]) -> None:
        self._shares = [share for share in shares if share[0] > 0]
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.scaled(120), self._theme.scaled(_HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(Token.GRID))
        whole, left, value = sum(size for size, _ in self._shares), 0, 0
        for size, token in self._shares:
            value += size
            right = max(left + _LEAST, round(self.width() * value / whole))
            painter.fillRect(QRect(left, 0, right - left, self.height()), self._theme.color(token))
            left = right
