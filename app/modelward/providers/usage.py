"""Figures of usage as strangers state them: a figure that makes no sense is unknown, never guessed."""

from __future__ import annotations

import re
from decimal import Decimal

_MOST_TOKENS = 1_000_000_000
"""No call has more: context windows are a thousandth of it."""

_MOST_NANOSECONDS = 7 * 24 * 3600 * 10**9
"""A week: no call lasts longer."""

_MOST_USD = 1_000_000
_AMOUNT = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")
_LONGEST_FIGURE = 40


def count(raw: object) -> int | None:
    """A number of tokens: whole and not negative; some servers write it as a float or as text."""
    return _whole(raw, _MOST_TOKENS)


def nanoseconds(raw: object) -> int | None:
    """A time in nanoseconds; as :func:`count`."""
    return _whole(raw, _MOST_NANOSECONDS)


def usd(raw: object, *, units_per_usd: Decimal = Decimal(1)) -> Decimal | None:
    """An amount of money in USD, exactly as it was written."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        written = str(raw)
    except ValueError:  # a whole number of thousands of digits
        return None
    if not _AMOUNT.fullmatch(written):
        return None
    amount = Decimal(written) / units_per_usd
    return amount if amount <= _MOST_USD else None


def total(*figures: int | None) -> int | None:
    """The sum of the figures that are known; unknown where none is."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known else None


def part(figure: int | None, whole: int | None) -> int | None:
    """A figure that stands inside another one; unknown where it is larger than that."""
    return None if figure is not None and whole is not None and figure > whole else figure


def _whole(raw: object, most: int) -> int | None:
    if isinstance(raw, str) and len(raw) <= _LONGEST_FIGURE and raw.isascii() and raw.isdigit():
        raw = int(raw)
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool):
        return None
    return raw if 0 <= raw <= most else None
