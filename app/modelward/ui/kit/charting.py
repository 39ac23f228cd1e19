"""Loads what charts are drawn with when the first chart is wanted: half a second, nearly all of it in a thread."""

from __future__ import annotations

import asyncio
import importlib
import time
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtWidgets

if TYPE_CHECKING:
    from modelward.ui.kit.plots import TimePlot

_SLICE_SECONDS = 0.004
"""How long the window may be busy at a time."""


async def load_plots() -> type[TimePlot]:
    """The class of charts over time."""
    # pyqtgraph looks up every name of Qt, and PySide makes its classes when they are: not thread-safe, and long.
    until = time.perf_counter() + _SLICE_SECONDS
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            getattr(module, name)
            if time.perf_counter() > until:
                await asyncio.sleep(0)
                until = time.perf_counter() + _SLICE_SECONDS
    await asyncio.to_thread(importlib.import_module, "modelward.ui.kit.plots")
    from modelward.ui.kit.plots import TimePlot

    return TimePlot
