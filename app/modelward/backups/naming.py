"""The names of copies: built and read in this one place, so that a file that is not ours is never taken for one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from modelward.backups.model import Engine, Kind
from modelward.core.durable import PART_ENDING

META_ENDING = ".meta.json"
LOCK_FILE = "modelward_backups.lock"

YEARS = range(1970, 9990)
"""Beyond these, a moment cannot be told on every clock of the world."""

_ENDINGS = {Engine.SQLITE: "sqlite3.zst", Engine.POSTGRESQL: "dump"}
_STAMP = "%Y%m%dT%H%M%SZ"
_PATTERN = re.compile(
    rf"modelward_db_(?P<kind>{'|'.join(Kind)})_(?P<stamp>[0-9]{{8}}T[0-9]{{6}}Z)(-(?P<number>[1-9][0-9]{{0,5}}))?"
    rf"\.(?P<ending>{'|'.join(map(re.escape, _ENDINGS.values()))})"
)
_PART = re.compile(rf"(?P<file>.+?)({re.escape(META_ENDING)}|\.raw)?{re.escape(PART_ENDING)}(-wal|-shm|-journal)?")


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a copy. ``number`` tells apart those of one second: 1 is not written."""

    kind: Kind
    made_at: datetime
    engine: Engine
    number: int = 1

    @classmethod
    def read(cls, file: str) -> Name | None:
        """What a file's name says; None for a file that is not ours."""
        match = _PATTERN.fullmatch(file)
        if match is None:
            return None
        try:
            made_at = datetime.strptime(match["stamp"], _STAMP).replace(tzinfo=UTC)
        except ValueError:
            return None
        if made_at.year not in YEARS:
            return None
        engine = next(engine for engine, ending in _ENDINGS.items() if ending == match["ending"])
        name = cls(Kind(match["kind"]), made_at, engine, int(match["number"] or 1))
        return name if name.file == file else None

    @property
    def id(self) -> str:
        """The name by which people call the copy: without the ending."""
        counter = f"-{self.number}" if self.number > 1 else ""
        return f"modelward_db_{self.kind}_{self.made_at.astimezone(UTC):{_STAMP}}{counter}"

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.id}.{_ENDINGS[self.engine]}"


def is_part(file: str) -> bool:
    """Whether the name is that of an unfinished file of ours."""
    match = _PART.fullmatch(file)
    return match is not None and Name.read(match["file"]) is not None
