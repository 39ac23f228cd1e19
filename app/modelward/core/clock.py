"""The clock: the present in UTC, and the type of whatever stands in for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present as an aware UTC datetime; a test hands in its own."""


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)
