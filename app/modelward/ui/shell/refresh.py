"""After a verb: what its changes concern is read anew, once, however fast the changes come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from modelward.core.changes import Changes
from modelward.ui.kit.slots import report


class Refresh:
    """Collects changes and hands them to ``reload``, one round at a time; errors are told by the window."""

    def __init__(self, reload: Callable[[Changes], Awaitable[None]]) -> None:
        self._reload = reload
        self._waiting = Changes.nothing()
        self._task: asyncio.Task[None] | None = None

    def tell(self, changes: Changes) -> None:
        """What these changes concern is reloaded soon."""
        self._waiting |= changes
        if self._waiting and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="refresh")
            self._task.add_done_callback(self._on_done)

    async def settled(self) -> None:
        """Waits until everything shows what was told."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Ends a reload that is under way; nothing follows."""
        self._waiting = Changes.nothing()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._waiting:
            changes, self._waiting = self._waiting, Changes.nothing()
            await self._reload(changes)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            report(error)
        if self._waiting:
            self.tell(Changes.nothing())
