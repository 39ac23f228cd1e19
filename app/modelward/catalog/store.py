"""Models and facts in the database: read, merged, withdrawn, derived anew."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from modelward.catalog import rows
from modelward.catalog.batches import by_model, chunks, parts
from modelward.catalog.derive import derive
from modelward.catalog.facts import supersedes
from modelward.catalog.model import Fact, Field, Model, Source, Status, split_id
from modelward.catalog.presence import ListingOutcome, Seen, judge
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert

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

    async def models_with(self, ids: Sequence[str]) -> list[Model]:
        """The models of those ids; an id without one is left out."""
        return await self._database.read(lambda connection: _models(connection, ids))

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
        stated = by_model(facts, named)
        total = sum(map(len, stated.values()))
        report, done = MergeReport(), 0
        for part in chunks(stated):
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
        stated = by_model(facts, ())

        replaced = _stated_by(source, origin)

        def work(connection: Connection) -> MergeReport:
            everything = {**dict.fromkeys(connection.scalars(ours.order_by(fact.model_id)), ()), **stated}
            return sum((_merge(connection, part, now, replaced) for part in chunks(everything)), MergeReport())

        _refuse_strangers(stated, replaced)
        return await self._database.write(work)

    async def replace_source(
        self,
        source: Source,
        facts: Iterable[Fact],
        *,
        ids: Iterable[str],
        now: datetime,
        origin: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> MergeReport:
        """Make ``facts`` all that a source states of the models ``ids``, whatever its origins said of them before.

        Where an ``origin`` is given, only what that one said is replaced; what it merely says again becomes newer and
        does not count as written. Each chunk of models is one transaction; ``progress`` is told models done and models
        in all.
        """
        stated = await asyncio.to_thread(_stated, facts, ids, _stated_by(source, origin))
        report, done = MergeReport(), 0
        for part in chunks(stated):
            report += await self._database.write(partial(_restate, stated=part, source=source, origin=origin, now=now))
            done += len(part)
            if progress is not None:
                progress(done, len(stated))
        return report

    async def apply_listing(
        self, provider: str, named: Collection[str], now: datetime, *, is_first: bool
    ) -> ListingOutcome:
        """Mark which of a provider's models can be called, now that its own list names ``named`` (their ids).

        What it names is available and was seen now, and is new where the provider had a list before that lacked it
        (``is_first``: it had none); for the others see :func:`modelward.catalog.presence.judge`. Models that only a
        catalogue lists stay as they are, and nothing is deleted. Each part is one transaction.
        """
        known = await self._database.read(lambda connection: _seen(connection, provider))
        standing = await asyncio.to_thread(judge, known, named, now, is_first=is_first)
        outcome = standing.outcome
        for part in parts([id_ for id_ in standing.named if id_ not in known]):
            await self._database.write(partial(_make, ids=part, known=defaultdict(dict), now=now))
        # Last of all, what is available: cut off before, the next list finds again what is new and what came back.
        for ids, values in (
            (standing.stale, {"last_seen": now}),
            (outcome.gone, {"status": Status.UNREACHABLE}),
            (outcome.retired, {"status": Status.RETIRED}),
            (outcome.new, {"new_at": now}),
            (standing.named, {"status": Status.AVAILABLE, "last_seen": now}),
        ):
            for part in parts(ids):
                await self._database.write(partial(_mark, ids=part, values=values))
        return outcome

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

    async def mark_new(self, ids: Iterable[str], at: datetime) -> None:
        """Remember of models that they appeared then, where one would have seen them before."""
        model = tables.model

        def work(connection: Connection) -> None:
            for part in parts(sorted(ids)):
                connection.execute(update(model).where(model.c.id.in_(part)).values(new_at=at))

        await self._database.write(work)

    async def rebuild(self) -> MergeReport:
        """Derive the effective values of every model from its facts anew."""
        ids = [model.id for model in await self.models()]
        report = MergeReport()
        for part in parts(ids):
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


class Filing:
    """The catalogue within a transaction of another room: what is written here stands or falls with what it writes."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def models(self, ids: Iterable[str]) -> dict[str, Model]:
        """The models of those ids; an id without one is left out."""
        return {model.id: model for model in _models(self._connection, sorted(set(ids)))}

    def merge(self, facts: Iterable[Fact]) -> None:
        """Add facts, as :meth:`CatalogStore.merge` does; models that are missing are made."""
        _merge(self._connection, by_model(facts, ()), self._now)

    def restate(self, source: Source, stated: Mapping[str, Sequence[Fact]]) -> None:
        """Make these facts all that a source states of these models, as :meth:`CatalogStore.replace_source` does."""
        _merge(self._connection, stated, self._now, _stated_by(source, None))

    def standing(self, facts: Collection[Fact]) -> list[Fact]:
        """Those facts that are there exactly as they are given."""
        known = _facts(self._connection, sorted({fact.model_id for fact in facts}))
        return [fact for fact in facts if known[fact.model_id].get((fact.field, fact.source, fact.origin)) == fact]

    def withdraw(self, facts: Sequence[Fact]) -> None:
        """Take these facts back; whatever stands under their keys goes."""
        _forget(self._connection, facts)
        for part in parts(sorted({fact.model_id for fact in facts})):
            _rederive(self._connection, part)


