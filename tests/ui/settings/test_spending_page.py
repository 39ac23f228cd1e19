"""The page of spending, over a real ledger."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from harness.catalog_tab import Eventually
from harness.settings import Open
from harness.spending import done
from modelward.core.changes import Changes, Room
from modelward.desk import Desk
from modelward.providers.model import Usage
from modelward.spending.model import EntryState, Purpose
from modelward.spending.store import Settlement
from modelward.ui.kit.theme import Tone
from modelward.ui.settings.dialog import SettingsDialog
from modelward.ui.settings.spending_page import SpendingPage


def page_of(dialog: SettingsDialog) -> SpendingPage:
    page = dialog.pages["spending"]
    assert isinstance(page, SpendingPage)
    return page


async def spend(desk: Desk, model: str, cost: str | None, most: str | None) -> None:
    entry = await desk.spending.reserve("acme", model, Purpose.WORK, None if most is None else Decimal(most))
    await desk.spending.settle(entry, done(cost, 1200, 300))


async def test_without_a_call_it_says_so(settings: Open) -> None:
    page = page_of(await settings("spending"))
    assert page.empty.isVisible()
    assert page.empty.accessibleName() == "No calls yet."
    assert page.calls.isHidden()
    assert page.day.figure.text() == "$0.00 of $1.00"
    assert page.month.figure.text() == "$0.00 of $10.00"


async def test_what_was_spent_stands_above_and_by_model_below(settings: Open, desk: Desk) -> None:
    await desk.preferences.change("spending.zero_burn", False)
    await spend(desk, "acme/large", "0.85", "0.9")
    await spend(desk, "acme/small", "0", "0")
    page = page_of(await settings("spending"))
    assert page.day.figure.text() == "$0.85 of $1.00"
    assert page.day.meter.share == 0.85
    assert page.day.meter._tone is Tone.ATTENTION
    shown = {row[0]: [column.text(row) for column in page.calls.rows.columns] for row in page.calls.rows.rows()}
    assert shown == {
        "acme/large": ["acme/large", "1", "1,200", "300", "$0.85"],
        "acme/small": ["acme/small", "1", "1,200", "300", "$0.00"],
    }
    assert page.empty.isHidden()


async def test_a_call_of_unknown_cost_is_never_shown_as_free(settings: Open, desk: Desk) -> None:
    await desk.preferences.change("spending.zero_burn", False)
    for limit in ("spending.day_limit", "spending.month_limit"):
        await desk.preferences.change(limit, None)
    entry = await desk.spending.reserve("acme", "acme/odd", Purpose.WORK, None)
    await desk.spending.settle(entry, Settlement(EntryState.DONE, None, Usage(1), 1.0))
    page = page_of(await settings("spending"))
    assert page.day.figure.text() == "$0.00, no limit"
    assert page.day.note.text() == "What 1 call cost is not known."
    (row,) = page.calls.rows.rows()
    assert page.calls.rows.columns[-1].text(row) == "—"


async def test_another_limit_moves_the_bar(settings: Open, desk: Desk, eventually: Eventually) -> None:
    await desk.preferences.change("spending.zero_burn", False)
    await spend(desk, "acme/large", "0.5", "0.5")
    dialog = await settings("spending")
    page = page_of(dialog)
    field = page.form.rows["spending.day_limit"].findChild(QLineEdit)
    assert field is not None
    field.selectAll()
    QTest.keyClicks(field, "2.50")
    QTest.keyClick(field, Qt.Key.Key_Return)
    await eventually(lambda: page.day.figure.text() == "$0.50 of $2.50")
    assert page.day.meter.share == 0.2


async def test_what_changes_elsewhere_is_read_anew(settings: Open, desk: Desk) -> None:
    dialog = await settings("spending")
    await desk.preferences.change("spending.zero_burn", False)
    await spend(desk, "acme/large", "0.25", "0.25")
    await dialog.reload(Changes.of(Room.SPENDING))
    assert page_of(dialog).day.figure.text() == "$0.25 of $1.00"
