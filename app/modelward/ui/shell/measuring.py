"""What the window has to do with measuring: the Benchmarks tab, built behind the others and refreshed with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modelward.core.changes import Changes, Room
from modelward.desk import Desk
from modelward.ui.kit.theme import Theme
from modelward.ui.shell.layout_store import LayoutStore
from modelward.ui.shell.main_window import BENCHMARKS, MainWindow

if TYPE_CHECKING:
    from modelward.ui.benchmarks.tab import BenchmarksTab

_SETTING = "benchmarks.good_enough"
_ROOMS = (Room.BENCHMARKS, Room.CATALOG, Room.PROVIDERS)


class Measuring:
    """Builds and refreshes the tab."""

    def __init__(
        self,
        desk: Desk,
        window: MainWindow,
        theme: Theme,
        layout_store: LayoutStore,
        changed: Callable[[Changes], None],
    ) -> None:
        """``changed`` takes what a verb changed."""
        self._desk = desk
        self._window = window
        self._theme = theme
        self._layout_store = layout_store
        self._changed = changed
        self.tab: BenchmarksTab | None = None
        self._unsubscribe = desk.preferences.subscribe(self._on_setting_changed)

    async def show(self) -> None:
        """Builds the tab."""
        from modelward.ui.benchmarks.tab import BenchmarksTab

        tab = BenchmarksTab(self._desk, self._theme, self._layout_store)
        await tab.finish()
        self.tab = tab
        tab.changed.connect(self._changed)
        self._window.set_page(BENCHMARKS, tab)
        await tab.reload()

    async def reload(self, changes: Changes) -> None:
        """Shows anew what the changes concern."""
        if self.tab is not None and any(room in changes for room in _ROOMS):
            await self.tab.reload()

    def close(self) -> None:
        """Ends what follows the desk, before the desk ends."""
        self._unsubscribe()
        if self.tab is not None:
            self.tab.stop()

    def _on_setting_changed(self, key: str) -> None:
        if key == _SETTING:
            self._changed(Changes.of(Room.BENCHMARKS))
