"""Adding a provider: one that is known, one on this machine, one at any other address."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from harness.catalog_tab import Eventually
from harness.settings import KEY, REFUSAL, Open, Sheet, models
from harness.wire import Reply, WireServer
from modelward.desk import Desk
from modelward.providers.keys import KeyOrigin
from modelward.ui.settings.add_dialog import AddDialog
from modelward.ui.settings.providers_page import ProvidersPage

LEFT = Qt.MouseButton.LeftButton
VLLM = Reply(body={"object": "list", "data": [{"id": f"m{n}", "owned_by": "vllm"} for n in range(3)]})


async def adding(settings: Open, sheet: Sheet) -> tuple[ProvidersPage, AddDialog]:
    dialog = await settings("providers")
    page = dialog.pages["providers"]
    assert isinstance(page, ProvidersPage)
    page.add.click()
    asked = await sheet()
    assert isinstance(asked, AddDialog)
    return page, asked


def choose(asked: AddDialog, words: str) -> None:
    QTest.keyClicks(asked.choice.search, words)
    QTest.keyClick(asked.choice.search, Qt.Key.Key_Return)


async def test_those_that_are_known_and_not_added_can_be_chosen(settings: Open, desk: Desk, sheet: Sheet) -> None:
    await desk.providers.add("deepseek")
    _page, asked = await adding(settings, sheet)
    offered = {row.id for row in asked.choice.table.rows.rows()}
    assert {"openai", "anthropic", "ollama"} <= offered
    assert "deepseek" not in offered


async def test_a_search_that_finds_nobody_says_so_and_goes_nowhere(settings: Open, sheet: Sheet) -> None:
    _page, asked = await adding(settings, sheet)
    choose(asked, "nobody is called so")
    assert asked.choice.nobody.isVisible()
    assert asked.pages.currentWidget() is asked.choice
    assert not asked.button.isEnabled()


async def test_a_known_one_is_added_with_its_key_and_listed_at_once(
    settings: Open, desk: Desk, wire: WireServer, sheet: Sheet, eventually: Eventually
) -> None:
    wire.route("GET", "/v1/models", models("gpt-5"))
    await desk.providers.add("openai", url=f"{wire.url}/v1")
    await desk.providers.remove("openai")
    page, asked = await adding(settings, sheet)
    choose(asked, "openai")
    assert asked.form.title.text() == "OpenAI"
    QTest.keyClicks(asked.form.key.field, KEY)
    QTest.mouseClick(asked.button, LEFT)
    await eventually(lambda: "openai" in page.rows)
    assert page.rows["openai"].is_open
    await eventually(lambda: page.rows["openai"].tag.text() not in {"Listing…", "Not asked yet"})


async def test_without_a_key_one_that_wants_it_is_not_added(
    settings: Open, desk: Desk, sheet: Sheet, eventually: Eventually
) -> None:
    page, asked = await adding(settings, sheet)
    choose(asked, "anthropic")
    QTest.mouseClick(asked.button, LEFT)
    await eventually(asked.complaint.isVisible)
    assert asked.isVisible()
    assert await desk.providers.mine() == []
    assert page.rows == {}


async def test_any_other_address_is_looked_at_added_and_listed(
    settings: Open, desk: Desk, wire: WireServer, sheet: Sheet, eventually: Eventually
) -> None:
    wire.route("GET", "/v1/models", VLLM)
    page, asked = await adding(settings, sheet)
    QTest.mouseClick(asked.choice.other, LEFT)
    QTest.keyClicks(asked.form.address, wire.url)
    QTest.mouseClick(asked.form.look_button, LEFT)
    await eventually(lambda: asked.form.seen.text() == "Looks like vLLM, 3 models.")
    QTest.keyClicks(asked.form.name, "In the cellar")
    QTest.mouseClick(asked.button, LEFT)
    await eventually(lambda: page.rows)
    (row,) = page.rows.values()
    await eventually(lambda: row.news.text() == "3 models found.")
    assert row.title.text() == "In the cellar"


async def test_an_address_where_nobody_answers_is_told_and_nothing_is_added(
    settings: Open, desk: Desk, sheet: Sheet, eventually: Eventually
) -> None:
    _page, asked = await adding(settings, sheet)
    QTest.mouseClick(asked.choice.other, LEFT)
    QTest.keyClicks(asked.form.address, "127.0.0.1:9")
    QTest.mouseClick(asked.button, LEFT)
    await eventually(asked.complaint.isVisible)
    assert asked.form.address.text() == "127.0.0.1:9"
    assert await desk.providers.mine() == []


async def test_a_key_in_the_field_of_the_address_is_caught_and_taken_out(
    settings: Open, desk: Desk, sheet: Sheet, eventually: Eventually
) -> None:
    _page, asked = await adding(settings, sheet)
    QTest.mouseClick(asked.choice.other, LEFT)
    QTest.keyClicks(asked.form.address, KEY)
    QTest.mouseClick(asked.button, LEFT)
    await eventually(asked.complaint.isVisible)
    assert asked.form.address.text() == ""
    assert KEY not in asked.complaint.text()
    assert not asked.form.address.isUndoAvailable()


async def test_a_server_that_wants_a_key_gets_the_one_that_was_typed(
    settings: Open, desk: Desk, wire: WireServer, sheet: Sheet, eventually: Eventually
) -> None:
    wire.route(
        "GET", "/v1/models", lambda seen: VLLM if seen.headers.get("authorization") == f"Bearer {KEY}" else REFUSAL
    )
    page, asked = await adding(settings, sheet)
    QTest.mouseClick(asked.choice.other, LEFT)
    QTest.keyClicks(asked.form.address, wire.url)
    QTest.mouseClick(asked.button, LEFT)
    await eventually(lambda: "wants a key" in asked.complaint.text())
    QTest.keyClicks(asked.form.key.field, KEY)
    QTest.mouseClick(asked.button, LEFT)
    await eventually(lambda: page.rows)
    (row,) = page.rows.values()
    await eventually(lambda: row.news.text() == "3 models found.")
    assert (await desk.providers.key_state(row.provider_id)).origin is KeyOrigin.SESSION


async def test_back_forgets_the_key_that_was_typed(settings: Open, sheet: Sheet) -> None:
    _page, asked = await adding(settings, sheet)
    choose(asked, "anthropic")
    QTest.keyClicks(asked.form.key.field, KEY)
    QTest.mouseClick(asked.form.back, LEFT)
    assert asked.pages.currentWidget() is asked.choice
    assert asked.form.key.text == ""
