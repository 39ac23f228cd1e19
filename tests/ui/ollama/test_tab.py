"""The Ollama tab in use: real widgets over a real desk, a real model folder and a server that answers."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QPushButton, QWidget

from harness.ollama_tab import Kept, opened
from harness.vaults import damage
from modelward.core.progress import Progress
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.ollama.restore_dialog import RestoreDialog
from modelward.ui.shell.layout_store import LayoutStore

LEFT = Qt.MouseButton.LeftButton


def said(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, LEFT)


async def proven(kept: Kept) -> None:
    await kept.click(kept.tab.server.verify, lambda: "2 of 2 proven" in kept.tab.server.proven.words)


async def copied(kept: Kept) -> None:
    await kept.click(kept.tab.server.back_up, lambda: kept.shown("qwen3:8b", "copies") == "1")


async def fill_in(kept: Kept, path: Path) -> None:
    dialog = await kept.dialog()
    assert isinstance(dialog, QFileDialog)
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    field.setText(str(path))
    dialog.accept()


# ------------------------------------------------------------ what is shown


async def test_models_are_listed_from_their_folder_with_what_is_not_proven_yet(kept: Kept) -> None:
    assert kept.shown("llama3.2:3b") == "not proven, no copy"
    assert kept.shown("gpt-oss:120b-cloud") == "remote"
    server = kept.tab.server
    assert "running" in server.server.words
    assert server.models.words.startswith("3 · ")
    assert server.proven.words == "0 of 2 proven"
    assert str(kept.shelf.folder) in server.place.words
    assert "empty so far" in server.vault.words
    assert "None of these models is proven yet." in said(kept.tab.hint)


async def test_verify_all_proves_every_model_and_says_so(kept: Kept) -> None:
    await proven(kept)
    assert "All 2 models are intact" in said(kept.tab.notice)
    assert kept.shown("qwen3:8b") == "intact, no copy"
    assert kept.shown("qwen3:8b", "proven") == "just now"
    assert not kept.tab.hint.isVisible()


async def test_the_details_show_layers_with_their_digests_and_which_other_model_needs_them(kept: Kept) -> None:
    await proven(kept)
    kept.tab.show_model("llama3.2:3b")
    details = kept.tab.details
    assert details.name.text() == "llama3.2:3b"
    assert "served 8,192 tokens" in details.facts.text()
    told = said(details.layers)
    assert kept.shelf.digest("llama3.2:3b").removeprefix("sha256:")[:12] in told
    assert "intact, shared by 2" in told
    assert "None yet" in said(details.versions)


async def test_copies_are_listed_newest_first_and_the_current_one_is_marked(kept: Kept) -> None:
    await copied(kept)
    kept.shelf.add("qwen3:8b", 123_456)
    await kept.reload()
    assert "old copy" in kept.shown("qwen3:8b")
    kept.tab.show_model("qwen3:8b")
    await kept.click(kept.tab.details.back_up, lambda: kept.shown("qwen3:8b", "copies") == "2")
    tags = [tag for tag in kept.tab.details.versions.findChildren(Tag) if tag.isVisible()]
    assert [tag.text() for tag in tags] == ["current"]


async def test_a_server_that_is_down_is_told_and_its_models_are_shown_all_the_same(kept: Kept) -> None:
    await kept.server.stop()
    QTest.keyClick(kept.tab, Qt.Key.Key_F5)
    await kept.eventually(lambda: kept.tab.server.server.words == "not running")
    assert kept.tab.hint.isVisible() or kept.tab.alerts.isVisible()
    await proven(kept)


async def test_what_happened_is_listed(kept: Kept) -> None:
    assert "Nothing happened yet" in said(kept.tab.lists)
    await copied(kept)
    texts = [kept.tab.lists.events.rows.columns[2].text(row) for row in kept.tab.lists.events.rows.rows()]
    assert any(text.startswith("qwen3:8b: Copied into the vault") for text in texts)


# ------------------------------------------------------------ damage and the way back


async def test_a_damaged_model_raises_an_alert_whose_button_brings_it_back_from_the_vault(kept: Kept) -> None:
    await copied(kept)
    weights = kept.shelf.digest("llama3.2:3b")
    kept.shelf.flip(weights)
    await kept.click(kept.tab.server.verify, lambda: kept.shown("llama3.2:3b") == "damaged")
    assert "1 of 2 models cannot be relied on." in said(kept.tab.notice)
    await kept.eventually(kept.tab.alerts.isVisible)
    assert "llama3.2:3b is damaged." in said(kept.tab.alerts)
    repair = next(each for each in kept.tab.alerts.findChildren(QPushButton) if each.text() == "Repair")
    await kept.click(repair, lambda: "is whole again" in said(kept.tab.notice))
    assert kept.shelf.damaged() == ()
    await kept.eventually(lambda: kept.shown("llama3.2:3b") != "damaged")
    await kept.eventually(lambda: not kept.tab.alerts.isVisible())


async def test_a_damaged_model_offers_repair_first_and_no_copy(kept: Kept) -> None:
    kept.shelf.truncate(kept.shelf.digest("qwen3:8b"))
    await kept.reload()
    kept.tab.show_model("qwen3:8b")
    details = kept.tab.details
    assert details.repair.isVisible()
    assert not details.back_up.isEnabled()
    assert "damaged" in said(details.layers)
    assert details.trouble.isVisible()


async def test_an_older_version_is_restored_after_the_person_chose_it(kept: Kept) -> None:
    before = kept.shelf.manifest("qwen3:8b").read_bytes()
    await copied(kept)
    kept.shelf.add("qwen3:8b", 123_456)
    await kept.reload()
    kept.tab.show_model("qwen3:8b")
    click(kept.tab.details.restore)
    dialog = await kept.dialog()
    assert isinstance(dialog, RestoreDialog)
    assert "the vault has no copy of it" in said(dialog.told)
    await kept.answer("Restore")
    await kept.eventually(lambda: "whole again" in said(kept.tab.notice))
    assert kept.shelf.manifest("qwen3:8b").read_bytes() == before


async def test_a_restore_that_is_left_changes_nothing(kept: Kept) -> None:
    await copied(kept)
    before = kept.shelf.snapshot()
    kept.tab.show_model("qwen3:8b")
    click(kept.tab.details.restore)
    await kept.answer("Cancel")
    assert not kept.desk.jobs.running
    assert kept.shelf.snapshot() == before


async def test_a_download_warns_of_its_size_and_is_left_by_cancel(kept: Kept) -> None:
    kept.tab.show_model("qwen3:8b")
    click(kept.tab.details.download)
    dialog = await kept.dialog()
    assert "Ollama downloads about 293 KiB" in said(dialog)
    await kept.answer("Cancel")
    assert not [seen for seen in kept.server.requests if seen.path == "/api/pull"]


async def test_a_model_that_only_the_vault_has_can_be_restored(kept: Kept) -> None:
    await copied(kept)
    kept.shelf.delete_manifest("qwen3:8b")
    await kept.reload()
    await kept.eventually(lambda: kept.shown("qwen3:8b") in ("only in the vault", "missing"))
    kept.tab.show_model("qwen3:8b")
    click(kept.tab.details.restore)
    await kept.answer("Restore")
    await kept.eventually(lambda: kept.shelf.manifest("qwen3:8b").exists())
    await kept.eventually(lambda: kept.shown("qwen3:8b") not in ("only in the vault", "missing"))


async def test_an_exported_model_comes_back_from_its_file(kept: Kept, tmp_path: Path) -> None:
    kept.tab.show_model("qwen3:8b")
    click(kept.tab.details.export)
    file = tmp_path / "qwen.tar"
    await fill_in(kept, file)
    await kept.eventually(lambda: "was exported" in said(kept.tab.notice))
    kept.shelf.delete_manifest("qwen3:8b")
    kept.shelf.delete(kept.shelf.digest("llama3.2:3b"))
    click(kept.tab.server.take_in)
    await fill_in(kept, file)
    await kept.eventually(lambda: kept.shelf.manifest("qwen3:8b").exists())
    await kept.eventually(lambda: "qwen3:8b is whole again" in said(kept.tab.notice))


async def test_a_file_that_is_no_export_is_refused_in_words(kept: Kept, tmp_path: Path) -> None:
    file = tmp_path / "holiday.tar"
    file.write_bytes(b"not a tar file at all")
    click(kept.tab.server.take_in)
    await fill_in(kept, file)
    await kept.eventually(kept.tab.notice.isVisible)
    assert "cannot be taken in" in said(kept.tab.notice)


# ------------------------------------------------------------ files that no model needs


async def test_an_orphan_is_removed_only_after_asking(kept: Kept) -> None:
    orphan = kept.shelf.blob(kept.shelf.orphan())
    kept.shelf.age(orphan, seconds=7200)
    await kept.reload()
    lists = kept.tab.lists
    assert lists.tabs.tabText(1) == "Can be removed  1"
    lists.tabs.setCurrentIndex(1)
    click(lists.remove_all)
    assert orphan.name in said(await kept.dialog())
    await kept.answer("Cancel")
    assert orphan.exists()
    lists.strays.selectRow(0)
    click(lists.remove)
    await kept.answer("Remove")
    await kept.eventually(lambda: not orphan.exists())
    await kept.eventually(lambda: "were freed" in said(kept.tab.notice))


# ------------------------------------------------------------ work that runs


async def test_work_that_is_held_says_so_and_ends_when_it_goes_on(kept: Kept) -> None:
    work = kept.tab.server.work
    kept.desk.ollama.pause()
    click(kept.tab.server.verify)
    await kept.eventually(work.isVisible)
    await kept.eventually(work.hold.isVisible)
    click(work.hold)
    assert work.hold.text() == "Go on"
    assert "held" in work.figures.text()
    click(work.hold)
    await kept.eventually(lambda: "2 of 2 proven" in kept.tab.server.proven.words)
    await kept.eventually(lambda: not work.isVisible())


async def test_work_is_ended_by_cancel_and_what_was_held_is_free_again(kept: Kept) -> None:
    work = kept.tab.server.work
    kept.desk.ollama.pause()
    kept.tab.show_model("qwen3:8b")
    click(kept.tab.details.verify)
    await kept.eventually(work.isVisible)
    await kept.eventually(lambda: kept.shown("qwen3:8b").startswith("verifying"))
    click(work.hold)
    click(work.end)
    await kept.eventually(lambda: not work.isVisible())
    assert kept.shown("qwen3:8b") == "not proven, no copy"
    await proven(kept)


async def test_five_clicks_start_one_verification(kept: Kept) -> None:
    kept.desk.ollama.pause()
    for _ in range(5):
        click(kept.tab.server.verify)
    await kept.eventually(lambda: kept.desk.jobs.running)
    assert len(kept.desk.jobs.running) == 1
    kept.desk.ollama.resume()
    await kept.eventually(lambda: not kept.desk.jobs.running)


# ------------------------------------------------------------ ways of use


async def test_the_switch_says_whether_a_model_is_brought_back(kept: Kept) -> None:
    kept.tab.show_model("qwen3:8b")
    switch = kept.tab.details.protect
    assert switch.isChecked()
    click(switch)
    await kept.eventually(lambda: kept.shown("qwen3:8b", "guarded") == "no")
    assert kept.shown("llama3.2:3b", "guarded") == "yes"
    assert not switch.isChecked()


async def test_enter_and_a_double_click_lead_to_what_can_be_done(kept: Kept) -> None:
    await kept.eventually(kept.tab.isActiveWindow)
    table = kept.tab.table
    kept.tab.show_model("qwen3:8b")
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert kept.tab.details.verify.hasFocus()
    table.setFocus()
    place = table.visualRect(table.currentIndex()).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=place)
    QTest.mouseDClick(table.viewport(), LEFT, pos=place)
    assert kept.tab.details.verify.hasFocus()


async def test_keys_in_the_list_verify_and_copy_the_chosen_models(kept: Kept) -> None:
    await kept.eventually(kept.tab.isActiveWindow)
    table = kept.tab.table
    table.setFocus()
    table.selectAll()
    QTest.keyClick(table, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    await kept.eventually(lambda: "All 2 models are intact" in said(kept.tab.notice))
    kept.tab.show_model("qwen3:8b")
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("qwen3:8b\t")


async def test_the_menu_allows_only_what_can_be_done(kept: Kept) -> None:
    allowed = {action.text(): action for action in kept.tab.table.actions()}
    kept.tab.show_model("gpt-oss:120b-cloud")
    names = ("Repair", "Verify", "Back up", "Restore…", "Re-download…", "Export…")
    assert not any(allowed[name].isEnabled() for name in names)
    kept.tab.show_model("qwen3:8b")
    assert {name for name in names if allowed[name].isEnabled()} == {"Verify", "Back up", "Re-download…", "Export…"}


async def test_columns_stay_as_they_were_left(kept: Kept, tmp_path: Path, qapp: QApplication) -> None:
    header = kept.tab.table.header
    header.set_shown(8, is_shown=True)
    kept.tab._layout_store.save()
    again = await opened(kept.desk, LayoutStore(tmp_path / "layout.ini"), qapp)
    assert again.table.header.layout_text() == header.layout_text()
    assert not again.table.header.isSectionHidden(8)
    again.stop()
    again.close()
    again.deleteLater()


async def test_a_hidden_tab_reads_the_alerts_alone_and_the_rest_when_it_is_looked_at(kept: Kept) -> None:
    kept.tab.hide()
    kept.shelf.add("new:1", 1000)
    judged: list[object] = []
    kept.tab.judged.connect(judged.append)
    await kept.tab.reload()
    assert judged == [()]
    assert kept.row("new:1") is None
    kept.tab.show()
    await kept.eventually(lambda: kept.row("new:1"))


async def test_nothing_is_cut_in_a_small_window_with_large_text(kept: Kept) -> None:
    theme = Theme.current()
    try:
        for scale, mode in ((1.0, Mode.LIGHT), (1.5, Mode.DARK)):
            theme.set_text_scale(scale)
            theme.set_mode(mode)
            kept.tab.resize(1024, 560)
            QApplication.processEvents()
            assert kept.tab.minimumSizeHint().width() <= 1024
            assert kept.tab.minimumSizeHint().height() <= 560
            for button in kept.tab.findChildren(QPushButton):
                if button.isVisible():
                    assert button.width() >= button.minimumSizeHint().width(), button.text()
    finally:
        theme.set_text_scale(1.0)
        theme.set_mode(Mode.LIGHT)


async def test_every_control_has_a_name_that_can_be_read_out(kept: Kept) -> None:
    for button in kept.tab.findChildren(QPushButton):
        assert not button.isVisible() or button.text() or button.accessibleName()
    assert kept.tab.table.accessibleName() == "Local models"
    assert kept.tab.server.vault.accessibleName().startswith("Vault: ")
    assert kept.tab.details.protect.accessibleName()


# ------------------------------------------------------------ the vault


async def choose(kept: Kept, action: QAction) -> None:
    """Choose from the vault's menu as a hand does."""
    menu = kept.tab.server.vault_menu.menu()
    QTest.mouseClick(kept.tab.server.vault_menu, LEFT)
    await kept.eventually(menu.isVisible)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


