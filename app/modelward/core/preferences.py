"""The settings in force, which a person may change while the program runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping

from modelward.core.paths import Paths
from modelward.core.setting_groups import Settings
from modelward.core.settings import Loaded, load, save


class Preferences:
    """Holds what is in force. Used on the loop's thread.

    Services keep this object and read :attr:`settings` each time they need a value, so that a change counts at once.
    """

    def __init__(self, paths: Paths, loaded: Loaded, environ: Mapping[str, str] = os.environ) -> None:
        self._paths = paths
        self._environ = environ
        self.loaded = loaded
        self._turn = asyncio.Lock()
        self._listeners: list[Callable[[str], None]] = []

    @property
    def settings(self) -> Settings:
        """The values in force."""
        return self.loaded.settings

    def origin(self, key: str) -> str:
        """Where a value came from: "default", "config.yaml line 7", "environment LOG_LEVEL"."""
        return self.loaded.origins[key]

    def is_overruled(self, key: str) -> bool:
        """Whether a variable or an option decides, so that saving another value would change nothing now."""
        return self.origin(key).startswith(("environment ", "option "))

    async def change(self, key: str, value: object) -> None:
        """Save one value and put it in force. Raises SettingsError (nothing changed), FolderError (not saved)."""
        async with self._turn:
            await asyncio.to_thread(save, self._paths, key, value)
            self.loaded = await asyncio.to_thread(load, self._paths, self._environ)
        for listener in tuple(self._listeners):
            listener(key)

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call back with the key of each change; returns the way to end that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe
