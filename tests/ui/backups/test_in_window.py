"""Backups in the whole window: the third tab, the status bar, what the clock starts, and a lost store at the start."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton

from harness.catalog_tab import Eventually
from harness.windows import Opened, OpenWindow
from modelward.backups.model import Kind
from modelward.catalog.model import Field
from modelward.core.jobs import JobState
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.core.timetable import BACKUP
from modelward.desk import Desk
from modelward.ui.backups.tab import BackupsTab
from modelward.ui.shell.main_window import BACKUPS


def parts(opened: Opened) -> tuple[Desk, BackupsTab]:
    desk, workspace = opened.session.desk, opened.session.workspace
    assert desk is not None
    assert workspace is not None
    assert workspace.backups is not None
    return desk, workspace.backups


def said(opened: Opened) -> str:
    return "\n".join(label.text() for label in opened.window.findChildren(QLabel) if label.isVisible())


async def asked(opened: Opened, eventually: Eventually) -> QDialog:
    await eventually(lambda: any(each.isVisible() for each in opened.window.findChildren(QDialog)))
    return next(each for each in opened.window.findChildren(QDialog) if each.isVisible())


def press(dialog: QDialog, word: str) -> None:
    QTest.mouseClick(
        next(each for each in dialog.findChildren(QPushButton) if each.text() == word), Qt.MouseButton.LeftButton
    )


async def test_the_fourth_tab_is_backups_and_the_status_bar_says_how_old_the_last_one_is(
    filled_home: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    opened = await open_window()
    await opened.quiet()
    desk, tab = parts(opened)
    opened.window.show_tab(BACKUPS)
    assert opened.window.pages.currentWidget() is tab
    assert opened.window.top.tabs.tabText(3) == "Backups"
    assert opened.window.status.backup.text() == "No backup yet"
    row = next(row for row in desk.schedule.rows() if row.entry.name == BACKUP)
    assert row.next_run is not None
    # What the clock starts is shown without a click.
    await desk.jobs.start(BACKUP, "Hourly backup", desk.upkeep.hourly).wait()
    await eventually(lambda: opened.window.status.backup.text() == "Last backup just now")
    assert tab.table.rows.total == 1


async def test_a_lost_store_is_brought_back_from_the_newest_backup_with_one_button(
    filled_home: Path, paths: Paths, open_window: OpenWindow, eventually: Eventually
) -> None:
    first = await open_window()
    await first.quiet()
    desk, _ = parts(first)
    await desk.catalog.set_value("openai/gpt-5-mini", Field.RPM, "4242")
    await desk.backups.create(Kind.HOURLY, reason="hourly", progress=Progress())
    await first.close()
    content = paths.database.read_bytes()
    paths.database.write_bytes(b"\x00" * 4096 + content[4096:])
    second = await open_window()
    await second.settled()
    question = await asked(second, eventually)
    assert second.window.current_tab == BACKUPS
    press(question, "Restore")
    desk, _ = parts(second)
    await eventually(lambda: "Restored today" in said(second))
    assert (await desk.catalog.details("openai/gpt-5-mini")).model.rpm == 4242
    assert desk.offer is None
    assert [path.name for path in paths.data.glob("modelward.db.damaged-*")] != []
    assert second.session.workspace is not None
    await eventually(lambda: second.session.workspace.catalog.table.rows.total > 4500)  # type: ignore[union-attr]
    await eventually(lambda: second.session.is_up_to_date)
    # The start's own work was stopped for the restore, and is begun again.
    fills = [JobState.DONE, JobState.CANCELLED]
    await eventually(lambda: [job.state for job in desk.jobs.recent if job.name == "fill"] == fills)


async def test_an_offer_that_is_declined_is_not_made_again(
    filled_home: Path, paths: Paths, open_window: OpenWindow, eventually: Eventually
) -> None:
    first = await open_window()
    await first.quiet()
    desk, _ = parts(first)
    await desk.backups.create(Kind.HOURLY, reason="hourly", progress=Progress())
    await first.close()
    for ending in ("", "-wal", "-shm"):
        paths.database.with_name(paths.database.name + ending).unlink(missing_ok=True)
    second = await open_window()
    await second.settled()
    press(await asked(second, eventually), "Cancel")
    desk, _ = parts(second)
    await eventually(lambda: desk.offer is None)
    await second.close()
    again = await Desk.open(paths, load(paths, os.environ))
    try:
        assert again.offer is None
        assert len(await again.backups.list()) == 1
    finally:
        await again.close()
