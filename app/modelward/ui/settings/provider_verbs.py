"""What can be done with providers in the window: add, test, list, keys, edit, on and off, remove."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from modelward.core.changes import Changes
from modelward.core.clock import Clock
from modelward.core.errors import KnownError
from modelward.providers.model import Provider
from modelward.providers.service import ProviderService
from modelward.ui.kit import dialogs
from modelward.ui.kit.theme import Theme
from modelward.ui.settings.add_dialog import AddDialog
from modelward.ui.settings.provider_dialogs import EditDialog, KeyDialog
from modelward.ui.settings.wording import Tested


class ProviderVerbs(QObject):
    """The verbs of the page of providers.

    Signals: ``changed`` carries what a verb changed; ``discover_requested`` the ids whose models are to be listed now;
    ``tested`` an id and what came of its test; ``chosen`` the id to show; ``failed`` an error of a verb.
    """

    changed = Signal(Changes)
    discover_requested = Signal(list)
    tested = Signal(str, Tested)
    chosen = Signal(str)
    failed = Signal(KnownError)

    def __init__(self, providers: ProviderService, theme: Theme, clock: Clock, window: QWidget) -> None:
        super().__init__(window)
        self._providers = providers
        self._theme = theme
        self._clock = clock
        self._window = window

    def of(self, verb: str) -> Callable[[Provider], Awaitable[None]]:
        """A verb by the name under which a row asks for it."""
        return {
            "test": self.test,
            "list": self.list_now,
            "key": self.set_key,
            "forget": self.delete_key,
            "edit": self.edit,
            "on": self.turn_on,
            "off": self.turn_off,
            "remove": self.remove,
        }[verb]

    async def add(self) -> None:
        """Asks who is to be added, adds it, and has its models listed."""
        known, keyring = await self._providers.known(), await self._providers.keyring()
        dialog = AddDialog(self._providers, known, keyring, self._theme, self._window)
        if await dialogs.finished(dialog):
            self.changed.emit(dialog.changes)
            self.chosen.emit(dialog.added)
            self.discover_requested.emit([dialog.added])

    async def test(self, provider: Provider) -> None:
        """Asks whether a provider answers, and whether its key is good."""
        report = await self._providers.test(provider.id)
        self.tested.emit(provider.id, Tested(report, self._clock()))

    async def list_now(self, provider: Provider) -> None:
        """Has a provider's models listed."""
        self.discover_requested.emit([provider.id])

    async def set_key(self, provider: Provider) -> None:
        """Asks for a key, keeps it, and has the models listed that it can call."""
        dialog = KeyDialog(self._providers, provider, await self._providers.keyring(), self._window)
        if await dialogs.finished(dialog):
            self.changed.emit(dialog.changes)
            self.discover_requested.emit([provider.id])

    async def delete_key(self, provider: Provider) -> None:
        """Deletes a provider's key, after asking."""
        text = f"Modelward can ask {provider.title} nothing more until it has another one."
        if await self._is_wanted(f"Delete the key of {provider.title}?", text, "Delete key"):
            await self._do(self._delete_key(provider.id))

    async def edit(self, provider: Provider) -> None:
        """Asks for another title or address."""
        dialog = EditDialog(self._providers, provider, self._window)
        if await dialogs.finished(dialog):
            self.changed.emit(dialog.changes)

    async def turn_on(self, provider: Provider) -> None:
        """Asks a provider again."""
        await self._do(self._providers.enable(provider.id, enabled=True))

    async def turn_off(self, provider: Provider) -> None:
        """Leaves a provider alone."""
        await self._do(self._providers.enable(provider.id, enabled=False))

    async def remove(self, provider: Provider) -> None:
        """Uses a provider no more, after asking."""
        text = "Its key is deleted. Its models stay in the catalogue, with all that is known of them."
        if await self._is_wanted(f"Remove {provider.title}?", text, "Remove"):
            await self._do(self._providers.remove(provider.id))

    async def _is_wanted(self, title: str, text: str, action: str) -> bool:
        return await dialogs.confirm(self._window, title, text, action, danger=True)

    async def _delete_key(self, provider_id: str) -> Changes:
        _was_there, changes = await self._providers.delete_key(provider_id)
        return changes

    async def _do(self, verb: Awaitable[Changes]) -> None:
        try:
            changes = await verb
        except KnownError as error:
            self.failed.emit(error)
            return
        self.changed.emit(changes)
