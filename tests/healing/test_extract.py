"""Facts read off pages without any model, from honest pages and from planted ones."""

from __future__ import annotations

import pytest

from harness.documentation import HONEST, LIES, PLANTED, TODAY, TRUTH, Honest, here, page, siblings
from modelward.catalog.model import Capabilities, Capability, Field
from modelward.healing.extract import Found, facts_on

ALL = (*TRUTH, Field.CAPABILITIES, Field.RPM, Field.TPM, Field.RPD)


def found(*parts: str, name: str = "acme-large") -> dict[Field, Found]:
    lines = page(*parts)
    return dict(facts_on(lines, here(lines, name), siblings(name), ALL, TODAY))


@pytest.mark.parametrize("honest", HONEST, ids=lambda honest: honest.text[:50])
def test_an_honest_page_is_read(honest: Honest) -> None:
    values = {field: each.value for field, each in found(honest.text).items()}
    assert values == {field: TRUTH[field] for field in honest.fields}


@pytest.mark.parametrize("text", PLANTED)
def test_nothing_is_read_off_a_planted_page(text: str) -> None:
    assert not {field: each.value for field, each in found(text).items() if each.value != TRUTH.get(field, each.value)}


def test_planted_sentences_change_nothing_of_what_an_honest_page_says() -> None:
    honest = [each.text for each in HONEST]
    others = [text for text in PLANTED if text not in LIES]
    values = {field: each.value for field, each in found(*honest, *others).items() if field in TRUTH}
    assert values == TRUTH


def test_a_page_that_lies_about_the_model_itself_leaves_the_field_unknown() -> None:
    for lie in LIES:
        values = {field: each.value for field, each in found(*(each.text for each in HONEST), lie).items()}
        assert len(values) == len(TRUTH) - 1
        assert values.items() <= TRUTH.items()


def test_a_row_is_surer_than_a_sentence_and_is_quoted_whole() -> None:
    row = found("| Model | Context window |\n|--|--|\n| acme-large | 128,000 |")[Field.CONTEXT_WINDOW]
    assert (row.quote, row.confidence) == ("Model: acme-large; Context window: 128,000", 0.95)
    assert found("acme-large has a 128k context window.")[Field.CONTEXT_WINDOW].confidence == 0.9


def test_the_exact_spelling_decides_what_a_rounded_one_means() -> None:
    said = found("acme-large has a 128k context window.", "acme-large has a context window of 131,072 tokens.")
    assert said[Field.CONTEXT_WINDOW].value == 131_072


def test_two_different_figures_on_one_page_are_none() -> None:
    assert not found("acme-large has a 128k context window.", "acme-large has a 64k context window.")


def test_each_model_has_the_row_of_its_own() -> None:
    table = "| Model | Context window |\n|--|--|\n| acme-large-mini | 32k |\n| acme-large | 128k |\n| acme-2 | 1M |"
    values = {name: found(table, name=name) for name in ("acme-large", "acme-large-mini", "acme-2", "acme-2-pro")}
    windows = {name: each[Field.CONTEXT_WINDOW].value if each else None for name, each in values.items()}
    assert windows == {"acme-large": 128_000, "acme-large-mini": 32_000, "acme-2": 1_000_000, "acme-2-pro": None}


def test_marks_in_columns_are_capabilities() -> None:
    said = found("| Model | Function calling | Vision | Reasoning |\n|--|--|--|--|\n| acme-large | ✓ | No | ? |")
    tools, vision = frozenset({Capability.TOOLS}), frozenset({Capability.VISION})
    assert said[Field.CAPABILITIES].value == Capabilities(tools, vision)


def test_rate_limits_are_read() -> None:
    said = found("| Model | RPM | TPM | RPD |\n|--|--|--|--|\n| acme-large | 500 | 30,000 | 10k |")
    assert [said[field].value for field in (Field.RPM, Field.TPM, Field.RPD)] == [500, 30_000, 10_000]
