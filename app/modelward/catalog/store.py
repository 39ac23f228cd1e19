"""Models and facts in the database: read, merged, withdrawn, derived anew."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, bindparam, delete, select

from modelward.catalog import rows
from modelward.catalog.derive import derive
from modelward.catalog.facts import supersedes
from modelward.catalog.model import Fact, Field, Model, Source, split_id
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert

CHUNK = 2_000
"""Facts merged in one transaction; small enough that a reader and the window get their turn in between."""

_MANY_IDS = 500  # ids in one IN clause
_ALL_MODELS = select(*(tables.model.c[name] for name in rows.MODEL_COLUMNS))
_ALL_FACTS = select(*(tables.fact.c[name] for name in rows.FACT_COLUMNS))

_Key = tuple[Field, Source, str]
_Facts = dict[_Key, Fact]


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge did.

    ``added``: models that are new. ``changed``: models known before of which an effective value or a flag changed.
    ``facts_written``: facts that are new or took the place of an older one.
    """

    added: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    facts_written: int = 0

    def __add__(self, other: MergeReport) -> MergeReport:
        added = self.added | other.added
        return MergeReport(added, (self.changed | other.changed) - added, self.facts_written + other.facts_written)


@dataclass(frozen=True, slots=True)
class RawFile:
    """A raw file as it was when it was last imported; ``size`` in bytes, ``outcome`` in words."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    imported_at: datetime
    outcome: str


class CatalogStore:
    """The catalogue's part of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def models(self) -> list[Model]:
        """Every model, by id."""
        return await self._database.read(_models)

    async def model(self, model_id: str) -> Model | None:
        """The model of that id; None where there is none."""
        found = await self._database.read(lambda connection: _models(connection, [model_id]))
        return found[0] if found else None

    async def facts(self, model_id: str) -> list[Fact]:
        """Every fact of one model, by field, source and origin."""
        return (await self.facts_of([model_id])).get(model_id, [])

    async def facts_of(self, ids: Iterable[str]) -> dict[str, list[Fact]]:
        """Every fact of those models, by id; a model without any is left out."""
        wanted = list(ids)
        found = await self._database.read(lambda connection: _facts(connection, wanted))
        return {id_: list(facts.values()) for id_, facts in found.items()}

    async def providers(self) -> list[str]:
        """The ids of all providers that have, or had, models here."""
        query = select(tables.provider.c.id).order_by(tables.provider.c.id)
        return await self._database.read(lambda connection: list(connection.scalars(query)))

    async def merge(
        self,
        facts: Iterable[Fact],
        *,
        now: datetime,
        named: Iterable[str] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> MergeReport:
        """Add facts; models and providers that are missing are made, also those only ``named``.

        Of two facts of one key the newer stands (see :func:`modelward.catalog.facts.supersedes`). Each chunk is one
        transaction in which facts and effective values change together: after a crash the same merge goes on where it
        was. ``progress`` is told facts done and facts in all, on the caller's thread. ``now`` is when a new model was
        first seen.
        """
        by_model = _by_model(facts, named)
        total = sum(map(len, by_model.values()))
        report, done = MergeReport(), 0
        for part in _chunks(by_model):
            report += await self._database.write(partial(_merge, incoming=part, now=now))
            done += sum(map(len, part.values()))
            if progress is not None:
                progress(done, total)
        return report

    async def replace_origin(self, source: Source, origin: str, facts: Iterable[Fact], *, now: datetime) -> MergeReport:
        """Make ``facts`` all that this origin states, in one transaction: what it no longer states vanishes.

        They stand whatever their date: who reads an origin anew may read an older edition of it, or read it better.
        Models stay, also those about which nothing is known any more.
        """
        fact = tables.fact.c
        ours = select(fact.model_id).where(fact.source == source.value, fact.origin == origin).distinct()
        by_model = _by_model(facts, ())

        def replaced(fact: Fact) -> bool:
            return fact.source is source and fact.origin == origin

        def work(connection: Connection) -> MergeReport:
            everything = {**dict.fromkeys(connection.scalars(ours.order_by(fact.model_id)), ()), **by_model}
            return sum((_merge(connection, part, now, replaced) for part in _chunks(everything)), MergeReport())

        _refuse_strangers(by_model, replaced)
        return await self._database.write(work)

    async def replace_source(
        self,
        source: Source,
        facts: Iterable[Fact],
        *,
        ids: Iterable[str],
        now: datetime,
        progress: Callable[[int, int], None] | None = None,
    ) -> MergeReport:
        """Make ``facts`` all that a source states of the models ``ids``, whatever its origins said of them before.

        Each chunk of models is one transaction; ``progress`` is told models done and models in all.
        """
        by_model = _by_model(facts, ids)

        def replaced(fact: Fact) -> bool:
            return fact.source is source

        _refuse_strangers(by_model, replaced)
        report, done = MergeReport(), 0
        for part in _chunks(by_model):
            report += await self._database.write(partial(_merge, incoming=part, now=now, replaced=replaced))
            done += len(part)
            if progress is not None:
                progress(done, len(by_model))
        return report

    async def withdraw(self, model_id: str, field: Field, source: Source, origin: str | None = None) -> bool:
        """Take back what a source (or one origin of it) states of a field; False where it stated nothing."""
        fact = tables.fact.c
        chosen = [fact.model_id == model_id, fact.field == field.value, fact.source == source.value]
        if origin is not None:
            chosen.append(fact.origin == origin)

        def work(connection: Connection) -> bool:
            gone = connection.execute(delete(tables.fact).where(*chosen)).rowcount
            if gone:
                _rederive(connection, [model_id])
            return gone > 0

        return await self._database.write(work)

    async def rebuild(self) -> MergeReport:
        """Derive the effective values of every model from its facts anew."""
        ids = [model.id for model in await self.models()]
        report = MergeReport()
        for part in _parts(ids):
            report += MergeReport(changed=await self._database.write(partial(_rederive, ids=part)))
        return report

    async def raw_files(self) -> dict[str, RawFile]:
        """Every raw file that was imported, by path."""
        query = select(tables.raw_file)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return {row.path: RawFile(*row) for row in found}

    async def record_raw_file(self, file: RawFile) -> None:
        """Remember what came of importing a file."""
        row = {name: getattr(file, name) for name in RawFile.__slots__}
        await self._database.write(lambda connection: upsert(connection, tables.raw_file, [row]))

    async def state(self, key: str) -> str | None:
        """What was remembered under a key; None where nothing was."""
        query = select(tables.state.c.value).where(tables.state.c.key == key)
        return await self._database.read(lambda connection: connection.scalar(query))

    async def set_state(self, key: str, value: str) -> None:
        """Remember a value under a key."""
        row = {"key": key, "value": value}
        await self._database.write(lambda connection: upsert(connection, tables.state, [row]))

    async def log_event(self, at: datetime, verb: str, subject: str, detail: Mapping[str, object]) -> None:
        """Write one line of the audit log: who reads it later sees what was done to what, and when."""
        text = json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str)
        row = tables.event_log.insert().values(at=at, verb=verb, subject=subject, detail=text)
        await self._database.write(lambda connection: connection.execute(row).close())


