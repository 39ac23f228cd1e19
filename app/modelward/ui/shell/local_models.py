"""What the window has to do with local models: the Ollama tab, alerts, and what the guard did by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from modelward.core.changes import Changes, Room
from modelward.core.timetable import OLLAMA_MAINTENANCE
from modelward.desk import Desk
from modelward.ui.kit.slots import spawn
from modelward.ui.kit.theme import Theme, Tone
from modelward.ui.ollama.job_names import VERIFY_ALL
from modelward.ui.shell.layout_store import LayoutStore
from modelward.ui.shell.main_window import OLLAMA, MainWindow
from modelward.ui.shell.notices import Notices
from modelward.ui.shell.outside import Follow

if TYPE_CHECKING:
    from modelward.ollama.model import Alert, VerifyReport
    from modelward.ui.ollama.tab import OllamaTab

_SETTINGS = "ollama."


class LocalModels(QObject):
    """Builds and refreshes the tab. ``judged`` carries the alerts in a few words, and their tone."""

    judged = Signal(str, Tone)

    def __init__(
        self,
        desk: Desk,
        window: MainWindow,
        notices: Notices,
        theme: Theme,
        layout_store: LayoutStore,
        *,
        follow: Follow,
        changed: Callable[[Changes], None],
    ) -> None:
        """``follow`` starts a job of the desk and shows what came of it; ``changed`` takes what a verb changed."""
        super().__init__(window)
        self._desk = desk
        self._window = window
        self._notices = notices
        self._theme = theme
        self._layout_store = layout_store
        self._follow = follow
        self._changed = changed
        self._alerts: Sequence[Alert] | None = None
        self.tab: OllamaTab | None = None
        self._unsubscribe = desk.preferences.subscribe(self._on_setting_changed)

    async def show(self) -> None:
        """Builds the tab."""
        from modelward.ui.ollama.tab import OllamaTab

        tab = OllamaTab(self._desk, self._theme, self._layout_store)
        await tab.finish()
        self.tab = tab
        tab.changed.connect(self._changed)
        tab.judged.connect(self._on_tab_judged)
        self._window.set_page(OLLAMA, tab)
        await tab.reload()

    async def reload(self) -> None:
        """Shows anew how local models stand."""
        if self.tab is not None:
            await self.tab.reload()

    def verify_all(self) -> None:
        """Starts the job that proves every model."""

        async def work(progress: Any) -> tuple[VerifyReport, Changes]:
            return await self._desk.ollama.verify(progress)

        spawn(self._follow(VERIFY_ALL, "Verifying all local models", work, self._tell_verified), "verify Ollama")

    def tell_scheduled(self, job: str, result: Any) -> None:
        """Tells what a job of the schedule did, where it is the maintenance of local models."""
        if job == OLLAMA_MAINTENANCE:
            from modelward.ui.shell.ollama_notices import of_repairs

            for notice in of_repairs(result.repairs):
                self._notices.add(notice)

    def close(self) -> None:
        """Ends what follows the desk, before the desk ends."""
        self._unsubscribe()
        if self.tab is not None:
            self.tab.stop()

    @property
    def _is_in_sight(self) -> bool:
        """Whether the person looks at the tab."""
        return self.tab is not None and self.tab.isVisible() and self._window.isActiveWindow()

    def _tell_verified(self, report: VerifyReport) -> None:
        from modelward.ui.ollama.outcomes import verified
        from modelward.ui.shell.ollama_notices import of_outcome

        self._notices.add(of_outcome(*verified(report)))

    def _on_tab_judged(self, alerts: Sequence[Alert]) -> None:
        from modelward.ui.ollama.alerts import ranked, summary, tone
        from modelward.ui.shell.ollama_notices import of_alerts

        # What stood open when the program was last left is in the status alone; what is in sight is told by the tab.
        if self._alerts is not None and not self._is_in_sight:
            for notice in of_alerts(self._alerts, alerts):
                self._notices.add(notice)
        self._alerts = alerts
        self.judged.emit(summary(alerts), tone(ranked(alerts)[0]) if alerts else Tone.WELL)

    def _on_setting_changed(self, key: str) -> None:
        if key.startswith(_SETTINGS):
            self._changed(Changes.of(Room.OLLAMA))
