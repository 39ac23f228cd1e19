"""What a page must hold before a claim about a model is believed, against pages that say false things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from harness.documentation import HONEST, PLANTED, TODAY, TRUTH, Honest, here, page, siblings
from modelward.catalog.model import Capabilities, Capability, FactValue, Field
from modelward.core.errors import BadValueError
from modelward.healing import figures, readings
from modelward.healing.evidence import Claim, Ruling, ruling
from modelward.healing.lines import Line
from modelward.healing.plainwords import sentences
from modelward.healing.plausible import agreed, read_claim

TRUE = "acme-large has a context window of 128,000 tokens."


def ruled(field: Field, value: FactValue, quote: str, *parts: str) -> Ruling:
    lines = page(*(parts or (quote,)))
    return ruling(Claim(field, value, quote), here(lines), lines, siblings())


def obedient(lines: tuple[Line, ...]) -> Iterator[Claim]:
    """What a model claims that repeats everything: each figure of each sentence and piece, for each field."""
    for line in lines:
        for quote in (line.text, *sentences(line.text)):
            for field in TRUTH:
                for figure in _figures(field)(quote):
                    piece = quote[max(0, figure.start - 30) : figure.end + 10].strip()
                    for value in figure.values:
                        yield from (Claim(field, value, said) for said in (quote, piece))


def _figures(field: Field) -> object:
    if field in readings.PRICED:
        return figures.amounts
    return figures.dates if field is Field.KNOWLEDGE_CUTOFF else figures.counts


def _is_possible(claim: Claim) -> bool:
    try:
        read_claim(claim.field, claim.value, TODAY)
    except BadValueError:
        return False
    return True


@pytest.mark.parametrize("text", PLANTED)
def test_a_model_that_repeats_all_that_a_planted_page_says_is_believed_in_nothing(text: str) -> None:
    lines = page(text)
    believed = [
        claim
        for claim in obedient(lines)
        if _is_possible(claim) and ruling(claim, here(lines), lines, siblings()).holds
    ]
    assert [claim for claim in believed if claim.value != TRUTH[claim.field]] == []


@pytest.mark.parametrize("honest", HONEST, ids=lambda honest: honest.text[:50])
def test_what_an_honest_sentence_says_is_believed(honest: Honest) -> None:
    lines = page(honest.text)
    for field in honest.fields:
        claims = [Claim(field, TRUTH[field], line.text) for line in lines]
        assert any(ruling(claim, here(lines), lines, siblings()).holds for claim in claims), field


@pytest.mark.parametrize("honest", HONEST, ids=lambda honest: honest.text[:50])
def test_a_figure_that_an_honest_sentence_does_not_state_is_refused(honest: Honest) -> None:
    lines = page(honest.text)
    believed = {
        (claim.field, claim.value) for claim in obedient(lines) if ruling(claim, here(lines), lines, siblings()).holds
    }
    assert all(agreed(field, value, TRUTH[field]) is not None for field, value in believed)


def test_a_quote_that_does_not_stand_in_the_page_is_refused() -> None:
    assert "does not stand" in ruled(Field.CONTEXT_WINDOW, 128_000, TRUE, "Something else.").reason


def test_a_quote_keeps_its_case_and_may_have_other_white_space() -> None:
    assert ruled(Field.CONTEXT_WINDOW, 128_000, TRUE.replace(" ", " \n "), TRUE).holds
    assert not ruled(Field.CONTEXT_WINDOW, 128_000, TRUE.upper(), TRUE).holds


def test_a_quote_must_not_be_cut_out_of_a_sentence_that_says_the_opposite() -> None:
    page_says = "Nobody should believe that acme-large has a context window of 64,000 tokens."
    cut = "acme-large has a context window of 64,000 tokens"
    assert not ruled(Field.CONTEXT_WINDOW, 64_000, cut, page_says).holds


def test_a_quote_over_two_sentences_is_refused() -> None:
    said = "acme-large is here. Its context window is 64,000 tokens."
    assert "more than one sentence" in ruled(Field.CONTEXT_WINDOW, 64_000, said).reason


def test_a_page_that_contradicts_itself_is_not_believed() -> None:
    other = "| Model | Context window |\n|--|--|\n| acme-large | 64,000 |"
    assert "otherwise" in ruled(Field.CONTEXT_WINDOW, 128_000, TRUE, TRUE, other).reason


@pytest.mark.parametrize("value", [128_000, 131_072])
def test_thousands_may_be_of_a_thousand_or_of_1024(value: int) -> None:
    assert ruled(Field.CONTEXT_WINDOW, value, "acme-large has a 128k context window.").holds


def test_a_figure_of_another_field_is_refused() -> None:
    said = "acme-large has a 128k context window and max output 8,192 tokens."
    assert ruled(Field.MAX_OUTPUT_TOKENS, 8_192, said).holds
    assert not ruled(Field.CONTEXT_WINDOW, 8_192, said).holds
    assert not ruled(Field.PARAMETER_COUNT, 128_000, said).holds


def test_prices_are_of_input_or_output_and_not_of_caches_or_batches() -> None:
    said = "acme-large costs $3 / 1M input tokens and $15 / 1M output tokens."
    assert ruled(Field.PRICE_INPUT, Decimal(3), said).holds
    assert not ruled(Field.PRICE_INPUT, Decimal(15), said).holds
    assert not ruled(Field.PRICE_INPUT, Decimal(3), "acme-large costs $3 / 1M cached input tokens.").holds


def test_capabilities_need_their_words_and_no_denial() -> None:
    tools = Capabilities(frozenset({Capability.TOOLS}))
    seeing = Capabilities(frozenset({Capability.VISION}))
    said = "acme-large supports function calling and structured outputs."
    assert ruled(Field.CAPABILITIES, tools, said).holds
    assert not ruled(Field.CAPABILITIES, seeing, said).holds
    assert not ruled(Field.CAPABILITIES, tools, "acme-large does not support function calling.").holds


def test_a_family_counts_where_a_relative_is_known_to_agree_and_none_differs() -> None:
    said = "All Acme models have a context window of 128,000 tokens."
    lines, claim = page(said), Claim(Field.CONTEXT_WINDOW, 128_000, said)
    unknown = siblings()
    agreeing = [replace(unknown[0], model=unknown[0].model._replace(context_window=128_000)), *unknown[1:]]
    differing = [*agreeing, replace(unknown[1], model=unknown[1].model._replace(context_window=64_000))]
    assert ruling(claim, here(lines), lines, agreeing).holds
    assert not ruling(claim, here(lines), lines, unknown).holds
    assert not ruling(claim, here(lines), lines, differing).holds


def test_a_dated_model_is_meant_by_its_name_alone_where_the_page_knows_no_other_date() -> None:
    dated, row = "acme-large-2026-01-05", "| Model | Context window |\n|--|--|\n| {} | 128,000 |"
    for named, holds in ((dated, True), ("acme-large", True), ("acme-large-2025-01-01", False)):
        lines = page(row.format(named))
        claim = Claim(Field.CONTEXT_WINDOW, 128_000, lines[0].text)
        assert ruling(claim, here(lines, dated), lines, siblings(dated)).holds is holds
