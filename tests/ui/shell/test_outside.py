"""What the window has to do with the world outside: settings, Zero-Burn, spending, and the questions it asks once."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton

from harness.catalog_tab import Eventually, eventually
from harness.spending import spend
from harness.windows import Opened, OpenWindow
from harness.wire import Reply, WireServer, wire
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.shell.outside import Outside

__all__ = ["eventually", "wire"]

ASK_ALL = "Look for new models now"
CLICK = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier

pytestmark = pytest.mark.usefixtures("filled_home")


@pytest.fixture
async def opened(open_window: OpenWindow) -> Opened:
    opened = await open_window()
    await opened.quiet()
    return opened


def _outside(opened: Opened) -> Outside:
    assert opened.session.workspace is not None
    return opened.session.workspace.outside


def _press(bar: NoticeBar, text: str) -> None:
    (button,) = (button for button in bar.findChildren(QPushButton) if button.text() == text and button.isVisible())
    QTest.mouseClick(button, CLICK)


async def _answer(opened: Opened, eventually: Eventually, button: str) -> None:
    def found() -> list[QPushButton]:
        sheets = [dialog for dialog in opened.window.findChildren(QDialog) if dialog.isVisible()]
        return [each for dialog in sheets for each in dialog.findChildren(QPushButton) if each.text() == button]

    await eventually(found)
    QTest.mouseClick(found()[0], CLICK)


async def test_without_any_provider_the_window_says_how_to_begin_and_leads_there(
    opened: Opened, eventually: Eventually
) -> None:
    outside = _outside(opened)
    assert outside.question.isVisible()
    _press(outside.question, "Add a provider…")
    await eventually(lambda: outside.settings is not None and outside.settings.isVisible())
    assert outside.settings is not None
    assert outside.settings.page == "providers"
    assert not outside.question.isVisible()


async def test_zero_burn_is_on_at_first_and_is_switched_off_only_after_a_question(
    opened: Opened, eventually: Eventually
) -> None:
    button = opened.window.top.zero_burn
    assert button.text() == "Zero-Burn on"
    QTest.mouseClick(button, CLICK)
    await _answer(opened, eventually, "Cancel")
    assert button.text() == "Zero-Burn on"
    QTest.mouseClick(button, CLICK)
    await _answer(opened, eventually, "Switch Zero-Burn off")
    await eventually(lambda: button.text() == "Zero-Burn off")
    paths = Paths.locate()
    assert load(paths, {}).settings.spending.zero_burn is False
    QTest.mouseClick(button, CLICK)
    await eventually(lambda: button.text() == "Zero-Burn on")
    assert load(paths, {}).settings.spending.zero_burn is True


async def test_the_status_bar_says_what_was_spent_of_how_much(opened: Opened, eventually: Eventually) -> None:
    status = opened.window.status.spending
    assert status.text() == "Spent today $0.00 of $1.00"
    assert opened.session.desk is not None
    await opened.session.desk.preferences.change("spending.day_limit", None)
    await eventually(lambda: status.text() == "Spent today $0.00")


async def test_ctrl_and_comma_open_the_settings_and_the_theme_chosen_there_counts_at_once(
    opened: Opened, eventually: Eventually
) -> None:
    opened.window.activateWindow()
    await eventually(opened.window.isActiveWindow)
    QTest.keyClick(opened.window, Qt.Key.Key_Comma, CONTROL)
    await eventually(lambda: _outside(opened).settings is not None)
    assert opened.session.desk is not None
    before = opened.window.palette().window().color()
    await opened.session.desk.preferences.change("appearance.theme", "dark")
    await eventually(lambda: opened.window.palette().window().color() != before)


@pytest.mark.parametrize(("press", "saved"), [("Allow", "yes"), ("", "no")])
async def test_the_consent_to_fetch_catalogues_is_asked_once(
    open_window: OpenWindow, eventually: Eventually, monkeypatch: pytest.MonkeyPatch, press: str, saved: str
) -> None:
    # A key in the environment is a provider in use; nobody answers behind this proxy.
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-key-7f3a-openai")
    monkeypatch.setenv("MODELWARD__NETWORK__PROXY", "http://127.0.0.1:9")
    opened = await open_window()
    await opened.quiet()
    question = _outside(opened).question
    assert question.isVisible()
    if press:
        _press(question, press)
    else:
        question.closed.emit()
        question.hide()
    desk = opened.session.desk
    assert desk is not None
    await eventually(lambda: desk.preferences.settings.discovery.public_catalogues == saved)
    for job in desk.jobs.running:
        await job.ended()
    await asyncio.sleep(0)
    await opened.close()
    again = await open_window()
    await again.quiet()
    assert not _outside(again).question.isVisible()


async def test_a_budget_that_is_nearly_used_is_told_and_coloured(opened: Opened, eventually: Eventually) -> None:
    desk = opened.session.desk
    assert desk is not None
    await desk.preferences.change("spending.zero_burn", value=False)
    await spend(desk.spending, "0.85")
    await eventually(lambda: opened.window.status.spending.text() == "Spent today $0.85 of $1.00")
    newest = opened.session.notices.newest_first[0]
    assert newest.what == "The budget is nearly used."
    assert newest.why == "$0.85 of $1.00 are used this day."


async def test_all_providers_are_asked_from_the_menu_and_what_was_found_is_told_once(
    open_window: OpenWindow, wire: WireServer, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-key-7f3a-openai")
    rows = [{"id": "gpt-5", "object": "model", "created": 1_760_000_000, "owned_by": "openai"}]
    wire.route("GET", "/v1/models", Reply(body={"object": "list", "data": rows}))
    opened = await open_window()
    await opened.quiet()
    desk = opened.session.desk
    assert desk is not None
    await desk.providers.add("openai", url=f"{wire.url}/v1")
    (action,) = (each for each in opened.window.top.menu_button.menu().actions() if each.text() == ASK_ALL)
    action.trigger()
    await eventually(lambda: opened.session.notices.newest_first)
    await eventually(lambda: not desk.jobs.running)
    told = [notice.what for notice in opened.session.notices.newest_first]
    assert len([what for what in told if what.startswith("Models: ")]) == 1
