"""The words of this room: a copy of the store, what is known of it, and what came of making, checking and thinning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path

from modelward.backups.retention import Decision, Kind

__all__ = ["Backup", "BackupHealth", "DrillReport", "Engine", "Kind", "Meta", "PruneReport", "State"]


class Engine(StrEnum):
    """What kind of store a copy was taken of."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class State(StrEnum):
    """How far a copy can be trusted."""

    GOOD = "good"
    """Proven readable since it was last written."""
    UNVERIFIED = "unverified"
    """Nothing speaks against it, but nothing proved it."""
    DAMAGED = "damaged"
    """Not what was written, or not readable."""
    ORPHAN = "orphan"
    """A copy without usable metadata, or metadata without a copy."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What stands beside a copy, in its ``.meta.json``. Sizes are bytes; times are aware and in UTC.

    ``file`` is the name of the copy it belongs to. ``utc_offset`` is that of the clock which made it: days and weeks
    are those that the person lived. ``size_bytes`` and ``sha256`` are of the file as it lies there; ``content_bytes``
    and ``content_sha256`` of the database inside a compressed one (None for PostgreSQL). Two copies of one
    ``fingerprint`` hold the same data. ``covered_until``: the store was last seen unchanged then. ``trouble`` is what
    the last check found wrong. ``source`` names the store, without a password.
    """

    file: str
    kind: Kind
    created_at: datetime
    utc_offset: timedelta
    reason: str
    note: str
    app_version: str
    schema_revision: str
    engine: Engine
    engine_version: str
    source: str
    size_bytes: int
    sha256: str
    content_bytes: int | None
    content_sha256: str | None
    fingerprint: str
    row_counts: Mapping[str, int]
    verified_at: datetime | None
    covered_until: datetime | None = None
    trouble: str = ""

    @property
    def made_at(self) -> datetime:
        """When it was made, on the clock that the person saw."""
        return self.created_at.astimezone(timezone(self.utc_offset))


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy as it lies in the folder.

    ``id`` is its file's name without the ending. ``trouble`` says in words what is wrong with it and ``todo`` what can
    be done; ``reasons`` why it is kept, or, where the rule lets it go, why not.
    """

    id: str
    path: Path
    kind: Kind
    created_at: datetime
    state: State
    meta: Meta | None
    size_bytes: int
    trouble: str = ""
    todo: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def meta_path(self) -> Path:
        """Where its metadata lies, or would."""
        return self.path.with_name(f"{self.path.name}.meta.json")

    @property
    def last_proven_state(self) -> datetime:
        """The last moment at which the store was as this copy has it."""
        return (self.meta.covered_until if self.meta else None) or self.created_at


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What the rule decided over all copies, which of them are gone, and the kinds of which too many would go.

    Where ``asks_first`` names a kind, nothing of that kind was removed without the person's consent.
    """

    decisions: tuple[Decision, ...] = ()
    removed: tuple[str, ...] = ()
    asks_first: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class DrillReport:
    """A rehearsal: one copy opened, brought to today's shape and read by the program's own queries."""

    backup: str
    at: datetime
    is_passed: bool
    findings: Mapping[str, int] = field(default_factory=dict)
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class BackupHealth:
    """Could I get yesterday back? Times are UTC, sizes bytes.

    ``last_success_at``: the last moment of which a proven copy holds the store. ``covered``: the starts of those hours
    of the last four weeks that a proven copy covered when they ended, of which the oldest copies may be thinned out by
    now; ``failed``: of those in which a backup was tried and failed. ``forecast_bytes``: the space that the folder
    will need a year from now at the pace of the last four weeks. ``free_bytes`` is None where it is unknown.
    ``attention``: what a person should act on, in sentences.
    """

    last_success_at: datetime | None
    last_verified_at: datetime | None
    last_drill_at: datetime | None
    failures_in_row: int
    covered: frozenset[datetime]
    space_used: int
    forecast_bytes: int
    free_bytes: int | None
    low_disk: bool
    attention: tuple[str, ...]
    failed: frozenset[datetime] = frozenset()
