"""The plan of a run, before anything is sent: calls, tokens, cost and time, and who cannot be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from modelward.benchmarks.estimates import Estimates, Expected, most_of
from modelward.benchmarks.matrix import cells_of, check_numbers, joined, note_on
from modelward.benchmarks.memory import in_use, others_at
from modelward.benchmarks.model import Cell, Plan
from modelward.benchmarks.purse import Purse
from modelward.benchmarks.store import MeasurementStore
from modelward.benchmarks.workloads import Workloads
from modelward.catalog.kinds import kind_of
from modelward.catalog.model import Capability, Kind, Model, Status
from modelward.catalog.store import CatalogStore
from modelward.core import units
from modelward.core.clock import Clock
from modelward.core.errors import BudgetError, KnownError, UnknownProviderError
from modelward.core.preferences import Preferences
from modelward.providers.dialect import Line
from modelward.providers.model import ChatRequest, Provider
from modelward.providers.service import ProviderService
from modelward.spending.pricing import FREE, tariff_of
from modelward.spending.service import SpendingService


class Planner:
    """Makes plans."""

    def __init__(
        self,
        store: MeasurementStore,
        catalog: CatalogStore,
        providers: ProviderService,
        spending: SpendingService,
        purse: Purse,
        preferences: Preferences,
        clock: Clock,
    ) -> None:
        self._estimates = Estimates(store, catalog, preferences, clock)
        self._catalog = catalog
        self._providers = providers
        self._spending = spending
        self._purse = purse
        self._preferences = preferences

    async def plan(
        self,
        model_ids: Sequence[str],
        workloads: Workloads,
        name: str,
        runs: int | None,
        *,
        concurrency: int,
        may_evict: bool,
    ) -> Plan:
        """See :meth:`.service.BenchmarkService.plan`."""
        runs = check_numbers(runs, concurrency, is_graded=bool(workloads.suites_of(name)))
        refused: dict[str, str] = {}
        notes: list[str] = []
        parts: list[list[Cell]] = []
        lanes: dict[str, Expected] = {}
        for id_ in dict.fromkeys(model_ids):
            try:
                model, line = await self.askable(id_, may_evict=may_evict)
                cells = cells_of(model, workloads, name, runs)
                expected = await self._estimates.of(model, workloads, cells, concurrency)
            except KnownError as error:
                refused[id_] = str(error)
                continue
            parts.append(cells)
            notes += note_on(model, workloads, name)
            lane = lane_of(line.provider)
            lanes[lane] = lanes.get(lane, Expected()) + expected
        plan = _plan(joined(parts), list(lanes.values()), refused, concurrency, notes)
        plan = replace(plan, may_evict=may_evict)
        return replace(plan, notes=(*plan.notes, *await self.checked(plan)))

    async def askable(self, model_id: str, *, may_evict: bool) -> tuple[Model, Line]:
        """A model that can be asked, and the connection to it. Raises KnownError with the reason where it cannot."""
        model = await self._catalog.model(model_id)
        if model is None:
            raise KnownError("It is not in the catalogue.")
        if why := _cannot_be_asked(model):
            raise KnownError(why)
        line = await self._providers.line(model.provider)
        if not line.provider.enabled or not line.provider.is_added:
            raise KnownError(f"{line.provider.title} is not in use.", todo="Add or enable it in Settings, Providers.")
        others = await others_at(line, model.name)
        if others.names and not may_evict:
            raise in_use(line, others.names)
        return model, line

    async def most(self, model: Model, request: ChatRequest) -> Decimal:
        """What a call can cost at most, in USD. Raises BudgetError where it may not go out at any hour."""
        tariff = tariff_of(model, await self._catalog.facts(model.id))
        return most_of(model.id, tariff, request, self._preferences.settings.spending)

    async def lane(self, model_id: str) -> str:
        """Calls of one lane come one model after the other: those of a provider, and all of this machine."""
        provider_id = model_id.partition("/")[0]
        try:
            return lane_of(await self._providers.get(provider_id))
        except UnknownProviderError:
            return provider_id

    async def left(self) -> tuple[Decimal, str]:
        """USD that measuring may still cost, and of what that is left, in words; below 0 where it is overspent."""
        left = [(await self._purse.left(), f"of today's {units.money(self._purse.limit)} for measuring")]
        state = await self._spending.state()
        for period in (state.day, state.month):
            if period.limit is not None:
                whose = "today's" if period.name == "day" else "this month's"
                left.append((period.limit - period.used, f"of {whose} budget of {units.money(period.limit)}"))
        return min(left)

    async def checked(self, plan: Plan) -> tuple[str, ...]:
        """Notes on a plan's cost. Raises BudgetError where it costs more by estimate than is left."""
        usd, most = plan.usd or FREE, plan.most_usd or FREE
        if not most:
            return ()
        amount, what = await self.left()
        if usd > amount:
            raise BudgetError(
                f"It would cost about {units.money(usd)}, and {what} {units.money(max(FREE, amount))} is left.",
                why=f"{plan.calls:,} calls, {plan.input_tokens:,} tokens in and {plan.output_tokens:,} out.",
                todo="Take fewer or cheaper models, fewer runs, or raise the limits in Settings.",
            )
        if most > amount:
            return (f"It could cost up to {units.money(most)}: it stops where {what} nothing is left.",)
        return ()


def lane_of(provider: Provider) -> str:
    """The name of a provider's lane; see :meth:`Planner.lane`."""
    return "local" if provider.known.is_local else provider.id


def _cannot_be_asked(model: Model) -> str:
    if model.status is Status.RETIRED:
        return "It was retired: its provider lists it no more."
    if model.status is Status.UNREACHABLE:
        return "Its provider did not answer when it was last looked at."
    kind = model.kind or kind_of(model.name) or Kind.CHAT
    if kind is not Kind.CHAT or Capability.EMBEDDING in (model.capabilities or ()):
        return "It does not chat, and only chats are measured."
    return ""


def _plan(
    cells: tuple[Cell, ...],
    lanes: Sequence[Expected],
    refused: dict[str, str],
    concurrency: int,
    notes: Sequence[str],
) -> Plan:
    whole = sum(lanes, Expected())
    # Providers are asked at the same time: the slowest decides.
    times = [lane.seconds for lane in lanes]
    known = [seconds for seconds in times if seconds is not None]
    return Plan(
        cells,
        sum(cell.runs for cell in cells),
        whole.input_tokens,
        whole.output_tokens,
        whole.usd,
        whole.most_usd,
        max(known) if known and len(known) == len(times) else None,
        refused,
        concurrency,
        notes=tuple(notes),
    )
