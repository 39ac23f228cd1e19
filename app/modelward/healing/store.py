"""Cycles, fills and attempts in the database. A step and what it writes into the catalogue are one transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.sql.dml import Update

from modelward.catalog.batches import parts
from modelward.catalog.model import Fact, Model, Source
from modelward.catalog.rows import fact_row
from modelward.catalog.store import Filing
from modelward.healing import rows
from modelward.healing.gaps import open_fields
from modelward.healing.memory import Key, Remembered, remembered
from modelward.healing.model import Cycle, CycleState, Fill, FillState, Means, Outcome, Step, UndoReport, Verdict
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert

_cycle, _fill, _attempt = tables.healing_cycle, tables.healing_fill, tables.healing_attempt
_ALL_FILLS = select(*(_fill.c[name] for name in rows.FILL_COLUMNS)).order_by(_fill.c.id)
_ALL_ATTEMPTS = select(*(_attempt.c[name] for name in rows.ATTEMPT_COLUMNS))
_HEALTHY = "healing.healthy"
_CUT_OFF = "The program ended in the middle."
_KEY_VERBS = ("set key", "delete key")


@dataclass(frozen=True, slots=True)
class Piece:
    """A step of a cycle, to be filed at a moment.

    ``is_review``: what it states is proposed, not written. ``surveyed``: all that the rules say of these models, where
    it is a step of the Surveyor.
    """

    cycle_id: int
    step: Step
    at: datetime
    basis: str = ""
    is_review: bool = False
    surveyed: Mapping[str, Sequence[Fact]] | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Models that are not retired, and how many of them are complete."""

    total: int
    complete: int


