"""A small store and its backups."""

from __future__ import annotations

from harness.backups import change, clock, database, paths, service

__all__ = ["change", "clock", "database", "paths", "service"]
