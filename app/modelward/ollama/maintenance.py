"""A maintenance run: verify, bring back, copy, tell the catalogue, advise, as far as the settings allow each."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from modelward.backups.threads import in_thread
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock
from modelward.core.errors import FolderError, KnownError
from modelward.core.progress import Progress
from modelward.ollama import baseline, events, facts, findings, guarding, standing
from modelward.ollama.alerts import Finding, Judged
from modelward.ollama.guarding import Guarded
from modelward.ollama.integrity import Integrity
from modelward.ollama.model import (
    Alert,
    AlertKind,
    BackupReport,
    FolderSource,
    Library,
    MaintenanceReport,
    ModelCheck,
    ModelName,
    Place,
    RepairReport,
    RepairState,
    ServerLook,
    ServerState,
    VaultState,
    Verdict,
    VerifyReport,
)
from modelward.ollama.names import key
from modelward.ollama.overviews import Overviews
from modelward.ollama.store import WatchStore
from modelward.ollama.surroundings import Surroundings
from modelward.ollama.watch import announce

log = logging.getLogger(__name__)

T = TypeVar("T")

ROLLING = 1 / 7
"""The part of all blobs that is hashed anew each day, the longest unproven first."""

_ROLLED = "ollama.rolled_at"
_DAY = timedelta(days=1)

TRY_AGAIN = timedelta(hours=6)
"""How long a model that could not be brought back is left alone: a download takes hours of a line."""

_LIBRARY_TODO = (
    "Plug its disk in, or choose the folder in the settings. If you removed them yourself, say so: "
    "modelward ollama protect --off, with their names."
)
_DONE = frozenset({RepairState.REPAIRED, RepairState.RESTART})
_ALL: Judged = {AlertKind.CHECKSUM: None, AlertKind.MODEL_MISSING: None, AlertKind.LIBRARY_GONE: None}


@dataclass
class _Run:
    """What a run has found and done so far."""

    look: ServerLook
    at: datetime
    in_background: bool
    problems: list[str] = field(default_factory=list)
    opened: list[Alert] = field(default_factory=list)
    resolved: list[Alert] = field(default_factory=list)
    repairs: list[RepairReport] = field(default_factory=list)
    failures: list[Finding] = field(default_factory=list)
    verified: VerifyReport | None = None
    backup: BackupReport | None = None
    advice: tuple[str, ...] = ()
    changes: Changes = field(default_factory=Changes.nothing)

    def report(self) -> MaintenanceReport:
        """What is handed to whoever asked for the run."""
        told = (tuple(self.repairs), tuple(self.opened), tuple(self.resolved), self.advice, tuple(self.problems))
        return MaintenanceReport(self.look, self.verified, self.backup, *told)


class Maintenance:
    """Runs maintenance; one run at a time, which its caller sees to."""

    def __init__(
        self,
        around: Surroundings,
        store: WatchStore,
        catalog: CatalogStore,
        integrity: Integrity,
        overviews: Overviews,
        clock: Clock,
    ) -> None:
        self._around = around
        self._overviews = overviews
        self._store = store
        self._catalog = catalog
        self._integrity = integrity
        self._clock = clock
        self._headers = facts.Headers()
        self._not_before: dict[str, datetime] = {}
        self._was_running = False

    async def run(
        self, look: ServerLook, progress: Progress, *, in_background: bool
    ) -> tuple[MaintenanceReport, Changes]:
        """Do all that is due. What the world does wrong becomes a problem and an alert, and the rest is done."""
        run = _Run(look, self._clock(), in_background)
        is_running = look.state is ServerState.RUNNING
        if is_running and not self._was_running:
            self._not_before = {}  # now a download may help
        self._was_running = is_running
        place = await self._around.place()
        known = await self._store.guarded()
        library = await self._library(run, place, known) if place is not None else None
        if place is not None and library is not None:
            await self._keep(run, place, library, known, progress)
        elif known and place is None:
            await self._all_gone(run, f"The folder {known[0].library} with all models is not there.")
        await self._attempt(run, self._store.thin(run.at))
        await self._follow(run, findings.of_problems(run.problems), {AlertKind.MAINTENANCE: None})
        return run.report(), run.changes | Changes.of(Room.OLLAMA)

    async def _library(self, run: _Run, place: Place, known: Sequence[Guarded]) -> Library | None:
        """What lies in the folder; None where it cannot be read, which is told if there ever was something."""
        try:
            library = await self._around.library_at(place)
        except FolderError as error:
            if guarding.folder_gone(known, place.folder):
                await self._all_gone(run, guarding.folder_gone(known, place.folder), error.why)
            elif place.is_there:
                run.problems.append(str(error))
            return None
        folders = {each.library for each in known}
        is_there = await in_thread(lambda: {folder for folder in folders if Path(folder).is_dir()})
        moved = guarding.moved_away(known, library, is_there=is_there)
        if moved and place.source is not FolderSource.SETTING:
            await self._all_gone(run, moved)
            return None
        return library

    async def _keep(
        self, run: _Run, place: Place, library: Library, known: Sequence[Guarded], progress: Progress
    ) -> None:
        settings = self._around.settings
        mine = [each for each in known if each.library == str(library.folder)]
        gone = guarding.absences(mine, library, protect_all=settings.protect_all)
        if gone.library_gone:
            await self._all_gone(run, gone.library_gone)
            return
        run.advice = await self._around.recovery.finish_cut_off(place.folder)
        vault = await in_thread(lambda: self._around.vault.state(place.folder))
        await self._verify(run, library, gone.to_bring_back, vault, progress)
        if settings.repair and run.verified is not None:
            await self._mend(run, place, library, vault, progress)
            library = await self._around.library_at(place)
        await self._remember(run, library, gone)
        if settings.back_up:
            await self._back_up(run, library, progress)
        await self._attempt(run, self._tell_catalogue(run, library))
        if run.look.state is ServerState.RUNNING:
            await self._store.add(run.look.url, await self._overviews.asked(run.look))
        await self._attempt(run, in_thread(lambda: baseline.write(library, self._around.baseline_folder)))
        vault = await in_thread(lambda: self._around.vault.state(place.folder))
        if vault.problem:
            run.problems.append(vault.problem)
        elsewhere = ("Ollama lists none of the models in this folder: it keeps its models elsewhere.",)
        run.advice = (
            *run.advice,
            *standing.advice(library.strays, vault, run.at),
            *(elsewhere if standing.is_elsewhere(library, run.look) else ()),
        )

    async def _verify(
        self,
        run: _Run,
        library: Library,
        missing: Sequence[Guarded],
        vault: VaultState,
        progress: Progress,
    ) -> None:
        """Hash what changed, and once a day a part of the rest; missing models join the verdicts."""
        hashing = self._integrity.verify(library, progress, everything=False, in_background=run.in_background)
        report = await self._attempt(run, hashing) or await self._integrity.quick(library)
        if await self._is_rolling_due(run.at):
            rolling = self._integrity.verify(library, progress, share=ROLLING, in_background=run.in_background)
            if rolled := await self._attempt(run, rolling):
                hashed, seconds = report.hashed_bytes + rolled.hashed_bytes, report.seconds + rolled.seconds
                report = VerifyReport(rolled.checks, hashed, seconds)
                await self._catalog.set_state(_ROLLED, run.at.isoformat())
        held = standing.held_versions(vault.versions)
        gone = [standing.gone(each.name, library.folder, held.get(key(each.name), ())) for each in missing]
        run.verified = replace(report, checks=(*report.checks, *gone))
        await self._follow_verdicts(run, run.verified)

    async def _is_rolling_due(self, at: datetime) -> bool:
        text = await self._catalog.state(_ROLLED)
        # A clock that was set back must not stop the rolling for years.
        return text is None or not datetime.fromisoformat(text) <= at < datetime.fromisoformat(text) + _DAY

    async def _mend(self, run: _Run, place: Place, library: Library, vault: VaultState, progress: Progress) -> None:
        """Bring back what is wrong, then look again: what is whole now ends its alert, what is not opens another."""
        assert run.verified is not None
        bad = [check for check in run.verified.bad if self._is_due(check.model.name, run.at)]
        if not bad:
            return
        held = standing.held_versions(vault.versions)
        for check in bad:
            await self._mend_one(run, place, library, check, bool(held.get(key(check.model.name))), progress)
        again = await self._around.library_at(place)
        names = {check.model.name for check in bad}
        present = {model.name for model in again.models}
        seen = await self._attempt(run, self._integrity.verify(again, progress, names & present, everything=False))
        if seen is not None:
            fresh = {check.model.name: check for check in seen.checks}
            checks = tuple(fresh.get(check.model.name, check) for check in run.verified.checks)
            run.verified = replace(run.verified, checks=checks)
        await self._follow_verdicts(run, run.verified)

    async def _mend_one(
        self, run: _Run, place: Place, library: Library, check: ModelCheck, is_held: bool, progress: Progress
    ) -> None:
        name = check.model.name
        progress.update(text=f"Repairing {name}")
        report = await self._attempt(run, self._around.recovery.repair(library, check, progress))
        if report is None:
            report = RepairReport(name, RepairState.FAILED, run.problems.pop())
        run.repairs.append(report)
        if event := events.of_repair(report, self._clock()):
            await self._store.log([event])
        if failure := findings.of_repair(report):
            self._not_before[key(name)] = run.at + TRY_AGAIN
            # Where only a download could help, that the server is down says it all.
            if is_held or run.look.state is ServerState.RUNNING:
                run.failures.append(failure)
        elif report.state in _DONE and check.verdict is Verdict.MISSING and check.model.manifest is None:
            await self._mark_brought_back(str(place.folder), name)

    async def _mark_brought_back(self, folder: str, name: ModelName) -> None:
        """Remember it at once: should the program end now, the model is not brought back twice for nothing."""
        now = self._clock()
        mine = [each for each in await self._store.guarded() if (each.library, each.name) == (folder, name)]
        await self._store.guard([replace(each, brought_back_at=now) for each in mine])

    async def _remember(self, run: _Run, library: Library, gone: guarding.Absences) -> None:
        """Take the models that are there now for those that should be, and let go of others."""
        if not library.is_whole:
            return
        fresh = {each.name: each for each in await self._store.guarded() if each.library == str(library.folder)}
        seen = [guarding.seen(model, str(library.folder), fresh.get(model.name), run.at) for model in library.models]
        await self._store.guard([each for each in seen if each is not None], [*gone.let_go, *gone.forgotten])
        await self._store.log([events.let_go(each.name, run.at) for each in gone.let_go])
        run.advice += tuple(f"{each.name}: {events.let_go(each.name, run.at).text}" for each in gone.let_go)

    async def _back_up(self, run: _Run, library: Library, progress: Progress) -> None:
        """Copy what is new or changed, and sweep what no version needs any more."""
        vault = self._around.vault
        bad = {check.model.name for check in run.verified.bad} if run.verified else set()
        names = {model.name for model in library.models if not model.is_remote and model.manifest} - bad
        try:
            run.backup = await in_thread(lambda: vault.back_up(library, progress, names, by_itself=True), progress)
            found = findings.of_backup(run.backup)
            # What is refused is told by its alert: a line of the log each hour would tell no more.
            await self._store.log(events.of_backup(replace(run.backup, refused={}), self._clock()))
            await in_thread(vault.sweep)
        except KnownError as error:
            found = [findings.of_trouble(AlertKind.BACKUP, error.what, error.why, error.todo)]
        await self._follow(run, found, {AlertKind.BACKUP: None})

    async def _tell_catalogue(self, run: _Run, library: Library) -> None:
        """File what the folder tells of its models."""
        loaded, headers = run.look.loaded, self._headers
        sheet = await in_thread(lambda: facts.state(library, run.at, loaded=loaded, headers=headers))
        merged = await self._catalog.merge(sheet.facts, now=run.at)
        if merged.changed:
            run.changes |= Changes.of(Room.CATALOG, merged.changed)

    async def _all_gone(self, run: _Run, what: str, why: str = "") -> None:
        """Tell that all is gone at once, and judge nothing else: what cannot be seen may be whole."""
        finding = findings.of_trouble(AlertKind.LIBRARY_GONE, what, why, _LIBRARY_TODO)
        await self._follow(run, [finding], {AlertKind.LIBRARY_GONE: None})

    async def _follow(self, run: _Run, found: Collection[Finding], judged: Judged) -> None:
        outcome = await self._store.follow(found, judged, run.at)
        run.opened += outcome.opened
        run.resolved += outcome.resolved
        await announce(self._store, outcome, run.at)

    async def _follow_verdicts(self, run: _Run, report: VerifyReport) -> None:
        """What could not be repaired stays told until the model is whole, tried again or not."""
        bad = {str(check.model.name) for check in report.bad}
        told = [alert.subject for alert in await self._store.open_alerts() if alert.kind is AlertKind.RESTORE]
        found = [*findings.of_verdicts(report), *run.failures]
        await self._follow(run, found, {**_ALL, AlertKind.RESTORE: frozenset(told) - bad})

    async def _attempt(self, run: _Run, work: Awaitable[T]) -> T | None:
        """What a step gives; None, and a problem, where the world did not let it."""
        try:
            return await work
        except KnownError as error:
            log.warning("Maintenance of local models: %s", error)
            run.problems.append(str(error))
            return None

    def _is_due(self, name: ModelName, at: datetime) -> bool:
        return at >= self._not_before.get(key(name), at)
