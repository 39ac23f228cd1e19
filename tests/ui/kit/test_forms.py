"""Forms made from the settings: what is stated is saved at once, what is wrong is said, and nothing is lost."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from harness.catalog_tab import Eventually, eventually
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.settings import described, load
from modelward.ui.kit.forms import SettingRow, SettingsForm, default_text
from modelward.ui.kit.switch import Switch
from modelward.ui.kit.tasks import Tasks
from modelward.ui.kit.theme import Mode, Theme

__all__ = ["eventually"]

LEFT = Qt.MouseButton.LeftButton
HOURS, THEME, BURN = "discovery.every_hours", "appearance.theme", "spending.zero_burn"
LIMIT, FOLDER, KEEP, DATABASE = (
    "spending.day_limit",
    "backups.folder",
    "backups.keep_pre_operation",
    "store.database_url",
)

MakeForm = Callable[..., SettingsForm]


@pytest.fixture
async def form(home: object, qapp: QApplication) -> AsyncIterator[Callable[..., SettingsForm]]:
    """Makes the form of some settings, over a config.yaml of this test's own."""
    Theme.install(qapp, Mode.LIGHT)
    window, tasks = QWidget(), Tasks()
    column = QVBoxLayout(window)
    made: list[SettingsForm] = []

    def make(*keys: str, paths: Paths | None = None) -> SettingsForm:
        paths = paths or Paths.locate()
        paths.prepare()
        form = SettingsForm(Preferences(paths, load(paths, os.environ)), keys, tasks, window)
        made.append(form)
        column.addWidget(form)
        window.resize(700, 500)
        window.show()
        window.activateWindow()
        return form

    yield make
    await tasks.end()
    for each in made:
        each.stop()
    window.close()
    window.deleteLater()


def find(row: SettingRow, kind: type[QWidget]) -> QWidget:
    found = row.editor.findChild(kind)
    assert isinstance(found, QWidget)
    return found


def field(row: SettingRow) -> QLineEdit:
    found = find(row, QLineEdit)
    assert isinstance(found, QLineEdit)
    return found


def enter(line: QLineEdit, text: str) -> None:
    line.selectAll()
    QTest.keyClicks(line, text) if text else QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClick(line, Qt.Key.Key_Return)


def saved(key: str) -> object:
    group, _, name = key.partition(".")
    return getattr(getattr(load(Paths.locate(), os.environ).settings, group), name)


@pytest.mark.parametrize("key", list(described()))
def test_every_setting_has_a_row_whose_controls_say_what_they_are(key: str, form: MakeForm) -> None:
    row = form(key).rows[key]
    controls = [
        control
        for kind in (QCheckBox, QComboBox, QSpinBox, QLineEdit, QPushButton)
        for control in row.editor.findChildren(kind)
        if not isinstance(control.parent(), QSpinBox)
    ]
    assert controls
    assert all(control.accessibleName().startswith(row.setting.about.title) for control in controls)
    assert all(control.accessibleDescription() == row.setting.about.help for control in controls)


async def test_a_switch_counts_at_once_and_says_so(form: MakeForm, eventually: Eventually) -> None:
    row = form(BURN).rows[BURN]
    switch = find(row, Switch)
    QTest.mouseClick(switch, LEFT)
    await eventually(lambda: row.note.text() == "Saved.")
    assert saved(BURN) is False
    assert row.note.isVisible()


