"""What changed about a model that was known before, in words: its prices and its windows."""

from __future__ import annotations

from collections.abc import Iterator

from modelward.catalog.fields import FIELDS, PRICES
from modelward.catalog.model import Field, Model
from modelward.core import units
from modelward.discovery.model import ModelChange

_WINDOWS = (Field.CONTEXT_WINDOW, Field.MAX_INPUT_TOKENS, Field.MAX_OUTPUT_TOKENS)


def differences(before: Model, after: Model) -> tuple[ModelChange, ...]:
    """The effective prices and windows that are others now. What became known, or unknown, is no change."""
    return tuple(ModelChange(after.id, what) for what in (*_windows(before, after), *_prices(before, after)))


def _windows(before: Model, after: Model) -> Iterator[str]:
    for field in _WINDOWS:
        old, new = getattr(before, field.value), getattr(after, field.value)
        if None not in (old, new) and old != new:
            yield f"{FIELDS[field].title.lower()} {units.count(old)} → {units.count(new)}"


def _prices(before: Model, after: Model) -> Iterator[str]:
    for field in PRICES:
        old, new = getattr(before, field.value), getattr(after, field.value)
        if None not in (old, new) and old != new:
            per = " per 1M tokens" if new else ""
            yield f"{FIELDS[field].title.lower()} {units.price(old)} → {units.price(new)}{per}"
