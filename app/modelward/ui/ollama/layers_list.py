"""The layers of a model: what each is, its digest, its size and the state of its blob."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from modelward.ollama.model import BlobState, Layer, LayerCheck
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone
from modelward.ui.ollama import figures, wording

_TITLE, _STATE = 72, 80

MOST = 12
"""So many lines are shown; of more, the bad ones come first."""

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class LayersList(QWidget):
    """A line a layer. ``work_on`` says what is done to a blob now."""

    def __init__(self, work_on: Callable[[Layer], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._work_on = work_on
        self._shown: Sequence[LayerCheck] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE + SPACE // 2)
        self._grid.setVerticalSpacing(SPACE)
        self._grid.setColumnStretch(0, 1)
        self._lines: list[_Line] = []
        self.rest = Text("", "small", self, wraps=True)
        self.rest.hide()

    def show_layers(self, layers: Sequence[LayerCheck], now: datetime) -> None:
        """Shows these layers instead of the former ones."""
        self._shown, rest = chosen(layers)
        self._grid.removeWidget(self.rest)
        while len(self._lines) < len(self._shown):
            self._lines.append(_Line(self, self._grid, len(self._lines)))
        for place, line in enumerate(self._lines):
            line.show_check(self._shown[place] if place < len(self._shown) else None, now)
        self._grid.addWidget(self.rest, len(self._lines), 0, 1, 4)
        self.rest.setText(rest_text(rest))
        self.rest.setVisible(bool(rest))
        self.show_work()

    def show_work(self) -> None:
        """Shows anew what is done to the blobs."""
        for line, check in zip(self._lines, self._shown, strict=False):
            line.show_state(check, self._work_on(check.layer))


class _Line:
    def __init__(self, parent: QWidget, grid: QGridLayout, row: int) -> None:
        self._title = ElidedLabel("", "", parent)
        self._digest = Text("", "mono", parent)
        self._size = Text("", "", parent)
        self._size.setAlignment(_RIGHT)
        self._tag = Tag("", Tone.NEUTRAL, parent)
        for column, widget in enumerate((self._title, self._digest, self._size)):
            grid.addWidget(widget, row, column)
        grid.addWidget(self._tag, row, 3, Qt.AlignmentFlag.AlignLeft)  # without it, the widest would be cut
        self._digest.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_check(self, check: LayerCheck | None, now: datetime) -> None:
        for widget in (self._title, self._digest, self._size, self._tag):
            widget.setVisible(check is not None)
        if check is None:
            return
        self._title.setText(wording.layer_title(check.layer))
        self._title.setMinimumWidth(min(self._title.sizeHint().width(), Theme.current().scaled(_TITLE)))
        self._digest.setText(figures.short(check.layer.digest))
        self._size.setText(figures.size_text(check.layer.size))
        told = plain_tooltip(wording.blob_text(check, now))
        for widget in (self._digest, self._size, self._tag):
            widget.setToolTip(told)

    def show_state(self, check: LayerCheck, work: str) -> None:
        tag = wording.blob_tag(check)
        word, tone = (work, Tone.WORKING) if work else (tag.word, tag.tone)
        if self._tag.text() != word:
            self._tag.show_state(word, tone)
            # The state itself is never cut; how many share the blob may be.
            self._tag.setMinimumWidth(min(self._tag.sizeHint().width(), Theme.current().scaled(_STATE)))
            self._tag.updateGeometry()


def chosen(layers: Sequence[LayerCheck]) -> tuple[Sequence[LayerCheck], Sequence[LayerCheck]]:
    """The layers that are shown, and the rest: in their own order, but the bad ones first where there are many."""
    if len(layers) <= MOST:
        return layers, ()
    ranked = sorted(layers, key=lambda check: check.check.state in (BlobState.INTACT, BlobState.UNPROVEN))
    return ranked[:MOST], ranked[MOST:]


def rest_text(rest: Sequence[LayerCheck]) -> str:
    """What the rest is: ``and 300 more, 4.2 GiB, all intact``."""
    if not rest:
        return ""
    size = figures.size_text(sum(check.layer.size for check in rest))
    bad = sum(check.check.state not in (BlobState.INTACT, BlobState.UNPROVEN) for check in rest)
    intact = sum(check.check.state is BlobState.INTACT for check in rest)
    told = f"{bad:,} of them bad" if bad else "all intact" if intact == len(rest) else f"{intact:,} of them proven"
    return f"and {len(rest):,} more, {size}, {told}"
