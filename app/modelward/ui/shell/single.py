"""One window per data folder: a second start asks the first to come forward, over a local socket."""

from __future__ import annotations

import hashlib
import logging
import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""How long a second start waits for the first to answer."""

_COME_FORWARD = b"come forward\n"
_COMING = b"coming\n"


def address(data_folder: Path) -> str:
    """The name under which the window of a data folder listens; short, as socket paths are limited to 107 bytes."""
    digest = hashlib.sha256(str(data_folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    return f"modelward-{digest[:20]}"


class Doorbell(QObject):
    """Listens for second starts; emits :attr:`rung` when one asks the window to come forward.

    The socket that a killed process left is only removed by :meth:`insist`: before the store's lock is held, it may be
    that of a window which is faster.
    """

    rung = Signal()

    def __init__(self, data_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_server_new_connection)
        self._address = address(data_folder)
        self._server.listen(self._address)

    def insist(self) -> None:
        """Listens for sure. Only for the process that holds the store's lock: it takes the address from any other."""
        if self._server.isListening():
            return
        QLocalServer.removeServer(self._address)
        if not self._server.listen(self._address):
            logger.warning("A second start cannot raise this window: %s.", self._server.errorString())

    def close(self) -> None:
        """Stops listening and removes the socket."""
        self._server.close()

    def _on_server_new_connection(self) -> None:
        while (caller := self._server.nextPendingConnection()) is not None:
            caller.readyRead.connect(self._on_caller_ready_read)
            caller.disconnected.connect(caller.deleteLater)
            if caller.bytesAvailable():
                self._answer(caller)

    def _on_caller_ready_read(self) -> None:
        caller = self.sender()
        if isinstance(caller, QLocalSocket):
            self._answer(caller)

    def _answer(self, caller: QLocalSocket) -> None:
        if bytes(caller.read(len(_COME_FORWARD)).data()) != _COME_FORWARD:
            caller.abort()
            return
        caller.write(_COMING)
        caller.flush()
        self.rung.emit()


def ring(data_folder: Path, patience_seconds: float = PATIENCE_SECONDS) -> bool:
    """Asks the window of a data folder to come forward; True when it answered in time.

    It may hold the lock and not yet listen (it is starting), so that a refused connection is tried again.
    """
    until = time.monotonic() + patience_seconds
    while (left_ms := int((until - time.monotonic()) * 1000)) > 0:
        socket = QLocalSocket()
        socket.connectToServer(address(data_folder))
        if socket.waitForConnected(left_ms):
            return _asked(socket, until)
        time.sleep(min(0.02, left_ms / 1000))
    return False


def _asked(socket: QLocalSocket, until: float) -> bool:
    socket.write(_COME_FORWARD)
    answer = b""
    while len(answer) < len(_COMING) and (left_ms := int((until - time.monotonic()) * 1000)) > 0:
        if not socket.waitForReadyRead(left_ms):
            break
        answer += bytes(socket.readAll().data())
    socket.disconnectFromServer()
    return answer == _COMING
