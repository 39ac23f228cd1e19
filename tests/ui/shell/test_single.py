"""A second start and the window it asks to come forward: real processes, real sockets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from modelward.ui.shell.single import Doorbell, address, ring

_SECOND_START = """
import pathlib, sys
from modelward.ui.shell.single import ring
print("ringing", flush=True)
sys.exit(0 if ring(pathlib.Path(sys.argv[1]), float(sys.argv[2])) else 4)
"""


@contextmanager
def _second_start(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _SECOND_START, str(folder), "30"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ringing\n"
        yield process


def test_a_second_start_raises_the_first_window(qtbot: QtBot, tmp_path: Path) -> None:
    doorbell = Doorbell(tmp_path)
    rings: list[bool] = []
    doorbell.rung.connect(lambda: rings.append(True))
    with _second_start(tmp_path) as second:
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=30_000)
    assert (second.returncode, rings) == (0, [True])
    doorbell.close()


def test_a_second_start_waits_for_a_window_that_does_not_listen_yet(qtbot: QtBot, tmp_path: Path) -> None:
    with _second_start(tmp_path) as second:
        assert second.poll() is None
        doorbell = Doorbell(tmp_path)
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=30_000)
    assert second.returncode == 0
    doorbell.close()


def test_nobody_at_home_is_told_after_the_patience_is_over(tmp_path: Path) -> None:
    assert not ring(tmp_path, 0.05)


def test_a_window_that_listens_but_hangs_is_given_up(tmp_path: Path) -> None:
    hanging = QLocalServer()
    hanging.listen(address(tmp_path))
    assert not ring(tmp_path, 0.05)
    hanging.close()


def test_the_socket_that_a_killed_window_left_is_replaced(qtbot: QtBot, tmp_path: Path) -> None:
    killed = QLocalServer()
    killed.listen(address(tmp_path))
    doorbell = Doorbell(tmp_path)
    doorbell.insist()
    with _second_start(tmp_path) as second:
        qtbot.waitUntil(lambda: second.poll() is not None, timeout=30_000)
    assert second.returncode == 0
    doorbell.close()
    killed.close()


def test_two_data_folders_have_two_windows(tmp_path: Path) -> None:
    doorbell = Doorbell(tmp_path / "one")
    assert address(tmp_path / "one") != address(tmp_path / "two")
    assert not ring(tmp_path / "two", 0.05)
    doorbell.close()


def test_a_stranger_on_the_socket_is_hung_up_on_and_raises_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    doorbell = Doorbell(tmp_path)
    rings: list[bool] = []
    doorbell.rung.connect(lambda: rings.append(True))
    stranger = QLocalSocket()
    stranger.connectToServer(address(tmp_path))
    stranger.write(b"GET / HTTP/1.1\r\n\r\n")
    qtbot.waitUntil(lambda: stranger.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert rings == []
    doorbell.close()
