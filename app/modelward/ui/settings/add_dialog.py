"""The sheet that adds a provider: choose one that is known, or give an address; then its key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from modelward.core.changes import Changes
from modelward.core.errors import BadValueError, KnownError
from modelward.providers.fingerprint import Fingerprint
from modelward.providers.keys import Keyring
from modelward.providers.model import KeyNeed, Provider
from modelward.providers.service import ProviderService
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.controls import SearchBox
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.slots import spawn
from modelward.ui.kit.table import DataTable
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Tone
from modelward.ui.settings.key_field import KeyField
from modelward.ui.settings.provider_dialogs import clear_of_key
from modelward.ui.settings.sheet import WorkingSheet
from modelward.ui.settings.wording import looks_like, need_text

_CHOOSE = "Choose who serves your models, or give the address of any server that speaks like OpenAI."
_SIZE, _LEAST_TABLE = (520, 560), 140


class AddDialog(WorkingSheet):
    """Asks who is to be added, and adds it. ``added`` is its id, ``changes`` what that changed."""

    def __init__(
        self, providers: ProviderService, known: Sequence[Provider], keyring: Keyring, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent, "Add a provider", "")
        self._providers = providers
        self._chosen: Provider | None = None
        self.added = ""
        self.changes = Changes.nothing()
        self.choice = _Choice([provider for provider in known if not provider.is_added], theme, self)
        self.form = _Form(providers, keyring, self)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.choice)
        self.pages.addWidget(self.form)
        self.column.addWidget(self.pages, 1)
        self.finish("Next")
        self.choice.table.row_opened.connect(self.accept)
        self.choice.table.row_changed.connect(self._on_row_changed)
        self.choice.other.clicked.connect(lambda: self._ask_for(None))
        self.form.back.clicked.connect(self._go_back)
        self._wanted = min(theme.scaled(_SIZE[1]), parent.window().height())
        self.setMinimumWidth(theme.scaled(_SIZE[0]))
        self._go_back()

    def sizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), self._wanted)

    def accept(self) -> None:
        if self.pages.currentWidget() is self.form:
            super().accept()
        elif (provider := self.choice.table.current_row()) is not None:
            self._ask_for(provider)

    async def work(self) -> None:
        provider, form = self._chosen, self.form
        if provider is None:
            await self._add_address()
        elif provider.known.is_local:
            await self._add_local(provider)
        elif form.key.text.strip() or provider.known.key is KeyNeed.REQUIRED:
            # The service says what is wrong with a key, an empty one included, before anything is added.
            _state, self.changes = await self._providers.set_key(
                provider.id, form.key.text, session=form.key.is_session
            )
            self.added = provider.id
        else:
            _provider, self.changes = await self._providers.add(provider.id)
            self.added = provider.id
        form.key.wipe()

    async def _add_address(self) -> None:
        found = await self.form.look()
        title = self.form.name.text().strip() or found.what
        added, self.changes = await self._providers.add("", url=found.known.base_url, kind=found.known.id, title=title)
        self.added = added.id
        await self._keep_key()

    async def _add_local(self, provider: Provider) -> None:
        url = self.form.address.text().strip()
        try:
            added, self.changes = await self._providers.add(provider.id, url=url if url != provider.base_url else None)
        except BadValueError:
            clear_of_key(self.form.address)
            raise
        self.added = added.id
        await self._keep_key()

    async def _keep_key(self) -> None:
        if self.form.key.text.strip():
            _state, more = await self._providers.set_key(
                self.added, self.form.key.text, session=self.form.key.is_session
            )
            self.changes |= more

    def _ask_for(self, provider: Provider | None) -> None:
        self._chosen = provider
        self.form.show_provider(provider)
        self.pages.setCurrentWidget(self.form)
        self.button.setText("Add")
        self.button.setEnabled(True)
        self.complain("")

    def _go_back(self) -> None:
        if self.is_working:
            return
        self.form.key.wipe()
        self.pages.setCurrentWidget(self.choice)
        self.button.setText("Next")
        self._on_row_changed()
        self.complain("")
        self.choice.search.setFocus()

    def _on_row_changed(self) -> None:
        if self.pages.currentWidget() is self.choice:
            self.button.setEnabled(self.choice.table.current_row() is not None)


class _Choice(QWidget):
    """Who is known, with a search, and the way to any other address."""

    def __init__(self, known: Sequence[Provider], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.search = SearchBox("Search providers", parent=self)
        self.table: DataTable[Provider] = DataTable(
            _COLUMNS, lambda row: row.id, lambda row: f"{row.title} {row.id}", theme, self
        )
        self.table.setAccessibleName("Known providers")
        self.table.setMinimumHeight(theme.scaled(_LEAST_TABLE))
        self.table.setSelectionMode(self.table.SelectionMode.SingleSelection)
        self.table.set_rows(known)
        self.nobody = EmptyState("search", "No known provider is called so.", parent=self)
        self.nobody.hide()
        self.other = QPushButton("Another address…", self)
        self.other.setAutoDefault(False)
        self.search.textChanged.connect(self._on_search_changed)
        self.search.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(Text(_CHOOSE, "muted", self, wraps=True))
        for widget in (self.search, self.table, self.nobody):
            column.addWidget(widget)
        column.addWidget(self.other, 0, Qt.AlignmentFlag.AlignLeft)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_down = (
            isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down
        )
        if watched is self.search and is_down:
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return super().eventFilter(watched, event)

    def _on_search_changed(self, text: str) -> None:
        self.table.rows.set_search(text)
        is_empty = not self.table.rows.rowCount()
        self.table.setVisible(not is_empty)
        self.nobody.setVisible(is_empty)


class _Form(QWidget):
    """What adding takes: a key, an address, a name, as far as they are needed."""

    def __init__(self, providers: ProviderService, keyring: Keyring, parent: QWidget) -> None:
        super().__init__(parent)
        self._providers = providers
        self._found: tuple[str, str, Fingerprint] | None = None
        self.back = QPushButton("Back", self)
        self.back.setAutoDefault(False)
        self.back.setProperty("role", "link")
        self.title = Text("", "title", self)
        self.note = Text("", "muted", self, wraps=True)
        self.place, self.address = self._field("Address")
        self.address.setPlaceholderText("localhost:8000 or https://models.example/v1")
        self.look_button = QPushButton("Look what answers", self)
        self.look_button.setAutoDefault(False)
        self.look_button.clicked.connect(lambda: spawn(self._show_look(), "look at an address"))
        self.seen = Text("", "small", self, wraps=True)
        self.naming, self.name = self._field("Name")
        self.name.setPlaceholderText("As the server is called")
        self.key = KeyField(keyring, self)
        self._lay_out()

    def show_provider(self, provider: Provider | None) -> None:
        """Asks for what this provider needs; None: for all that another address may need."""
        known = None if provider is None else provider.known
        self._found = None
        self.title.setText("Another address" if provider is None else provider.title)
        self.note.setText("" if known is None else known.note)
        self.note.setVisible(bool(self.note.text()))
        self.place.setVisible(known is None or known.is_local)
        self.address.setText("" if provider is None else provider.base_url)
        self.look_button.setVisible(known is None)
        self.naming.setVisible(known is None)
        self.name.setText("")
        self.key.setVisible(known is None or known.key is not KeyNeed.NONE)
        self.key.show_provider(provider)
        self._tell("")
        first = self.address if known is None or known.is_local else self.key.field
        first.setFocus(Qt.FocusReason.TabFocusReason)

    async def look(self) -> Fingerprint:
        """What answers at the address. Raises BadValueError, NetworkError; a key in the address is taken out."""
        asked = (self.address.text().strip(), self.key.text.strip())
        if self._found is not None and self._found[:2] == asked:
            return self._found[2]
        self._tell("Looking…")
        try:
            found = await self._providers.look_at(*asked)
        except KnownError:
            clear_of_key(self.address)
            self._tell("")
            raise
        self._found = (*asked, found)
        self._tell(looks_like(found))
        return found

    async def _show_look(self) -> None:
        self.look_button.setEnabled(False)
        try:
            await self.look()
        except KnownError as error:
            self._tell(str(error))
        self.look_button.setEnabled(True)

    def _tell(self, words: str) -> None:
        self.seen.setText(words)
        self.seen.setVisible(bool(words))

    def _field(self, name: str) -> tuple[QWidget, QLineEdit]:
        place = QWidget(self)
        field = QLineEdit(place)
        field.setAccessibleName(name)
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(Text(name, "muted", place))
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(field, 1)
        column.addLayout(row)
        return place, field

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE + SPACE // 2)
        column.addLayout(head)
        for widget in (self.note, self.place):
            column.addWidget(widget)
        looking = QHBoxLayout()
        looking.setSpacing(SPACE + SPACE // 2)
        looking.addWidget(self.look_button)
        looking.addWidget(self.seen, 1)
        looking.addStretch(0)
        column.addLayout(looking)
        for widget in (self.naming, self.key):
            column.addWidget(widget)
        column.addStretch(1)


_COLUMNS: tuple[Column[Provider], ...] = (
    Column(
        "title",
        "Provider",
        text=lambda row: row.title,
        sort=lambda row: row.title.casefold(),
        width=240,
        is_strong=True,
        takes_slack=True,
    ),
    Column(
        "need",
        "Needs",
        text=need_text,
        sort=need_text,
        width=170,
        tags=lambda row: (CellTag(need_text(row), Tone.WELL if row.known.is_local else Tone.NEUTRAL),),
    ),
)
