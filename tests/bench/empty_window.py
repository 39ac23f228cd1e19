"""The yardstick of start-up: an empty PySide6 and qasync window that marks its first paint and ends."""

from __future__ import annotations

import asyncio
import os
import sys
import time

import qasync
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow


class EmptyWindow(QMainWindow):
    """A window that writes down when it was first painted."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with open(os.environ["MODELWARD_STARTUP_TRACE"], "a", encoding="utf-8") as trace:
            trace.write(f"painted {time.monotonic():.6f}\n")
        QTimer.singleShot(0, self.close)


async def main(app: QApplication) -> None:
    """Shows the window until it closes."""
    closed = asyncio.Event()
    app.lastWindowClosed.connect(closed.set)
    window = EmptyWindow()
    window.resize(1280, 800)
    window.show()
    await closed.wait()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    application.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner:
        runner.run(main(application))
