"""What a verb changed, so that only the views concerned refresh."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Room(StrEnum):
    """A part of the program whose views may need a refresh."""

    BACKUPS = "backups"
    BENCHMARKS = "benchmarks"
    CATALOG = "catalog"
    HEALING = "healing"
    OLLAMA = "ollama"
    PROVIDERS = "providers"
    SETTINGS = "settings"
    SPENDING = "spending"


@dataclass(frozen=True, slots=True)
class Changes:
    """The rooms a verb touched, and within each the ids (an empty set of ids means: all of them)."""

    touched: dict[Room, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def nothing(cls) -> Changes:
        """Nothing changed."""
        return cls()

    @classmethod
    def everything(cls) -> Changes:
        """Every view reloads."""
        return cls({room: frozenset() for room in Room})

    @classmethod
    def of(cls, room: Room, ids: frozenset[str] = frozenset()) -> Changes:
        """Changes of one room; no ids means all of them."""
        return cls({room: ids})

    def __or__(self, other: Changes) -> Changes:
        """The changes of both; where either touched all of a room, all of it."""
        rooms = dict(self.touched)
        for room, ids in other.touched.items():
            known = rooms.get(room, ids)
            rooms[room] = known | ids if known and ids else frozenset()
        return Changes(rooms)

    def __contains__(self, room: Room) -> bool:
        return room in self.touched

    def __bool__(self) -> bool:
        return bool(self.touched)
