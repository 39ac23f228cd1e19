"""What the guard of local models keeps in the database."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from modelward.core.errors import KnownError
from modelward.ollama import alerts, thinning
from modelward.ollama.alerts import Finding, Judged, Outcome
from modelward.ollama.events import PREFIX, packed, unpacked
from modelward.ollama.guarding import Guarded
from modelward.ollama.model import Alert, AlertKind, AlertState, BlobState, GuardEvent, ModelName, Sample
from modelward.ollama.proofs import Mark, Proof
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert

log = logging.getLogger(__name__)

_blob_check = tables.blob_check
_guarded, _sample, _alert, _event = tables.guarded_model, tables.guard_sample, tables.guard_alert, tables.event_log
_THINNED = {False: "ollama.thinned_by_hour_to", True: "ollama.thinned_by_day_to"}
_DAYS_AT_ONCE = timedelta(days=1)
"""Looks of so long a time are thinned in one transaction."""

_VERSION = "ollama.version "
"""Begins the keys under which is remembered since when a server runs its version."""
_EVENT = ("verb", "subject", "detail")
_SAMPLE = [_sample.c[name] for name in Sample.__slots__]


class CheckStore:
    """The last full hash of each blob, one for each model folder in which it lies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, folder: Path) -> dict[str, Proof]:
        """What is known of the blobs in a folder, by digest."""
        query = select(_blob_check).where(_blob_check.c.library == _key(folder))
        return await self._database.read(lambda connection: _proofs(connection.execute(query)))

    async def keep(self, folder: Path, proofs: Sequence[Proof]) -> None:
        """Keep these in place of the former ones. A reader keeps nothing.

        A store that cannot be written now costs another hashing later, and no proof: the log tells of it.
        """
        if self._database.is_reader or not proofs:
            return

        def work(connection: Connection) -> None:
            upsert(connection, _blob_check, [_row(_key(folder), proof) for proof in proofs])

        try:
            await self._database.write(work)
        except KnownError as error:
            log.warning("What was found of blobs (%d) was not kept: %s", len(proofs), error)


def _key(folder: Path) -> str:
    """A folder's name as a store can hold it: where it is no text, with marks in place of what cannot be read."""
    return str(folder).encode("utf-8", "backslashreplace").decode()


def _row(library: str, proof: Proof) -> dict[str, object]:
    return {
        "library": library,
        "digest": proof.digest,
        "state": proof.state.value,
        "actual": proof.actual,
        "size": proof.mark.size,
        "mtime_ns": proof.mark.mtime_ns,
        "ctime_ns": proof.mark.ctime_ns,
        "inode": proof.mark.inode,
        "checked_at": proof.at,
        "detail": proof.detail,
    }


def _proofs(rows: Any) -> dict[str, Proof]:
    return {
        row.digest: Proof(
            row.digest,
            BlobState(row.state),
            row.actual,
            Mark(row.size, row.mtime_ns, row.ctime_ns, row.inode),
            row.checked_at,
            row.detail,
        )
        for row in rows
    }


