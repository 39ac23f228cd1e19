"""What the guard works with, as the settings in force say: the server, the model folder, the vault."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock
from modelward.core.errors import FolderError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.setting_groups import OllamaSettings
from modelward.net.client import Client
from modelward.ollama import library, places
from modelward.ollama.model import Library, Place, ServerLook, ServerState, VaultVersion
from modelward.ollama.recovery import Recovery
from modelward.ollama.remedies import Remedies
from modelward.ollama.server import OllamaServer
from modelward.ollama.sources import Sources
from modelward.ollama.vault import Vault


def no_folder() -> FolderError:
    """The words for a machine without a model folder."""
    return FolderError(
        "No model folder of Ollama was found.",
        why="Neither the settings, nor a running Ollama, nor the usual places lead to one.",
        todo="Name it in the settings (ollama.models), or in OLLAMA_MODELS.",
    )


def _vault_key(folder: Path) -> str:
    """Under which it is remembered which vault lies in a folder."""
    return f"ollama.vault {str(folder).encode('utf-8', 'backslashreplace').decode()}"


class Surroundings:
    """Finds things anew each time they are asked for, as settings, disks and servers change while the program runs."""

    def __init__(
        self,
        client: Client,
        catalog: CatalogStore,
        paths: Paths,
        preferences: Preferences,
        environ: Mapping[str, str],
        clock: Clock,
    ) -> None:
        """``catalog``: whose store remembers which vault belongs to which folder."""
        self._client = client
        self._catalog = catalog
        self._paths = paths
        self._preferences = preferences
        self._environ = environ
        self._clock = clock
        self._asking = asyncio.Lock()
        self._url: str | None = None
        self._shown: Path | None = None
        self._shown_by: object = None

    @property
    def settings(self) -> OllamaSettings:
        """The settings in force."""
        return self._preferences.settings.ollama

    @property
    def server(self) -> OllamaServer:
        """The server of the settings."""
        return OllamaServer(self._client, self.settings.host or "", clock=self._clock)

    @property
    def data_folder(self) -> Path:
        """Where ``model-metrics.json`` is kept."""
        return self._paths.data

    @property
    def vault_folder(self) -> Path:
        """Where copies are kept, or will be."""
        chosen = self.settings.vault
        return Path(chosen).expanduser() if chosen else self._paths.backups.with_name("vault")

    async def vault(self, *, is_new: bool = False) -> Vault:
        """The vault of the settings; it may not be there yet. ``is_new``: whichever was there before is given up."""
        folder, settings = self.vault_folder, self.settings
        known = "" if is_new else await self._catalog.state(_vault_key(folder)) or ""
        return Vault(folder, keep=settings.keep_versions, compress=settings.compress, clock=self._clock, known=known)

    async def opened_vault(self, *, is_new: bool = False) -> Vault:
        """The vault of the settings, made where it is missing. Raises FolderError and InputError.

        That it belongs to its folder is remembered before anything comes in: its disk may go away while it does.
        """
        vault = await self.vault(is_new=is_new)
        await in_thread(vault.folder.prepare)
        key, identity = _vault_key(vault.folder.root), await in_thread(lambda: vault.folder.identity)
        if identity != await self._catalog.state(key):
            await self._catalog.set_state(key, identity)
        return vault

    async def elsewhere(self, place: Place | None) -> tuple[Path, ...]:
        """The other model folders on this machine that we may read; nothing is ever written there."""
        if place is None:
            return ()
        return await in_thread(lambda: places.others(place.folder, self._environ))

    async def recovery(self) -> Recovery:
        """What brings models back, with the server, the vault and the folders that are there now."""
        others = await self.elsewhere(await self.place())
        scratch = self._paths.cache / "ollama"
        return Recovery(await self.vault(), self.server, scratch, elsewhere=others, clock=self._clock)

    async def remedies(self, place: Place, versions: Sequence[VaultVersion]) -> Remedies:
        """What can be done for bad blobs in a folder; ``versions``: of the vault."""
        sources = Sources(await self.vault(), await self.elsewhere(place))
        return Remedies(place.folder, sources, versions, can_write=place.can_write)

    async def note(self, look: ServerLook) -> None:
        """Let a running server say where its models lie; it is asked once, and again when its list has changed."""
        asked = look.url, look.version, look.listed
        async with self._asking:
            if look.state is ServerState.RUNNING and asked != self._shown_by:
                await self._ask(look.url)
                self._shown_by = asked
            elif look.url != self._url:
                self._url, self._shown, self._shown_by = look.url, None, None  # what another one said is of no use

    async def place(self) -> Place | None:
        """Where the models lie; None where nothing leads to a folder. A server that nobody looked at yet is asked."""
        settings, environ = self.settings, self._environ
        async with self._asking:
            if not places.chosen(settings, environ) and self._url != self.server.url:
                await self._ask(self.server.url)
        shown = self._shown
        return await in_thread(lambda: places.find(settings, environ, shown))

    async def _ask(self, url: str) -> None:
        # What a server elsewhere tells of its disk means nothing here.
        told = await self.server.shown_folder() if self.server.is_here else None
        # One that lists no model tells none; that its last was removed does not move its folder.
        self._shown = told or (self._shown if url == self._url else None)
        self._url, self._shown_by = url, None

    async def library(self) -> Library:
        """What lies in the model folder. Raises FolderError where there is none or it cannot be read."""
        place = await self.place()
        if place is None:
            raise no_folder()
        return await self.library_at(place)

    async def library_at(self, place: Place) -> Library:
        """What lies in a folder. Raises FolderError."""
        return await in_thread(lambda: library.read(place.folder))
