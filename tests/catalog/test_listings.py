"""Lists as providers send them, read into facts of their own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from harness.facts import DAY
from modelward.catalog.listings import read_listing
from modelward.catalog.model import Field, Source
from modelward.catalog.rawfiles.recognise import LIST_FORMATS
from modelward.catalog.sheet import FactSheet
from modelward.core.errors import InputError
from modelward.providers.registry import COMPATIBLE, KNOWN

OLLAMA_ROW = {
    "name": "m:1b",
    "digest": "ab",
    "size": 5,
    "details": {"family": "fam"},
    "modified_at": "2026-01-01T00:00:00Z",
}
OPENROUTER_ROW = {
    "id": "lab/m",
    "pricing": {"prompt": "0.000003"},
    "architecture": {},
    "top_provider": {},
    "context_length": 8192,
}


def listing(rows: list[object], format: str = "", provider: str = "mine", *, is_local: bool = False) -> FactSheet:  # noqa: A002
    return read_listing(
        rows,
        format=format,
        provider=provider,
        origin="Mine API",
        observed_at=DAY,
        evidence="https://api.example.org/models",
        is_local=is_local,
    )


def values(sheet: FactSheet, id_: str) -> dict[Field, object]:
    assert id_ in sheet.ids
    return {fact.field: fact.value for fact in sheet.facts if fact.model_id == id_}


def test_facts_say_who_stated_them_where_and_when() -> None:
    (fact,) = listing([{"id": "m", "context_window": 8192, "active": True}], "Groq").facts
    assert (fact.model_id, fact.source, fact.origin) == ("mine/m", Source.PROVIDER, "Mine API")
    assert (fact.value, fact.evidence, fact.observed_at) == (8192, "https://api.example.org/models", DAY)


def test_a_list_whose_format_nobody_names_is_told_by_its_content() -> None:
    assert values(listing([OPENROUTER_ROW]), "mine/lab/m") == {
        Field.PRICE_INPUT: Decimal(3),
        Field.CONTEXT_WINDOW: 8192,
    }


def test_rows_of_no_known_kind_tell_that_their_models_are_there() -> None:
    assert list(listing([{"id": "a", "colour": "red"}, {"id": "b"}]).ids) == ["mine/a", "mine/b"]
    assert list(listing([{"name": "a"}]).ids) == ["mine/a"]
    assert listing([]).ids == {}


def test_of_several_formats_of_one_server_the_one_that_fits_reads() -> None:
    newer = listing([{"key": "m", "type": "llm", "max_context_length": 4096}], "LM Studio", is_local=True)
    assert values(newer, "mine/m")[Field.CONTEXT_WINDOW] == 4096
    older = listing([{"id": "m", "compatibility_type": "gguf", "max_context_length": 2048}], "LM Studio")
    assert values(older, "mine/m")[Field.CONTEXT_WINDOW] == 2048
    assert list(listing([{"id": "m"}], "LM Studio").ids) == ["mine/m"]


def test_a_named_format_reads_what_is_left_of_rows_that_changed() -> None:
    assert list(listing([{"name": "models/gemini-x", "new": 1}], "Google").ids) == ["mine/gemini-x"]


def test_a_provider_that_answers_with_others_ids_makes_models_of_its_own_alone() -> None:
    rows: list[object] = [{"id": "openai/gpt-5"}, {"id": "../openai/gpt-5"}, {"id": "m", "owned_by": "openai"}]
    assert list(listing(rows, provider="sly").ids) == ["sly/openai/gpt-5", "sly/../openai/gpt-5", "sly/m"]


@pytest.mark.parametrize("name", ["a\x00b", "a\u202eb", " a", "", "x" * 301, None, 7, ["a"], {"a": 1}])
def test_a_name_that_cannot_stand_is_a_problem_and_costs_the_others_nothing(name: object) -> None:
    sheet = listing([{"id": name}, {"id": "<b>fine</b>"}])
    assert list(sheet.ids) == ["mine/<b>fine</b>"]
    assert len(sheet.problems) == 1


@pytest.mark.parametrize("row", ["m", None, 7, ["m"], True])
def test_a_row_that_is_no_object_is_a_problem(row: object) -> None:
    sheet = listing([row, {"id": "fine"}])
    assert list(sheet.ids) == ["mine/fine"]
    assert [problem.place for problem in sheet.problems] == ["row 1"]


def test_the_first_row_of_a_name_counts() -> None:
    rows: list[object] = [{"id": "m", "context_window": 1, "active": True}, {"id": "m", "context_window": 2}]
    sheet = listing(rows, "Groq")
    assert values(sheet, "mine/m") == {Field.CONTEXT_WINDOW: 1}
    assert len(sheet.problems) == 1


def test_what_runs_at_home_is_free_and_the_same_software_in_a_cloud_says_nothing_of_its_price() -> None:
    at_home = values(listing([dict(OLLAMA_ROW)], "Ollama", is_local=True), "mine/m:1b")
    assert at_home[Field.PRICE_INPUT] == 0
    in_a_cloud = values(listing([dict(OLLAMA_ROW)], "Ollama"), "mine/m:1b")
    assert Field.PRICE_INPUT not in in_a_cloud
    assert in_a_cloud[Field.FAMILY] == "fam"


def test_a_row_that_is_nested_without_end_is_refused_in_words() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError, match="nested too deeply"):
        listing([{"id": deep}])


def test_the_rows_are_used_up() -> None:
    rows: list[object] = [{"id": "a"}, {"id": "b"}]
    listing(rows)
    assert rows == []


def test_every_format_that_a_provider_names_has_a_reader() -> None:
    named = {known.listing.format for known in (*KNOWN.values(), *COMPATIBLE.values())} - {""}
    assert named <= {known.label for known in LIST_FORMATS}
