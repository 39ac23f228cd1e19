"""The columns of what was spent, model by model."""

from __future__ import annotations

from typing import TypeAlias

from modelward.core import units
from modelward.spending.totals import Total
from modelward.ui.kit.rows import Column

Spent: TypeAlias = tuple[str, Total]
"""A model's id, and what its calls came to."""


def cost_text(total: Total) -> str:
    """What calls cost; where none of it is known, a dash, and where a part is not, at least what is known."""
    if total.unknown_calls == total.calls:
        return units.UNKNOWN
    known = units.money(total.cost)
    return f"{known} or more" if total.unknown_calls else known


COLUMNS: tuple[Column[Spent], ...] = (
    Column(
        "model",
        "Model",
        text=lambda row: row[0],
        sort=lambda row: row[0].casefold(),
        tooltip=lambda row: row[0],
        width=200,
        is_strong=True,
        takes_slack=True,
    ),
    Column(
        "calls",
        "Calls",
        text=lambda row: units.count(row[1].calls),
        sort=lambda row: float(row[1].calls),
        width=70,
        is_number=True,
    ),
    Column(
        "input",
        "Tokens in",
        text=lambda row: units.count(row[1].input_tokens),
        sort=lambda row: float(row[1].input_tokens),
        width=100,
        is_number=True,
    ),
    Column(
        "output",
        "Tokens out",
        text=lambda row: units.count(row[1].output_tokens),
        sort=lambda row: float(row[1].output_tokens),
        width=100,
        is_number=True,
    ),
    Column(
        "cost",
        "Cost",
        text=lambda row: cost_text(row[1]),
        sort=lambda row: None if row[1].unknown_calls == row[1].calls else row[1].cost,
        width=120,
        is_number=True,
    ),
)
