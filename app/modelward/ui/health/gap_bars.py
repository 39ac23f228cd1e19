"""The second card: how many models lack which field, and at which providers; a click shows them in the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from modelward.catalog.model import Field
from modelward.ui.catalog.names import provider_name
from modelward.ui.health.figures import Bar, Gaps
from modelward.ui.kit.bars import BarRow, Legend, Segment, StackedBars
from modelward.ui.kit.card import Card
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Token

_COLORS = (Token.ACCENT, Token.WORKING, Token.ATTENTION, Token.WELL)
_OTHERS = "other providers"


class GapsCard(Card):
    """Bars of the required fields and, on a scale of their own, of the optional ones.

    ``filter_requested`` carries a provider, "" for all of them, and the field that its models lack.
    """

    filter_requested = Signal(str, Field)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Missing, by field and provider", parent)
        self.shown = Gaps((), (), ())
        self.required = StackedBars(self)
        self.optional = StackedBars(self)
        self._legend = Legend(self)
        self.body.addWidget(self.required)
        self.body.addSpacing(SPACE // 2)
        # They are far more, as hardly anybody publishes them: on one scale, the bars above would vanish.
        self.body.addWidget(Text("Optional (their own scale)", "small", self))
        self.body.addWidget(self.optional)
        self.body.addWidget(self._legend)
        self.body.addWidget(Text("Click a part to see its models in the catalogue.", "small", self, wraps=True))
        for bars in (self.required, self.optional):
            bars.chosen.connect(self._on_bars_chosen)
        Theme.current().changed.connect(self._draw)

    def _draw(self) -> None:
        # The bars measure their words when they are made.
        self.show_gaps(self.shown)

    def show_gaps(self, gaps: Gaps) -> None:
        """Shows these bars."""
        self.shown = gaps
        colors = dict(zip(gaps.providers, _COLORS, strict=False))
        required, optional = _rows(gaps.required, colors), _rows(gaps.optional, colors)
        self.required.set_rows(required, beside=optional)
        self.optional.set_rows(optional, beside=required)
        entries: list[tuple[str, Token | str]] = [(provider_name(name), color) for name, color in colors.items()]
        if any(share.provider is None for bar in (*gaps.required, *gaps.optional) for share in bar.shares):
            entries.append(("others", Token.FAINT))
        self._legend.set_entries(entries)

    def _on_bars_chosen(self, field: str, provider: str) -> None:
        self.filter_requested.emit(provider, Field(field))


def _rows(bars: Sequence[Bar], colors: dict[str, Token]) -> list[BarRow]:
    return [BarRow(bar.field.value, bar.title, _segments(bar, colors)) for bar in bars]


def _segments(bar: Bar, colors: dict[str, Token]) -> list[Segment]:
    return [
        # Those without a colour are many: a click on them is a click on the whole row.
        Segment("", _OTHERS, share.count, Token.FAINT)
        if share.provider is None
        else Segment(share.provider, provider_name(share.provider), share.count, colors[share.provider])
        for share in bar.shares
    ]
