"""The page of providers: who is asked, how each stands, and what can be done."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError
from modelward.core.job import Job, JobState
from modelward.core.timetable import DISCOVERY
from modelward.desk import Desk
from modelward.discovery.model import Look
from modelward.providers.service import ProviderState, TestReport
from modelward.ui.kit.card import EmptyState
from modelward.ui.kit.icons import icon
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.slots import guarded
from modelward.ui.kit.tasks import Tasks
from modelward.ui.kit.theme import SPACE, Theme, Token, Tone
from modelward.ui.settings.form_page import PageFrame
from modelward.ui.settings.pages import Page
from modelward.ui.settings.provider_row import ProviderRow
from modelward.ui.settings.provider_verbs import ProviderVerbs
from modelward.ui.settings.wording import Tested, found_text, keyring_text, told

_EMPTY = "No provider yet. Add one with its key, or start a server on this machine: what answers is found by itself."
_BUSY = {"test": ("Testing…", "Asking whether it answers…"), "list": ("Listing…", "Asking for its models…")}
_VERBS_THAT_LOOK = frozenset({"test", "list"})


class ProvidersPage(PageFrame):
    """``changed`` carries what a verb changed, ``discover_requested`` the ids whose models are to be listed now."""

    changed = Signal(Changes)
    discover_requested = Signal(list)

    def __init__(
        self, page: Page, desk: Desk, theme: Theme, tasks: Tasks, window: QWidget, *, clock: Clock = utc_now
    ) -> None:
        super().__init__(page, window)
        self._desk = desk
        self._tasks = tasks
        self._clock = clock
        self._turn = 0
        self._states: dict[str, ProviderState] = {}
        self._looks: dict[str, Look] = {}
        self._tests: dict[str, Tested] = {}
        self._busy: dict[str, str] = {}
        self._open = ""
        self.rows: dict[str, ProviderRow] = {}
        self.verbs = ProviderVerbs(desk.providers, theme, clock, window)
        self.add = QPushButton("Add provider", self)
        self.add.setProperty("role", "primary")
        self.add.setAutoDefault(False)
        self.add.setIcon(icon("plus", Token.ON_ACCENT))
        self.notice = NoticeBar(self)
        self.keyring = NoticeBar(self, can_close=False)
        self.empty = EmptyState("providers", "Looking who is there…", parent=self)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self._lay_out()
        self._connect()
        self._unsubscribe = desk.jobs.subscribe(self._on_job)

    async def reload(self) -> None:
        """Shows who is there now, and how each stands. Of several at once the latest counts."""
        self._turn += 1
        turn = self._turn
        self._tasks.start(self._show_keyring(), "look at the keyring", can_be_cut=True)
        states, looks = await asyncio.gather(self._desk.providers.mine(), self._desk.discovery.latest())
        if turn == self._turn:
            self._states = {state.provider.id: state for state in states}
            self._looks = looks
            self._show()

    def stop(self) -> None:
        """Follow the jobs no longer."""
        self._unsubscribe()

    # ------------------------------------------------------------ showing

    def _show(self) -> None:
        self.empty.setVisible(not self._states)
        self.empty.show_sentence(_EMPTY, "Add provider")
        self.add.setVisible(bool(self._states))
        for gone in set(self.rows) - set(self._states):
            row = self.rows.pop(gone)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, id_ in enumerate(self._states):
            self._put(id_, place)
            self._show_row(id_)

    def _put(self, id_: str, place: int) -> None:
        row = self.rows.get(id_)
        if row is None:
            row = self.rows[id_] = ProviderRow(self.content)
            row.chosen.connect(self._on_row_chosen)
            row.verb_requested.connect(self._on_verb_requested)
        if self._list.indexOf(row) != place:
            self._list.removeWidget(row)
            self._list.insertWidget(place, row)
        before = self.rows[list(self._states)[place - 1]].stops[-1] if place else self.add
        for first, second in pairwise((before, *row.stops)):
            QWidget.setTabOrder(first, second)

    def _show_row(self, id_: str) -> None:
        row, look, tested = self.rows[id_], self._looks.get(id_), self._tests.get(id_)
        checked = max((at.at for at in (look, tested) if at is not None), default=None)
        row.show_state(self._states[id_], told(self._states[id_], look, tested), checked, self._clock())
        row.set_open(is_open=id_ == self._open)
        if id_ in self._busy:
            row.show_busy(*_BUSY[self._busy[id_]])

    async def _show_keyring(self) -> None:
        keyring = await self._desk.providers.keyring()
        words = keyring_text(keyring)
        self.keyring.setVisible(bool(words))
        if words:
            self.keyring.tell(words, keyring.why, tone=Tone.ATTENTION)

    def _show_details(self, id_: str) -> None:
        self._open = id_
        for each, row in self.rows.items():
            row.set_open(is_open=each == id_)

    # ------------------------------------------------------------ what the person does

    @guarded
    def _on_row_chosen(self, id_: str) -> None:
        self._show_details("" if id_ == self._open else id_)

    @guarded
    def _on_verb_requested(self, id_: str, verb: str) -> None:
        if id_ in self._busy and verb in _VERBS_THAT_LOOK:
            return
        self.notice.hide()
        self.rows[id_].say("")
        if verb == "test":
            self._busy[id_] = verb
            self.rows[id_].show_busy(*_BUSY[verb])
        provider = self._states[id_].provider
        self._tasks.start(self._run(verb, id_), f"{verb} {provider.id}", can_be_cut=verb == "test")

    async def _run(self, verb: str, id_: str) -> None:
        try:
            await self.verbs.of(verb)(self._states[id_].provider)
        finally:
            if self._busy.get(id_) == verb == "test":
                del self._busy[id_]

    @guarded
    def _on_verbs_tested(self, id_: str, tested: Tested) -> None:
        self._busy.pop(id_, None)
        self._tests[id_] = tested
        if id_ in self.rows:
            self._show_row(id_)
            self.rows[id_].say("" if tested.report.seconds is None else f"Answered in {tested.report.seconds:.2f} s.")

    @guarded
    def _on_verbs_chosen(self, id_: str) -> None:
        self._open = id_

    @guarded
    def _on_verbs_changed(self, changes: Changes) -> None:
        self._tasks.start(self.reload(), "show providers", can_be_cut=True)
        self.changed.emit(changes)

    @guarded
    def _on_verbs_failed(self, error: KnownError) -> None:
        self.notice.tell(error.what, error.why, error.todo)

    # ------------------------------------------------------------ listing

    @guarded
    def _on_discover_requested(self, ids: list[str]) -> None:
        for id_ in ids:
            self._busy[id_] = "list"
            if id_ in self.rows:
                self.rows[id_].show_busy(*_BUSY["list"])
        self.discover_requested.emit(ids)

    def _on_job(self, job: Job[Any]) -> None:
        """The shell runs what was asked for here as a job whose name begins with that of the schedule's own."""
        if not job.name.startswith(DISCOVERY):
            return
        if job.state.is_ended:
            self._tasks.start(self._show_listed(job), "show what was listed", can_be_cut=True)
            return
        for id_ in self._listing(job):
            if id_ in self.rows:
                self.rows[id_].show_busy(_BUSY["list"][0], job.progress.text or _BUSY["list"][1])

    def _listing(self, job: Job[Any]) -> list[str]:
        """Whom of those that are being listed a job asks: the one it names, or everybody."""
        waiting = [id_ for id_, verb in self._busy.items() if verb == "list"]
        named = set(job.name.removeprefix(DISCOVERY).removeprefix(" of ").split(", "))
        return waiting if job.name == DISCOVERY else [id_ for id_ in waiting if id_ in named]

    async def _show_listed(self, job: Job[Any]) -> None:
        listed = self._listing(job)
        for id_ in listed:
            del self._busy[id_]
        await self._remember(job)
        await self.reload()
        for id_ in listed:
            if id_ in self._states:
                self.rows[id_].say(found_text(self._states[id_].provider))
        if job.state is JobState.FAILED and listed and isinstance(job.error, KnownError):
            self.notice.tell(job.error.what, job.error.why, job.error.todo)

    async def _remember(self, job: Job[Any]) -> None:
        """What kind of error kept a list from being read: the store keeps its words alone."""
        if job.state is not JobState.DONE:
            return
        report, _changes = await job.wait()
        for each in report.providers:
            self._tests.pop(each.provider, None)
            if each.error is not None:
                self._tests[each.provider] = Tested(TestReport(each.provider, error=each.error), self._clock())

    # ------------------------------------------------------------ building

    def _lay_out(self) -> None:
        self.head.addWidget(self.add, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(self.keyring)
        self.body.addWidget(self.notice)
        self.body.addLayout(self._list)
        self.body.addWidget(self.empty, 1)
        self.body.addStretch(0)
        self.body.setSpacing(SPACE)

    def _connect(self) -> None:
        for button in (self.add.clicked, self.empty.action_requested):
            button.connect(lambda *_args: self._tasks.start(self.verbs.add(), "add a provider"))
        self.verbs.changed.connect(self._on_verbs_changed)
        self.verbs.discover_requested.connect(self._on_discover_requested)
        self.verbs.tested.connect(self._on_verbs_tested)
        self.verbs.chosen.connect(self._on_verbs_chosen)
        self.verbs.failed.connect(self._on_verbs_failed)
