"""What a restore would change: today's store and a copy compared, by count and by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from modelward.backups import records
from modelward.backups.model import Backup
from modelward.catalog.fields import FIELDS, clip, to_json
from modelward.catalog.model import Fact, Field, Model, Source
from modelward.catalog.store import CatalogStore
from modelward.store.engine import Database

MOST_NAMES = 50
"""So many names of a list are shown; the count is of all."""

_Key = tuple[str, Field]


@dataclass(frozen=True, slots=True)
class Names:
    """How many there are, and the first of them by name."""

    count: int = 0
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table, today and in the copy."""

    table: str
    today: int
    copy: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What restoring ``backup`` would do to today's store.

    ``models_removed`` are only in today's store, ``models_added`` only in the copy, ``models_changed`` in both with
    other effective values. ``own_values_lost`` are values the person stated that the copy lacks or has otherwise;
    ``own_values_regained`` those that only the copy has. ``tables`` holds every table whose number of rows differs.
    ``trouble`` says why today's store could not be read, where it could not: all in the copy counts as added then.
    """

    backup: Backup
    models_added: Names
    models_removed: Names
    models_changed: Names
    own_values_lost: Names
    own_values_regained: Names
    tables: tuple[TableRows, ...]
    trouble: str = ""

    @property
    def is_same(self) -> bool:
        """Whether nothing that is compared here would change."""
        lists = (self.models_added, self.models_removed, self.models_changed)
        own = (self.own_values_lost, self.own_values_regained)
        return not any(names.count for names in (*lists, *own)) and not self.tables


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a store is compared."""

    models: Mapping[str, Model]
    own_values: Mapping[_Key, Fact]
    rows: Mapping[str, int]


async def look(database: Database) -> Seen:
    """What a store holds."""
    store = CatalogStore(database)
    models = {model.id: model for model in await store.models()}
    facts = await store.facts_of([id_ for id_, model in models.items() if model.has_user_value])
    own = {(fact.model_id, fact.field): fact for of_one in facts.values() for fact in of_one if _is_own(fact)}
    return Seen(models, own, await records.row_counts(database))


def compare(backup: Backup, today: Seen, copy: Seen) -> Preview:
    """The preview of putting ``copy`` in the place of ``today``."""
    both = today.models.keys() & copy.models.keys()
    lost = [key for key, fact in today.own_values.items() if not _states(copy, key, fact)]
    tables = sorted(today.rows.keys() | copy.rows.keys())
    counts = (TableRows(name, today.rows.get(name, 0), copy.rows.get(name, 0)) for name in tables)
    return Preview(
        backup,
        models_added=_names(copy.models.keys() - today.models.keys()),
        models_removed=_names(today.models.keys() - copy.models.keys()),
        models_changed=_names([id_ for id_ in both if _content(today.models[id_]) != _content(copy.models[id_])]),
        own_values_lost=_names([_told(today.own_values[key]) for key in lost]),
        own_values_regained=_names(
            [_told(fact) for key, fact in copy.own_values.items() if key not in today.own_values]
        ),
        tables=tuple(rows for rows in counts if rows.today != rows.copy),
    )


def _is_own(fact: Fact) -> bool:
    return fact.source is Source.USER


def _states(seen: Seen, key: _Key, fact: Fact) -> bool:
    return key in seen.own_values and seen.own_values[key].value == fact.value


def _content(model: Model) -> Model:
    """The model without the times at which it was met."""
    return model._replace(first_seen=None, last_seen=None, new_at=None)


def _told(fact: Fact) -> str:
    return f"{clip(fact.model_id)}: {FIELDS[fact.field].title} = {clip(to_json(fact.field, fact.value), 60)}"


def _names(names: Collection[str]) -> Names:
    return Names(len(names), tuple(sorted(names)[:MOST_NAMES]))
