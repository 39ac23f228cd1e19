"""The verbs that bring models back: repairs, versions put back, downloads; each told in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

from modelward.backups.threads import in_thread
from modelward.core.clock import Clock
from modelward.core.progress import Progress
from modelward.ollama import events
from modelward.ollama.integrity import Integrity
from modelward.ollama.model import Library, ModelName, RepairReport, RepairState, VaultVersion, VerifyReport
from modelward.ollama.overviews import Overviews
from modelward.ollama.recovery import Recovery
from modelward.ollama.store import WatchStore
from modelward.ollama.surroundings import Surroundings

Way = Callable[[Recovery, Library], Awaitable[Sequence[RepairReport]]]
"""One of the ways to bring models back."""


class Bringing:
    """See the methods of :class:`.OllamaService` by the same names. One at a time, which its caller sees to."""

    def __init__(
        self, around: Surroundings, store: WatchStore, integrity: Integrity, overviews: Overviews, clock: Clock
    ) -> None:
        self._around = around
        self._store = store
        self._integrity = integrity
        self._overviews = overviews
        self._clock = clock

    async def repair(self, progress: Progress, names: Collection[ModelName] | None) -> tuple[RepairReport, ...]:
        """Verify, and mend what is wrong."""
        found = await self._overviews.verified(progress, names)

        async def way(recovery: Recovery, library: Library) -> list[RepairReport]:
            return [await recovery.repair(library, check, progress) for check in found.bad]

        return await self._go(way)

    async def restore(self, version: VaultVersion, progress: Progress) -> RepairReport:
        """Put a version from the vault back."""
        (report,) = await self._go(lambda recovery, library: _alone(recovery.restore(library, version, progress)))
        return report

    async def redownload(self, name: ModelName, progress: Progress) -> RepairReport:
        """Fetch a model anew."""
        (report,) = await self._go(lambda recovery, library: _alone(recovery.redownload(library, name, progress)))
        return report

    async def plan(
        self, progress: Progress, names: Collection[ModelName] | None
    ) -> tuple[VerifyReport, Mapping[ModelName, tuple[str, ...]]]:
        """Verify, and say what a repair would do."""
        report = await self._overviews.verified(progress, names)
        if not report.bad:
            return report, {}
        library, recovery = await self._around.library(), await self._around.recovery()
        steps = await in_thread(lambda: {check.model.name: recovery.plan(library, check) for check in report.bad})
        return report, steps

    async def _go(self, way: Way) -> tuple[RepairReport, ...]:
        """Go a way, keep what it proved, and write into the log what came of it."""
        library, recovery = await self._around.library(), await self._around.recovery()
        before = await self._integrity.proven(library)
        reports = await way(recovery, library)
        whole = {digest for report in reports for digest in report.whole}
        await self._integrity.carry_over(library.folder, before, whole)
        told = [events.of_repair(report, self._clock()) for report in reports]
        await self._store.log([event for event in told if event is not None])
        return tuple(reports)


def together(reports: Sequence[RepairReport]) -> RepairReport:
    """One report of several: how the worst of them ended, with the words of all."""
    if len(reports) == 1:
        return reports[0]
    order = list(RepairState)
    worst = max(reports, key=lambda report: order.index(report.state))
    detail = " ".join(f"{report.name}: {report.state}. {report.detail}".strip() for report in reports)
    steps = tuple(step for report in reports for step in report.steps)
    return replace(worst, detail=detail, steps=steps)


async def _alone(repair: Awaitable[RepairReport]) -> list[RepairReport]:
    return [await repair]
