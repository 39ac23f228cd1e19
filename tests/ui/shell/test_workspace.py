"""The whole window over a full catalogue: what the tabs, the bars and the menu do together."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from harness.catalog_tab import Eventually
from harness.windows import Opened, OpenWindow
from modelward.catalog.model import Field
from modelward.core.changes import Changes
from modelward.core.errors import KnownError
from modelward.core.jobs import JobState
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.ui.catalog.edit_dialog import EditDialog
from modelward.ui.kit.slots import report
from modelward.ui.shell.workspace import Workspace

CLICK = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier

pytestmark = pytest.mark.usefixtures("filled_home")


@pytest.fixture
async def opened(open_window: OpenWindow) -> Opened:
    opened = await open_window()
    await opened.quiet()
    return opened


def _workspace(opened: Opened) -> Workspace:
    assert opened.session.workspace is not None
    return opened.session.workspace


async def test_ctrl_and_a_number_open_the_tabs_and_arrow_keys_walk_through_them(opened: Opened) -> None:
    window = opened.window
    QTest.keyClick(window, Qt.Key.Key_2, CONTROL)
    assert window.pages.currentWidget() is _workspace(opened).health
    QTest.keyClick(window.top.tabs, Qt.Key.Key_Left)
    assert window.pages.currentWidget() is _workspace(opened).catalog
    QTest.mouseClick(window.top.tabs, CLICK, pos=window.top.tabs.tabRect(1).center())
    assert window.current_tab == "health"


async def test_ctrl_k_leads_to_the_catalogues_search_from_any_tab(opened: Opened, eventually: Eventually) -> None:
    opened.window.activateWindow()
    await eventually(opened.window.isActiveWindow)
    opened.window.show_tab("health")
    QTest.keyClick(opened.window, Qt.Key.Key_K, CONTROL)
    assert opened.window.current_tab == "catalog"
    focused = opened.window.focusWidget()
    assert focused is not None
    assert focused.accessibleName().startswith("Search")


async def test_a_gap_in_the_health_tab_opens_the_catalogue_filtered_to_it(opened: Opened) -> None:
    workspace = _workspace(opened)
    assert workspace.health is not None
    bar = next(bar for bar in workspace.health.gaps.shown.required if bar.field is Field.PRICE_INPUT)
    share = bar.shares[0]
    assert share.provider is not None
    workspace.health.gaps.required.chosen.emit(Field.PRICE_INPUT.value, share.provider)
    assert opened.window.current_tab == "catalog"
    rows = list(workspace.catalog.table.rows.shown_rows())
    assert len(rows) == share.count
    assert {row.provider for row in rows} == {share.provider}


async def test_opening_an_incomplete_model_shows_it_in_the_catalogue(opened: Opened, eventually: Eventually) -> None:
    workspace = _workspace(opened)
    assert workspace.health is not None
    opened.window.show_tab("health")
    table = workspace.health.table
    wanted = table.rows.id_at(3)
    place = table.visualRect(table.rows.index(3, 0)).center()
    QTest.mouseClick(table.viewport(), CLICK, pos=place)
    QTest.mouseDClick(table.viewport(), CLICK, pos=place)
    await eventually(lambda: opened.window.current_tab == "catalog")
    row = workspace.catalog.table.current_row()
    assert row is not None
    assert row.id == wanted


async def test_a_survey_runs_once_however_often_it_is_asked_for_and_says_what_it_found(
    opened: Opened, eventually: Eventually
) -> None:
    workspace = _workspace(opened)
    assert workspace.health is not None
    opened.window.show_tab("health")
    for _ in range(5):
        QTest.mouseClick(workspace.health.overview.survey, CLICK)
    assert workspace.health.overview.survey.text() == "Surveying…"
    await eventually(opened.window.status.cancel.isVisible)
    await eventually(lambda: opened.session.notices.unread)
    assert "Surveyed" in opened.session.notices.newest_first[0].what
    assert workspace.health.overview.survey.isEnabled()


async def test_a_job_is_shown_with_its_progress_and_can_be_cancelled(opened: Opened, eventually: Eventually) -> None:
    desk = opened.session.desk
    assert desk is not None

    async def work(progress: Progress) -> None:
        progress.update(done=3, total=4, unit="files", text="Copying")
        await asyncio.get_running_loop().create_future()

    job = desk.jobs.start("copy", "Copy some files", work)
    await eventually(lambda: "75 %" in opened.window.status.activity.text())
    assert "Copy some files" in opened.window.status.activity.text()
    QTest.mouseClick(opened.window.status.activity, CLICK)
    assert _workspace(opened).activity.list.isVisible()
    _workspace(opened).activity.list.close()
    QTest.mouseClick(opened.window.status.cancel, CLICK)
    await eventually(lambda: job.state is JobState.CANCELLED)
    assert opened.window.status.activity.text() == "Nothing is running"


async def test_a_fault_of_ours_is_told_with_details_to_copy_and_no_traceback_on_the_screen(opened: Opened) -> None:
    report(ZeroDivisionError("by nought"))
    bar = opened.session.telling.bar
    assert bar.isVisible()
    assert "Traceback" not in bar.accessibleName()
    copy = next(button for button in bar.findChildren(QPushButton) if button.text() == "Copy details")
    QTest.mouseClick(copy, CLICK)
    assert "ZeroDivisionError: by nought" in QGuiApplication.clipboard().text()
    assert opened.window.status.state.text() != "All well"


async def test_the_bell_counts_what_was_not_looked_at_and_its_list_marks_it_read(opened: Opened) -> None:
    report(KnownError("The disk is full.", why="No space left.", todo="Free some."))
    assert "1 new notice" in opened.window.top.bell.accessibleName()
    QTest.mouseClick(opened.window.top.bell, CLICK)
    assert opened.session.telling.list.isVisible()
    opened.session.telling.list.close()
    assert "No new notices" in opened.window.top.bell.accessibleName()
    assert opened.window.status.state.text() == "All well"


async def test_the_chosen_theme_is_kept_in_the_settings(opened: Opened, paths: Paths, eventually: Eventually) -> None:
    opened.window.top.theme_chosen.emit("dark")
    await eventually(lambda: paths.config_file.exists() and "dark" in paths.config_file.read_text(encoding="utf-8"))
    opened.window.top.theme_chosen.emit("light")
    await eventually(lambda: "light" in paths.config_file.read_text(encoding="utf-8"))


async def test_the_tab_and_the_size_are_there_again_after_a_restart(open_window: OpenWindow) -> None:
    first = await open_window()
    await first.quiet()
    first.window.show_tab("health")
    first.window.resize(1100, 700)
    await first.close()
    second = await open_window()
    await second.quiet()
    assert second.window.current_tab == "health"
    assert (second.window.width(), second.window.height()) == (1100, 700)


async def test_files_dropped_anywhere_are_imported_into_the_catalogue(
    opened: Opened, paths: Paths, eventually: Eventually
) -> None:
    file = paths.data / "models.json"
    file.write_text('{"object": "list", "data": [{"id": "brand-new-1", "object": "model", "owned_by": "acme"}]}')
    opened.window.show_tab("health")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    where = QPointF(QPoint(10, 10))
    opened.window.dropEvent(QDropEvent(where, Qt.DropAction.CopyAction, mime, CLICK, Qt.KeyboardModifier.NoModifier))
    assert opened.window.current_tab == "catalog"
    await eventually(_workspace(opened).catalog.isVisible)


async def test_no_part_of_the_window_needs_more_room_than_the_smallest_window_has(opened: Opened) -> None:
    opened.window.resize(1024, 640)
    for tab in ("catalog", "health"):
        opened.window.show_tab(tab)
        page = opened.window.pages.currentWidget()
        assert page is not None
        assert page.minimumSizeHint().width() <= 1024
        assert opened.window.minimumSizeHint().height() <= 640


async def test_what_the_clock_starts_refreshes_the_tabs_too(opened: Opened, eventually: Eventually) -> None:
    desk = opened.session.desk
    assert desk is not None
    model_id = _workspace(opened).catalog.table.rows.id_at(0)

    async def work(_progress: Progress) -> tuple[object, Changes]:
        return await desk.catalog.set_value(model_id, Field.FAMILY, "by-the-clock")

    desk.jobs.start(desk.schedule.rows()[0].entry.name, "By the clock", work)
    rows = _workspace(opened).catalog.table.rows
    await eventually(lambda: any(row.family == "by-the-clock" for row in rows.shown_rows()))


async def test_heal_now_runs_the_cycle_of_the_schedule_and_says_why_nothing_could_be_tried(
    opened: Opened, eventually: Eventually
) -> None:
    health = _workspace(opened).health
    assert health is not None
    opened.window.show_tab("health")
    QTest.mouseClick(health.overview.heal, CLICK)
    await eventually(lambda: health.overview.note.text().startswith("Nothing new could be tried."))


async def test_a_value_is_set_by_hand_from_the_health_tab(opened: Opened, eventually: Eventually) -> None:
    health = _workspace(opened).health
    assert health is not None
    opened.window.show_tab("health")
    row = health.table.current_row()
    assert row is not None
    QTest.mouseClick(health.lists.missing.set_value, CLICK)

    def dialog() -> EditDialog | None:
        return next(iter(opened.window.findChildren(EditDialog)), None)

    await eventually(dialog)
    shown = dialog()
    assert shown is not None
    assert shown.field is row.fields[0]
    shown.reject()
