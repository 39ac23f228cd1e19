"""Figures as pages write them: counts of tokens, money, dates, in their many spellings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

COUNT = (
    r"(?<![\w$€£.,/])(?<!/ )(?<!per )(?:\d{1,3}(?:[,\u2009\u00a0\u202f' ]\d{3}){1,3}|\d{1,10}(?:\.\d{1,3})?)"
    r"(?:\s?(?:k|K|m|M|b|B|Ki|Mi)(?![A-Za-z])|\s(?:thousand|million|billion)\b)?(?![\w]*\d)"
)
"""A count, as a piece of a pattern: 128k, 128,000, 128 000, 131072, 1M, 1 million."""

MONEY = (
    r"(?:US\s?)?\$\s?\d{1,6}(?:\.\d{1,6})?|(?<![\w.,$])\d{1,6}(?:\.\d{1,6})?\s?(?:USD|US\$|dollars)\b"
    r"|\bUSD\s?\d{1,6}(?:\.\d{1,6})?"
)
"""An amount in USD."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
DATE = (
    rf"(?<![\w$.,/-])(?:(?:{_MONTH}\s+)(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?20\d\d|\d{{1,2}}\s+{_MONTH}\s+20\d\d|20\d\d-[01]\d(?:-[0-3]\d)?"
    r"|[01]?\d/20\d\d)(?![\w-]*\d)"
)
"""A month, perhaps with its day."""

PER_MILLION = re.compile(
    r"(?:per|/|\ba)\s*(?:1\s?)?(?:M\b|MTok|million|1,000,000|1 000 000|mn\b)|\b1M\b|\bper\s+1M|MTok", re.IGNORECASE
)
PER_THOUSAND = re.compile(r"(?:per|/)\s*(?:1\s?)?(?:K\b|1,000\b|1000\b|thousand)|\b1K\b", re.IGNORECASE)

_COUNT = re.compile(COUNT)
_DATE = re.compile(DATE, re.IGNORECASE)
_MONEY = re.compile(MONEY, re.IGNORECASE)
_SCALES = {
    "k": (1000, 1024),
    "m": (1000**2, 1024**2),
    "b": (1000**3,),
    "ki": (1024,),
    "mi": (1024**2,),
    "thousand": (1000,),
    "million": (1000**2, 1024**2),
    "billion": (1000**3,),
    "": (1,),
}


class Figure(NamedTuple):
    """A figure and where it stands. ``values``: what it can mean, the usual meaning first."""

    start: int
    end: int
    values: tuple[int | Decimal | str, ...]


def counts(text: str) -> Iterator[Figure]:
    """Every count in a text."""
    for found in _COUNT.finditer(text):
        yield Figure(*found.span(), count_of(found[0]))


def count_of(written: str) -> tuple[int | Decimal | str, ...]:
    """What one count can mean; "128k" is 128,000 or 131,072."""
    parts = re.fullmatch(r"([\d,.'\s\u2009\u00a0\u202f]+?)\s*([A-Za-z]*)", written.strip())
    if parts is None:
        return ()
    number = Decimal(re.sub(r"[^\d.]", "", parts[1]))
    values = (number * scale for scale in _SCALES.get(parts[2].lower(), ()))
    return tuple(int(value) for value in values if value == int(value))


def amounts(text: str) -> Iterator[Figure]:
    """Every amount in USD."""
    for found in _MONEY.finditer(text):
        yield Figure(*found.span(), (Decimal(re.sub(r"[^\d.]", "", found[0]).strip(".")),))


def dates(text: str) -> Iterator[Figure]:
    """Every date that says its month, as YYYY-MM or YYYY-MM-DD."""
    for found in _DATE.finditer(text):
        if value := date_of(found[0]):
            yield Figure(*found.span(), (value,))


def date_of(written: str) -> str:
    """A date in the store's spelling; empty where it is none."""
    year = re.search(r"20\d\d", written)
    if year is None:
        return ""
    if numeric := re.fullmatch(r"(20\d\d-[01]\d(?:-[0-3]\d)?)", written):
        return numeric[1]
    if slashed := re.fullmatch(r"([01]?\d)/(20\d\d)", written):
        return f"{slashed[2]}-{int(slashed[1]):02}"
    word = re.search(r"[A-Za-z]{3}", written)
    month = _MONTHS.index(word[0].lower()) + 1 if word and word[0].lower() in _MONTHS else 0
    day = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b(?!\d)", written.replace(year[0], ""))
    return f"{year[0]}-{month:02}" + (f"-{int(day[1]):02}" if day else "") if month else ""
