"""What is imported behind the first paint, in one thread, so that the window stands and reacts meanwhile."""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

SWITCH_SECONDS = 0.001
"""How long a thread may hold the interpreter before the window gets its turn; Python's own 5 ms make a stutter."""

_FOR_ROWS = ("modelward.desk", "modelward.ui.shell.workspace")
_FOR_THE_REST = ("modelward.ui.health.tab", "structlog.stdlib")


async def import_for_rows() -> None:
    """Imports what the catalogue's rows need."""
    await _import(_FOR_ROWS)


async def import_the_rest() -> None:
    """Imports everything else that the window uses sooner or later."""
    await _import(_FOR_THE_REST)


async def _import(modules: tuple[str, ...]) -> None:
    # A thread of its own and not the loop's executor: that one has several, which would wait for the same import locks.
    with ThreadPoolExecutor(1, thread_name_prefix="import") as thread:
        await asyncio.get_running_loop().run_in_executor(thread, _import_all, modules)


def _import_all(modules: tuple[str, ...]) -> None:
    with _without_collections():
        for module in modules:
            importlib.import_module(module)


@contextmanager
def _without_collections() -> Iterator[None]:
    """Modules are made to stay: collections while they load find nothing, and cost a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def give_the_window_its_turn() -> None:
    """Lets threads hand over quickly; for the whole session, as background work never ends."""
    sys.setswitchinterval(SWITCH_SECONDS)