def _models(connection: Connection, ids: Sequence[str] | None = None) -> list[Model]:
    if ids is None:
        return rows.models(connection.execute(_ALL_MODELS.order_by(tables.model.c.id)))
    parts = (_ALL_MODELS.where(tables.model.c.id.in_(part)) for part in _parts(ids))
    return [model for part in parts for model in rows.models(connection.execute(part))]


def _facts(connection: Connection, ids: Sequence[str]) -> dict[str, _Facts]:
    fact = tables.fact.c
    found: dict[str, _Facts] = defaultdict(dict)
    for part in _parts(ids):
        query = _ALL_FACTS.where(fact.model_id.in_(part)).order_by(fact.model_id, fact.field, fact.source, fact.origin)
        for one in rows.facts(connection.execute(query)):
            found[one.model_id][one.field, one.source, one.origin] = one
    return found


def _merge(
    connection: Connection,
    incoming: Mapping[str, Sequence[Fact]],
    now: datetime,
    replaced: Callable[[Fact], bool] | None = None,
) -> MergeReport:
    """Add facts to those of their models; the facts that are ``replaced`` go, unless they are stated again."""
    before = {model.id: model for model in _models(connection, list(incoming))}
    known = _facts(connection, list(before))
    written: list[Fact] = []
    gone: list[Fact] = []
    for id_, facts in incoming.items():
        old = known.get(id_, {})
        new = {key: fact for key, fact in old.items() if replaced is None or not replaced(fact)}
        for fact in facts:
            key = (fact.field, fact.source, fact.origin)
            if key not in new or supersedes(fact, new[key]):
                new[key] = fact
        known[id_] = new
        written += [fact for key, fact in new.items() if old.get(key) != fact]
        gone += [fact for key, fact in old.items() if key not in new]
    added = _make(connection, [id_ for id_ in incoming if id_ not in before], known, now)
    _forget(connection, gone)
    upsert(connection, tables.fact, [rows.fact_row(fact) for fact in written])
    return MergeReport(added, _settle(connection, before.values(), known), len(written))


