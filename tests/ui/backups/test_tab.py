"""The Backups tab in use: real widgets over a real desk, real copies on the disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit, QPushButton, QScrollArea, QWidget

from harness.backups import TurnedClock, flip
from harness.catalog_tab import Eventually
from modelward.backups.model import Backup, Kind, State
from modelward.backups.service import BackupService
from modelward.catalog.model import Field
from modelward.core.changes import Changes
from modelward.core.progress import Progress
from modelward.core.setting_groups import BackupSettings
from modelward.desk import RESTORE, Desk
from modelward.ui.backups.hours import HourState
from modelward.ui.backups.tab import BackupsTab
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.theme import Mode, Theme, Tone
from modelward.ui.shell.layout_store import LayoutStore

from .conftest import Answer

Key, Button, CONTROL = Qt.Key, Qt.MouseButton, Qt.KeyboardModifier.ControlModifier


def click(widget: QWidget, place: QPoint | None = None) -> None:
    QTest.mouseClick(widget, Button.LeftButton, Qt.KeyboardModifier.NoModifier, place or QPoint())


def said(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def press(dialog: QDialog, word: str) -> None:
    click(next(each for each in dialog.findChildren(QPushButton) if each.text().startswith(word)))


async def made(desk: Desk, tab: BackupsTab, kind: Kind = Kind.MANUAL, note: str = "") -> Backup:
    backup, _ = await desk.backups.create(kind, reason="by hand", note=note, progress=Progress())
    await tab.reload()
    tab.show_backup(backup.id)
    return backup


async def test_an_empty_tab_says_what_comes_and_offers_the_first_copy(
    tab: BackupsTab, dialog: Answer, eventually: Eventually
) -> None:
    assert "No copy has been made yet." in said(tab.empty)
    assert tab.overview.figure.text() == "none yet"
    assert not tab.attention.isVisible()
    press_first = next(each for each in tab.empty.findChildren(QPushButton) if each.isVisible())
    click(press_first)
    asked = await dialog()
    QTest.keyClicks(asked.findChild(QLineEdit), "before the big import")
    QTest.keyClick(asked.findChild(QLineEdit), Key.Key_Return)
    await eventually(lambda: tab.table.current_row() is not None)
    row = tab.table.current_row()
    assert row is not None
    assert (row.kind, row.state) == (Kind.MANUAL, State.GOOD)
    assert tab.overview.figure.text() == "just now"
    await eventually(lambda: "“before the big import”" in said(tab.details))
    assert tab.overview.safety.text() == "safe"


async def test_a_note_that_is_cancelled_makes_no_copy(tab: BackupsTab, desk: Desk, dialog: Answer) -> None:
    click(tab.back_up)
    QTest.keyClick(await dialog(), Key.Key_Escape)
    assert await desk.backups.list() == []


async def test_a_restore_brings_yesterday_back_and_keeps_today(
    tab: BackupsTab, desk: Desk, dialog: Answer, eventually: Eventually
) -> None:
    await desk.catalog.set_value("p/1", Field.RPM, "10")
    backup = await made(desk, tab)
    await desk.catalog.set_value("p/1", Field.RPM, "99")
    await desk.catalog.set_value("p/2", Field.TPM, "5")
    everything: list[Changes] = []
    tab.changed.connect(everything.append)
    click(tab.details.restore)
    asked = await dialog()
    words = said(asked)
    assert "Values of your own that are lost: 2" in words
    assert "p/2: Tokens per minute = 5" in words
    assert "Today’s state is kept first" in words
    press(asked, "Restore")
    await eventually(lambda: "Restored today" in said(tab.notice))
    assert (await desk.catalog.details("p/1")).model.rpm == 10
    assert (await desk.catalog.details("p/2")).model.tpm is None
    assert Changes.everything() in everything
    await eventually(lambda: tab.table.rows.rowCount() == 2)
    kept = next(each for each in tab.table.rows.rows() if each.id != backup.id)
    assert kept.kind is Kind.PRE_OPERATION


async def test_enter_alone_restores_nothing(
    tab: BackupsTab, desk: Desk, dialog: Answer, eventually: Eventually
) -> None:
    await made(desk, tab)
    await desk.catalog.set_value("p/1", Field.RPM, "99")
    click(tab.details.restore)
    asked = await dialog()
    QTest.keyClick(asked, Key.Key_Return)
    await eventually(lambda: not any(each.isVisible() for each in tab.findChildren(QDialog)))
    click(tab.details.verify)  # what was wished for before it has begun by the time that this is done
    await eventually(lambda: "was read back" in said(tab.notice))
    assert RESTORE not in {job.name for job in desk.jobs.recent}
    assert (await desk.catalog.details("p/1")).model.rpm == 99
    assert len(await desk.backups.list()) == 1


async def test_what_a_restore_would_change_is_counted_beside_the_copy(tab: BackupsTab, desk: Desk) -> None:
    await made(desk, tab)
    assert "same" in said(tab.details)
    await desk.catalog.set_value("p/1", Field.RPM, "99")
    await tab.reload()
    assert "\N{MINUS SIGN}1" in said(tab.details)


async def test_a_copy_that_rotted_is_found_named_and_cannot_be_restored(
    tab: BackupsTab, desk: Desk, eventually: Eventually
) -> None:
    backup = await made(desk, tab)
    flip(backup.path, backup.size_bytes // 2)
    click(tab.verify_all)
    await eventually(lambda: "1 of 1 backup cannot be relied on." in said(tab.notice))
    await eventually(lambda: "damaged" in said(tab.details))
    assert not tab.details.restore.isEnabled()
    assert "Use another copy" in said(tab.details)
    assert tab.attention.isVisible()
    row = tab.table.current_row()
    assert row is not None
    assert row.state is State.DAMAGED
    position = tab.overview.strip.place_of(backup.created_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
    hour = tab.overview.strip.hour_at(position)
    assert hour is not None
    assert hour.state is HourState.DAMAGED


async def test_good_copies_are_verified_in_a_quiet_line(tab: BackupsTab, desk: Desk, eventually: Eventually) -> None:
    await made(desk, tab)
    click(tab.details.verify)
    await eventually(lambda: "1 backup was read back whole and checked." in said(tab.notice))


async def test_lost_metadata_are_rebuilt_by_a_button(tab: BackupsTab, desk: Desk, eventually: Eventually) -> None:
    backup = await made(desk, tab)
    backup.meta_path.unlink()
    await tab.reload()
    assert not tab.details.restore.isVisible()
    click(tab.details.rebuild)
    await eventually(tab.details.restore.isVisible)
    assert not tab.details.rebuild.isVisible()
    assert (await desk.backups.list())[0].state is State.GOOD


async def test_a_copy_by_hand_is_deleted_after_asking(
    tab: BackupsTab, desk: Desk, dialog: Answer, eventually: Eventually
) -> None:
    await made(desk, tab)
    click(tab.details.delete)
    press(await dialog(), "Delete")
    await eventually(lambda: tab.table.rows.total == 0)
    assert await desk.backups.list() == []


async def test_the_hourly_series_goes_by_its_rule_alone(tab: BackupsTab, desk: Desk) -> None:
    await made(desk, tab, Kind.HOURLY)
    assert not tab.details.delete.isVisible()
    assert not next(each for each in tab.table.actions() if each.text() == "Delete…").isEnabled()


async def test_where_too_many_would_go_the_plan_is_shown_and_consent_asked(
    tab: BackupsTab, desk: Desk, dialog: Answer, eventually: Eventually
) -> None:
    hour = (datetime.now(UTC) - timedelta(hours=5)).replace(minute=0)
    for minute in range(8):
        at = hour + timedelta(minutes=minute)
        past = BackupService(desk.database, desk.paths, BackupSettings(), clock=lambda at=at: at)
        await desk.catalog.set_value("p/1", Field.RPM, str(minute + 1))
        await past.create(Kind.HOURLY, reason="hourly", progress=Progress())
    await tab.reload()
    assert "nothing goes until you say so" in said(tab.attention)
    click(next(each for each in tab.attention.findChildren(QPushButton) if each.text() == "Show plan…"))
    asked = await dialog()
    assert "5 of 8 copies would go." in said(asked)
    table = asked.findChild(DataTable)
    assert [str(table.rows.index(row, 0).data()) for row in range(8)].count("goes") == 5
    press(asked, "Remove 5 copies")
    await eventually(lambda: tab.table.rows.total == 3)
    assert not tab.attention.isVisible()


async def test_the_rule_explains_itself_where_everything_stays(tab: BackupsTab, desk: Desk, dialog: Answer) -> None:
    await made(desk, tab)
    click(tab.plan)
    asked = await dialog()
    assert "All 1 copies stay." not in said(asked)
    assert "The one copy stays." in said(asked)
    press(asked, "Close")


async def test_a_pause_is_said_with_its_end_and_its_reason(tab: BackupsTab, desk: Desk) -> None:
    desk.start()
    tab.refresh_times()
    assert "hourly backup" in said(tab.next)
    assert "In 2 min" in said(tab.next) or "in 1 min" in said(tab.next).lower()
    until = datetime.now(UTC) + timedelta(hours=1)
    desk.schedule.pause(until, because="the battery is low")
    tab.refresh_times()
    assert f"{until.astimezone():%H:%M} because the battery is low" in said(tab.next)


async def test_an_hour_of_the_strip_chooses_its_copy_by_mouse_and_by_keys(tab: BackupsTab, desk: Desk) -> None:
    first = await made(desk, tab, note="first")
    await desk.catalog.set_value("p/1", Field.RPM, "3")
    second = await made(desk, tab, note="second")
    tab.show_backup(first.id)
    strip = tab.overview.strip
    start = second.created_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    click(strip, strip.place_of(start))
    assert tab.table.current_row() == next(each for each in tab.table.rows.rows() if each.id == second.id)
    tab.show_backup(first.id)
    QTest.keyClick(strip, Key.Key_Home)
    assert strip.current is not None
    assert strip.current.start < start
    assert "not running" in strip.accessibleDescription()
    QTest.keyClick(strip, Key.Key_End)
    while strip.current is not None and strip.current.start > start:
        QTest.keyClick(strip, Key.Key_Left)
    QTest.keyClick(strip, Key.Key_Return)
    row = tab.table.current_row()
    assert row is not None
    assert row.id == second.id
    assert "copy kept" in strip.accessibleDescription()
    assert "copy kept" in strip.accessibleName()


async def test_two_failures_in_a_row_make_themselves_noticed(tab: BackupsTab, desk: Desk) -> None:
    folder = desk.backups.folder.path
    folder.rmdir()
    folder.write_text("in the way", "utf-8")
    for _ in range(2):
        job = desk.jobs.start("backup", "Hourly backup", desk.upkeep.hourly)
        await job.ended()
        assert job.error is not None
    folder.unlink()
    await tab.reload()
    assert tab.attention.isVisible()
    assert "The last 2 backups failed" in said(tab.attention)


async def test_a_folder_that_cannot_be_read_is_said_and_takes_nothing_from_the_window(
    tab: BackupsTab, desk: Desk
) -> None:
    await made(desk, tab)
    folder = desk.backups.folder.path
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("in the way", "utf-8")
    await tab.reload()
    assert tab.attention.isVisible()
    assert str(folder) in said(tab.attention)


async def test_the_keyboard_backs_up(tab: BackupsTab, dialog: Answer, eventually: Eventually) -> None:
    tab.verify_all.setFocus()
    await eventually(tab.verify_all.hasFocus)
    QTest.keyClick(tab.verify_all, Key.Key_B, CONTROL)
    asked = await dialog()
    assert asked.windowTitle() == "Back up now"
    QTest.keyClick(asked, Key.Key_Escape)


async def test_every_button_has_a_name_and_can_be_reached_by_keyboard(tab: BackupsTab, desk: Desk) -> None:
    await made(desk, tab)
    buttons = [each for each in tab.findChildren(QAbstractButton) if each.isVisible()]
    assert [each for each in buttons if not (each.accessibleName() or each.text())] == []
    assert [each for each in buttons if not each.focusPolicy() & Qt.FocusPolicy.TabFocus] == []


async def test_nothing_is_cut_off_at_the_sides_in_a_small_window_with_large_text(
    tab: BackupsTab, desk: Desk, eventually: Eventually
) -> None:
    await made(desk, tab, note="a note of some length")
    theme = Theme.current()
    theme.set_text_scale(1.5)
    try:
        tab.resize(1024, 520)
        areas = [each for each in tab.findChildren(QScrollArea) if each.widget() is not None]
        await eventually(lambda: all(each.widget().width() <= each.viewport().width() for each in areas))
        assert len(areas) == 2
    finally:
        theme.set_text_scale(1.0)
        theme.set_mode(Mode.LIGHT)


async def test_damage_is_told_in_the_tone_of_trouble(tab: BackupsTab, desk: Desk) -> None:
    backup = await made(desk, tab)
    backup.path.unlink()
    await tab.reload()
    assert tab.table.rows.row_at(0).state is State.ORPHAN
    assert tab.table.rows.columns[1].tags is not None
    assert [tag.tone for tag in tab.table.rows.columns[1].tags(tab.table.rows.row_at(0))] == [Tone.TROUBLE]
    click(next(each for each in tab.attention.findChildren(QPushButton) if each.text() == "Show it"))
    assert tab.table.current_row() is not None


async def test_copies_made_by_a_command_are_there_when_the_tab_is_looked_at(
    tab: BackupsTab, desk: Desk, tmp_path: Path, eventually: Eventually
) -> None:
    clock = TurnedClock(datetime.now(UTC))
    other = BackupsTab(desk, Theme.current(), LayoutStore(tmp_path / "other.ini"), clock=clock)
    await other.reload()
    await desk.backups.create(Kind.MANUAL, reason="by command", progress=Progress())
    other.show()
    assert other.table.rows.total == 0
    other.hide()
    clock.turn(timedelta(minutes=1))
    other.show()
    await eventually(lambda: other.table.rows.total == 1)
    other.stop()
    other.close()
    other.deleteLater()


async def test_the_strip_shows_where_it_is_as_soon_as_the_keyboard_reaches_it(
    tab: BackupsTab, desk: Desk, eventually: Eventually
) -> None:
    await made(desk, tab)
    strip = tab.overview.strip
    assert strip.current is None
    tab.back_up.setFocus()
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    await eventually(lambda: strip.current is not None)
    assert strip.current is not None
    assert strip.current.state is HourState.KEPT
    assert strip.accessibleDescription()
