"""A maintenance run: verify, bring back, copy, tell the catalogue, advise, as far as the settings allow each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock
from modelward.core.errors import FolderError, KnownError
from modelward.core.progress import Progress
from modelward.ollama import baseline, events, facts, findings, guarding, rolling, standing
from modelward.ollama.copies import Copies
from modelward.ollama.guarding import Guarded
from modelward.ollama.integrity import Integrity
from modelward.ollama.maintenance_run import Run
from modelward.ollama.mends import Mends
from modelward.ollama.model import (
    AlertKind,
    FolderSource,
    Library,
    MaintenanceReport,
    Place,
    ServerLook,
    ServerState,
    VaultState,
    VerifyReport,
)
from modelward.ollama.names import key
from modelward.ollama.overviews import Overviews
from modelward.ollama.rolling import Daily
from modelward.ollama.store import WatchStore
from modelward.ollama.surroundings import Surroundings

_ROLLED = "ollama.rolled_at"

_LIBRARY_TODO = (
    "Plug its disk in, or choose the folder in the settings. If you removed them yourself, say so: "
    "modelward ollama protect --off, with their names."
)


class Maintenance:
    """Runs maintenance; one run at a time, which its caller sees to."""

    def __init__(
        self,
        around: Surroundings,
        store: WatchStore,
        catalog: CatalogStore,
        integrity: Integrity,
        copies: Copies,
        overviews: Overviews,
        clock: Clock,
    ) -> None:
        self._around = around
        self._copies = copies
        self._overviews = overviews
        self._store = store
        self._catalog = catalog
        self._integrity = integrity
        self._clock = clock
        self._daily = Daily(catalog, _ROLLED)
        self._headers = facts.Headers()
        self._mends = Mends(around, store, integrity, clock)

    async def run(
        self, look: ServerLook, progress: Progress, *, in_background: bool
    ) -> tuple[MaintenanceReport, Changes]:
        """Do all that is due. What the world does wrong becomes a problem and an alert, and the rest is done."""
        run = Run(self._store, look, self._clock(), in_background)
        place = await self._around.place()
        known = await self._store.guarded()
        library = await self._library(run, place, known) if place is not None else None
        if place is not None and library is not None:
            await run.attempt(self._keep(run, place, library, known, progress))
        elif known and place is None:
            await self._all_gone(run, f"The folder {known[0].library} with all models is not there.")
        await run.attempt(self._store.thin(run.at))
        await run.follow(findings.of_problems(run.problems), {AlertKind.MAINTENANCE: None})
        return run.report(), run.changes | Changes.of(Room.OLLAMA)

    async def _library(self, run: Run, place: Place, known: Sequence[Guarded]) -> Library | None:
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
        self, run: Run, place: Place, library: Library, known: Sequence[Guarded], progress: Progress
    ) -> None:
        settings = self._around.settings
        mine = [each for each in known if each.library == str(library.folder)]
        gone = guarding.absences(mine, library, protect_all=settings.protect_all)
        if gone.library_gone:
            await self._all_gone(run, gone.library_gone)
            return
        recovery = await self._around.recovery()
        run.advice = await recovery.finish_cut_off(place.folder)
        vault = await self._vault(place)
        await self._verify(run, place, library, gone.to_bring_back, vault, progress)
        if settings.repair and run.verified is not None:
            await self._mends.mend(run, place, library, vault, progress)
            library = await self._around.library_at(place)
        await self._remember(run, library, gone)
        is_copied = settings.back_up and await self._back_up(run, library, progress)
        await run.attempt(self._prove_copies(run, place, progress))
        await run.attempt(self._tell_catalogue(run, library))
        if run.look.state is ServerState.RUNNING:
            await self._store.add(run.look.url, await self._overviews.asked(run.look))
        vault = await self._vault(place)
        folder = self._around.data_folder if vault.problem or not vault.versions else vault.folder
        await run.attempt(in_thread(lambda: baseline.write(library, folder)))
        if vault.problem and (is_copied or not settings.back_up):  # else an alert told it
            run.problems.append(vault.problem)
        elsewhere = ("Ollama lists none of the models in this folder: it keeps its models elsewhere.",)
        run.advice = (
            *run.advice,
            *standing.advice(library.strays, vault, run.at),
            *(elsewhere if standing.is_elsewhere(library, run.look) else ()),
        )

    async def _vault(self, place: Place) -> VaultState:
        vault = await self._around.vault()
        return await in_thread(lambda: vault.state(place.folder))

    async def _verify(
        self,
        run: Run,
        place: Place,
        library: Library,
        missing: Sequence[Guarded],
        vault: VaultState,
        progress: Progress,
    ) -> None:
        """Hash what changed, and once a day a part of the rest; missing models join the verdicts."""
        remedy, rests = await self._around.remedies(place, vault.versions), run.in_background
        verify = partial(self._integrity.verify, library, progress, in_background=rests, remedy=remedy)
        report = await run.attempt(verify(everything=False)) or await self._integrity.quick(library, remedy=remedy)
        if await self._daily.is_due(run.at) and (rolled := await run.attempt(verify(share=rolling.SHARE))):
            hashed, seconds = report.hashed_bytes + rolled.hashed_bytes, report.seconds + rolled.seconds
            report = VerifyReport(rolled.checks, hashed, seconds)
            await self._daily.done(run.at)
        held = standing.held_versions(vault.versions)
        gone = [standing.gone(each.name, library.folder, held.get(key(each.name), ())) for each in missing]
        run.verified = replace(report, checks=(*report.checks, *gone))
        await run.follow_verdicts(run.verified)

    async def _remember(self, run: Run, library: Library, gone: guarding.Absences) -> None:
        """Take the models that are there now for those that should be, and let go of others."""
        if not library.is_whole:
            return
        fresh = {each.name: each for each in await self._store.guarded() if each.library == str(library.folder)}
        seen = [guarding.seen(model, str(library.folder), fresh.get(model.name), run.at) for model in library.models]
        await self._store.guard([each for each in seen if each is not None], [*gone.let_go, *gone.forgotten])
        await self._store.log([events.let_go(each.name, run.at) for each in gone.let_go])
        run.advice += tuple(f"{each.name}: {events.let_go(each.name, run.at).text}" for each in gone.let_go)

    async def _back_up(self, run: Run, library: Library, progress: Progress) -> bool:
        """Copy what is new or changed, and sweep what no version needs any more; whether the vault let us."""
        bad = {check.model.name for check in run.verified.bad} if run.verified else set()
        names = {model.name for model in library.models if not model.is_remote and model.manifest} - bad
        try:
            vault = await self._around.opened_vault()
            run.backup = await in_thread(lambda: vault.back_up(library, progress, names, by_itself=True), progress)
            found, is_done = findings.of_backup(run.backup), True
            # What is refused is told by its alert: a line of the log each hour would tell no more.
            await self._store.log(events.of_backup(replace(run.backup, refused={}), self._clock()))
            await in_thread(vault.sweep)
        except KnownError as error:
            found, is_done = [findings.of_trouble(AlertKind.BACKUP, error.what, error.why, error.todo)], False
        await run.follow(found, {AlertKind.BACKUP: None})
        return is_done

    async def _prove_copies(self, run: Run, place: Place, progress: Progress) -> None:
        """Hash copies whose turn it is, once a day; make damaged ones anew; and tell of versions that lack some."""
        bad = {each.layer.digest for check in run.verified.bad for each in check.layers} if run.verified else set()
        report = await self._copies.roll(place, progress, but=bad, in_background=run.in_background)
        if report is None:
            return
        run.copies = report
        await self._store.log(events.of_copies(report, run.at))
        await run.follow(findings.of_copies(report), {AlertKind.COPY: None})

    async def _tell_catalogue(self, run: Run, library: Library) -> None:
        """File what the folder tells of its models."""
        loaded, headers = run.look.loaded, self._headers
        sheet = await in_thread(lambda: facts.state(library, run.at, loaded=loaded, headers=headers))
        merged = await self._catalog.merge(sheet.facts, now=run.at)
        if merged.changed:
            run.changes |= Changes.of(Room.CATALOG, merged.changed)

    async def _all_gone(self, run: Run, what: str, why: str = "") -> None:
        """Tell that all is gone at once, and judge nothing else: what cannot be seen may be whole."""
        finding = findings.of_trouble(AlertKind.LIBRARY_GONE, what, why, _LIBRARY_TODO)
        await run.follow([finding], {AlertKind.LIBRARY_GONE: None})
