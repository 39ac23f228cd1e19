"""What is looked for, of which models, in which order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelward.catalog.model import Capability, Field, Kind, Model, Status
from modelward.core.setting_groups import HealingSettings
from modelward.healing.gaps import LIMITS, find, open_fields, wanted

EMPTY = Model("acme/a", "acme", "a", status=Status.AVAILABLE)
REQUIRED = (Field.CONTEXT_WINDOW, Field.CAPABILITIES, Field.PRICE_INPUT, Field.PRICE_OUTPUT)
COMPLETE = EMPTY._replace(
    kind=Kind.CHAT,
    context_window=128_000,
    capabilities=frozenset({Capability.TOOLS}),
    price_input=Decimal(0),
    price_output=Decimal(0),
    is_complete=True,
)


def fields(model: Model, settings: HealingSettings | None = None, in_use: tuple[str, ...] = ()) -> list[Field]:
    return [gap.field for gap in find([model], settings or HealingSettings(), in_use)]


def test_required_fields_come_first_then_the_others_in_their_order() -> None:
    optional = (Field.MAX_OUTPUT_TOKENS, *LIMITS, Field.KNOWLEDGE_CUTOFF, Field.PARAMETER_COUNT)
    assert open_fields(EMPTY) == (*REQUIRED, *optional)
    assert open_fields(COMPLETE) == optional


def test_a_price_counts_by_its_parts_and_an_embedding_has_no_output_price() -> None:
    half = COMPLETE._replace(price_output=None)
    assert open_fields(half)[0] is Field.PRICE_OUTPUT
    assert Field.PRICE_INPUT not in open_fields(half)
    embedding = EMPTY._replace(kind=Kind.EMBEDDING)
    assert Field.PRICE_OUTPUT not in open_fields(embedding)
    assert Field.MAX_OUTPUT_TOKENS not in open_fields(embedding)


def test_a_capability_that_tells_nothing_leaves_the_gap_open() -> None:
    assert Field.CAPABILITIES in open_fields(COMPLETE._replace(capabilities=frozenset({Capability.PROMPT_CACHING})))


def test_one_rate_limit_that_is_known_stands_for_all() -> None:
    assert not {*LIMITS} & {*open_fields(COMPLETE._replace(rpd=50))}


def test_the_size_of_closed_weights_is_not_looked_for() -> None:
    assert Field.PARAMETER_COUNT not in open_fields(COMPLETE._replace(open_weights=False))
    assert Field.PARAMETER_COUNT in open_fields(COMPLETE._replace(open_weights=True))


def test_of_a_retired_model_nothing_is_looked_for() -> None:
    assert open_fields(EMPTY._replace(status=Status.RETIRED)) == ()


@pytest.mark.parametrize(
    ("switch", "gone"),
    [
        ("capabilities", {Field.CAPABILITIES}),
        ("context_window", {Field.CONTEXT_WINDOW}),
        ("price", {Field.PRICE_INPUT, Field.PRICE_OUTPUT}),
        ("max_output_tokens", {Field.MAX_OUTPUT_TOKENS}),
        ("rate_limits", {*LIMITS}),
        ("knowledge_cutoff", {Field.KNOWLEDGE_CUTOFF}),
        ("parameter_count", {Field.PARAMETER_COUNT}),
    ],
)
def test_each_field_can_be_switched_off(switch: str, gone: set[Field]) -> None:
    everything = wanted(HealingSettings(rate_limits=True))
    assert everything == {*open_fields(EMPTY)}
    assert everything - wanted(HealingSettings(**{"rate_limits": True, switch: False})) == gone


def test_of_models_that_a_catalogue_merely_lists_only_what_is_required_is_looked_for() -> None:
    listed = EMPTY._replace(status=Status.LISTED)
    assert fields(listed) == list(REQUIRED)
    assert Field.MAX_OUTPUT_TOKENS in fields(listed, in_use=("acme",))
    assert Field.MAX_OUTPUT_TOKENS in fields(EMPTY)


def test_models_that_can_be_called_come_first_and_of_them_the_incomplete() -> None:
    def model(id_: str, status: Status, *, like: Model = EMPTY) -> Model:
        return like._replace(id=id_, provider=id_.partition("/")[0], status=status)

    models = [
        model("listed/a", Status.LISTED),
        model("used/b", Status.UNREACHABLE),
        model("x/complete", Status.AVAILABLE, like=COMPLETE),
        model("x/y", Status.AVAILABLE),
    ]
    found = find(models, HealingSettings(), {"used"})
    assert list(dict.fromkeys(gap.model.id for gap in found)) == ["x/y", "x/complete", "used/b", "listed/a"]