class WatchStore:
    """What the guard saw: models, looks, alerts, events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def guarded(self) -> tuple[Guarded, ...]:
        """Every model that the guard saw, in every folder, or about which a person decided."""
        found = await self._database.read(lambda connection: connection.execute(select(_guarded)).all())
        return tuple(Guarded(row.library, _name(row.name), *row[2:]) for row in found)

    async def guard(self, models: Sequence[Guarded], forgotten: Sequence[Guarded] = ()) -> None:
        """Remember these models as they are given, and forget others."""
        gone = delete(_guarded).where(_guarded.c.library == bindparam("where"), _guarded.c.name == bindparam("who"))

        def work(connection: Connection) -> None:
            upsert(connection, _guarded, [_guarded_row(each) for each in models])
            if forgotten:
                keys = [{"where": each.library, "who": _path(each.name)} for each in forgotten]
                connection.execute(gone, keys).close()

        if models or forgotten:
            await self._database.write(work)

    async def add(self, server: str, samples: Sequence[Sample]) -> None:
        """Keep looks."""
        rows = [{"server": server, **{name: getattr(each, name) for name in Sample.__slots__}} for each in samples]
        await self._database.write(lambda connection: upsert(connection, _sample, rows))

    async def samples(self, server: str, model: str, since: datetime) -> tuple[Sample, ...]:
        """The looks at a model, or at the server for an empty name, eldest first."""
        its = _sample.c
        query = select(*_SAMPLE).where(its.server == server, its.model == model, its.at >= since).order_by(its.at)
        return await self._database.read(lambda connection: _samples(connection.execute(query)))

    async def last(self, server: str) -> dict[str, Sample]:
        """The last look at each model; under an empty name at the server."""
        newest = select(_sample.c.model, func.max(_sample.c.at).label("at")).where(_sample.c.server == server)
        its = newest.group_by(_sample.c.model).subquery()
        query = select(*_SAMPLE).join(its, and_(its.c.model == _sample.c.model, its.c.at == _sample.c.at))
        query = query.where(_sample.c.server == server)
        found = await self._database.read(lambda connection: _samples(connection.execute(query)))
        return {sample.model: sample for sample in found}

    async def has_answered(self, server: str) -> bool:
        """Whether a server ever answered."""
        query = select(_sample.c.at).where(_sample.c.server == server, _sample.c.model == "", _sample.c.ok).limit(1)
        return await self._database.read(lambda connection: connection.scalar(query)) is not None

    async def thin(self, now: datetime) -> None:
        """Forget looks and alerts that are too old, and thin the looks that are not new (see :mod:`.thinning`)."""
        await self._database.write(lambda connection: _forget_old(connection, now - thinning.KEPT))
        for by_day, age in ((False, thinning.WHOLE), (True, thinning.HOURLY)):
            end = (now - age).replace(hour=0, minute=0, second=0, microsecond=0)
            while await self._database.write(partial(_thin_some, end=end, by_day=by_day)):
                pass

    async def follow(self, found: Collection[Finding], judged: Judged, at: datetime) -> Outcome:
        """Let the alerts follow what was found (see :func:`.alerts.follow`)."""
        its = _alert.c
        known = select(_alert).where(
            (its.state != AlertState.RESOLVED.value) | (its.resolved_at >= at - alerts.SAME_WITHIN)
        )

        def work(connection: Connection) -> Outcome:
            outcome = alerts.follow(_alerts(connection.execute(known)), found, judged, at)
            return _save_alerts(connection, outcome)

        return await self._database.write(work)

    async def open_alerts(self) -> tuple[Alert, ...]:
        """The alerts that are open, newest first."""
        query = select(_alert).where(_alert.c.state == AlertState.OPEN.value).order_by(_alert.c.id.desc())
        return await self._database.read(lambda connection: _alerts(connection.execute(query)))

    async def log(self, events: Sequence[GuardEvent]) -> None:
        """Write events into the audit log."""
        rows = [dict(zip(("at", *_EVENT), (event.at, *packed(event)), strict=True)) for event in events]
        if rows:
            await self._database.write(lambda connection: connection.execute(insert(_event), rows).close())

    async def events(self, limit: int) -> tuple[GuardEvent, ...]:
        """What happened to local models, newest first."""
        query = select(_event.c.at, *(_event.c[name] for name in _EVENT))
        query = query.where(_event.c.verb.startswith(PREFIX)).order_by(_event.c.id.desc()).limit(limit)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(unpacked(*row) for row in found)

    async def version_since(self, server: str, version: str, at: datetime) -> datetime:
        """Since when a server runs this version, as far as was seen; it is remembered where it is new."""
        key = _VERSION + server

        def work(connection: Connection) -> datetime:
            text = connection.scalar(select(tables.state.c.value).where(tables.state.c.key == key)) or ""
            former, _, since = text.partition(" ")
            if former == version and since:
                return datetime.fromisoformat(since)
            upsert(connection, tables.state, [{"key": key, "value": f"{version} {at.isoformat()}"}])
            return at

        return await self._database.write(work)


def _path(name: ModelName) -> str:
    return f"{name.host}/{name.namespace}/{name.model}/{name.tag}"


def _name(path: str) -> ModelName:
    host, namespace, model, tag = path.split("/")
    return ModelName(host, namespace, model, tag)


def _guarded_row(guarded: Guarded) -> dict[str, object]:
    row = {name: getattr(guarded, name) for name in Guarded.__slots__}
    return {**row, "name": _path(guarded.name)}


def _samples(rows: Any) -> tuple[Sample, ...]:
    return tuple(Sample(*row) for row in rows)


def _alerts(rows: Any) -> tuple[Alert, ...]:
    return tuple(Alert(row.id, AlertKind(row.kind), row.subject, AlertState(row.state), *row[4:]) for row in rows)


def _save_alerts(connection: Connection, outcome: Outcome) -> Outcome:
    """Write what became of alerts; the outcome with the ids of those that are new."""
    ids: dict[tuple[str, str], int] = {}
    for alert in outcome.kept:
        row = {name: getattr(alert, name) for name in Alert.__slots__ if name != "id"}
        row |= {"kind": alert.kind.value, "state": alert.state.value}
        if alert.id:
            connection.execute(update(_alert).where(_alert.c.id == alert.id).values(row)).close()
        else:
            key = connection.execute(insert(_alert).values(row)).inserted_primary_key
            assert key is not None
            ids[alert.kind, alert.subject] = int(key[0])
    for alert in outcome.dropped:
        connection.execute(delete(_alert).where(_alert.c.id == alert.id)).close()

    def named(alerts_: tuple[Alert, ...]) -> tuple[Alert, ...]:
        return tuple(replace(each, id=each.id or ids[each.kind, each.subject]) for each in alerts_)

    return replace(outcome, kept=named(outcome.kept), opened=named(outcome.opened))


def _forget_old(connection: Connection, before: datetime) -> None:
    connection.execute(delete(_sample).where(_sample.c.at < before)).close()
    connection.execute(delete(_alert).where(_alert.c.resolved_at < before)).close()


def _thin_some(connection: Connection, *, end: datetime, by_day: bool) -> bool:
    """Thin the eldest looks that were not yet; whether there are more."""
    state, at, key = tables.state, _sample.c.at, _THINNED[by_day]
    text = connection.scalar(select(state.c.value).where(state.c.key == key))
    left = [at < end] if text is None else [at < end, at >= datetime.fromisoformat(text)]
    eldest = connection.scalar(select(func.min(at)).where(*left))
    if eldest is None:
        return False
    until = min(end, eldest.replace(hour=0, minute=0, second=0, microsecond=0) + _DAYS_AT_ONCE)
    rows = connection.execute(select(_sample.c.server, *_SAMPLE).where(at >= eldest, at < until)).all()
    for server in {row.server for row in rows}:
        looks = _samples(row[1:] for row in rows if row.server == server)
        _forget(connection, server, thinning.superfluous(looks, by_day=by_day))
    upsert(connection, state, [{"key": key, "value": until.isoformat()}])
    return True


def _forget(connection: Connection, server: str, looks: Sequence[Sample]) -> None:
    its = _sample.c
    statement = delete(_sample).where(its.server == server, its.model == bindparam("who"), its.at == bindparam("when"))
    if looks:
        connection.execute(statement, [{"who": each.model, "when": each.at} for each in looks]).close()
