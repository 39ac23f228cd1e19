"""What slots and the coroutines they start may raise, and where it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from modelward.core.errors import InputError, KnownError
from modelward.ui.kit.slots import cancel_spawned, guarded, set_error_handler, spawn


@pytest.fixture(autouse=True)
def told() -> Iterator[list[Exception]]:
    errors: list[Exception] = []
    set_error_handler(errors.append)
    yield errors
    set_error_handler(None)


class Sender(QObject):
    """A signal with two arguments and slots that take none, one, or fail."""

    sent = Signal(str, int)

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.seen: list[object] = []
        self._error = error

    @guarded
    def on_sent(self) -> None:
        if self._error is not None:
            raise self._error
        self.seen.append("nothing")

    @guarded
    def on_word(self, word: str) -> None:
        self.seen.append(word)

    @guarded
    def on_both(self, word: str, number: int) -> None:
        self.seen.append((word, number))


def test_a_guarded_slot_may_take_fewer_arguments_than_the_signal_has() -> None:
    sender = Sender()
    for slot in (sender.on_sent, sender.on_word, sender.on_both):
        sender.sent.connect(slot)
    sender.sent.emit("word", 7)
    assert sender.seen == ["nothing", "word", ("word", 7)]


def test_a_guarded_slot_of_a_button_needs_no_argument(qtbot: QtBot) -> None:
    button, sender = QPushButton(), Sender()
    qtbot.addWidget(button)
    button.clicked.connect(sender.on_sent)
    button.click()
    assert sender.seen == ["nothing"]


def test_a_known_error_of_a_slot_is_told_without_a_traceback(
    told: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    error = InputError("The file could not be read.", why="It ends too early.", todo="Get it again.")
    sender = Sender(error)
    sender.sent.connect(sender.on_sent)
    sender.sent.emit("", 0)
    assert told == [error]
    assert [(record.levelno, record.exc_info) for record in caplog.records] == [(logging.WARNING, None)]


def test_a_bug_in_a_slot_is_logged_whole_and_told(told: list[Exception], caplog: pytest.LogCaptureFixture) -> None:
    sender = Sender(ZeroDivisionError("on purpose"))
    sender.sent.connect(sender.on_sent)
    sender.sent.emit("", 0)
    assert [type(error) for error in told] == [ZeroDivisionError]
    assert "on_sent" in caplog.text
    assert "Traceback" in caplog.text


def test_without_anyone_to_show_it_an_error_is_still_logged(caplog: pytest.LogCaptureFixture) -> None:
    set_error_handler(None)
    Sender(KnownError("No network.")).on_sent()
    assert "No network." in caplog.text


async def test_a_spawned_coroutine_runs_though_nobody_holds_it() -> None:
    import gc

    ended = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        ended.set()

    spawn(work())
    gc.collect()
    await ended.wait()
    assert ended.is_set()


async def test_an_error_of_a_spawned_coroutine_is_told(told: list[Exception]) -> None:
    error = KnownError("The disk is full.")

    async def work() -> None:
        await asyncio.sleep(0)
        raise error

    await spawn(work())
    assert told == [error]


async def test_spawned_work_is_cancelled_at_the_end_and_may_clean_up(told: list[Exception]) -> None:
    steps: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            steps.append(name)

    tasks = [spawn(work("one")), spawn(work("two"))]
    await asyncio.sleep(0)
    await cancel_spawned()
    assert (sorted(steps), told) == (["one", "two"], [])
    assert all(task.done() for task in tasks)
