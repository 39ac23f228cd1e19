"""The figures of the Health tab, from real models."""

from __future__ import annotations

from decimal import Decimal

from modelward.catalog import health
from modelward.catalog.model import Capability, Field, Kind, Model, Status
from modelward.ui.health import figures


def _model(id_: str, **known: object) -> Model:
    provider, name = id_.split("/")
    return Model(id_, provider, name, kind=Kind.CHAT, **known)  # type: ignore[arg-type]


def _complete(id_: str) -> Model:
    return _model(
        id_,
        context_window=1000,
        capabilities=frozenset({Capability.TOOLS}),
        price_input=Decimal(0),
        price_output=Decimal(0),
        is_complete=True,
    )


def test_each_bar_counts_the_models_that_lack_its_field() -> None:
    gaps = figures.gaps(health.count([_model("a/1"), _model("a/2", context_window=5), _model("b/1"), _complete("c/1")]))
    counts = {bar.field: bar.count for bar in gaps.required}
    assert counts == {Field.CONTEXT_WINDOW: 2, Field.CAPABILITIES: 3, Field.PRICE_INPUT: 3}
    assert [bar.field for bar in gaps.optional] == [Field.MAX_OUTPUT_TOKENS, Field.RPM]


def test_the_shares_of_a_bar_add_up_to_its_count_with_the_small_providers_together() -> None:
    models = [_model(f"p{i}/{n}") for i in range(7) for n in range(i + 1)]
    gaps = figures.gaps(health.count(models))
    assert gaps.providers == ("p6", "p5", "p4", "p3")
    for bar in (*gaps.required, *gaps.optional):
        assert [share.provider for share in bar.shares] == ["p6", "p5", "p4", "p3", None]
        assert sum(share.count for share in bar.shares) == bar.count == len(models)


def test_a_provider_that_lacks_nothing_of_a_field_has_no_share_in_its_bar() -> None:
    gaps = figures.gaps(health.count([_model("a/1", context_window=9), _model("b/1")]))
    window = next(bar for bar in gaps.required if bar.field is Field.CONTEXT_WINDOW)
    assert window.shares == (figures.Share("b", 1),)


def test_required_gaps_decide_who_gets_a_colour_before_optional_ones() -> None:
    optional_only = [_complete(f"big/{n}") for n in range(50)]
    few = [_model(f"{provider}/1") for provider in "abcd"]
    assert figures.gaps(health.count([*optional_only, *few])).providers == ("a", "b", "c", "d")


def test_incomplete_models_are_listed_with_those_that_lack_most_first_and_without_retired_ones() -> None:
    rows = figures.incomplete(
        [
            _model("z/lacks-less", context_window=7),
            _complete("a/whole"),
            _model("b/lacks-all"),
            _model("a/gone", status=Status.RETIRED),
        ]
    )
    assert [row.model.id for row in rows] == ["b/lacks-all", "z/lacks-less"]
    assert rows[0].words == ("context", "capabilities", "price")
    assert rows[1].words == ("capabilities", "price")


def test_an_empty_catalogue_has_empty_bars() -> None:
    gaps = figures.gaps(health.count([]))
    assert gaps.providers == ()
    assert {bar.count for bar in (*gaps.required, *gaps.optional)} == {0}
