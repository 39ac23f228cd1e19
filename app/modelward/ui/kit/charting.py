"""Loads what charts are drawn with when the first chart is wanted: half a second, nearly all of it in a thread."""

from __future__ import annotations

import asyncio
import importlib
import time
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtWidgets

if TYPE_CHECKING:
    from modelward.ui.kit.plots import TimePlot
    from modelward.ui.kit.plots_bars import BarPlot
    from modelward.ui.kit.plots_heap import HeapPlot
    from modelward.ui.kit.plots_live import LivePlot
    from modelward.ui.kit.plots_scatter import ScatterPlot
    from modelward.ui.kit.plots_trend import TrendPlot

_SLICE_SECONDS = 0.004
"""How long the window may be busy at a time."""


async def load_plots() -> type[TimePlot]:
    """The class of charts of one value over time."""
    await _load("plots")
    from modelward.ui.kit.plots import TimePlot

    return TimePlot


async def load_trend() -> type[TrendPlot]:
    """The class of charts of several values over time."""
    await _load("plots_trend")
    from modelward.ui.kit.plots_trend import TrendPlot

    return TrendPlot


async def load_scatter() -> type[ScatterPlot]:
    """The class of scatter charts."""
    await _load("plots_scatter")
    from modelward.ui.kit.plots_scatter import ScatterPlot

    return ScatterPlot


async def load_bars() -> type[BarPlot]:
    """The class of bars with intervals."""
    await _load("plots_bars")
    from modelward.ui.kit.plots_bars import BarPlot

    return BarPlot


async def load_heap() -> type[HeapPlot]:
    """The class of charts of distributions."""
    await _load("plots_heap")
    from modelward.ui.kit.plots_heap import HeapPlot

    return HeapPlot


async def load_live() -> type[LivePlot]:
    """The class of charts of what is measured now."""
    await _load("plots_live")
    from modelward.ui.kit.plots_live import LivePlot

    return LivePlot


async def _load(module: str) -> None:
    # pyqtgraph looks up every name of Qt, and PySide makes its classes when they are: not thread-safe, and long.
    until = time.perf_counter() + _SLICE_SECONDS
    for library in (QtCore, QtGui, QtWidgets):
        for name in dir(library):
            getattr(library, name)
            if time.perf_counter() > until:
                await asyncio.sleep(0)
                until = time.perf_counter() + _SLICE_SECONDS
    await asyncio.to_thread(importlib.import_module, f"modelward.ui.kit.{module}")
