"""A lane: one thread that owns one connection and does one piece of work after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from modelward.store.faults import told

T = TypeVar("T")


class Lane:
    """Work on a database in the order in which it was asked for, each piece in one transaction of its own.

    A caller that stops waiting harms nothing: work still in the queue is dropped, work that runs is finished.
    """

    def __init__(self, name: str, engine: Engine, where: str) -> None:
        """``name`` is the thread's; ``where`` names the store in messages, without a password."""
        self._engine = engine
        self._where = where
        self._connection: Connection | None = None
        self._closing: Future[None] | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns; its transaction is committed, or rolled back where it raised."""
        return await self.call(lambda: self._in_transaction(work))

    async def run_bare(self, work: Callable[[Any], T]) -> T:
        """What ``work`` does with the driver's own connection, outside of any transaction of ours."""
        return await self.call(lambda: work(self._connected().connection.driver_connection))

    async def call(self, work: Callable[[], T]) -> T:
        """What ``work`` returns, done on the lane's thread without a connection."""
        return await asyncio.wrap_future(self._executor.submit(self._told, work))

    async def close(self) -> None:
        """Finish what is queued, close the connection, end the thread. May be called twice."""
        if self._closing is None:
            self._closing = self._executor.submit(self._disconnect)
            self._executor.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(self._closing))
        self._executor.shutdown(wait=True)

    def _told(self, work: Callable[[], T]) -> T:
        with told(self._where):
            return work()

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        connection = self._connected()
        with connection.begin():
            return work(connection)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()
