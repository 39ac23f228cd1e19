"""Figures as people read them, the same in the window and on the command line; unknown is always a dash."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

UNKNOWN = "—"
_GIB = 1024**3
_MIB = 1024**2
_DAY = timedelta(days=1)
_RECENT = timedelta(days=30)


def count(value: int | None) -> str:
    """A number of tokens, models or calls: ``1,048,576``."""
    return UNKNOWN if value is None else f"{value:,}"


def price(value: Decimal | None) -> str:
    """USD per 1M tokens: ``$0.30``, ``$0.075``, ``free`` for a known zero; cents at least, and no digit lost."""
    if value is None or not value.is_finite():
        return UNKNOWN
    if value == 0:
        return "free"
    digits = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{'-' if value < 0 else ''}${abs(value):,.{digits}f}"


def money(value: Decimal | None) -> str:
    """USD that was or may be spent: ``$1.20``; below a cent two figures more (``$0.0042``)."""
    if value is None or not value.is_finite():
        return UNKNOWN
    digits = 2 if value == 0 or abs(value) >= Decimal("0.01") else 1 - value.adjusted()
    return f"{'-' if value < 0 else ''}${abs(value):,.{digits}f}"


def size(value: int | None) -> str:
    """Bytes in GiB (``4.70 GiB``); what would read as 0.00 is in MiB or bytes."""
    if value is None:
        return UNKNOWN
    if abs(value) >= _GIB // 100:
        return f"{value / _GIB:,.2f} GiB"
    return f"{value / _MIB:,.1f} MiB" if abs(value) >= _MIB // 10 else f"{value:,} B"


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago, or how soon, a moment is: ``just now``, ``3 min ago``, ``in 2 h``; a date beyond 30 days."""
    if moment is None:
        return UNKNOWN
    distance = now - moment
    span = abs(distance)
    if span >= _RECENT:
        return f"{moment.astimezone():%Y-%m-%d}"
    if span < timedelta(minutes=1):
        return "just now"
    words = _span(span)
    return f"{words} ago" if distance > timedelta() else f"in {words}"


def local_time(moment: datetime | None) -> str:
    """The exact moment in local time with its offset: ``2026-11-20 14:05:09+01:00``."""
    return UNKNOWN if moment is None else moment.astimezone().isoformat(" ", "seconds")


def _span(span: timedelta) -> str:
    if span >= _DAY:
        return f"{span.days} d"
    minutes = span.seconds // 60
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"
