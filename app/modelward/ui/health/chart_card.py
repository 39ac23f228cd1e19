"""The chart: how complete the catalogue was over time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedLayout, QWidget

from modelward.core.atomic import replace_file
from modelward.core.errors import FolderError
from modelward.healing.model import Completion
from modelward.ui.health.figures import percent
from modelward.ui.kit import dialogs
from modelward.ui.kit.card import Card, EmptyState
from modelward.ui.kit.charting import load_plots
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.theme import Theme

if TYPE_CHECKING:
    from modelward.ui.kit.plots import TimePlot

_HEIGHT = 148
_MOST = 400
_SPANS = (("Day", timedelta(days=1)), ("2 weeks", timedelta(days=14)), ("3 months", timedelta(days=92)))
_TITLES = ("Completion, last 24 hours", "Completion, last 14 days", "Completion, last 3 months")
_FIRST = 1
_NOTHING = "The first healing cycle will begin this chart."

LONGEST = _SPANS[-1][1]
"""How far back the chart can look."""


class ChartCard(Card):
    """The completion of the catalogue, day, weeks or months back. What draws it is loaded when it is first seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_TITLES[_FIRST], parent)
        self._theme = Theme.current()
        self._history: tuple[Completion, ...] = ()
        self._now: Completion | None = None
        self._span = _FIRST
        self._is_wanted = False
        self.plot: TimePlot | None = None
        self.empty = EmptyState("health", _NOTHING, "", self)
        self.spans = self._span_buttons()
        self._holder = QWidget(self)
        self._stack = QStackedLayout(self._holder)
        self._stack.addWidget(self.empty)
        self.body.addWidget(self._holder)
        self._theme.changed.connect(self._size)
        self._size()

    def show_history(self, history: Sequence[Completion], now: Completion) -> None:
        """Shows how complete the catalogue was, oldest first, and is now."""
        self._history, self._now = tuple(history), now
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_wanted:
            self._is_wanted = True
            spawn(self._make_plot(), "chart")

    async def _make_plot(self) -> None:
        make = await load_plots()
        plot = self.plot = make("Completion over time", lambda value: percent(value / 100), self)
        for words, slot in (("Save as picture…", self._save_picture), ("Save as table…", self._save_table)):
            action = QAction(words, plot.view)
            action.triggered.connect(partial(_start, slot))
            plot.view.addAction(action)
        self._stack.addWidget(plot)
        self._draw()

    def _draw(self) -> None:
        has_any = bool(self._history)
        for button in self.spans.buttons():
            button.setVisible(has_any)
        if self.plot is None or self._now is None or not has_any:
            self._stack.setCurrentWidget(self.empty)
            self.empty.show_sentence("" if has_any else _NOTHING)
            return
        from modelward.ui.kit.plots import Point

        shown = within(self._history, self._now, self._now.at - _SPANS[self._span][1])
        points = [Point(each.at, 100 * each.complete / each.total) for each in thinned(shown) if each.total]
        self.plot.show_points(points, lowest(point.value for point in points), 100)
        self._stack.setCurrentWidget(self.plot)

    def _span_buttons(self) -> QButtonGroup:
        group = QButtonGroup(self)
        for number, (words, _span) in enumerate(_SPANS):
            button = QPushButton(words, self)
            button.setProperty("role", "quiet")
            button.setCheckable(True)
            button.setChecked(number == _FIRST)
            button.setAccessibleName(_TITLES[number])
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # the card keeps its height
            button.setSizePolicy(policy)
            group.addButton(button, number)
            self.add_action(button)
        group.idClicked.connect(self._on_span_clicked)
        return group

    @guarded
    def _on_span_clicked(self, number: int) -> None:
        self._span = number
        self.set_title(_TITLES[number])
        self._draw()

    def _size(self) -> None:
        self._holder.setFixedHeight(self._theme.scaled(_HEIGHT))

    async def _save_picture(self) -> None:
        if self.plot is None:
            return
        picture = self.plot.picture()
        path = await dialogs.save_file(self, "Save the chart", "completion.png", "Pictures (*.png)", "png")
        if path is not None and not picture.save(str(path), "PNG"):
            raise FolderError(f"{path} could not be written.", todo="Choose another folder.")

    async def _save_table(self) -> None:
        if self._now is None:
            return
        text = table([*self._history, self._now])
        path = await dialogs.save_file(self, "Save the figures", "completion.csv", "Tables (*.csv)", "csv")
        if path is not None:
            await asyncio.to_thread(_write, path, text)


def within(history: Sequence[Completion], now: Completion, since: datetime) -> list[Completion]:
    """The part of a history since a moment, begun by what held at that moment and ended by what holds now."""
    before = [each for each in history if each.at < since]
    shown = [each for each in history if since <= each.at <= now.at]
    if before:
        shown.insert(0, Completion(since, before[-1].complete, before[-1].total))
    return [*shown, now]


def thinned(shown: Sequence[Completion]) -> list[Completion]:
    """At most about :data:`_MOST` of these points, the last of each stretch of time: more could not be told apart, and
    would take longer to draw than a window may stand still."""
    if len(shown) <= _MOST:
        return list(shown)
    first, stretch = shown[0].at, (shown[-1].at - shown[0].at) / _MOST
    last = {int((each.at - first) / stretch): each for each in shown[1:]}
    return [shown[0], *last.values()]


def lowest(percents: Iterable[float]) -> float:
    """Where the scale begins, in percent: ten below what is shown, so that small steps can be seen."""
    least = min(percents, default=0.0)
    return float(max(0, min(90, math.floor(least / 10) * 10 - (10 if least % 10 < 1 else 0))))


def table(points: Sequence[Completion]) -> str:
    """The figures as CSV, times in UTC."""
    lines = (f"{each.at.isoformat(timespec='seconds')},{each.complete},{each.total}" for each in points)
    return "\n".join(("at,complete,models", *lines, ""))


def _write(path: Path, text: str) -> None:
    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise FolderError(f"{path} could not be written ({error.strerror}).", todo="Choose another folder.") from None


def _start(slot: Callable[[], Coroutine[Any, Any, None]], _checked: bool = False) -> None:
    spawn(slot(), "save the chart")
