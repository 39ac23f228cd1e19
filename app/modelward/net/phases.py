"""The phases of a call, and when each has lasted too long."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import Enum
from typing import Any

from modelward.net.model import Moment, Patience, Tell


class Phase(Enum):
    """What a call is doing."""

    CONNECTING = "connecting"
    SENDING = "sending"
    WAITING = "waiting"
    READING = "reading"


class Watch:
    """Keeps the time of one call: the phases of each of its requests, and the whole."""

    def __init__(self, patience: Patience, tell: Tell | None = None) -> None:
        """``tell`` is told of each moment."""
        self._patience = patience
        self._tell = tell
        self._time = asyncio.get_running_loop().time
        self._begun = self._time()
        self._end = None if patience.total is None else self._begun + patience.total
        self._limit = asyncio.timeout(None)
        self.phase = Phase.CONNECTING
        self.door: tuple[str, int] | None = None
        """The host and port that were last connected to: the server's own, or a proxy's."""
        self.socket: int | None = None
        """The number of the socket that the answer comes through; only looked for where somebody is told."""

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return self._time() - self._begun

    @property
    def seconds(self) -> float:
        """How long the phase at hand may last; the whole call, where that is over."""
        if self._end is not None and self._time() >= self._end:
            return self._patience.total or 0.0
        patience = self._patience
        return {Phase.CONNECTING: patience.connect, Phase.READING: patience.between}.get(
            self.phase, patience.first_byte
        )

    def head(self) -> asyncio.Timeout:
        """The limit for one request until the head of its answer; :meth:`trace` moves it from phase to phase."""
        self.phase = Phase.CONNECTING
        self._limit = asyncio.timeout_at(self._within(self._patience.connect))
        return self._limit

    def sent(self) -> None:
        """A piece of the question was taken: the next may last as long again."""
        self._enter(Phase.SENDING)

    def piece(self) -> asyncio.Timeout:
        """The limit for one more piece of the answer."""
        self.phase = Phase.READING
        return asyncio.timeout_at(self._within(self._patience.between))

    async def trace(self, name: str, info: Mapping[str, Any]) -> None:
        """Told by the connection of each of its steps. A tunnel through a proxy is part of connecting."""
        if name.endswith(".connect_tcp.started"):
            self.door = (str(info["host"]), int(info["port"]))
        if name.endswith("send_request_headers.complete"):
            # Not when it is started: before the bytes go out, the connection lets other calls take their turns.
            self.came(Moment.SENDING)
        if not name.endswith(".started") or getattr(info.get("request"), "method", b"") == b"CONNECT":
            return
        if name.endswith("send_request_headers.started"):
            self._enter(Phase.SENDING)
        elif name.endswith("receive_response_headers.started"):
            self._enter(Phase.WAITING)

    def answered(self, stream: Any) -> None:
        """The head of the answer has come through this stream of httpcore's."""
        if self._tell is not None:
            socket = stream.get_extra_info("socket")
            self.socket = None if socket is None else socket.fileno()
            self.came(Moment.HEAD)

    def came(self, moment: Moment) -> None:
        """Told by whoever sees it come."""
        if self._tell is not None:
            self._tell(moment, self.socket)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._limit.reschedule(self._within(self._patience.first_byte))

    def _within(self, seconds: float) -> float:
        end = self._time() + seconds
        return end if self._end is None else min(end, self._end)
