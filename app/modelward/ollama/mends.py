"""Brings back, by itself, what maintenance found damaged or gone; what cannot be is left alone for some hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from modelward.core.clock import Clock
from modelward.core.progress import Progress
from modelward.ollama import events, findings, standing
from modelward.ollama.integrity import Integrity
from modelward.ollama.maintenance_run import Run
from modelward.ollama.model import (
    Library,
    ModelCheck,
    ModelName,
    Place,
    RepairReport,
    RepairState,
    ServerState,
    VaultState,
    Verdict,
)
from modelward.ollama.names import key
from modelward.ollama.store import WatchStore
from modelward.ollama.surroundings import Surroundings

TRY_AGAIN = timedelta(hours=6)
"""How long a model that could not be brought back is left alone: a download takes hours of a line."""

_DONE = frozenset({RepairState.REPAIRED, RepairState.RESTART})


class Mends:
    """Remembers what failed, as long as the program runs."""

    def __init__(self, around: Surroundings, store: WatchStore, integrity: Integrity, clock: Clock) -> None:
        self._around = around
        self._store = store
        self._integrity = integrity
        self._clock = clock
        self._not_before: dict[str, datetime] = {}
        self._was_running = False

    async def mend(self, run: Run, place: Place, library: Library, vault: VaultState, progress: Progress) -> None:
        """Bring back what is wrong, then look again: what is whole now ends its alert, what is not opens another."""
        assert run.verified is not None
        is_running = run.look.state is ServerState.RUNNING
        if is_running and not self._was_running:
            self._not_before = {}  # now a download may help
        self._was_running = is_running
        bad = [check for check in run.verified.bad if self._is_due(check.model.name, run.at)]
        if not bad:
            return
        held = standing.held_versions(vault.versions)
        before = await self._integrity.proven(library)
        for check in bad:
            await self._mend_one(run, place, library, check, bool(held.get(key(check.model.name))), progress)
        whole = {digest for report in run.repairs for digest in report.whole}
        await self._integrity.carry_over(place.folder, before, whole)
        again = await self._around.library_at(place)
        names = {check.model.name for check in bad}
        present = {model.name for model in again.models}
        remedy = await self._around.remedies(place, vault.versions)
        seen = await run.attempt(
            self._integrity.verify(again, progress, names & present, everything=False, remedy=remedy)
        )
        if seen is not None:
            fresh = {check.model.name: check for check in seen.checks}
            checks = tuple(fresh.get(check.model.name, check) for check in run.verified.checks)
            run.verified = replace(run.verified, checks=checks)
        await run.follow_verdicts(run.verified)

    async def _mend_one(
        self, run: Run, place: Place, library: Library, check: ModelCheck, is_held: bool, progress: Progress
    ) -> None:
        name = check.model.name
        progress.update(text=f"Repairing {name}")
        recovery = await self._around.recovery()
        report = await run.attempt(recovery.repair(library, check, progress))
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

    def _is_due(self, name: ModelName, at: datetime) -> bool:
        return at >= self._not_before.get(key(name), at)