def _models(connection: Connection, ids: Sequence[str] | None = None) -> list[Model]:
    if ids is None:
        return rows.models(connection.execute(_ALL_MODELS.order_by(tables.model.c.id)).all())
    found = (_ALL_MODELS.where(tables.model.c.id.in_(part)) for part in parts(ids))
    return [model for part in found for model in rows.models(connection.execute(part).all())]


def _facts(connection: Connection, ids: Sequence[str]) -> dict[str, _Facts]:
    fact = tables.fact.c
    found: dict[str, _Facts] = defaultdict(dict)
    for part in parts(ids):
        query = _ALL_FACTS.where(fact.model_id.in_(part)).order_by(fact.model_id, fact.field, fact.source, fact.origin)
        for one in rows.facts(connection.execute(query).all()):
            found[one.model_id][one.field, one.source, one.origin] = one
    return found


def _seen(connection: Connection, provider: str) -> dict[str, Seen]:
    model = tables.model.c
    query = select(model.id, model.status, model.last_seen).where(model.provider == provider)
    return {id_: Seen(Status(status), last_seen) for id_, status, last_seen in connection.execute(query).all()}


def _mark(connection: Connection, ids: Sequence[str], values: Mapping[str, object]) -> None:
    connection.execute(update(tables.model).where(tables.model.c.id.in_(ids)).values(**values))


def _restate(
    connection: Connection, stated: Mapping[str, Sequence[Fact]], source: Source, origin: str | None, now: datetime
) -> MergeReport:
    """Replace what a source said of models; what one origin says word for word again only becomes newer."""
    moments = {fact.observed_at for facts in stated.values() for fact in facts}
    again: dict[str, bool] = {}
    if origin is not None and len(moments) == 1:
        again = _said_again(connection, stated, source, origin)
        _renew(connection, list(again), source, origin, moments.pop())
    rest = {id_: facts for id_, facts in stated.items() if id_ not in again}
    report = _merge(connection, rest, now, _stated_by(source, origin))
    # Within a source the newest origin decides, and that may now be another one.
    disputed = [id_ for id_, has_rivals in again.items() if has_rivals]
    return report + MergeReport(changed=_rederive(connection, disputed))


def _said_again(
    connection: Connection, stated: Mapping[str, Sequence[Fact]], source: Source, origin: str
) -> dict[str, bool]:
    """The models of which an origin says what it said before, and whether other origins of the source speak of them."""
    columns = [tables.fact.c[name] for name in ("model_id", "source", "origin", *rows.STATED_COLUMNS)]
    # Asked for a source too, SQLite would walk through all that is known from that source, for each part anew.
    query = select(*columns).where(tables.fact.c.model_id.in_(list(stated)))
    said: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    rivals = set()
    for id_, its_source, its_origin, *values in connection.execute(query).all():
        if its_source == source.value:
            if its_origin == origin:
                said[id_].add(tuple(values))
            else:
                rivals.add(id_)
    same = (id_ for id_, facts in stated.items() if id_ in said and said[id_] == set(map(rows.stated, facts)))
    return {id_: id_ in rivals for id_ in same}


def _renew(connection: Connection, ids: Sequence[str], source: Source, origin: str, at: datetime) -> None:
    fact, model = tables.fact, tables.model
    ours = (fact.c.model_id.in_(ids), fact.c.source == source.value, fact.c.origin == origin)
    connection.execute(update(fact).where(*ours).values(observed_at=at))
    if source is Source.PROVIDER:
        later = or_(model.c.last_seen.is_(None), model.c.last_seen < at)
        connection.execute(update(model).where(model.c.id.in_(ids), later).values(last_seen=at))


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
    made = [rows.model_row(model) for model in fresh]
    # Most columns of a provider's models are unknown for all of them: what is not written need not be converted.
    known_columns = [name for name in rows.MODEL_COLUMNS if any(row[name] is not None for row in made)]
    upsert(connection, tables.model, [{name: row[name] for name in known_columns} for row in made])
    return frozenset(ids)


def _settle(connection: Connection, before: Iterable[Model], known: Mapping[str, _Facts]) -> frozenset[str]:
    """Write the effective values where they changed; the ids of those models."""
    derived = ((model, derive(model, known[model.id].values() if model.id in known else ())) for model in before)
    changed = [new for old, new in derived if new != old]
    upsert(connection, tables.model, [rows.model_row(model) for model in changed])
    return frozenset(model.id for model in changed)


def _rederive(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    return _settle(connection, _models(connection, ids), _facts(connection, ids))


def _stated_by(source: Source, origin: str | None) -> Callable[[Fact], bool]:
    return lambda fact: fact.source is source and origin in (None, fact.origin)


def _stated(facts: Iterable[Fact], ids: Iterable[str], expected: Callable[[Fact], bool]) -> dict[str, list[Fact]]:
    stated = by_model(facts, ids)
    _refuse_strangers(stated, expected)
    return stated


def _refuse_strangers(facts: Mapping[str, Sequence[Fact]], expected: Callable[[Fact], bool]) -> None:
    if strange := [fact for stated in facts.values() for fact in stated if not expected(fact)]:
        raise ValueError(f"not a fact of what is replaced: {strange[0]}")
