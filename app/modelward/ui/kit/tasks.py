"""The tasks of one view, so that it is not taken down under them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from modelward.ui.kit.slots import spawn


class Tasks:
    """Starts coroutines from slots and knows which still run. What may be cut off is cancelled when the view closes."""

    def __init__(self) -> None:
        self._held: set[asyncio.Task[None]] = set()
        self._loose: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], name: str, *, can_be_cut: bool = False) -> None:
        """Start work; ``can_be_cut``: it only looks, and nothing is lost when it is cancelled."""
        task = spawn(work, name)
        group = self._loose if can_be_cut else self._held
        group.add(task)
        task.add_done_callback(group.discard)

    async def end(self) -> None:
        """Cancel what may be cut off, and wait for the rest."""
        for task in self._loose:
            task.cancel()
        while running := self._held | self._loose:
            await asyncio.wait(running)