class HealingStore:
    """Healing's part of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, at: datetime, counts: Counts) -> int:
        """Record that a cycle begins; its id. One that was cut off before is marked as such."""

        def work(connection: Connection) -> int:
            _end_cut_off(connection)
            return _begin(connection, at, counts, CycleState.RUNNING)

        return await self._database.write(work)

    async def skipped(self, at: datetime, counts: Counts, why: str) -> int:
        """Record a cycle that could not begin; its id."""
        return await self._database.write(
            lambda connection: _begin(connection, at, counts, CycleState.SKIPPED, ended_at=at, error=why)
        )

    async def file(self, piece: Piece) -> frozenset[str]:
        """File a step whole, in one transaction; the models of which something was written.

        Verdicts of models that are gone or retired, and of gaps that were closed meanwhile, are left out.
        """
        return await self._database.write(partial(_file, piece=piece))

    async def end(self, cycle_id: int, at: datetime, state: CycleState, counts: Counts | None, error: str = "") -> None:
        """Record how a cycle ended; without ``counts`` those of its last step stand."""
        values: dict[str, object] = {"ended_at": at, "state": state.value, "error": error}
        if counts is not None:
            values |= {"total": counts.total, "complete_after": counts.complete}
        await self._database.write(lambda connection: connection.execute(_change(cycle_id).values(**values)).close())

    async def end_cut_off(self) -> None:
        """Mark a cycle that ran when the program ended as cancelled."""
        query = select(func.count()).where(_cycle.c.state == CycleState.RUNNING.value)
        if await self._database.read(lambda connection: connection.scalar(query)):
            await self._database.write(_end_cut_off)

    async def cycle(self, cycle_id: int) -> Cycle | None:
        """One cycle; None where there is none of that id."""
        query = select(_cycle).where(_cycle.c.id == cycle_id)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else rows.cycle(row)

    async def cycles(self, limit: int | None = None, since: datetime | None = None) -> tuple[Cycle, ...]:
        """Cycles, newest first, so many at most, none that began before ``since``."""
        query = select(_cycle).order_by(_cycle.c.id.desc()).limit(limit)
        if since is not None:
            query = query.where(_cycle.c.started_at >= since)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(map(rows.cycle, found))

    async def fills(self, *, cycle_id: int | None = None, fill_id: int | None = None) -> tuple[Fill, ...]:
        """What a cycle filled or proposed, in order; or the one fill of an id."""
        chosen = _fill.c.cycle_id == cycle_id if fill_id is None else _fill.c.id == fill_id
        query = _ALL_FILLS.where(chosen)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(map(rows.fill, found))

    async def proposals(self) -> tuple[Fill, ...]:
        """What waits for the person, in order."""
        return await self._database.read(lambda connection: _standing_as(connection, FillState.PROPOSED, None))

    async def attempts(self) -> dict[Key, Remembered]:
        """What was tried, by model, field and means."""
        found = await self._database.read(lambda connection: connection.execute(_ALL_ATTEMPTS).all())
        return _by_key(map(rows.remembered, found))

    async def forget_attempts(self, model_ids: Collection[str] | None) -> None:
        """Forget what was tried, of these models or of all; what waits for the person is kept."""
        statement = delete(_attempt).where(_attempt.c.outcome != Outcome.PROPOSED.value)

        def work(connection: Connection) -> None:
            if model_ids is None:
                connection.execute(statement).close()
                return
            for part in parts(sorted(model_ids)):
                connection.execute(statement.where(_attempt.c.model_id.in_(part))).close()

        await self._database.write(work)

    async def accept(self, ids: Collection[int] | None, at: datetime) -> tuple[Fact, ...]:
        """Write these proposals, or all; the facts that are there now."""
        return await self._database.write(partial(_accept, ids=ids, at=at))

    async def reject(self, ids: Collection[int] | None, at: datetime) -> int:
        """Drop these proposals, or all; how many there were."""

        def work(connection: Connection) -> int:
            fills = _standing_as(connection, FillState.PROPOSED, ids)
            _settle(connection, fills, FillState.REJECTED, Outcome.REJECTED, "You rejected it.", at)
            _log(connection, at, "reject healing", fills)
            return len(fills)

        return await self._database.write(work)

    async def undo(self, ids: Collection[int], at: datetime) -> tuple[UndoReport, frozenset[str]]:
        """Take these fills back where they stand as they were written; the models concerned."""
        return await self._database.write(partial(_undo, ids=ids, at=at))

    async def turn(self, at: datetime, detail: Mapping[str, int], *, is_healthy: bool) -> bool:
        """Remember whether all is well, and write it into the audit log when it became so; whether it just did."""
        query = select(tables.state.c.value).where(tables.state.c.key == _HEALTHY)
        word = "yes" if is_healthy else "no"
        if (await self._database.read(lambda connection: connection.scalar(query)) or "no") == word:
            return False

        def work(connection: Connection) -> None:
            upsert(connection, tables.state, [{"key": _HEALTHY, "value": word}])
            if is_healthy:
                line = {"at": at, "verb": "all healthy", "subject": "catalogue", "detail": json.dumps(detail)}
                connection.execute(insert(tables.event_log).values(line)).close()

        await self._database.write(work)
        return is_healthy

    async def last_key_event(self) -> int:
        """The id of the log entry of the last key that was set or deleted; 0 where there is none."""
        query = select(func.max(tables.event_log.c.id)).where(tables.event_log.c.verb.in_(_KEY_VERBS))
        return await self._database.read(lambda connection: connection.scalar(query)) or 0


def _begin(connection: Connection, at: datetime, counts: Counts, state: CycleState, **more: object) -> int:
    row = {
        "started_at": at,
        "state": state.value,
        "total": counts.total,
        "complete_before": counts.complete,
        "complete_after": counts.complete,
        "filled": "{}",
        "calls": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "usd": Decimal(0),
        "error": "",
        **more,
    }
    key = connection.execute(insert(_cycle).values(row)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _change(cycle_id: int) -> Update:
    return update(_cycle).where(_cycle.c.id == cycle_id)


def _end_cut_off(connection: Connection) -> None:
    last = select(func.max(_fill.c.at)).where(_fill.c.cycle_id == _cycle.c.id).scalar_subquery()
    ended = func.coalesce(last, _cycle.c.started_at)
    running = update(_cycle).where(_cycle.c.state == CycleState.RUNNING.value)
    connection.execute(running.values(state=CycleState.CANCELLED.value, ended_at=ended, error=_CUT_OFF)).close()


def _file(connection: Connection, piece: Piece) -> frozenset[str]:
    catalog = Filing(connection, piece.at)
    before = catalog.models(verdict.model_id for verdict in piece.step.verdicts)
    gaps = {(id_, field) for id_, model in before.items() for field in open_fields(model)}
    verdicts = [verdict for verdict in piece.step.verdicts if (verdict.model_id, verdict.field) in gaps]
    filled = _write(catalog, piece, verdicts, before)
    after = catalog.models(before)
    _record_fills(connection, piece, filled)
    _remember(connection, piece, verdicts, after)
    _add_up(connection, piece, filled, _complete(after) - _complete(before))
    return frozenset() if piece.is_review else frozenset(verdict.model_id for verdict in filled)


def _complete(models: Mapping[str, Model]) -> int:
    return sum(model.is_complete for model in models.values())


def _write(catalog: Filing, piece: Piece, verdicts: Sequence[Verdict], before: Mapping[str, Model]) -> list[Verdict]:
    """Write what is stated, unless it is only proposed; the verdicts whose facts stand now or wait."""
    filled = [verdict for verdict in verdicts if verdict.outcome is Outcome.FILLED and verdict.fact is not None]
    facts = [verdict.fact for verdict in filled if verdict.fact is not None]
    if piece.is_review:
        return filled
    if piece.surveyed is not None:
        catalog.restate(Source.SURVEY, {id_: piece.surveyed[id_] for id_ in before if id_ in piece.surveyed})
    else:
        catalog.merge(facts)
    standing = catalog.standing(facts)
    return [verdict for verdict in filled if verdict.fact in standing]


def _record_fills(connection: Connection, piece: Piece, filled: Sequence[Verdict]) -> None:
    state = FillState.PROPOSED if piece.is_review else FillState.WRITTEN
    own = {"cycle_id": piece.cycle_id, "at": piece.at, "state": state.value}
    made = [
        {**own, "means": verdict.means.value, **fact_row(verdict.fact)}
        for verdict in filled
        if verdict.fact is not None
    ]
    if made:
        connection.execute(insert(_fill), made).close()


def _remember(connection: Connection, piece: Piece, verdicts: Sequence[Verdict], after: Mapping[str, Model]) -> None:
    """Remember each attempt. The Surveyor's are not: its rules say the same of the same name every time."""
    tried = [verdict for verdict in verdicts if verdict.means is not Means.SURVEY]
    former = _attempts_of(connection, {verdict.model_id for verdict in tried})
    made: dict[Key, Remembered] = {}
    for verdict in tried:
        key = verdict.model_id, verdict.field, verdict.means
        is_proposed = piece.is_review and verdict.outcome is Outcome.FILLED
        told = replace(verdict, outcome=Outcome.PROPOSED) if is_proposed else verdict
        # What was written may still leave it open: a word that tells nothing of what a model can do.
        in_vain = not is_proposed and verdict.field in open_fields(after[verdict.model_id])
        made[key] = remembered(told, former.get(key), piece.basis, piece.at, in_vain=in_vain)
    upsert(connection, _attempt, [rows.attempt_row(each) for each in made.values()])


