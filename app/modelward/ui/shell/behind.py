"""What is loaded behind the first paint: modules in one thread, Qt's types in slices, while the window reacts."""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from PySide6 import QtWidgets

SWITCH_SECONDS = 0.001
"""How long a thread may hold the interpreter before the window gets its turn; Python's own 5 ms make a stutter."""

SLICE_SECONDS = 0.004
"""How long the window may be busy at a time."""

COLLECT_AFTER = (10_000, 5, 1_000)
"""When Python looks for garbage that refers to itself. A look through everything stops the window for a fifth of a
second once the catalogue was read anew; so it comes after fifty million objects, and the smaller looks take
milliseconds.
"""

_FOR_ROWS = ("modelward.desk",)
_FOR_THE_TABS = ("modelward.ui.shell.workspace",)
_FOR_THE_REST = (
    "modelward.ui.health.tab",
    "modelward.ui.backups.tab",
    "modelward.ui.ollama.tab",
    "modelward.ui.benchmarks.tab",
    "modelward.ui.shell.ollama_notices",
    "modelward.providers.service",
    "modelward.discovery.service",
    "modelward.discovery.standing",
    "modelward.spending.service",
    "modelward.healing.care",
    "modelward.ollama.service",
    "modelward.benchmarks.service",
    "modelward.advice.service",
    "structlog.stdlib",
    "structlog.dev",
    "apscheduler.schedulers.asyncio",
    "apscheduler.triggers.interval",
)
_FOR_THE_TRAY = ("modelward.ui.shell.background", "modelward.core.autostart")


def give_the_window_its_turn() -> None:
    """Lets threads hand over quickly; for the whole session, as background work never ends."""
    sys.setswitchinterval(SWITCH_SECONDS)


async def load_for_rows() -> None:
    """Loads what the catalogue's rows and their table need."""
    importing = asyncio.create_task(_import(_FOR_ROWS), name="import")
    await _make_qt_types()
    await importing
    await _import(_FOR_THE_TABS)


async def load_the_rest() -> None:
    """Loads everything else that the window uses sooner or later."""
    await _import(_FOR_THE_REST)


async def load_the_tray() -> None:
    """Loads what the window needs to be closed into the tray."""
    await _import(_FOR_THE_TRAY)


async def _make_qt_types() -> None:
    """Has PySide make its classes, which it does at their first use: all heirs of QWidget at once, a stutter of 20 ms,
    when Qt first hands over one that Python did not make. On the window's thread, as their making is not thread-safe.
    """
    until = time.perf_counter() + SLICE_SECONDS
    for name in dir(QtWidgets):
        getattr(QtWidgets, name)
        if time.perf_counter() > until:
            await asyncio.sleep(0)
            until = time.perf_counter() + SLICE_SECONDS


async def _import(modules: tuple[str, ...]) -> None:
    # A thread of its own and not the loop's executor: that one has several, which would wait for the same import locks.
    with ThreadPoolExecutor(1, thread_name_prefix="import") as thread:
        await asyncio.get_running_loop().run_in_executor(thread, _import_all, modules)


def _import_all(modules: tuple[str, ...]) -> None:
    for module in modules:
        importlib.import_module(module)


def collect_again() -> None:
    """Ends what the start of the program began: modules and rows are made to stay, so that collections on the way
    find nothing, and cost a sixth of the time.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        gc.enable()
