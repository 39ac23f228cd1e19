"""The Catalogue tab in use: search, filters, keyboard, layout."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QListWidget, QPushButton, QWidget

from harness.catalog_tab import EVIL, Eventually, MakeTab
from modelward.catalog.model import Field
from modelward.ui.catalog.tab import CatalogTab
from modelward.ui.kit.choices import ChoicePopup, LimitPopup
from modelward.ui.kit.controls import FilterChip

Key, Button = Qt.Key, Qt.MouseButton
ALL = {"anthropic/claude-sonnet", "openai/gpt-mini", "ollama/llama3.2:3b", "openai/gpt-unknown", EVIL}


def shown(tab: CatalogTab) -> set[str]:
    return set(tab.table.rows.shown_ids())


def click(widget: QWidget, place: QPoint | None = None) -> None:
    QTest.mouseClick(widget, Button.LeftButton, Qt.KeyboardModifier.NoModifier, place or QPoint())


def chip(tab: CatalogTab, name: str) -> FilterChip:
    return next(each for each in tab.findChildren(FilterChip) if each.text().startswith(name) and each.isVisible())


def tick(tab: CatalogTab, word: str) -> None:
    popup = tab.findChild(ChoicePopup)
    choices = popup.findChild(QListWidget)
    item = next(choices.item(at) for at in range(choices.count()) if choices.item(at).text().startswith(word))
    click(choices.viewport(), choices.visualItemRect(item).center())


def said(tab: CatalogTab) -> set[str]:
    return {label.text() for label in tab.findChildren(QLabel) if label.isVisible()}


async def test_it_says_how_many_models_of_how_many_providers_there_are(tab: CatalogTab) -> None:
    assert shown(tab) == ALL
    assert "5 models · 4 providers" in said(tab)
    assert tab.toolbar.search.placeholderText() == "Search 5 models"


async def test_typing_narrows_the_table_and_every_word_must_match(tab: CatalogTab) -> None:
    tab.focus_search()
    QTest.keyClicks(tab.toolbar.search, "OPENAI mini")
    assert shown(tab) == {"openai/gpt-mini"}
    assert "1 shown · 1 provider" in said(tab)


async def test_arrow_down_leads_from_the_search_into_the_table(tab: CatalogTab, eventually: Eventually) -> None:
    tab.focus_search()
    await eventually(tab.toolbar.search.hasFocus)
    QTest.keyClick(tab.toolbar.search, Key.Key_Down)
    await eventually(tab.table.hasFocus)
    assert tab.table.current_row() is not None


async def test_ctrl_f_goes_to_the_search_and_escape_clears_everything(tab: CatalogTab, eventually: Eventually) -> None:
    tab.table.setFocus()
    await eventually(tab.table.hasFocus)
    QTest.keyClick(tab.table, Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    await eventually(tab.toolbar.search.hasFocus)
    QTest.keyClicks(tab.toolbar.search, "gpt")
    click(chip(tab, "Incomplete"))
    assert shown(tab) == {"openai/gpt-unknown"}
    tab.table.setFocus()
    QTest.keyClick(tab.table, Key.Key_Escape)
    assert shown(tab) == ALL


async def test_providers_are_ticked_in_a_list_and_let_go_by_the_mark(tab: CatalogTab) -> None:
    click(chip(tab, "Provider"))
    tick(tab, "OpenAI")
    assert shown(tab) == {"openai/gpt-mini", "openai/gpt-unknown"}
    tick(tab, "Ollama")
    assert shown(tab) == {"openai/gpt-mini", "openai/gpt-unknown", "ollama/llama3.2:3b"}
    tab.findChild(ChoicePopup).close()
    active = chip(tab, "Provider")
    assert active.text() == "Provider: Ollama +1"
    click(active, QPoint(active.width() - 12, active.height() // 2))
    assert shown(tab) == ALL


async def test_a_list_is_ticked_by_keyboard(tab: CatalogTab) -> None:
    click(chip(tab, "Capability"))
    choices = tab.findChild(ChoicePopup).findChild(QListWidget)
    QTest.keyClick(choices, Key.Key_Space)
    assert chip(tab, "Capability").text() == "Capability: tools"
    assert shown(tab) == {"anthropic/claude-sonnet", "openai/gpt-mini", "ollama/llama3.2:3b"}
    tab.findChild(ChoicePopup).close()


async def test_a_least_context_can_be_typed_and_a_wrong_one_is_told(tab: CatalogTab) -> None:
    click(chip(tab, "Context"))
    popup = next(each for each in tab.findChildren(LimitPopup) if each.isVisible())
    field = popup.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "many")
    QTest.keyClick(field, Key.Key_Return)
    assert any("whole number" in text for text in said(tab))
    field.clear()  # type: ignore[attr-defined]
    QTest.keyClicks(field, "500k")
    QTest.keyClick(field, Key.Key_Return)
    assert shown(tab) == {"anthropic/claude-sonnet"}
    assert chip(tab, "Context").text() == "Context: ≥ 500,000"


async def test_switches_filter_and_let_go(tab: CatalogTab) -> None:
    click(chip(tab, "Incomplete"))
    assert shown(tab) == {"openai/gpt-unknown", EVIL}
    click(chip(tab, "Incomplete"))
    assert shown(tab) == ALL


async def test_where_nothing_matches_the_way_out_is_one_click(tab: CatalogTab) -> None:
    QTest.keyClicks(tab.toolbar.search, "no such model")
    assert "No model matches the search and the filters." in said(tab)
    click(next(each for each in tab.empty.findChildren(QPushButton) if each.isVisible()))
    assert shown(tab) == ALL


async def test_health_can_ask_for_what_a_provider_lacks(tab: CatalogTab) -> None:
    QTest.keyClicks(tab.toolbar.search, "sonnet")
    tab.show_filter(provider="openai", missing=Field.CONTEXT_WINDOW)
    assert shown(tab) == {"openai/gpt-unknown"}
    assert chip(tab, "Missing").text() == "Missing: context window"


async def test_a_model_that_is_asked_for_is_shown_even_where_a_filter_hides_it(tab: CatalogTab) -> None:
    click(chip(tab, "Incomplete"))
    tab.show_model("openai/gpt-mini")
    assert [row.id for row in tab.table.selected_rows()] == ["openai/gpt-mini"]
    assert shown(tab) == ALL


async def test_columns_splitter_and_details_are_found_again(make_tab: MakeTab) -> None:
    first = await make_tab()
    first.table.header.moveSection(1, 0)
    first.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    click(first.toolbar.details)
    second = await make_tab()
    assert second.table.header.shown_columns()[0] == 1
    assert second.table.rows.sorting == (3, True)
    assert not second.details.isVisible()


async def test_a_narrow_window_shows_the_table_alone_until_details_are_asked_for(tab: CatalogTab) -> None:
    assert tab.details.isVisible()
    tab.resize(1024, 560)
    assert not tab.details.isVisible()
    QTest.keyClick(tab.table, Key.Key_Return)
    assert tab.details.isVisible()
    tab.resize(1000, 560)
    assert tab.details.isVisible()


async def test_markup_and_turning_marks_of_strangers_are_shown_as_they_are(
    tab: CatalogTab, eventually: Eventually
) -> None:
    tab.show_model(EVIL)
    await eventually(lambda: "<b>bold</b>\N{REPLACEMENT CHARACTER}gnp" in said(tab))
    labels = [label for label in tab.details.findChildren(QLabel) if label.isVisible() and label.text()]
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
    position = tab.table.rows.shown_ids().index(EVIL)
    assert "\u202e" not in str(tab.table.rows.index(position, 0).data())


async def test_every_button_has_a_name_and_can_be_reached_by_keyboard(tab: CatalogTab, eventually: Eventually) -> None:
    tab.show_model("anthropic/claude-sonnet")
    await eventually(lambda: "Sources differ" in said(tab))
    buttons = [
        each
        for each in tab.findChildren(QAbstractButton)
        if each.isVisible() and not isinstance(each.parent(), QLineEdit)
    ]
    nameless = [each for each in buttons if not (each.accessibleName() or each.text())]
    unreachable = [
        each.text() or each.accessibleName() for each in buttons if not each.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert nameless == []
    assert unreachable == []


async def test_an_empty_catalogue_says_whether_it_is_being_filled_or_what_to_do(tab: CatalogTab) -> None:
    tab.set_models([])
    assert any("Import a list of models" in text for text in said(tab))
    tab.show_filling(is_filling=True)
    assert any("being filled" in text for text in said(tab))
    tab.show_filling(is_filling=False)
    assert any("Import a list of models" in text for text in said(tab))