async def test_the_vaults_menu_proves_every_copy(kept: Kept) -> None:
    server = kept.tab.server
    assert not server.prove_copies.isEnabled()
    await copied(kept)
    assert (server.prove_copies.isEnabled(), server.begin_vault.isEnabled()) == (True, False)
    await choose(kept, server.prove_copies)
    await kept.eventually(lambda: "All copies in the vault are whole." in said(kept.tab.notice))
    await kept.eventually(lambda: not kept.desk.jobs.running)


async def test_a_vault_that_is_gone_can_be_begun_anew_from_its_alert_and_its_menu(kept: Kept) -> None:
    await copied(kept)
    vault = kept.desk.ollama.vault_folder
    shutil.rmtree(vault)
    await kept.desk.ollama.maintain(Progress())
    await kept.reload()
    button = next(each for each in kept.tab.alerts.findChildren(QPushButton) if each.text() == "New vault…")
    click(button)
    await kept.answer("Cancel")
    assert not vault.exists()
    await choose(kept, kept.tab.server.begin_vault)
    await kept.answer("Begin")
    await kept.eventually(lambda: "copied into the vault" in said(kept.tab.notice))
    await kept.eventually(lambda: not kept.desk.jobs.running)
    await kept.eventually(lambda: not kept.tab.alerts.isVisible())
    assert len(await kept.desk.ollama.versions()) == 2
    assert not kept.tab.server.begin_vault.isEnabled()


async def test_the_alert_of_a_damaged_copy_proves_the_copies_and_mends_them(kept: Kept) -> None:
    await copied(kept)
    digest = kept.shelf.digest("qwen3:8b")
    copy, blob = kept.desk.ollama.vault_folder / "objects" / digest[7:9] / digest[7:], kept.shelf.blob(digest)
    damage(copy)
    blob.rename(blob.with_name("away"))
    await kept.desk.ollama.verify_vault(Progress())
    blob.with_name("away").rename(blob)
    await kept.reload()
    button = next(each for each in kept.tab.alerts.findChildren(QPushButton) if each.text() == "Verify copies")
    await kept.click(button, lambda: "whole again" in said(kept.tab.notice))
    await kept.eventually(lambda: not kept.tab.alerts.isVisible())
