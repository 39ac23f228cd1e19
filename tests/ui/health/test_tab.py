"""The Health tab: what it shows of given models, and what its clicks ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from harness.catalog_tab import Eventually
from modelward.catalog.model import Capability, Field, Kind, Model
from modelward.desk import Desk
from modelward.ui.health.tab import HealthTab
from modelward.ui.kit.slots import cancel_spawned
from modelward.ui.kit.theme import Theme
from modelward.ui.shell.layout_store import LayoutStore

CLICK = Qt.MouseButton.LeftButton


def _model(id_: str, **known: object) -> Model:
    provider, name = id_.split("/", 1)
    return Model(id_, provider, name, kind=Kind.CHAT, **known)  # type: ignore[arg-type]


def _complete(id_: str) -> Model:
    return _model(
        id_,
        context_window=1000,
        capabilities=frozenset({Capability.TOOLS}),
        price_input=Decimal(1),
        price_output=Decimal(0),
        is_complete=True,
    )


MODELS = [
    *(_complete(f"openai/gpt-{n}") for n in range(7)),
    _model("openrouter/aurora", context_window=5),
    _model("openrouter/nova"),
    _model("groq/<b>compound</b>", context_window=5, capabilities=frozenset({Capability.VISION})),
]


@pytest.fixture
async def tab(qapp: QApplication, desk: Desk, tmp_path: Path) -> AsyncIterator[HealthTab]:
    made = HealthTab(desk, Theme.install(qapp), LayoutStore(tmp_path / "layout.ini"))
    await made.finish()
    await made.show_models(MODELS)
    made.resize(1280, 700)
    made.show()
    yield made
    await cancel_spawned()
    made.stop()
    made.close()
    made.deleteLater()


def _button(tab: HealthTab, words: str) -> QAbstractButton:
    named = {button.accessibleName(): button for button in tab.findChildren(QAbstractButton)}
    return named[words]


async def test_the_first_card_says_how_many_are_complete(tab: HealthTab) -> None:
    assert tab.overview.total.text() == "10"
    assert tab.overview.complete.text() == "7 complete"
    assert tab.overview.incomplete.text() == "3 not yet"
    assert tab.overview.ring.accessibleName() == "70 % complete"


async def test_the_list_holds_every_incomplete_model_with_what_it_lacks_most_gaps_first(tab: HealthTab) -> None:
    shown = [(row.model.id, row.words) for row in tab.table.rows.shown_rows()]
    assert shown[0] == ("openrouter/nova", ("context", "capabilities", "price"))
    assert {id_ for id_, _ in shown} == {"openrouter/nova", "openrouter/aurora", "groq/<b>compound</b>"}


async def test_the_search_narrows_the_list_and_says_by_how_much(tab: HealthTab, eventually: Eventually) -> None:
    QTest.keyClicks(tab.lists.missing.search, "groq price")
    await eventually(lambda: tab.table.rows.rowCount() == 1)
    assert tab.lists.missing.shown.text() == "1 of 3"


async def test_a_click_on_a_part_of_a_bar_asks_for_its_provider_and_field(tab: HealthTab) -> None:
    asked: list[tuple[str, Field]] = []
    tab.filter_requested.connect(lambda provider, field: asked.append((provider, field)))
    QTest.mouseClick(_button(tab, "Price: OpenRouter 2"), CLICK)
    QTest.mouseClick(_button(tab, "Capabilities: 2, all"), CLICK)
    assert asked == [("openrouter", Field.PRICE_INPUT), ("", Field.CAPABILITIES)]


async def test_a_double_click_or_enter_asks_for_the_model(tab: HealthTab) -> None:
    asked: list[str] = []
    tab.model_requested.connect(asked.append)
    place = tab.table.visualRect(tab.table.rows.index(0, 0)).center()
    QTest.mouseClick(tab.table.viewport(), CLICK, pos=place)
    QTest.mouseDClick(tab.table.viewport(), CLICK, pos=place)
    QTest.keyClick(tab.table, Qt.Key.Key_Return)
    assert asked == ["openrouter/nova", "openrouter/nova"]


async def test_a_survey_is_asked_for_once_and_not_while_one_runs(tab: HealthTab) -> None:
    asked: list[bool] = []
    tab.survey_requested.connect(lambda: asked.append(True))
    QTest.mouseClick(tab.overview.survey, CLICK)
    tab.show_surveying(is_running=True)
    QTest.mouseClick(tab.overview.survey, CLICK)
    assert asked == [True]
    tab.show_surveying(is_running=False)
    assert tab.overview.survey.isEnabled()


async def test_when_nothing_is_missing_it_says_so_instead_of_an_empty_table(tab: HealthTab) -> None:
    await tab.show_models([_complete("openai/gpt-1")])
    assert tab.lists.missing.empty.isVisible()
    assert not tab.table.isVisible()
    assert tab.lists.missing.empty.accessibleName() == "All models are complete."
    assert not tab.overview.incomplete.isVisible()
    await tab.show_models(MODELS)
    assert tab.table.isVisible()


async def test_an_empty_catalogue_is_not_called_complete(tab: HealthTab) -> None:
    await tab.show_models([])
    assert "empty" in tab.lists.missing.empty.accessibleName()
    assert tab.overview.ring.accessibleName() == "0 % complete"


async def test_the_columns_are_remembered(tab: HealthTab, desk: Desk, tmp_path: Path, qapp: QApplication) -> None:
    tab.table.header.set_shown(3, is_shown=False)
    tab.layout_store.save()
    again = HealthTab(desk, Theme.install(qapp), LayoutStore(tmp_path / "layout.ini"))
    await again.finish()
    assert again.table.isColumnHidden(3)
    again.stop()
    again.deleteLater()
