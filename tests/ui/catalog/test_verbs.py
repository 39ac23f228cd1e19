"""What can be done with models in the tab: values of one's own, copies, import and export."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QWidget,
)

from harness.catalog_tab import Eventually
from modelward.catalog.fields import FIELDS
from modelward.catalog.model import Field, Model
from modelward.ui.catalog.edit_dialog import EditDialog
from modelward.ui.catalog.tab import CatalogTab

Key, Button = Qt.Key, Qt.MouseButton
SONNET, UNKNOWN = "anthropic/claude-sonnet", "openai/gpt-unknown"


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Button.LeftButton)


def button(parent: QWidget, text: str) -> QAbstractButton:
    named = (each for each in parent.findChildren(QAbstractButton) if text in (each.text(), each.accessibleName()))
    return next(each for each in named if each.isVisible())


def said(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def row(tab: CatalogTab, model_id: str) -> Model:
    return next(model for model in tab.table.rows.rows() if model.id == model_id)


def dialog(tab: CatalogTab) -> QDialog:
    return next(each for each in tab.findChildren(QDialog) if each.isVisible())


def dialogs(tab: CatalogTab) -> list[QDialog]:
    return [each for each in tab.findChildren(QDialog) if each.isVisible()]


def choose(asked: QDialog, field: Field) -> None:
    fields = asked.findChild(QComboBox)
    fields.setCurrentText(FIELDS[field].title)


async def test_f2_sets_a_value_that_counts_above_all_and_is_marked(tab: CatalogTab, eventually: Eventually) -> None:
    tab.show_model(SONNET)
    QTest.keyClick(tab.table, Key.Key_F2)
    await eventually(lambda: dialogs(tab))
    asked = dialog(tab)
    assert "Now: 1,000,000 tokens (provider)." in said(asked)
    await eventually(asked.findChild(QLineEdit).hasFocus)
    QTest.keyClicks(asked.findChild(QLineEdit), "2M")
    click(button(asked, "Set value"))
    await eventually(lambda: row(tab, SONNET).context_window == 2_000_000)
    await eventually(lambda: "own value" in said(tab.details))
    assert "Your own value counts." in said(tab.details)


async def test_a_value_that_is_not_allowed_is_told_under_the_field_and_cannot_be_set(
    tab: CatalogTab, eventually: Eventually
) -> None:
    tab.show_model(UNKNOWN)
    QTest.keyClick(tab.table, Key.Key_F2)
    await eventually(lambda: dialogs(tab))
    asked = dialog(tab)
    assert not button(asked, "Set value").isEnabled()
    QTest.keyClicks(asked.findChild(QLineEdit), "-5 apples")
    assert "Not allowed. It must be a whole number in tokens." in said(asked)
    assert not button(asked, "Set value").isEnabled()
    choose(asked, Field.PRICE_INPUT)
    QTest.keyClicks(asked.findChild(QLineEdit), "0.25")
    assert button(asked, "Set value").isEnabled()
    QTest.keyClick(asked, Key.Key_Escape)
    await eventually(lambda: not dialogs(tab))
    assert row(tab, UNKNOWN).price_input is None


async def test_what_a_model_lacks_is_asked_for_first(tab: CatalogTab, eventually: Eventually) -> None:
    tab.show_model(UNKNOWN)
    await eventually(lambda: "Incomplete" in said(tab.details))
    click(button(tab.details, "Set a value…"))
    await eventually(lambda: dialogs(tab))
    asked = dialog(tab)
    assert isinstance(asked, EditDialog)
    assert asked.field is Field.CONTEXT_WINDOW
    asked.reject()


async def test_capabilities_are_ticked_and_a_kind_is_chosen(tab: CatalogTab, eventually: Eventually) -> None:
    tab.show_model(UNKNOWN)
    QTest.keyClick(tab.table, Key.Key_F2)
    await eventually(lambda: dialogs(tab))
    asked = dialog(tab)
    choose(asked, Field.KIND)
    choose(asked, Field.CAPABILITIES)
    for box in asked.findChildren(QCheckBox):
        if box.text() in ("tools", "vision"):
            box.click()
    click(button(asked, "Set value"))
    await eventually(lambda: row(tab, UNKNOWN).capabilities == {"tools", "vision"})
    assert "reasoning" in row(tab, UNKNOWN).not_capabilities


async def test_an_own_value_is_withdrawn_after_asking(tab: CatalogTab, eventually: Eventually) -> None:
    _model, changes = await tab.verbs._catalog.set_value(SONNET, Field.CONTEXT_WINDOW, "5")
    await tab.reload(changes)
    tab.show_model(SONNET)
    await eventually(lambda: "own value" in said(tab.details))
    click(button(tab.details, "Withdraw your value, so that the other sources count again"))
    await eventually(lambda: dialogs(tab))
    click(button(dialog(tab), "Withdraw"))
    await eventually(lambda: row(tab, SONNET).context_window == 1_000_000)
    assert not row(tab, SONNET).has_user_value


async def test_id_and_json_are_copied(tab: CatalogTab, eventually: Eventually) -> None:
    tab.show_model(SONNET)
    await eventually(lambda: "Sources differ" in said(tab.details))
    click(button(tab.details, "Copy ID"))
    assert QGuiApplication.clipboard().text() == SONNET
    click(button(tab.details, "Copy JSON"))
    await eventually(lambda: QGuiApplication.clipboard().text() != SONNET)
    copied = json.loads(QGuiApplication.clipboard().text())
    assert copied["contextWindow"] == 1_000_000
    assert {fact["value"]: fact["effective"] for fact in copied["facts"] if fact["field"] == "contextWindow"} == {
        1_000_000: True,
        128_000: False,
    }
    tab.table.setFocus()
    tab.table.selectAll()
    QTest.keyClick(tab.table, Key.Key_J, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    await eventually(lambda: isinstance(json.loads(QGuiApplication.clipboard().text()), list))


async def test_a_dropped_file_is_imported_and_what_came_of_it_is_told(
    tab: CatalogTab, tmp_path: Path, eventually: Eventually
) -> None:
    good, bad = tmp_path / "ollama-tags.json", tmp_path / "broken.json"
    good.write_text(json.dumps({"models": [{"name": "qwen3:8b", "model": "qwen3:8b", "size": 5_200_000_000}]}))
    bad.write_text('{"data": [')
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (good, bad)])
    copy, no_keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(tab, QDragEnterEvent(QPoint(50, 50), copy, data, Button.LeftButton, no_keys))
    assert "Drop to import" in said(tab)
    QApplication.sendEvent(tab, QDropEvent(QPointF(50, 50), copy, data, Button.LeftButton, no_keys))
    assert "Drop to import" not in said(tab)
    await eventually(lambda: "ollama/qwen3:8b" in tab.table.rows.shown_ids())
    told = said(tab.notice)
    assert "1 model was read from ollama-tags.json: 1 new, 0 changed. 1 file could not be read." in told
    assert "broken.json" in told


async def test_shown_models_are_exported_where_the_person_says(
    tab: CatalogTab, tmp_path: Path, eventually: Eventually
) -> None:
    QTest.keyClicks(tab.toolbar.search, "openai")
    click(button(tab, "Export…"))
    menu = next(each for each in tab.findChildren(QMenu) if each.isVisible())
    next(action for action in menu.actions() if action.text() == "Shown models as CSV…").trigger()
    menu.close()
    await eventually(lambda: dialogs(tab))
    asked = dialog(tab)
    assert isinstance(asked, QFileDialog)
    asked.setDirectory(str(tmp_path))
    name = asked.findChild(QLineEdit)
    name.setText(str(tmp_path / "mine"))
    click(next(each for each in asked.findChildren(QPushButton) if "Save" in each.text()))
    await eventually(lambda: "2 models were exported." in said(tab.notice))
    lines = (tmp_path / "mine.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["openai/gpt-mini", "openai/gpt-unknown"]


async def test_the_context_menu_offers_every_action_with_its_key(tab: CatalogTab) -> None:
    offered = {action.text(): action.shortcut().toString() for action in tab.table.actions() if action.text()}
    assert offered == {
        "Set a value…": "F2",
        "Withdraw own value…": "Shift+F2",
        "Copy ID": "Ctrl+I",
        "Copy as JSON": "Ctrl+Shift+J",
        "Copy rows": "Ctrl+C",
        "Copy cell": "Ctrl+Shift+C",
        "Only this provider": "",
        "Show details": "Return",
    }
