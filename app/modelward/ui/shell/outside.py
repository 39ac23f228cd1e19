"""What the window has to do with the world outside: providers, settings, spending, and the consent to ask anybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout

from modelward.core import units
from modelward.core.changes import Changes, Room
from modelward.core.clock import utc_now
from modelward.core.timetable import AVAILABILITY, DISCOVERY
from modelward.desk import Desk
from modelward.ui.catalog.tab import CatalogTab
from modelward.ui.kit import dialogs
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.slots import spawn
from modelward.ui.kit.theme import SPACE, Theme, Token, Tone
from modelward.ui.shell import discovery_notices
from modelward.ui.shell.main_window import MainWindow
from modelward.ui.shell.notices import Mood, Notice, Notices

if TYPE_CHECKING:
    from modelward.discovery.model import CatalogueReport, DiscoveryReport, Look
    from modelward.spending.model import BudgetState
    from modelward.ui.settings.dialog import SettingsDialog

_SHOWN_DAYS = timedelta(days=30)
_CONSENT = "discovery.public_catalogues"

_LEVELS = {"warning": Token.ATTENTION, "spent": Token.TROUBLE}

Follow = Callable[
    [str, str, Callable[[Any], Awaitable[tuple[Any, Changes]]], Callable[[Any], None]], Coroutine[Any, Any, None]
]


class Outside:
    """Shows how providers and budgets stand, opens the settings, starts discoveries, and asks for consent once."""

    def __init__(
        self,
        desk: Desk,
        window: MainWindow,
        notices: Notices,
        theme: Theme,
        catalog: CatalogTab,
        *,
        follow: Follow,
        changed: Callable[[Changes], None],
    ) -> None:
        """``follow`` starts a job of the desk and shows what came of it; ``changed`` takes what a verb changed."""
        self._desk = desk
        self._window = window
        self._notices = notices
        self._theme = theme
        self._catalog = catalog
        self._follow = follow
        self._changed = changed
        self._looks: dict[str, Look] = {}
        self.settings: SettingsDialog | None = None
        self._of_settings: dict[str, str] = {}
        self.question = NoticeBar(window)
        self._asked = ""
        self.question.action_requested.connect(self._on_question_answered)
        self.question.closed.connect(self._on_question_closed)
        window.top.settings_requested.connect(self.open_settings)
        window.top.zero_burn_requested.connect(self.turn_zero_burn)
        window.top.discover_requested.connect(self.discover_all)
        self._unsubscribe = [desk.preferences.subscribe(self._on_setting_changed)]

    async def show(self) -> None:
        """Reads and shows everything for the first time, and asks what has to be asked."""
        self._window.message_place.addWidget(self.question)
        self._unsubscribe.append(self._desk.spending.subscribe(self._on_budget_used))
        await self.reload(Changes.everything())
        await self._ask()

    async def reload(self, changes: Changes) -> None:
        """Shows anew what the changes concern."""
        if Room.PROVIDERS in changes or Room.CATALOG in changes:
            await self._show_providers()
        if Room.SPENDING in changes or Room.SETTINGS in changes:
            self._show_budget(await self._desk.spending.state())
        if self.settings is not None:
            await self.settings.reload(changes)

    def open_settings(self, page: str = "") -> None:
        """Opens the settings, or brings them forward."""
        from modelward.ui.settings.dialog import SettingsDialog

        if self.settings is None:
            dialog = self.settings = SettingsDialog(self._desk, self._theme, self._window)
            dialog.changed.connect(self._changed)
            dialog.discover_requested.connect(self.discover)
            dialog.finished.connect(self._on_settings_finished)
            for key, words in self._of_settings.items():
                dialog.say_of_setting(key, words)
        self.settings.open_page(page)

    def say_of_setting(self, key: str, words: str) -> None:
        """Says beside a setting what else bears on it, or nothing, also when the settings are opened later."""
        self._of_settings[key] = words
        if self.settings is not None:
            self.settings.say_of_setting(key, words)

    def turn_zero_burn(self) -> None:
        """Switches Zero-Burn on, or off after a question."""
        spawn(self._turn_zero_burn(), "zero-burn")

    def discover_all(self) -> None:
        """Asks all providers for their models, as the schedule does; what came of it is followed as there."""
        self._desk.jobs.start(DISCOVERY, "Look for new models", self._desk.discovery.discover)

    def discover(self, providers: Sequence[str]) -> None:
        """Asks these providers for their models, as a job."""
        names = ", ".join(providers)
        spawn(
            self._follow(
                f"{DISCOVERY} of {names}",
                f"List the models of {names}",
                lambda progress: self._desk.discovery.discover(progress, providers),
                self.tell,
            )
        )

    def tell(self, report: DiscoveryReport) -> None:
        """Tells what a discovery found, as notices."""
        for notice in discovery_notices.of_discovery(report):
            self._notices.add(notice)

    def tell_looks(self, looks: Sequence[Look]) -> None:
        """Tells which providers stopped answering, or answer again."""
        for notice in discovery_notices.of_looks(self._looks, looks):
            self._notices.add(notice)
        self._looks |= {look.provider: look for look in looks}

    def tell_scheduled(self, job: str, result: Any) -> None:
        """Tells what a job of the schedule found, where it is one of these."""
        if job == DISCOVERY:
            self.tell(result)
        elif job == AVAILABILITY:
            self.tell_looks(result)

    def close(self) -> None:
        """Ends what follows the settings, before the desk ends."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        if self.settings is not None:
            self.settings.reject()

    # ------------------------------------------------------------ providers and budget

    async def _show_providers(self) -> None:
        from modelward.discovery.standing import standing

        mine = await self._desk.providers.mine()
        latest = await self._desk.discovery.latest()
        self._looks = self._looks or latest
        standings = {state.provider.id: standing(state, latest.get(state.provider.id)) for state in mine}
        self._catalog.show_providers(standings, self._history)

    async def _history(self, provider: str) -> Sequence[Look]:
        return await self._desk.discovery.history(provider, utc_now() - _SHOWN_DAYS)

    def _show_budget(self, state: BudgetState) -> None:
        self._window.top.show_zero_burn(is_on=state.zero_burn)
        day = state.day
        text = f"Spent today {units.money(day.spent)}"
        if day.limit is not None:
            text += f" of {units.money(day.limit)}"
        unknown = f" ({day.unknown_calls:,} calls of unknown cost)" if day.unknown_calls else ""
        month = f"{units.money(state.month.spent)} this month" + (
            f" of {units.money(state.month.limit)}" if state.month.limit is not None else ""
        )
        self._window.status.show_spending(text + unknown, month, token=_LEVELS.get(state.level.value))

    async def _turn_zero_burn(self) -> None:
        preferences = self._desk.preferences
        if preferences.is_overruled("spending.zero_burn"):
            origin = preferences.origin("spending.zero_burn")
            self._put("", f"Zero-Burn is set by the {origin}.", "Change it there.", "")
            return
        turns_off = preferences.settings.spending.zero_burn
        if turns_off and not await dialogs.confirm(
            self._window,
            "Let calls cost money?",
            "With Zero-Burn off, calls of paid models may go out, up to your budgets. "
            "Modelward still makes none that you did not ask for.",
            "Switch Zero-Burn off",
            danger=True,
        ):
            return
        await preferences.change("spending.zero_burn", not turns_off)

    def _on_budget_used(self, state: BudgetState) -> None:
        self._show_budget(state)
        for period in (state.day, state.month):
            if period.limit is not None and period.level.value in _LEVELS:
                used = f"{units.money(period.used)} of {units.money(period.limit)} are used this {period.name}."
                spent = "No call that costs money goes out any more." if period.level.value == "spent" else ""
                self._notices.add(
                    Notice(
                        Mood.ATTENTION,
                        "The budget is nearly used." if not spent else "The budget is used up.",
                        f"{used} {spent}".strip(),
                        "Settings > Spending changes it.",
                    )
                )

    def _on_setting_changed(self, key: str) -> None:
        if key.startswith("spending."):
            spawn(self.reload(Changes.of(Room.SPENDING)), "budget")

    def _on_settings_finished(self) -> None:
        if self.settings is not None:
            self.settings.deleteLater()
            self.settings = None

    # ------------------------------------------------------------ what is asked once

    async def _ask(self) -> None:
        if not await self._desk.providers.mine():
            self._put(
                "providers",
                "Which models can you call? Add a provider with its key, or start a local server.",
                "Until then the catalogue shows what public catalogues know.",
                "Add a provider…",
            )
        elif self._desk.preferences.settings.discovery.public_catalogues == "ask":
            self._put(
                _CONSENT,
                "May Modelward refresh its public catalogues once a day?",
                "It fetches prices and limits from models.dev, OpenRouter and LiteLLM, without any key and without "
                "telling anything about you. Close this to leave it off; the settings can change it.",
                "Allow",
            )

    def _put(self, key: str, what: str, why: str, action: str) -> None:
        self._asked = key
        place: QVBoxLayout = self._window.message_place
        place.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, 0)
        self.question.tell(what, why, tone=Tone.ACCENT, action=action)

    def _on_question_answered(self) -> None:
        self.question.hide()
        if self._asked == "providers":
            self._close_place()
            self.open_settings("providers")
        elif self._asked == _CONSENT:
            self._close_place()
            spawn(self._allow(), "consent")

    async def _allow(self) -> None:
        await self._desk.preferences.change(_CONSENT, "yes")
        await self._follow(
            "catalogues",
            "Refreshing the public catalogues",
            self._desk.discovery.refresh_catalogues,
            self._tell_catalogues,
        )

    def _tell_catalogues(self, reports: tuple[CatalogueReport, ...]) -> None:
        from modelward.discovery.model import DiscoveryReport

        self.tell(DiscoveryReport(catalogues=reports))

    def _on_question_closed(self) -> None:
        self._close_place()
        if self._asked == _CONSENT:
            spawn(self._desk.preferences.change(_CONSENT, "no"), "consent")

    def _close_place(self) -> None:
        self._window.message_place.setContentsMargins(0, 0, 0, 0)
