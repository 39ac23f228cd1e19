"""What changed about a model, in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelward.catalog.model import Model
from modelward.discovery.differences import differences

BEFORE = Model(
    "p/m",
    "p",
    "m",
    context_window=128_000,
    max_output_tokens=8_192,
    price_input=Decimal(3),
    price_output=Decimal("15.00"),
    price_cache_read=Decimal(0),
)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"price_input": Decimal("2.5")}, ["input price $3.00 → $2.50 per 1M tokens"]),
        ({"price_input": Decimal("0.075")}, ["input price $3.00 → $0.075 per 1M tokens"]),
        ({"price_input": Decimal(0)}, ["input price $3.00 → free"]),
        ({"price_cache_read": Decimal("0.3")}, ["cache read price free → $0.30 per 1M tokens"]),
        ({"context_window": 200_000}, ["context window 128,000 → 200,000"]),
        (
            {"max_output_tokens": 4_096, "price_output": Decimal(20)},
            ["max output 8,192 → 4,096", "output price $15.00 → $20.00 per 1M tokens"],
        ),
    ],
)
def test_a_change_of_price_or_window_is_told_in_words(changed: dict[str, object], words: list[str]) -> None:
    told = differences(BEFORE, BEFORE._replace(**changed))
    assert [change.what for change in told] == words
    assert {change.model_id for change in told} == {"p/m"}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"price_input": Decimal("3.00")},
        {"price_input": None},
        {"price_cache_write": Decimal(4)},
        {"context_window": None},
        {"max_input_tokens": 100},
        {"display_name": "Another", "has_dissent": True},
    ],
)
def test_what_became_known_or_unknown_or_stayed_the_same_is_no_change(changed: dict[str, object]) -> None:
    assert differences(BEFORE, BEFORE._replace(**changed)) == ()
