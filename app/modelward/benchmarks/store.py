"""What was measured, in the database: calls, what was said in them, grades, daily figures, runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from modelward.benchmarks import rows
from modelward.benchmarks.figures import HOURLY_WITHIN, NO_ERROR, day_figures, midnight, points
from modelward.benchmarks.model import (
    Batch,
    BatchState,
    CallKind,
    CallState,
    CapabilityProof,
    DayFigures,
    Exchange,
    Grade,
    Measurement,
    Metric,
    Plan,
    Point,
    Proof,
    Series,
)
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert

KEPT = 200
"""So many of the newest calls of each series are kept however old they are: the table of results rests on them."""

_call, _text, _grade, _day, _batch, _proof = (
    tables.measurement,
    tables.measurement_text,
    tables.grade,
    tables.measurement_day,
    tables.bench_batch,
    tables.capability_proof,
)
_its = _call.c
_CLOSED = "benchmarks.days_closed_to"
_FAVOURITES = "benchmarks.favourites"
_COUNTED = tuple(kind.value for kind in (CallKind.RUN, CallKind.PROBE, CallKind.LIGHT, CallKind.IMPORTED))
_AT_ONCE = 2_000  # rows that are deleted in one transaction: for milliseconds
_SERIES_AT_ONCE = 20
_ALL = tuple(Metric)


class MeasurementStore:
    """Calls and what is kept of them. Verbs raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---------------------------------------------------------------- filing

    async def file(
        self,
        call: Measurement,
        exchange: Exchange | None = None,
        grade: Grade | None = None,
        *,
        counts: bool = False,
    ) -> Measurement:
        """Keep a call with what was said and its grade, in one transaction; the call with its id.

        ``counts``: it is one of the calls that its batch consists of.
        """
        return await self._database.write(lambda connection: _file(connection, call, exchange, grade, counts=counts))

    async def file_all(self, calls: Sequence[Measurement]) -> None:
        """Keep calls that another tool measured: all of them or none."""

        def work(connection: Connection) -> None:
            for call in calls:
                _file(connection, call, None, None, counts=False)

        await self._database.write(work)

    async def imported(self, series: Series, since: datetime, until: datetime) -> tuple[Measurement, ...]:
        """The calls of a series that other tools measured, from one moment to another, both included."""
        query = select(_call).where(_of(series), _its.kind == CallKind.IMPORTED.value, _its.at.between(since, until))
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(map(rows.measurement_of, found))

    # ---------------------------------------------------------------- single calls

    async def calls(
        self,
        model_ids: Sequence[str] = (),
        workload: str | None = None,
        batch: int | None = None,
        *,
        limit: int,
        before: int | None = None,
    ) -> tuple[Measurement, ...]:
        """Calls, those that were filed last first; ``before``: filed before that one."""
        query = select(_call).order_by(_its.id.desc()).limit(limit)
        wanted: list[ColumnElement[bool]] = []
        wanted += [_its.model_id.in_(model_ids)] if model_ids else []
        wanted += [] if workload is None else [_its.workload == workload]
        wanted += [] if batch is None else [_its.batch_id == batch]
        wanted += [] if before is None else [_its.id < before]
        found = await self._database.read(lambda connection: connection.execute(query.where(*wanted)).all())
        return tuple(map(rows.measurement_of, found))

    async def exchange(self, measurement_id: int) -> Exchange | None:
        """What was said in a call."""
        query = select(_text.c.prompt, _text.c.answer, _text.c.reasoning).where(
            _text.c.measurement_id == measurement_id
        )
        found = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if found is None else Exchange(*found)

    async def grades(self, measurement_ids: Sequence[int]) -> dict[int, Grade]:
        """The grades of calls, by the call's id."""

        def work(connection: Connection) -> dict[int, Grade]:
            found: dict[int, Grade] = {}
            for start in range(0, len(measurement_ids), _AT_ONCE):
                query = select(_grade).where(_grade.c.measurement_id.in_(measurement_ids[start : start + _AT_ONCE]))
                found |= {row.measurement_id: rows.grade_of(row) for row in connection.execute(query)}
            return found

        return await self._database.read(work)

    # ---------------------------------------------------------------- series

    async def series(self, model_id: str | None = None) -> tuple[Series, ...]:
        """Everything that was measured, or of one model."""
        return await self._database.read(lambda connection: _series(connection, model_id))

    async def newest(self, series: Sequence[Series], within: timedelta) -> dict[Series, Sequence[Any]]:
        """The newest calls of series, as rows of ``id, at, kind, state, cost_exact``, each figure by its
        :class:`.Metric`'s name, ``probe``, ``use_case`` and ``passed``: 200 at most, from no longer before the newest.
        """
        found: dict[Series, Sequence[Any]] = {}
        for start in range(0, len(series), _SERIES_AT_ONCE):
            part = series[start : start + _SERIES_AT_ONCE]
            found |= await self._database.read(partial(_newest, series=part, within=within))
        return found

    async def values(self, series: Series, metric: Metric, since: datetime, limit: int) -> list[float]:
        """Values of a figure, newest first."""
        query = _valued(series, metric, since).order_by(_its.at.desc()).limit(limit)
        return await self._database.read(lambda connection: [row.value for row in connection.execute(query)])

    async def trend(self, series: Series, metric: Metric, since: datetime, until: datetime) -> tuple[Point, ...]:
        """A figure over time; see :mod:`.figures`. Days that are over are read as they were summed up."""
        return await self._database.read(lambda connection: _trend(connection, series, metric, since, until))

    # ---------------------------------------------------------------- days

    async def close_next_day(self, today: date) -> bool:
        """Sum up the eldest day that is over and was not summed up yet; False where there is none.

        It is summed up beside the other work, and anew where calls of that day were filed meanwhile.
        """
        while (found := await self._database.read(partial(_unclosed, today=today))) is not None:
            day, counted, figures = found
            if await self._database.write(partial(_close, day=day, counted=counted, figures=figures)):
                return True
        return False

    async def thin(self, series: Series, before: datetime) -> int:
        """Delete some calls of a series from before a moment, but of its 200 newest only what was said and the times
        of their pieces; how many rows were dealt with: 0 where all is done."""
        return await self._database.write(lambda connection: _thin(connection, series, before))

    # ---------------------------------------------------------------- batches

    async def make_batch(self, plan: Plan, at: datetime) -> int:
        """Keep a plan; the id of its batch."""
        row = {
            "started_at": at,
            "state": BatchState.PLANNED.value,
            "plan": rows.plan_json(plan),
            "done": 0,
            "total": sum(cell.runs for cell in plan.cells if cell.kind is not CallKind.WARM_UP),
            "spent": Decimal(0),
            "detail": "",
        }

        def work(connection: Connection) -> int:
            key = connection.execute(insert(_batch).values(row)).inserted_primary_key
            assert key is not None
            return int(key[0])

        return await self._database.write(work)

    async def batches(self, limit: int) -> tuple[Batch, ...]:
        """The latest batches, newest first."""
        query = select(_batch).order_by(_batch.c.id.desc()).limit(limit)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(map(rows.batch_of, found))

    async def batch(self, batch_id: int) -> Batch | None:
        """One batch."""
        query = select(_batch).where(_batch.c.id == batch_id)
        found = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if found is None else rows.batch_of(found)

    async def set_batch(self, batch_id: int, state: BatchState, detail: str, ended_at: datetime | None) -> None:
        """How a batch stands from now on."""
        values = {"state": state.value, "detail": rows.storable(detail), "ended_at": ended_at}
        statement = update(_batch).where(_batch.c.id == batch_id).values(values)
        await self._database.write(lambda connection: connection.execute(statement).close())

    async def counts(self, batch_id: int) -> dict[int, tuple[int, int]]:
        """For each cell of a batch, the calls that count, and those that went wrong."""
        limited = _its.state == CallState.LIMITED.value
        errors = func.sum(case((_its.state.in_(NO_ERROR), 0), else_=1))
        query = select(_its.cell, func.sum(case((limited, 0), else_=1)), errors)
        query = query.where(_its.batch_id == batch_id).group_by(_its.cell)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return {row[0]: (int(row[1]), int(row[2])) for row in found}

    # ---------------------------------------------------------------- favourites

    async def favourites(self) -> frozenset[str]:
        """The models that are measured by the clock."""
        return await self._database.read(_favourites)

    async def change_favourites(self, change: Callable[[frozenset[str]], frozenset[str]]) -> None:
        """Let others be measured."""

        def work(connection: Connection) -> None:
            value = json.dumps(sorted(change(_favourites(connection))))
            upsert(connection, tables.state, [{"key": _FAVOURITES, "value": value}])

        await self._database.write(work)


