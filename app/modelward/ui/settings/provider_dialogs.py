"""The sheets about one provider: its key, its title and address."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from modelward.core.changes import Changes
from modelward.core.errors import BadValueError
from modelward.core.redact import redacted
from modelward.providers.keys import Keyring
from modelward.providers.model import Provider
from modelward.providers.service import ProviderService
from modelward.ui.kit.text import Text
from modelward.ui.settings.key_field import KeyField
from modelward.ui.settings.sheet import WorkingSheet

_LONG = 20


class KeyDialog(WorkingSheet):
    """Asks for a provider's key and keeps it. ``changes``: what that changed."""

    def __init__(self, providers: ProviderService, provider: Provider, keyring: Keyring, parent: QWidget) -> None:
        where = "It is kept in the system's keyring and nowhere else." if keyring.is_usable else ""
        super().__init__(parent, f"Key for {provider.title}", where)
        self._providers = providers
        self._provider = provider
        self.changes = Changes.nothing()
        self.key = KeyField(keyring, self)
        self.key.show_provider(provider)
        self.column.addWidget(self.key)
        self.finish("Save key")
        self.key.field.setFocus()

    async def work(self) -> None:
        _state, self.changes = await self._providers.set_key(
            self._provider.id, self.key.text, session=self.key.is_session
        )
        self.key.wipe()


class EditDialog(WorkingSheet):
    """Asks for another title or address of a provider. ``changes``: what that changed."""

    def __init__(self, providers: ProviderService, provider: Provider, parent: QWidget) -> None:
        super().__init__(parent, f"Edit {provider.title}", "")
        self._providers = providers
        self._provider = provider
        self.changes = Changes.nothing()
        self.name = QLineEdit(provider.title, self)
        self.name.setAccessibleName("Name")
        self.address = QLineEdit(provider.base_url, self)
        self.address.setAccessibleName("Address")
        for title, field in (("Name", self.name), ("Address", self.address)):
            self.column.addWidget(Text(title, "muted", self))
            self.column.addWidget(field)
        self.finish("Save")
        self.name.setFocus()
        self.name.selectAll()

    async def work(self) -> None:
        try:
            _provider, self.changes = await self._providers.add(
                self._provider.id, url=self.address.text().strip(), title=self.name.text().strip()
            )
        except BadValueError:
            clear_of_key(self.address)
            raise


def clear_of_key(field: QLineEdit) -> None:
    """Empty a field for addresses into which a key was pasted."""
    text = field.text().strip()
    if redacted(text) != text or (len(text) > _LONG and not set(text) & set(".:/")):
        field.setText("")
        field.setFocus()
