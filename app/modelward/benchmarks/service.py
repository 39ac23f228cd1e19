"""The verbs of measuring: plan, run, results, history, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from modelward.benchmarks.model import (
    Batch,
    CapabilityProof,
    CellProgress,
    Exchange,
    Grade,
    Measurement,
    Metric,
    Plan,
    Point,
    Result,
    Workload,
)
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.providers.service import ProviderService
from modelward.spending.gateway import Gateway
from modelward.spending.service import SpendingService
from modelward.store.engine import Database

Listener = Callable[[Measurement], None]


class BenchmarkService:
    """Measures models, and keeps what was measured. Used on the loop's thread."""

    def __init__(
        self,
        database: Database,
        catalog: CatalogStore,
        providers: ProviderService,
        gateway: Gateway,
        spending: SpendingService,
        paths: Paths,
        preferences: Preferences,
        *,
        clock: Clock = utc_now,
    ) -> None:
        raise NotImplementedError

    async def workloads(self) -> tuple[Workload, ...]:
        """What models can be measured with: times ("chat", "long", "code"), each suite, and "quality", all suites."""
        raise NotImplementedError

    async def plan(
        self,
        model_ids: Sequence[str],
        workload: str,
        runs: int | None = None,
        *,
        concurrency: int = 1,
        may_evict: bool = False,
    ) -> Plan:
        """What measuring these models would do; nothing is sent but a look at local servers.

        ``runs`` of each call: 5 where none are given and times are measured, 1 for suites. ``may_evict``: models that
        others loaded into a local server may be pushed out. Models that cannot be asked stand in ``refused``. Raises
        BudgetError where it costs more than is left of today, BadValueError (no such workload, number of runs, streams).
        """
        raise NotImplementedError

    async def start(self, plan: Plan) -> int:
        """Keep a plan as a batch that :meth:`run` carries out; its id. Raises UsageError where nothing can be asked."""
        raise NotImplementedError

    async def run(self, batch_id: int, progress: Progress) -> tuple[Batch, Changes]:
        """Carry a batch out, or go on where it stopped: what was measured is kept, what ended is not done again.

        The batch that comes back is DONE, PAUSED (by :meth:`pause`) or STOPPED (by the budget), with the reason in
        words; a cancelled caller leaves it CANCELLED. All but DONE can be run again.
        """
        raise NotImplementedError

    def pause(self) -> None:
        """Let the batch that runs end behind the calls that were sent; it can be run again."""
        raise NotImplementedError

    async def batches(self, limit: int = 50) -> tuple[Batch, ...]:
        """The latest batches, newest first."""
        raise NotImplementedError

    async def cells(self, batch_id: int) -> tuple[CellProgress, ...]:
        """How far each cell of a batch is."""
        raise NotImplementedError

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call back, on the loop, with each measurement once it is kept; returns the way to end that."""
        raise NotImplementedError

    async def results(self, workload: str | None = None) -> tuple[Result, ...]:
        """Each model's figures by workload and concurrency, from its newest calls; ``workload`` is a tag or a name."""
        raise NotImplementedError

    async def trend(
        self,
        model_id: str,
        workload: str,
        metric: Metric,
        since: datetime,
        until: datetime | None = None,
        concurrency: int = 1,
    ) -> tuple[Point, ...]:
        """One figure over time: each call within three hours, hours within three days, else days of UTC."""
        raise NotImplementedError

    async def values(
        self, model_id: str, workload: str, metric: Metric, since: datetime, concurrency: int = 1
    ) -> list[float]:
        """Every value of one figure since a moment, newest first, 10,000 at most; for a picture of how they lie."""
        raise NotImplementedError

    async def calls(
        self,
        model_id: str | None = None,
        workload: str | None = None,
        batch: int | None = None,
        limit: int = 200,
    ) -> tuple[Measurement, ...]:
        """Single calls, newest first."""
        raise NotImplementedError

    async def exchange(self, measurement_id: int) -> Exchange | None:
        """What was asked and answered; None where it is not kept any more."""
        raise NotImplementedError

    async def grades(self, measurement_ids: Sequence[int]) -> dict[int, Grade]:
        """The grades of calls, by the call's id; ungraded ones are left out."""
        raise NotImplementedError

    async def export(self, file: Path, model_ids: Sequence[str] = (), workload: str | None = None) -> int:
        """Write the calls to a ``.csv`` or ``.json`` file; how many. Raises UsageError (ending), FolderError."""
        raise NotImplementedError

    async def import_file(self, file: Path, progress: Progress) -> tuple[int, Changes]:
        """Keep what GuideLLM or llama-bench measured; how many calls. Raises InputError."""
        raise NotImplementedError

    async def favourites(self) -> frozenset[str]:
        """The models that are measured by the clock."""
        raise NotImplementedError

    async def set_favourite(self, model_id: str, *, on: bool) -> Changes:
        """Measure a model by the clock, or no longer. Raises UnknownModelError."""
        raise NotImplementedError

    async def light(self, progress: Progress) -> tuple[int, Changes]:
        """Measure each favourite shortly, if it is free or within the budget; how many were measured."""
        raise NotImplementedError

    async def light_when_due(self, progress: Progress) -> tuple[int, Changes]:
        """The same, where the last time is as long ago as the settings say; and thin out what is old."""
        raise NotImplementedError

    async def prove(self, model_ids: Sequence[str], progress: Progress) -> tuple[tuple[CapabilityProof, ...], Changes]:
        """Prove by asking what the catalogue claims of models; what is found is filed as measured facts."""
        raise NotImplementedError

    async def proofs(self, model_id: str) -> tuple[CapabilityProof, ...]:
        """What was proven of a model, or refuted."""
        raise NotImplementedError

    def prepare_to_close(self) -> None:
        """The program ends: a batch that is cut off from now on counts as paused."""
        raise NotImplementedError

    async def close(self) -> None:
        """End the thread on which calls are timed. May be called twice."""
        raise NotImplementedError
