"""Which models may be asked, and in which order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.doctors import KEY, MakePractice, local_facts, make_practice, no_proxy, script, store_address
from harness.facts import fact
from harness.spending import NOON
from harness.wire import wire
from modelward.catalog.model import Capability, Field, Kind, Model, Source, Status, model_id
from modelward.healing.means import Asked, Price, following, in_order, models_at_hand
from modelward.providers.model import Provider
from modelward.providers.registry import KNOWN
from modelward.spending.pricing import tariff_of

__all__ = ["make_practice", "no_proxy", "store_address", "wire"]


def asked(provider: str, name: str, price: str | None = "0", **values: object) -> Asked:
    known = KNOWN[provider]
    model = Model(model_id(provider, name), provider, name, Kind.CHAT, status=Status.AVAILABLE)
    cost = None if price is None else Decimal(price)
    model = model._replace(price_input=cost, price_output=cost, **values)
    return Asked(model, Provider(provider, known.title, known), tariff_of(model, ()))


LLAMA = asked("ollama", "llama3.2:3b")
QWEN = asked("ollama", "qwen3:8b")
FREE = asked("openrouter", "google/gemma-3-27b-it:free")
CHEAP = asked("groq", "llama-3.1-8b-instant", "0.05")
DEAR = asked("openai", "gpt-5", "10")
UNPRICED = asked("vllm", "mystery", None)


def ids(found: list[Asked]) -> list[str]:
    return [each.id for each in found]


def order(*models: Asked, failed: tuple[Asked, ...] = (), **standing: float) -> list[Asked]:
    by_id = {QWEN.id: standing.get("qwen", 0.5)}
    return in_order(models, [each.id for each in failed], lambda id_: by_id.get(id_, 0.5))


def test_this_machine_comes_first_then_what_is_free_then_the_cheapest_and_unknown_prices_last() -> None:
    assert order(UNPRICED, DEAR, CHEAP, FREE, QWEN) == [QWEN, FREE, CHEAP, DEAR, UNPRICED]
    assert [each.price for each in (QWEN, FREE, DEAR, UNPRICED)] == list(Price)


def test_of_the_same_price_who_was_right_more_often_comes_first_and_then_the_larger() -> None:
    large = asked("ollama", "phi4:14b", parameter_count=14 * 10**9)
    assert order(LLAMA, large, QWEN) == [large, LLAMA, QWEN]
    assert order(LLAMA, large, QWEN, qwen=0.8) == [QWEN, large, LLAMA]


def test_who_failed_lately_comes_after_the_other_free_ones_and_never_behind_one_that_costs() -> None:
    assert order(CHEAP, DEAR, FREE, LLAMA, failed=(LLAMA, CHEAP)) == [FREE, LLAMA, DEAR, CHEAP]


@pytest.mark.parametrize(
    "same",
    [
        asked("ollama", "llama3.2:3b-q8_0"),
        asked("ollama", "LLAMA3.2:3b"),
        asked("ollama", "my-copy", digest="sha256:abc"),
    ],
)
def test_the_same_model_is_never_asked_as_a_second_one(same: Asked) -> None:
    first = replace(LLAMA, model=LLAMA.model._replace(digest="sha256:abc"))
    assert following(first, [same]) is None
    assert following(first, [same, QWEN]) is QWEN


def test_the_second_is_of_another_family_where_that_costs_no_more() -> None:
    sibling = asked("ollama", "llama3.2:1b")
    assert following(LLAMA, [sibling, QWEN]) is QWEN
    assert following(LLAMA, [sibling, DEAR]) is sibling
    assert following(LLAMA, [CHEAP, DEAR]) is DEAR
    assert following(None, [CHEAP, DEAR]) is CHEAP
    assert following(None, []) is None


@pytest.mark.parametrize(
    ("model", "window"),
    [
        (asked("ollama", "a", context_window=131_072), 4_096),
        (asked("ollama", "a", context_window=131_072, served_context=16_384), 16_384),
        (asked("ollama", "a", context_window=2_048), 2_048),
        (asked("groq", "a", context_window=131_072), 131_072),
        (asked("groq", "a"), 8_192),
        (asked("lmstudio", "a", context_window=131_072, served_context=8_000), 8_000),
    ],
)
def test_a_window_is_no_larger_than_what_is_served(model: Asked, window: int) -> None:
    assert model.window == window


async def test_only_models_that_chat_and_can_be_called_are_at_hand(make_practice: MakePractice) -> None:
    practice = await make_practice({"llama3.2:3b": script(1), "bge-m3": script(1), "all-minilm": script(1)}, unknown=2)
    await practice.catalog.merge(
        [
            fact("ollama/bge-m3", Field.KIND, "embedding", Source.PROVIDER, origin="Ollama", day=1),
            fact("ollama/all-minilm", Field.CAPABILITIES, [Capability.EMBEDDING.value]),
            *local_facts("ollama/gone:1b", 8_192),
        ],
        now=NOON,
    )
    models = await practice.catalog.models()
    found = await models_at_hand(practice.catalog, practice.providers, models, zero_burn=False)
    assert ids(found) == ["ollama/llama3.2:3b"]


async def test_under_zero_burn_only_what_is_known_to_be_free_is_at_hand(make_practice: MakePractice) -> None:
    practice = await make_practice({}, unknown=1, environ=KEY)
    await practice.offer_paid(free="0 0", tiered="0 0", half="0", paid="1 4")
    tiers = [{"field": "priceInput", "price": "2", "condition": "above 200,000 input tokens"}]
    await practice.catalog.merge([fact("openai/tiered", Field.PRICE_TIERS, tiers)], now=NOON)
    models = await practice.catalog.models()
    found = await models_at_hand(practice.catalog, practice.providers, models, zero_burn=True)
    assert ids(found) == ["openai/free"]
    found = await models_at_hand(practice.catalog, practice.providers, models, zero_burn=False)
    assert {each.model.name for each in found} == {"free", "tiered", "half", "paid"}


async def test_a_provider_that_is_switched_off_is_not_asked(make_practice: MakePractice) -> None:
    practice = await make_practice({"llama3.2:3b": script(1)}, unknown=1)
    await practice.providers.enable("ollama", enabled=False)
    models = await practice.catalog.models()
    assert await models_at_hand(practice.catalog, practice.providers, models, zero_burn=True) == []
