"""Dialogs, answered by mouse and keys while other tasks go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QLineEdit, QPushButton, QWidget

from modelward.core.errors import KnownError
from modelward.ui.kit.dialogs import ask_text, confirm, open_files, save_file, show_error

# Qt's offscreen platform has no window manager to tell of a window's least size, and says so.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

T = TypeVar("T")
LEFT = Qt.MouseButton.LeftButton
MARKUP = "Replace <b>all</b> & more?"


@pytest.fixture
async def window() -> AsyncIterator[QWidget]:
    window = QWidget()
    window.resize(600, 400)
    window.show()
    yield window
    delete_what_was_closed()
    assert window.findChildren(QDialog) == []
    window.close()
    window.deleteLater()


async def opened(question: Awaitable[T]) -> tuple[asyncio.Future[T], QDialog]:
    """Asks, and gives the dialog that stands open then."""
    task = asyncio.ensure_future(question)
    await asyncio.sleep(0)  # the question's first step opens its dialog
    (dialog,) = [found for found in QApplication.allWidgets() if isinstance(found, QDialog) and found.isVisible()]
    return task, dialog


async def answered(question: Awaitable[T], answer: Callable[[QDialog], None]) -> T:
    """Asks, answers, and gives what the question came to."""
    task, dialog = await opened(question)
    answer(dialog)
    return await task


def delete_what_was_closed() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def press(words: str) -> Callable[[QDialog], None]:
    def answer(dialog: QDialog) -> None:
        (button,) = [found for found in dialog.findChildren(QPushButton) if found.text() == words]
        QTest.mouseClick(button, LEFT)

    return answer


def key(which: Qt.Key) -> Callable[[QDialog], None]:
    return lambda dialog: QTest.keyClick(dialog, which)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (press("Restore"), True),
        (press("Cancel"), False),
        (key(Qt.Key.Key_Return), True),
        (key(Qt.Key.Key_Escape), False),
        (QDialog.close, False),
    ],
    ids=["the verb", "cancel", "enter", "escape", "the window's cross"],
)
async def test_a_question_is_answered(window: QWidget, answer: Callable[[QDialog], None], expected: bool) -> None:
    assert await answered(confirm(window, "Restore?", "From 14:00.", "Restore"), answer) is expected


async def test_enter_does_not_do_what_cannot_be_undone(window: QWidget) -> None:
    question = confirm(window, "Delete?", "It is gone then.", "Delete", danger=True)
    assert await answered(question, key(Qt.Key.Key_Return)) is False


async def test_markup_in_a_question_is_shown_as_it_is(window: QWidget) -> None:
    seen: list[tuple[str, Qt.TextFormat]] = []

    def look(dialog: QDialog) -> None:
        seen.extend((label.text(), label.textFormat()) for label in dialog.findChildren(QLabel) if label.text())
        dialog.reject()

    await answered(confirm(window, MARKUP, MARKUP, "Do"), look)
    assert seen == [(MARKUP, Qt.TextFormat.PlainText)] * 2


async def test_other_tasks_go_on_while_a_dialog_is_open(window: QWidget) -> None:
    steps: list[int] = []

    async def other() -> None:
        for number in range(5):
            await asyncio.sleep(0)
            steps.append(number)

    task, dialog = await opened(confirm(window, "Sure?", "", "Yes"))
    await other()
    assert (steps, task.done()) == ([0, 1, 2, 3, 4], False)
    dialog.reject()
    assert await task is False


async def test_a_cancelled_question_closes_its_dialog(window: QWidget) -> None:
    task, dialog = await opened(confirm(window, "Sure?", "", "Yes"))
    closed: list[int] = []
    dialog.finished.connect(closed.append)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == [QDialog.DialogCode.Rejected.value]


async def test_a_text_is_asked_for_and_trimmed(window: QWidget) -> None:
    def answer(dialog: QDialog) -> None:
        field = dialog.findChild(QLineEdit)
        assert field.selectedText() == "old"
        QTest.keyClicks(field, "  new ")
        QTest.keyClick(field, Qt.Key.Key_Return)

    question = ask_text(window, "Note", "Why?", "Save", value="old")
    assert await answered(question, answer) == "new"


async def test_a_text_that_cannot_be_taken_is_explained_and_not_taken(window: QWidget) -> None:
    def check(text: str) -> str:
        return "" if text.isdigit() else "A whole number is needed."

    def answer(dialog: QDialog) -> None:
        field = dialog.findChild(QLineEdit)
        QTest.keyClicks(field, "many")
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert dialog.isVisible()
        assert "A whole number is needed." in [label.text() for label in dialog.findChildren(QLabel)]
        field.selectAll()
        QTest.keyClicks(field, "128000")
        QTest.keyClick(field, Qt.Key.Key_Return)

    question = ask_text(window, "Context window", "In tokens.", "Set", check=check)
    assert await answered(question, answer) == "128000"


async def test_leaving_a_text_gives_none(window: QWidget) -> None:
    assert await answered(ask_text(window, "Note", "", "Save", value="x"), press("Cancel")) is None


async def test_an_error_can_be_copied_whole(window: QWidget) -> None:
    def answer(dialog: QDialog) -> None:
        press("Copy details")(dialog)
        press("Close")(dialog)

    error = KnownError("The file is damaged.", why="It ends too early.", todo="Get it again.")
    await answered(show_error(window, error, "line 7"), answer)
    expected = "The file is damaged. It ends too early. Get it again.\nline 7"
    assert QGuiApplication.clipboard().text() == expected


async def test_several_files_are_chosen(window: QWidget, tmp_path: Path) -> None:
    chosen = [tmp_path / "one.json", tmp_path / "two words.json"]
    for path in chosen:
        path.write_text("{}", encoding="utf-8")

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        dialog.setDirectory(str(tmp_path))
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        field.setText(" ".join(f'"{path}"' for path in chosen))
        dialog.accept()

    assert await answered(open_files(window, "Import"), answer) == chosen


async def test_a_place_to_save_gets_its_suffix(window: QWidget, tmp_path: Path) -> None:
    def answer(dialog: QDialog) -> None:
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        field.setText(str(tmp_path / "models"))
        dialog.accept()

    asked = save_file(window, "Export", "catalogue.csv", "Table (*.csv)", "csv")
    assert await answered(asked, answer) == tmp_path / "models.csv"


@pytest.mark.parametrize("ask", [lambda w: open_files(w, "Import"), lambda w: save_file(w, "Export", "a.csv")])
async def test_leaving_a_file_dialog_gives_nothing(
    window: QWidget, ask: Callable[[QWidget], Awaitable[list[Path] | Path | None]]
) -> None:
    assert not await answered(ask(window), QDialog.reject)


async def test_a_dialog_without_a_window_stands_by_itself(window: QWidget) -> None:
    task, dialog = await opened(confirm(None, "Sure?", "", "Yes"))
    assert dialog.isWindow()
    dialog.accept()
    assert await task is True