def _forget(connection: Connection, facts: Sequence[Fact]) -> None:
    if facts:
        key = [column.name for column in tables.fact.primary_key]
        statement = delete(tables.fact).where(*(tables.fact.c[name] == bindparam(f"its_{name}") for name in key))
        connection.execute(statement, [{f"its_{name}": str(getattr(fact, name)) for name in key} for fact in facts])


def _make(connection: Connection, ids: Sequence[str], known: Mapping[str, _Facts], now: datetime) -> frozenset[str]:
    providers = sorted({split_id(id_)[0] for id_ in ids})
    there = set(connection.scalars(select(tables.provider.c.id).where(tables.provider.c.id.in_(providers))))
    upsert(connection, tables.provider, [{"id": id_, "enabled": True} for id_ in providers if id_ not in there])
    fresh = [derive(Model(id_, *split_id(id_), first_seen=now), known[id_].values()) for id_ in ids]
    upsert(connection, tables.model, [rows.model_row(model) for model in fresh])
    return frozenset(ids)


def _settle(connection: Connection, before: Iterable[Model], known: Mapping[str, _Facts]) -> frozenset[str]:
    """Write the effective values where they changed; the ids of those models."""
    derived = ((model, derive(model, known[model.id].values() if model.id in known else ())) for model in before)
    changed = [new for old, new in derived if new != old]
    upsert(connection, tables.model, [rows.model_row(model) for model in changed])
    return frozenset(model.id for model in changed)


def _rederive(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    return _settle(connection, _models(connection, ids), _facts(connection, ids))


def _refuse_strangers(by_model: Mapping[str, Sequence[Fact]], expected: Callable[[Fact], bool]) -> None:
    if strange := [fact for facts in by_model.values() for fact in facts if not expected(fact)]:
        raise ValueError(f"not a fact of what is replaced: {strange[0]}")


def _by_model(facts: Iterable[Fact], named: Iterable[str]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {id_: [] for id_ in named}
    for fact in facts:
        found.setdefault(fact.model_id, []).append(fact)
    return found


def _chunks(by_model: Mapping[str, Sequence[Fact]]) -> Iterator[dict[str, Sequence[Fact]]]:
    """Parts of about :data:`CHUNK` facts; all facts of a model stay together."""
    part: dict[str, Sequence[Fact]] = {}
    size = 0
    for id_, facts in by_model.items():
        part[id_] = facts
        size += len(facts)
        if size >= CHUNK or len(part) >= _MANY_IDS:
            yield part
            part, size = {}, 0
    if part:
        yield part


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _MANY_IDS] for start in range(0, len(ids), _MANY_IDS))