def _add_up(connection: Connection, piece: Piece, filled: Sequence[Verdict], completed: int) -> None:
    cycle = rows.cycle(connection.execute(select(_cycle).where(_cycle.c.id == piece.cycle_id)).one())
    counts = Counter(cycle.filled)
    if not piece.is_review:
        counts.update(verdict.means for verdict in filled)
    values = {
        **rows.cost_row(cycle.cost + piece.step.cost),
        "filled": rows.filled_text(counts),
        "complete_after": cycle.complete_after + completed,
    }
    connection.execute(_change(piece.cycle_id).values(**values)).close()


def _accept(connection: Connection, ids: Collection[int] | None, at: datetime) -> tuple[Fact, ...]:
    catalog = Filing(connection, at)
    fills = _standing_as(connection, FillState.PROPOSED, ids)
    there = catalog.models(fill.fact.model_id for fill in fills)
    catalog.merge(fill.fact for fill in fills if fill.fact.model_id in there)
    standing = catalog.standing([fill.fact for fill in fills])
    taken = [fill for fill in fills if fill.fact in standing]
    _settle(connection, taken, FillState.WRITTEN, Outcome.FILLED, "You accepted it.", at)
    late = [fill for fill in fills if fill.fact not in standing]
    _settle(connection, late, FillState.REJECTED, Outcome.REJECTED, "Something newer was stated meanwhile.", at)
    for (cycle_id, means), count in Counter((fill.cycle_id, fill.means) for fill in taken).items():
        cycle = rows.cycle(connection.execute(select(_cycle).where(_cycle.c.id == cycle_id)).one())
        counts = Counter(cycle.filled) + Counter({means: count})
        connection.execute(_change(cycle_id).values(filled=rows.filled_text(counts))).close()
    _log(connection, at, "accept healing", taken)
    return tuple(fill.fact for fill in taken)