class ProofStore:
    """What was proven of models. Verbs raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def file(self, proofs: Iterable[CapabilityProof]) -> None:
        """Keep proofs in place of earlier ones; what is undecided takes nothing back that was decided before."""
        await self._database.write(lambda connection: _file_proofs(connection, list(proofs)))

    async def of(self, model_id: str) -> tuple[CapabilityProof, ...]:
        """What was found of a model, by subject."""
        query = select(_proof).where(_proof.c.model_id == model_id).order_by(_proof.c.subject)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(map(rows.proof_of, found))


# -------------------------------------------------------------------- filing


def _file(
    connection: Connection, call: Measurement, exchange: Exchange | None, grade: Grade | None, *, counts: bool
) -> Measurement:
    key = connection.execute(insert(_call).values(rows.row_of(call))).inserted_primary_key
    assert key is not None
    filed = replace(call, id=int(key[0]))
    if exchange is not None:
        connection.execute(insert(_text).values(rows.text_row(int(key[0]), exchange))).close()
    if grade is not None:
        connection.execute(insert(_grade).values(rows.grade_row(int(key[0]), grade))).close()
    if call.batch is not None:
        _count(connection, call.batch, call.cost, counts=counts)
    closed_to = _closed_to(connection)
    day = call.at.astimezone(UTC).date()
    if closed_to is not None and day < closed_to:
        _sum_up_again(connection, Series(call.model_id, call.workload, call.concurrency), day)
    return filed


def _count(connection: Connection, batch: int, cost: Decimal | None, *, counts: bool) -> None:
    chosen = _batch.c.id == batch
    spent = connection.scalar(select(_batch.c.spent).where(chosen)) or Decimal(0)
    values = {"spent": spent + (cost or 0), "done": _batch.c.done + int(counts)}
    connection.execute(update(_batch).where(chosen).values(values)).close()


def _sum_up_again(connection: Connection, series: Series, day: date) -> None:
    """A call of a day that was summed up came late; a day whose calls were thinned out keeps what it has."""
    found = connection.execute(_figured(midnight(day), midnight(day) + timedelta(days=1)).where(_of(series))).all()
    days = day_figures(day, series, [row[3:] for row in found])
    its = _day.c
    key = (its.model_id, its.workload, its.concurrency, its.day)
    known = select(its.metric, its.n).where(tuple_(*key) == (*series, day.isoformat()))
    before = {row.metric: row.n for row in connection.execute(known)}
    upsert(connection, _day, [_day_row(each) for each in days if each.n >= before.get(each.metric.value, 0)])


def _file_proofs(connection: Connection, proofs: list[CapabilityProof]) -> None:
    for each in proofs:
        if each.proof is Proof.UNDECIDED:
            key = (_proof.c.model_id == each.model_id, _proof.c.subject == each.subject)
            known = connection.scalar(select(_proof.c.proof).where(*key))
            if known not in (None, Proof.UNDECIDED.value):
                continue
        upsert(connection, _proof, [rows.proof_row(each)])


# -------------------------------------------------------------------- reading


def _of(series: Series) -> ColumnElement[bool]:
    model, workload, concurrency = series
    return and_(_its.model_id == model, _its.workload == workload, _its.concurrency == concurrency)


def _series(connection: Connection, model_id: str | None) -> tuple[Series, ...]:
    """One step along the index for each, as reading it whole would take a look at every call."""
    key = (_its.model_id, _its.workload, _its.concurrency)
    first = select(*key).order_by(*key).limit(1)
    if model_id is not None:
        first = first.where(_its.model_id == model_id)
    found: list[Series] = []
    row = connection.execute(first).one_or_none()
    while row is not None:
        found.append(Series(*row))
        row = connection.execute(first.where(tuple_(*key) > tuple_(*found[-1]))).one_or_none()
    return tuple(found)


def _column(metric: Metric) -> ColumnElement[Any]:
    if metric is Metric.QUALITY:
        return _grade.c.score
    if metric is Metric.COST:
        return case((_its.state == CallState.DONE.value, cast(_its.cost, Float)))
    return _its[metric.value]


def _valued(series: Series, metric: Metric, since: datetime) -> Select[Any]:
    column = _column(metric)
    query = select(_its.at, column.label("value")).where(_of(series), _its.at >= since)
    if metric is Metric.QUALITY:
        query = query.join(_grade, _grade.c.measurement_id == _its.id)
    return query.where(_its.kind.in_(_COUNTED), column.is_not(None))


def _newest(connection: Connection, series: Sequence[Series], within: timedelta) -> dict[Series, Sequence[Any]]:
    columns = (_its.id, _its.at, _its.kind, _its.state, _its.cost.label("cost_exact"))
    figures = (_column(metric).label(metric.value) for metric in _ALL)
    query = select(*columns, *figures, _grade.c.probe, _grade.c.use_case, _grade.c.passed)
    query = query.outerjoin_from(_call, _grade, _grade.c.measurement_id == _its.id)
    query = query.where(_its.kind.in_(_COUNTED)).order_by(_its.at.desc()).limit(KEPT)
    found: dict[Series, Sequence[Any]] = {}
    for each in series:
        calls = connection.execute(query.where(_of(each))).all()
        found[each] = [row for row in calls if row.at >= calls[0].at - within]
    return found


def _trend(
    connection: Connection, series: Series, metric: Metric, since: datetime, until: datetime
) -> tuple[Point, ...]:
    span, closed_to = until - since, _closed_to(connection)
    begin, over = since, []
    if span > HOURLY_WITHIN and closed_to is not None:
        begin, its = max(since, midnight(closed_to)), _day.c
        key = (its.model_id, its.workload, its.concurrency, its.metric)
        query = select(its.day, its.n, its.p5, its.p50, its.p95).where(
            *(column == value for column, value in zip(key, (*series, metric.value), strict=True)),
            its.day >= since.date().isoformat(),
            its.day < min(closed_to, until.date() + timedelta(days=1)).isoformat(),
            its.n > 0,
        )
        for day, *figures in connection.execute(query.order_by(its.day)):
            over.append(Point(midnight(date.fromisoformat(day)), *figures))
    values = connection.execute(_valued(series, metric, begin).where(_its.at <= until).order_by(_its.at))
    return (*over, *points(((row.at, row.value) for row in values), span))


# -------------------------------------------------------------------- days


def _closed_to(connection: Connection) -> date | None:
    text = connection.scalar(select(tables.state.c.value).where(tables.state.c.key == _CLOSED))
    return None if text is None else date.fromisoformat(text)


def _figured(since: datetime, until: datetime) -> Select[Any]:
    """The calls of some time: their series, their state, and each figure."""
    figures = (_column(metric) for metric in _ALL)
    query = select(_its.model_id, _its.workload, _its.concurrency, _its.state, *figures)
    query = query.outerjoin_from(_call, _grade, _grade.c.measurement_id == _its.id)
    return query.where(_its.kind.in_(_COUNTED), _its.at >= since, _its.at < until)


def _unclosed(connection: Connection, today: date) -> tuple[date, int, list[DayFigures]] | None:
    closed_to = _closed_to(connection)
    left = select(func.min(_its.at)).where(_its.at < midnight(today))
    if closed_to is not None:
        left = left.where(_its.at >= midnight(closed_to))
    eldest = connection.scalar(left)
    if eldest is None:
        return None
    day = eldest.date()
    groups: dict[Series, list[Any]] = {}
    for row in connection.execute(_figured(midnight(day), midnight(day) + timedelta(days=1))):
        groups.setdefault(Series(*row[:3]), []).append(row[3:])
    figures = [each for series, calls in groups.items() for each in day_figures(day, series, calls)]
    return day, _calls_on(connection, day), figures


def _calls_on(connection: Connection, day: date) -> int:
    begin = midnight(day)
    query = select(func.count()).where(_its.at >= begin, _its.at < begin + timedelta(days=1))
    return connection.scalar(query.select_from(_call)) or 0


def _close(connection: Connection, day: date, counted: int, figures: Iterable[DayFigures]) -> bool:
    if _calls_on(connection, day) != counted:
        return False
    upsert(connection, _day, [_day_row(each) for each in figures])
    upsert(connection, tables.state, [{"key": _CLOSED, "value": (day + timedelta(days=1)).isoformat()}])
    return True


def _day_row(figures: DayFigures) -> Mapping[str, object]:
    row = {name: getattr(figures, name) for name in DayFigures.__slots__}
    return {**row, "day": figures.day.isoformat(), "metric": figures.metric.value}


def _thin(connection: Connection, series: Series, before: datetime) -> int:
    newest = select(_its.at).where(_of(series)).order_by(_its.at.desc()).offset(KEPT - 1).limit(1)
    oldest_kept = connection.scalar(newest)
    if oldest_kept is not None:
        old = select(_its.id).where(_of(series), _its.at < min(before, oldest_kept)).limit(_AT_ONCE)
        ids = connection.scalars(old).all()
        if ids:
            for table, key in ((_text, _text.c.measurement_id), (_grade, _grade.c.measurement_id), (_call, _its.id)):
                connection.execute(delete(table).where(key.in_(ids))).close()
            return len(ids)
    stripped = select(_its.id).where(_of(series), _its.at < before, _its.chunks != "").limit(_AT_ONCE)
    ids = connection.scalars(stripped).all()
    if ids:
        connection.execute(delete(_text).where(_text.c.measurement_id.in_(ids))).close()
        connection.execute(update(_call).where(_its.id.in_(ids)).values(chunks="")).close()
    return len(ids)


def _favourites(connection: Connection) -> frozenset[str]:
    text = connection.scalar(select(tables.state.c.value).where(tables.state.c.key == _FAVOURITES))
    return frozenset(json.loads(text or "[]"))
