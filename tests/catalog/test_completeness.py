"""When a model is complete."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelward.catalog.completeness import REQUIRED, missing
from modelward.catalog.model import Capability, Field, Kind, Model

FREE = Decimal(0)
TOOLS = frozenset({Capability.TOOLS})


def model(**values: object) -> Model:
    return Model("p/a", "p", "a", **values)


def test_a_model_of_which_nothing_is_known_misses_all_that_is_required():
    assert missing(model()) == REQUIRED


def test_free_is_a_known_price_and_denied_tools_are_known_capabilities():
    known = model(
        context_window=1, capabilities=frozenset(), not_capabilities=TOOLS, price_input=FREE, price_output=FREE
    )
    assert missing(known) == ()


@pytest.mark.parametrize(
    ("has", "lacks"), [(None, set()), (set(), {Capability.AUDIO_OUTPUT}), ({Capability.PROMPT_CACHING}, set())]
)
def test_what_tells_nothing_of_use_leaves_the_capabilities_unknown(has: set[Capability] | None, lacks: set[Capability]):
    known = model(
        context_window=1,
        capabilities=None if has is None else frozenset(has),
        not_capabilities=frozenset(lacks),
        price_input=FREE,
        price_output=FREE,
    )
    assert missing(known) == (Field.CAPABILITIES,)


@pytest.mark.parametrize("kind", [Kind.RERANK, Kind.MODERATION])
def test_a_kind_for_which_there_is_no_word_needs_no_capabilities(kind: Kind):
    assert missing(model(kind=kind, context_window=1, price_input=FREE)) == ()


@pytest.mark.parametrize("price", ["price_input", "price_output"])
def test_a_chat_model_needs_both_prices(price: str):
    prices = {"price_input": FREE, "price_output": FREE} | {price: None}
    assert missing(model(kind=Kind.CHAT, context_window=1, capabilities=TOOLS, **prices)) == (Field.PRICE_INPUT,)


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_needs_what_can_be_known_of_it(kind: Kind):
    without_output = missing(model(kind=kind, context_window=1, capabilities=TOOLS, price_input=FREE)) == ()
    without_window = missing(model(kind=kind, capabilities=TOOLS, price_input=FREE, price_output=FREE)) == ()
    assert without_output == (kind in {Kind.EMBEDDING, Kind.RERANK, Kind.MODERATION})
    assert without_window == (kind in {Kind.IMAGE, Kind.AUDIO, Kind.VIDEO})
