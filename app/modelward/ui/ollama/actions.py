"""What a person does in the tab: buttons, keys and menus, each of which leads to a verb."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from modelward.ollama.model import Alert, AlertKind, ModelName, Stray
from modelward.ui.kit.slots import guarded, spawn
from modelward.ui.kit.table import DataTable
from modelward.ui.ollama.details import DetailsCard
from modelward.ui.ollama.hints import HintAction
from modelward.ui.ollama.lack import LackPage
from modelward.ui.ollama.rows import Row
from modelward.ui.ollama.server_card import ServerCard
from modelward.ui.ollama.verbs import OllamaVerbs

Verb = Callable[[Row], Coroutine[Any, Any, None]]
ManyVerb = Callable[[Sequence[ModelName]], Coroutine[Any, Any, None]]


class TabActions(QObject):
    """Knows which models are chosen; what is to be done with them it leaves to the verbs."""

    def __init__(self, table: DataTable[Row], verbs: OllamaVerbs, tab: QWidget) -> None:
        super().__init__(tab)
        self._table = table
        self._verbs = verbs
        self._tab = tab
        self._actions: dict[str, QAction] = {}
        self._make_row_actions()
        self._make_tab_actions()
        table.selectionModel().selectionChanged.connect(self.allow)

    def connect_card(self, server: ServerCard, lack: LackPage) -> None:
        """Listens to what concerns all models, and to the ways out where there is none."""
        verbs = self._verbs
        server.verify_requested.connect(lambda: spawn(verbs.verify(None), "verify all"))
        server.backup_requested.connect(lambda: spawn(verbs.back_up(None), "back up all"))
        server.prove_copies.triggered.connect(lambda: spawn(verbs.prove_copies(), "prove copies"))
        server.begin_vault.triggered.connect(self.begin_vault)
        server.import_requested.connect(lambda: spawn(verbs.take_in(), "import"))
        server.work.hold_requested.connect(lambda is_held: verbs.hold(is_held=is_held))
        lack.address_requested.connect(lambda: spawn(verbs.set_address(), "address"))
        lack.folder_requested.connect(lambda: spawn(verbs.set_folder(), "folder"))
        lack.look_requested.connect(lambda: spawn(verbs.look(), "look"))

    def connect_details(self, details: DetailsCard) -> None:
        """Listens to what concerns the model that is shown."""
        verbs = self._verbs
        details.verify_requested.connect(lambda: self._on_current(lambda row: verbs.verify([row.name])))
        details.repair_requested.connect(lambda: self._on_current(lambda row: verbs.repair([row.name])))
        details.backup_requested.connect(lambda: self._on_current(lambda row: verbs.back_up([row.name])))
        details.restore_requested.connect(lambda: self._on_current(verbs.restore))
        details.download_requested.connect(lambda: self._on_current(verbs.download))
        details.export_requested.connect(lambda: self._on_current(verbs.export))
        details.protect_requested.connect(
            lambda is_on: self._on_current(lambda row: verbs.protect([row.name], on=is_on))
        )

    @guarded
    def allow(self) -> None:
        """Allows what can be done with the chosen models, and with the current one."""
        chosen, row = self._table.selected_rows(), self._table.current_row()
        local = [each for each in chosen if each.check is not None and not each.is_remote]
        has_copies = row is not None and bool(row.versions)
        for text, is_allowed in (
            ("Repair", any(each.is_bad for each in local)),
            ("Verify", bool(local)),
            ("Verify, and load", bool(local)),
            ("Back up", any(not each.is_bad for each in local)),
            ("Restore…", has_copies),
            ("Re-download…", row is not None and not row.is_remote),
            ("Export…", has_copies or any(each is row and not each.is_bad for each in local)),
        ):
            self._actions[text].setEnabled(is_allowed)

    @guarded
    def remove(self, strays: Sequence[Stray]) -> None:
        """Removes files that no model needs."""
        spawn(self._verbs.discard(strays), "remove")

    @guarded
    def follow_hint(self, action: HintAction) -> None:
        """Does what a hint offers."""
        match action:
            case HintAction.LOOK:
                spawn(self._verbs.look(), "look")
            case HintAction.FOLDER:
                spawn(self._verbs.set_folder(), "folder")
            case HintAction.VERIFY:
                spawn(self._verbs.verify(None), "verify all")
            case HintAction.NEW_VAULT:
                self.begin_vault()

    @guarded
    def begin_vault(self) -> None:
        """Begins a new vault."""
        spawn(self._verbs.begin_vault(), "new vault")

    @guarded
    def follow_alert(self, alert: Alert) -> None:
        """Shows the model of an alert, and does what the alert offers."""
        names = [row.name for row in self._table.rows.rows() if row.title == alert.subject]
        self._table.select_id(alert.subject)
        match alert.kind:
            case AlertKind.SERVICE_DOWN:
                spawn(self._verbs.look(), "look")
            case AlertKind.LIBRARY_GONE:
                spawn(self._verbs.set_folder(), "folder")
            case AlertKind.MODEL_MISSING | AlertKind.CHECKSUM | AlertKind.RESTORE:
                spawn(self._verbs.repair(names or None), "repair")
            case AlertKind.BACKUP:
                spawn(self._verbs.back_up(names or None), "back up")
            case AlertKind.COPY:
                spawn(self._verbs.prove_copies(), "prove copies")
            case AlertKind.MAINTENANCE:
                self._verbs.maintain()

    # ------------------------------------------------------------ parts

    def _make_row_actions(self) -> None:
        verbs, first_copy = self._verbs, self._table.actions()[0]
        for text, keys, slot in (
            ("Repair", "Ctrl+R", lambda: self._on_selected(verbs.repair)),
            ("Verify", "Ctrl+E", lambda: self._on_selected(verbs.verify)),
            ("Verify, and load", "", lambda: self._on_selected(lambda names: verbs.verify(names, deep=True))),
            ("Back up", "Ctrl+B", lambda: self._on_selected(verbs.back_up)),
            ("Restore…", "Ctrl+Shift+R", lambda: self._on_current(verbs.restore)),
            ("Re-download…", "Ctrl+D", lambda: self._on_current(verbs.download)),
            ("Export…", "Ctrl+S", lambda: self._on_current(verbs.export)),
        ):
            action = self._actions[text] = _action(text, keys, slot, self._table, Qt.ShortcutContext.WidgetShortcut)
            self._table.insertAction(first_copy, action)

    def _make_tab_actions(self) -> None:
        verbs = self._verbs
        for text, keys, slot in (
            ("Verify all", "Ctrl+Shift+E", lambda: spawn(verbs.verify(None), "verify all")),
            ("Back up all", "Ctrl+Shift+B", lambda: spawn(verbs.back_up(None), "back up all")),
            ("Import…", "Ctrl+I", lambda: spawn(verbs.take_in(), "import")),
            ("Look again", "F5", lambda: spawn(verbs.look(), "look")),
        ):
            self._tab.addAction(_action(text, keys, slot, self._tab, Qt.ShortcutContext.WidgetWithChildrenShortcut))

    @guarded
    def _on_selected(self, verb: ManyVerb) -> None:
        names = [row.name for row in self._table.selected_rows() if row.check is not None and not row.is_remote]
        if names:
            spawn(verb(names))

    @guarded
    def _on_current(self, verb: Verb) -> None:
        if (row := self._table.current_row()) is not None:
            spawn(verb(row))


def _action(text: str, keys: str, slot: Callable[[], object], parent: QWidget, context: Qt.ShortcutContext) -> QAction:
    action = QAction(text, parent)
    action.setShortcut(keys)
    action.setShortcutContext(context)
    action.triggered.connect(lambda _checked=False: slot())
    return action