async def test_a_choice_is_saved_as_its_word(form: MakeForm, eventually: Eventually) -> None:
    row = form(THEME).rows[THEME]
    box = find(row, QComboBox)
    assert isinstance(box, QComboBox)
    assert [box.itemText(at) for at in range(box.count())] == ["System", "Light", "Dark"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    await eventually(lambda: row.note.text() == "Saved.")
    assert saved(THEME) == "light"


async def test_a_number_that_is_not_allowed_is_refused_in_words_and_nothing_is_saved(
    form: MakeForm, eventually: Eventually
) -> None:
    key = "discovery.check_every_minutes"
    row = form(key).rows[key]
    spin = find(row, QSpinBox)
    assert isinstance(spin, QSpinBox)
    enter(spin.lineEdit(), "3")
    await eventually(row.note.isVisible)
    assert row.note.text() == "Not saved. Allowed is 0, or a whole number from 5 to 1440."
    assert saved(key) == 30
    enter(spin.lineEdit(), "30")
    await eventually(lambda: row.note.text() == "Saved.")


async def test_an_amount_is_read_exactly_and_a_text_that_is_none_is_refused(
    form: MakeForm, eventually: Eventually
) -> None:
    row = form(LIMIT).rows[LIMIT]
    enter(field(row), "0.07")
    await eventually(lambda: row.note.text() == "Saved.")
    assert str(saved(LIMIT)) == "0.07"
    enter(field(row), "much")
    await eventually(lambda: row.note.text().startswith("Not saved."))
    assert row.note.text() == "Not saved. Allowed is an amount in USD such as 2.50."
    assert field(row).text() == "much"
    assert str(saved(LIMIT)) == "0.07"


async def test_an_emptied_amount_is_no_wish_for_no_limit(form: MakeForm, eventually: Eventually) -> None:
    row = form(LIMIT).rows[LIMIT]
    enter(field(row), "")
    await eventually(lambda: row.note.text().startswith("Not saved."))
    assert saved(LIMIT) == 1


async def test_no_limit_is_a_box_and_the_default_comes_back_with_it(form: MakeForm, eventually: Eventually) -> None:
    row = form(LIMIT).rows[LIMIT]
    box = find(row, QCheckBox)
    QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    await eventually(lambda: row.note.text() == "Saved.")
    assert saved(LIMIT) is None
    assert not field(row).isEnabled()
    QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    await eventually(lambda: field(row).text() == "1")
    assert field(row).isEnabled()
    assert saved(LIMIT) == 1


async def test_a_box_that_was_opened_without_a_number_closes_again(form: MakeForm, eventually: Eventually) -> None:
    rows = form(KEEP, FOLDER).rows
    box, other = find(rows[KEEP], QCheckBox), field(rows[FOLDER])
    await eventually(other.window().isActiveWindow)
    QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    assert field(rows[KEEP]).isEnabled()
    other.setFocus()
    await eventually(lambda: not field(rows[KEEP]).isEnabled())
    assert saved(KEEP) is None


async def test_escape_takes_back_what_was_typed(form: MakeForm) -> None:
    row = form(FOLDER).rows[FOLDER]
    QTest.keyClicks(field(row), "/somewhere")
    QTest.keyClick(field(row), Qt.Key.Key_Escape)
    assert field(row).text() == ""
    assert saved(FOLDER) is None


async def test_the_default_comes_back_with_a_click(form: MakeForm, eventually: Eventually) -> None:
    row = form(HOURS).rows[HOURS]
    spin = find(row, QSpinBox)
    assert isinstance(spin, QSpinBox)
    assert row.reset.isHidden()
    enter(spin.lineEdit(), "6")
    await eventually(lambda: saved(HOURS) == 6)
    await eventually(row.reset.isVisible)
    QTest.mouseClick(row.reset, LEFT)
    await eventually(lambda: saved(HOURS) == 24)
    await eventually(lambda: spin.value() == 24)
    assert row.reset.isHidden()


async def test_what_the_environment_sets_cannot_be_changed_here_and_says_who_set_it(
    form: MakeForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    row = form("log.level").rows["log.level"]
    assert not row.editor.isEnabled()
    assert row.note.text() == "Set by environment LOG_LEVEL."
    assert row.reset.isHidden()


async def test_what_needs_a_restart_says_so_before_and_after(form: MakeForm, eventually: Eventually) -> None:
    row = form(FOLDER).rows[FOLDER]
    assert row.note.text() == "Counts from the next start."
    enter(field(row), "/somewhere")
    await eventually(lambda: row.note.text() == "Saved. Counts from the next start.")
    assert saved(FOLDER) == "/somewhere"


async def test_only_the_last_row_says_that_it_was_saved(form: MakeForm, eventually: Eventually) -> None:
    rows = form(BURN, FOLDER).rows
    QTest.mouseClick(find(rows[BURN], Switch), LEFT)
    await eventually(lambda: rows[BURN].note.text() == "Saved.")
    enter(field(rows[FOLDER]), "/somewhere")
    await eventually(lambda: rows[FOLDER].note.text().startswith("Saved."))
    assert rows[BURN].note.isHidden()


async def test_a_password_is_not_shown_and_its_mark_is_never_saved(form: MakeForm, eventually: Eventually) -> None:
    paths = Paths.locate()
    paths.prepare()
    paths.config_file.write_text("store:\n  database_url: postgresql://me:secret-word@host/name\n")
    row = form(DATABASE, paths=paths).rows[DATABASE]
    assert field(row).text() == "postgresql://me:***@host/name"
    enter(field(row), "postgresql://me:***@other/name")
    assert row.note.text().startswith("Not saved. The password is hidden here")
    assert saved(DATABASE) == "postgresql://me:secret-word@host/name"


async def test_a_folder_can_be_chosen(form: MakeForm, eventually: Eventually, home: object) -> None:
    row = form(FOLDER).rows[FOLDER]
    QTest.mouseClick(find(row, QPushButton), LEFT)
    await eventually(lambda: row.window().findChildren(QFileDialog))
    (dialog,) = row.window().findChildren(QFileDialog)
    name = dialog.findChild(QLineEdit)
    assert isinstance(name, QLineEdit)
    name.setText(str(home))
    dialog.accept()
    await eventually(lambda: saved(FOLDER) == str(home))
    assert field(row).text() == str(home)


async def test_the_wheel_scrolls_and_changes_nothing(form: MakeForm) -> None:
    rows = form(HOURS, THEME).rows
    for row in rows.values():
        control = row.editor.findChild(QSpinBox) or row.editor.findChild(QComboBox)
        assert control is not None
        point = QPointF(control.rect().center())
        event = QWheelEvent(
            point, point, QPoint(), QPoint(0, 120), LEFT.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(control, event)
    assert saved(HOURS) == 24
    assert saved(THEME) == "system"


async def test_a_change_made_elsewhere_is_shown(form: MakeForm) -> None:
    made = form(BURN)
    switch = find(made.rows[BURN], Switch)
    assert isinstance(switch, Switch)
    assert switch.isChecked()
    await made._preferences.change(BURN, False)
    assert not switch.isChecked()


async def test_a_file_that_cannot_be_written_is_told_and_the_value_is_not_lost(
    form: MakeForm, eventually: Eventually
) -> None:
    row = form(FOLDER).rows[FOLDER]
    config = Paths.locate().config_file
    config.mkdir(parents=True)
    enter(field(row), "/somewhere")
    await eventually(lambda: row.note.text().startswith("Not saved."))
    assert str(config) in row.note.text()
    assert field(row).text() == "/somewhere"


@pytest.mark.parametrize(
    ("key", "words"), [(HOURS, "24 hours"), (BURN, "on"), (FOLDER, "a folder beside the data"), (LIMIT, "1 USD")]
)
def test_a_default_is_named_in_words(key: str, words: str) -> None:
    assert default_text(described()[key]) == words