def _undo(connection: Connection, ids: Collection[int], at: datetime) -> tuple[UndoReport, frozenset[str]]:
    catalog = Filing(connection, at)
    written = _standing_as(connection, FillState.WRITTEN, ids)
    fills = [fill for fill in written if fill.means is not Means.SURVEY]
    standing = catalog.standing([fill.fact for fill in fills])
    undone = [fill for fill in fills if fill.fact in standing]
    catalog.withdraw([fill.fact for fill in undone])
    _settle(connection, undone, FillState.UNDONE, Outcome.REJECTED, "You took it back.", at)
    _log(connection, at, "undo healing", undone)
    report = UndoReport(len(undone), len(fills) - len(undone), len(written) - len(fills))
    return report, frozenset(fill.fact.model_id for fill in undone)


def _standing_as(connection: Connection, state: FillState, ids: Collection[int] | None) -> tuple[Fill, ...]:
    """The fills in a state, of these ids or all."""
    query = _ALL_FILLS.where(_fill.c.state == state.value)
    queries = [query] if ids is None else [query.where(_fill.c.id.in_(part)) for part in parts(sorted(ids))]
    return tuple(rows.fill(row) for each in queries for row in connection.execute(each).all())


def _settle(
    connection: Connection, fills: Sequence[Fill], state: FillState, outcome: Outcome, detail: str, at: datetime
) -> None:
    """Give fills another state, and remember of their gaps what came of it."""
    for part in parts([fill.id for fill in fills]):
        connection.execute(update(_fill).where(_fill.c.id.in_(part)).values(state=state.value)).close()
    verdicts = [Verdict(fill.fact.model_id, fill.fact.field, fill.means, outcome, detail) for fill in fills]
    made = {(each.model_id, each.field, each.means): remembered(each, None, "", at, in_vain=False) for each in verdicts}
    upsert(connection, _attempt, [rows.attempt_row(each) for each in made.values()])


def _log(connection: Connection, at: datetime, verb: str, fills: Sequence[Fill]) -> None:
    if fills:
        subjects = sorted({fill.fact.model_id for fill in fills})
        subject = subjects[0] if len(subjects) == 1 else f"{len(subjects):,} models"
        detail = json.dumps({"fills": [fill.id for fill in fills]})
        line = {"at": at, "verb": verb, "subject": subject, "detail": detail}
        connection.execute(insert(tables.event_log).values(line)).close()


def _attempts_of(connection: Connection, ids: Iterable[str]) -> dict[Key, Remembered]:
    queries = (_ALL_ATTEMPTS.where(_attempt.c.model_id.in_(part)) for part in parts(sorted(ids)))
    return _by_key(rows.remembered(row) for query in queries for row in connection.execute(query).all())


def _by_key(found: Iterable[Remembered]) -> dict[Key, Remembered]:
    return {(each.attempt.model_id, each.attempt.field, each.attempt.means): each for each in found}
