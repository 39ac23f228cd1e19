"""The page of providers: what a row says, and every verb, at servers that answer well and badly."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QPushButton

from harness.catalog_tab import Eventually
from harness.settings import KEY, REFUSAL, Open, Sheet, models, openai_at
from harness.wire import Reply, WireServer
from modelward.core.changes import Changes, Room
from modelward.desk import Desk
from modelward.providers.keys import KeyOrigin
from modelward.providers.registry import KNOWN
from modelward.ui.kit.theme import Tone
from modelward.ui.settings.dialog import SettingsDialog
from modelward.ui.settings.provider_dialogs import EditDialog, KeyDialog
from modelward.ui.settings.provider_row import ProviderRow
from modelward.ui.settings.providers_page import ProvidersPage

LEFT = Qt.MouseButton.LeftButton


def page_of(dialog: SettingsDialog) -> ProvidersPage:
    page = dialog.pages["providers"]
    assert isinstance(page, ProvidersPage)
    return page


async def row_of(settings: Open, provider: str = "openai") -> ProviderRow:
    return page_of(await settings("providers")).rows[provider]


def press(dialog: QDialog, words: str) -> None:
    (button,) = [each for each in dialog.findChildren(QPushButton) if each.text() == words]
    QTest.mouseClick(button, LEFT)


async def test_without_a_provider_the_page_says_what_to_do(settings: Open, sheet: Sheet) -> None:
    page = page_of(await settings("providers"))
    assert page.empty.isVisible()
    assert page.rows == {}
    (button,) = [each for each in page.empty.findChildren(QPushButton) if each.isVisible()]
    QTest.mouseClick(button, LEFT)
    assert (await sheet()).windowTitle() == "Add a provider"


async def test_where_there_is_no_keyring_the_page_says_what_becomes_of_keys(settings: Open) -> None:
    page = page_of(await settings("providers"))
    assert page.keyring.isVisible()
    assert page.keyring.accessibleName().startswith("No keyring on this system: keys are kept until Modelward ends.")


async def test_a_row_tells_state_key_and_list(settings: Open, desk: Desk, wire: WireServer) -> None:
    await openai_at(desk, wire, "gpt-5", "gpt-5-mini")
    row = await row_of(settings)
    assert (row.title.text(), row.tag.text()) == ("OpenAI", "Not asked yet")
    assert row.line.text() == "key for this session only · not listed yet"
    assert row.models.text() == ""


async def test_a_key_of_the_environment_is_named_and_cannot_be_deleted_here(
    settings: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "gsk_planted-key-7f3a-groq")
    row = await row_of(settings, "groq")
    assert row.line.text() == "key from environment GROQ_API_KEY · not listed yet"
    assert not row.verbs["forget"].isVisible()


async def test_a_missing_key_is_said(settings: Open, desk: Desk) -> None:
    await desk.providers.add("deepseek")
    row = await row_of(settings, "deepseek")
    assert (row.tag.text(), row.tag.tone) == ("No key", Tone.ATTENTION)


async def test_listing_now_ends_with_how_many_models_were_found(
    settings: Open, desk: Desk, wire: WireServer, eventually: Eventually
) -> None:
    await openai_at(desk, wire, "gpt-5", "gpt-5-mini")
    row = await row_of(settings)
    row.verbs["list"].trigger()
    await eventually(lambda: row.tag.text() == "Listing…")
    await eventually(lambda: row.news.text() == "2 models found.")
    assert (row.tag.text(), row.models.text()) == ("Ready", "2 models")
    assert row.line.text() == "key for this session only · listed just now"


async def test_a_list_that_is_refused_says_in_words_why_and_what_to_do(
    settings: Open, desk: Desk, wire: WireServer, eventually: Eventually
) -> None:
    await openai_at(desk, wire)
    wire.route("GET", "/v1/models", REFUSAL)
    row = await row_of(settings)
    row.verbs["list"].trigger()
    await eventually(lambda: row.tag.text() == "Key refused")
    assert row.trouble.isVisible()
    assert "OpenAI refused the key." in row.trouble.text()
    assert row.trouble.textFormat() is Qt.TextFormat.PlainText


async def test_a_first_list_that_failed_is_still_told_after_a_restart(
    settings: Open, desk: Desk, wire: WireServer, eventually: Eventually
) -> None:
    await openai_at(desk, wire)
    wire.route("GET", "/v1/models", Reply(body="<html>Log in</html>"))
    row = await row_of(settings)
    row.verbs["list"].trigger()
    await eventually(lambda: row.tag.text() == "Failing")
    again = await row_of(settings)
    assert (again.tag.text(), again.trouble.text()) == ("Failing", row.trouble.text())


async def test_a_test_that_is_answered_says_how_fast(
    settings: Open, desk: Desk, wire: WireServer, eventually: Eventually
) -> None:
    await openai_at(desk, wire, "gpt-5")
    row = await row_of(settings)
    QTest.mouseClick(row.test, LEFT)
    assert row.tag.text() == "Testing…"
    await eventually(lambda: row.news.text().startswith("Answered in "))
    assert (row.tag.text(), row.tag.tone) == ("Ready", Tone.WELL)


async def test_a_test_that_is_refused_says_so_until_a_list_is_read(
    settings: Open, desk: Desk, wire: WireServer, eventually: Eventually
) -> None:
    await openai_at(desk, wire)
    wire.route("GET", "/v1/models", REFUSAL)
    row = await row_of(settings)
    QTest.mouseClick(row.test, LEFT)
    await eventually(lambda: row.tag.text() == "Key refused")
    wire.route("GET", "/v1/models", models("gpt-5"))
    row.verbs["list"].trigger()
    await eventually(lambda: row.tag.text() == "Ready")
    assert row.trouble.isHidden()


async def test_a_server_that_is_not_there_is_unreachable(
    settings: Open, desk: Desk, wire: WireServer, eventually: Eventually
) -> None:
    await desk.providers.add("openai", url="http://127.0.0.1:9/v1")
    await desk.providers.set_key("openai", KEY, session=True)
    row = await row_of(settings)
    QTest.mouseClick(row.test, LEFT)
    await eventually(lambda: row.tag.text() == "Unreachable")
    assert "could not be reached" in row.trouble.text()


async def test_a_second_click_does_not_ask_twice(
    settings: Open, desk: Desk, wire: WireServer, eventually: Eventually
) -> None:
    await openai_at(desk, wire, "gpt-5")
    row = await row_of(settings)
    for _ in range(3):
        QTest.mouseClick(row.test, LEFT)
    await eventually(row.news.isVisible)
    await eventually(lambda: row.tag.text() == "Ready")
    assert len(wire.requests) == 1


async def test_closing_during_a_test_ends_it(settings: Open, desk: Desk, wire: WireServer) -> None:
    await openai_at(desk, wire)
    wire.route("GET", "/v1/models", Reply(hang=True))
    dialog = await settings("providers")
    QTest.mouseClick(page_of(dialog).rows["openai"].test, LEFT)
    await wire.until(lambda: wire.requests)
    ended = asyncio.Event()
    dialog.finished.connect(ended.set)
    dialog.reject()
    async with asyncio.timeout(5):
        await ended.wait()


async def test_a_row_opens_its_details_with_a_click_or_with_enter(settings: Open, desk: Desk, wire: WireServer) -> None:
    await openai_at(desk, wire)
    row = await row_of(settings)
    assert row.details.isHidden()
    QTest.mouseClick(row.title, LEFT)
    assert row.details.isVisible()
    assert row._facts["Address"].value == f"{wire.url}/v1"
    QTest.keyClick(row, Qt.Key.Key_Return)
    assert row.details.isHidden()


async def test_turning_off_and_on_again(settings: Open, desk: Desk, wire: WireServer, eventually: Eventually) -> None:
    await openai_at(desk, wire)
    dialog = await settings("providers")
    told: list[Changes] = []
    dialog.changed.connect(told.append)
    row = page_of(dialog).rows["openai"]
    row.verbs["off"].trigger()
    await eventually(lambda: row.tag.text() == "Off")
    assert told == [Changes.of(Room.PROVIDERS, frozenset({"openai"}))]
    row.verbs["on"].trigger()
    await eventually(lambda: row.tag.text() == "Not asked yet")


async def test_a_new_key_is_kept_and_the_models_are_listed_with_it(
    settings: Open, desk: Desk, wire: WireServer, sheet: Sheet, eventually: Eventually
) -> None:
    await openai_at(desk, wire, "gpt-5")
    row = await row_of(settings)
    row.verbs["key"].trigger()
    asked = await sheet()
    assert isinstance(asked, KeyDialog)
    assert asked.key.field.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClicks(asked.key.field, f'  "{KEY}-new" ')
    press(asked, "Save key")
    await eventually(lambda: row.news.text() == "1 model found.")
    assert wire.requests[-1].headers["authorization"] == f"Bearer {KEY}-new"


async def test_a_bad_key_is_told_in_the_sheet_and_what_was_pasted_stays_hidden(
    settings: Open, desk: Desk, sheet: Sheet, eventually: Eventually
) -> None:
    await desk.providers.add("openai")
    row = await row_of(settings)
    row.verbs["key"].trigger()
    asked = await sheet()
    assert isinstance(asked, KeyDialog)
    press(asked, "Save key")
    await eventually(asked.complaint.isVisible)
    assert asked.isVisible()
    assert (await desk.providers.key_state("openai")).origin is KeyOrigin.NONE


async def test_the_eye_shows_the_key_and_hides_it_again(settings: Open, desk: Desk, sheet: Sheet) -> None:
    await desk.providers.add("openai")
    row = await row_of(settings)
    row.verbs["key"].trigger()
    asked = await sheet()
    assert isinstance(asked, KeyDialog)
    (eye,) = asked.key.field.findChildren(QAbstractButton)
    QTest.mouseClick(eye, LEFT)
    assert asked.key.field.echoMode() is QLineEdit.EchoMode.Normal
    QTest.mouseClick(eye, LEFT)
    assert asked.key.field.echoMode() is QLineEdit.EchoMode.Password


async def test_where_to_get_a_key_can_be_copied(settings: Open, desk: Desk, sheet: Sheet) -> None:
    await desk.providers.add("openai")
    row = await row_of(settings)
    row.verbs["key"].trigger()
    asked = await sheet()
    assert isinstance(asked, KeyDialog)
    QTest.mouseClick(asked.key.link.copy, LEFT)
    assert QApplication.clipboard().text() == row.link._url != ""


async def test_a_key_is_deleted_only_after_asking(
    settings: Open, desk: Desk, wire: WireServer, sheet: Sheet, eventually: Eventually
) -> None:
    await openai_at(desk, wire)
    row = await row_of(settings)
    row.verbs["forget"].trigger()
    QTest.keyClick(await sheet(), Qt.Key.Key_Return)
    assert (await desk.providers.key_state("openai")).origin is KeyOrigin.SESSION
    row.verbs["forget"].trigger()
    press(await sheet(), "Delete key")
    await eventually(lambda: row.tag.text() == "No key")


async def test_removing_asks_first_and_the_key_goes_too(
    settings: Open, desk: Desk, wire: WireServer, sheet: Sheet, eventually: Eventually
) -> None:
    await openai_at(desk, wire)
    page = page_of(await settings("providers"))
    page.rows["openai"].verbs["remove"].trigger()
    asked = await sheet()
    assert asked.windowTitle() == "Remove OpenAI?"
    press(asked, "Remove")
    await eventually(lambda: not page.rows)
    assert page.empty.isVisible()
    assert (await desk.providers.key_state("openai")).origin is KeyOrigin.NONE


async def test_title_and_address_can_be_changed(
    settings: Open, desk: Desk, wire: WireServer, sheet: Sheet, eventually: Eventually
) -> None:
    await openai_at(desk, wire)
    row = await row_of(settings)
    row.verbs["edit"].trigger()
    asked = await sheet()
    assert isinstance(asked, EditDialog)
    asked.name.selectAll()
    QTest.keyClicks(asked.name, "<b>Mine</b>")
    press(asked, "Save")
    await eventually(lambda: row.title.text() == "<b>Mine</b>")
    assert row.title.textFormat() is Qt.TextFormat.PlainText
    assert (await desk.providers.get("openai")).base_url == f"{wire.url}/v1"


async def test_a_key_in_the_field_of_the_address_is_caught_and_taken_out(
    settings: Open, desk: Desk, wire: WireServer, sheet: Sheet, eventually: Eventually
) -> None:
    await openai_at(desk, wire)
    row = await row_of(settings)
    row.verbs["edit"].trigger()
    asked = await sheet()
    assert isinstance(asked, EditDialog)
    asked.address.selectAll()
    QTest.keyClicks(asked.address, KEY)
    press(asked, "Save")
    await eventually(asked.complaint.isVisible)
    assert asked.address.text() == ""
    assert KEY not in asked.complaint.text()


async def test_what_changes_elsewhere_is_read_anew(settings: Open, desk: Desk) -> None:
    dialog = await settings("providers")
    await desk.providers.add("openai")
    await dialog.reload(Changes.of(Room.PROVIDERS))
    assert list(page_of(dialog).rows) == ["openai"]


async def test_the_keyboard_goes_from_row_to_row_also_where_one_came_between(
    settings: Open, desk: Desk, eventually: Eventually
) -> None:
    for provider in ("deepseek", "xai"):
        await desk.providers.add(provider)
    dialog = await settings("providers")
    await desk.providers.add("groq")
    await dialog.reload(Changes.of(Room.PROVIDERS))
    page = page_of(dialog)
    await eventually(lambda: dialog.isActiveWindow() and page.rows["groq"].isVisible())
    page.add.setFocus()
    walked = []
    for _ in range(9):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        walked.append(QApplication.focusWidget())
    rows = [page.rows[id_] for id_ in ("deepseek", "groq", "xai")]
    assert walked == [stop for row in rows for stop in (row, row.test, row.menu_button)]


async def test_many_providers_are_scrolled_and_none_is_squeezed(settings: Open, desk: Desk) -> None:
    for provider in list(KNOWN)[:30]:
        await desk.providers.add(provider)
    page = page_of(await settings("providers"))
    page.keyring.hide()  # as where there is a keyring: then no words wrap
    QApplication.processEvents()
    assert {row.height() >= row.minimumSizeHint().height() for row in page.rows.values()} == {True}
    assert page.content.height() > page.height()
