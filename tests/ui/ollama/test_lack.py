"""The tab where there is no model to show: why, and the ways out of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from harness.catalog_tab import Eventually
from harness.ollama_library import Shelf
from harness.ollama_server import OllamaDouble
from harness.ollama_tab import Kept, closed, opened
from modelward.desk import Desk
from modelward.ui.shell.layout_store import LayoutStore

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def lost(
    desk: Desk, qapp: QApplication, shelf: Shelf, server: OllamaDouble, tmp_path: Path, eventually: Eventually
) -> AsyncIterator[Kept]:
    """A tab that finds neither a server nor a folder."""
    await server.stop()
    await desk.preferences.change("ollama.host", server.url)
    await desk.preferences.change("ollama.models", str(tmp_path / "not-there"))
    tab = await opened(desk, LayoutStore(tmp_path / "layout.ini"), qapp)
    await eventually(lambda: "no Ollama here" in tab.lack.title.text())
    yield Kept(desk, tab, shelf, server, eventually)
    await closed(tab)


async def test_without_ollama_it_is_said_what_it_is_for_and_where_it_was_looked_for(lost: Kept) -> None:
    lack = lost.tab.lack
    assert lack.isVisible()
    assert not lost.tab.table.isVisible()
    assert "private, free of charge" in lack.words.text()
    assert lost.server.url.removeprefix("http://") in lack.words.text()
    assert "not-there, which is not there" in lack.words.text()
    assert not lost.tab.server.verify.isEnabled()


async def test_a_chosen_folder_is_kept_in_the_settings_and_its_models_are_shown(lost: Kept) -> None:
    QTest.mouseClick(lost.tab.lack.folder, LEFT)
    dialog = await lost.dialog()
    assert isinstance(dialog, QFileDialog)
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    field.setText(str(lost.shelf.folder))
    dialog.accept()
    await lost.eventually(lambda: lost.tab.table.isVisible() and lost.row("qwen3:8b"))
    assert lost.desk.preferences.settings.ollama.models == str(lost.shelf.folder)


async def test_an_address_is_checked_and_kept_in_the_settings(lost: Kept) -> None:
    await lost.server.start()
    await lost.desk.preferences.change("ollama.host", "http://127.0.0.1:9")
    QTest.mouseClick(lost.tab.lack.address, LEFT)
    dialog = await lost.dialog()
    field = dialog.findChild(QLineEdit)
    assert field is not None
    field.setText("not an address")
    assert not next(
        each for each in dialog.findChildren(type(lost.tab.lack.again)) if each.text() == "Save"
    ).isEnabled()
    field.setText(lost.server.url)
    await lost.answer("Save")
    await lost.eventually(lambda: lost.desk.preferences.settings.ollama.host == lost.server.url)
    await lost.eventually(lambda: "running" in lost.tab.server.server.words)


async def test_a_folder_without_models_names_the_command_that_fetches_one(lost: Kept, tmp_path: Path) -> None:
    Shelf(tmp_path / "empty")
    await lost.desk.preferences.change("ollama.models", str(tmp_path / "empty"))
    await lost.reload()
    lack = lost.tab.lack
    assert lack.title.text() == "Ollama has no models yet"
    QTest.mouseClick(lack.copy, LEFT)
    assert QGuiApplication.clipboard().text() == "ollama pull llama3.2"
