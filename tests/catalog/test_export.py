"""Our own export: everything comes back as it was, and a sheet runs nothing of it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelward.catalog.export import csv_text, fact_json, json_parts, model_json, time_text, write_export
from modelward.catalog.fields import FIELDS, PRICES, FieldType, read
from modelward.catalog.model import (
    Capabilities,
    Capability,
    Fact,
    FactValue,
    Field,
    Kind,
    Model,
    PriceTier,
    Source,
    Status,
    model_id,
)
from modelward.catalog.rawfiles import RawFile, read_bytes, read_file
from modelward.core.errors import FolderError, InputError, UsageError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = Model("acme/one", "acme", "one")


def fact(value: FactValue = 8192, field: Field = Field.CONTEXT_WINDOW, **more: Any) -> Fact:
    return Fact(
        **{"model_id": ONE.id, "source": Source.USER, "origin": "you", "observed_at": NOW, **more},
        field=field,
        value=value,
    )


def exported(*facts: Fact) -> str:
    return "".join(json_parts([ONE], {ONE.id: facts}, NOW))


def read_back(text: str) -> RawFile:
    return read_bytes(text.encode(), "export.json", NOW)


PRICE = st.decimals(0, 10**6, places=6, allow_nan=False).map(lambda price: read(Field.PRICE_INPUT, price))
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
VALUES: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.INTEGER: st.integers(1, 10**9),
    FieldType.PRICE: PRICE,
    FieldType.TEXT: TEXT,
    FieldType.KIND: st.sampled_from(Kind).map(str),
    FieldType.DATE: st.dates().map(lambda day: day.isoformat()),
    FieldType.FLAG: st.booleans(),
    FieldType.CAPABILITIES: st.frozensets(st.sampled_from(Capability)).flatmap(
        lambda has: st.builds(
            Capabilities, st.just(has), st.frozensets(st.sampled_from(Capability)).map(lambda s: s - has)
        )
    ),
    FieldType.TIERS: st.lists(st.builds(PriceTier, st.sampled_from(PRICES), PRICE, TEXT), max_size=3).map(tuple),
}
FACTS = st.sampled_from(Field).flatmap(
    lambda field: st.builds(
        Fact,
        st.just(ONE.id),
        st.just(field),
        st.sampled_from(Source),
        st.text(min_size=1, max_size=20),
        VALUES[FIELDS[field].type],
        st.datetimes(timezones=st.just(UTC)),
        st.floats(0, 1),
        st.none() | st.text(max_size=20),
        st.none() | st.text(st.characters(), max_size=20),
    )
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FACTS, max_size=5))
def test_every_fact_comes_back_exactly_as_it_was(facts: list[Fact]) -> None:
    raw = read_back(exported(*facts))
    assert raw.problems == []
    assert raw.facts == facts
    assert raw.ids == ("acme/one",)


def test_a_model_without_facts_comes_back_by_its_name() -> None:
    raw = read_back(exported())
    assert (raw.format, raw.ids, raw.facts) == ("Modelward export", ("acme/one",), [])


def test_every_edge_of_the_catalogue_survives_the_export(tmp_path: Path) -> None:
    from modelward.catalog.reference import load_reference

    facts = load_reference(NOW).facts[:2000]
    by_model: dict[str, list[Fact]] = {}
    for each in facts:
        by_model.setdefault(each.model_id, []).append(each)
    models = [Model(id_, *id_.split("/", 1)) for id_ in by_model]
    path = tmp_path / "all.json"
    write_export(path, models, by_model, NOW)
    assert read_file(path, NOW).facts == facts


def test_the_export_says_what_it_is_and_keeps_to_ascii() -> None:
    text = exported(fact("zw\u202eölf", Field.FAMILY))
    document = json.loads(text)
    assert (document["format"], document["version"], document["exportedAt"]) == (
        "modelward-catalog",
        1,
        "2026-11-20T12:00:00Z",
    )
    assert text.isascii()


def test_an_export_of_a_newer_version_is_refused() -> None:
    with pytest.raises(InputError, match="newer Modelward"):
        read_back('{"format": "modelward-catalog", "version": 2, "models": []}')


@pytest.mark.parametrize(
    "rest", ['"version": 1', '"version": "1", "models": []', '"version": 1, "models": {}', '"models": []']
)
def test_an_export_without_its_parts_is_refused(rest: str) -> None:
    with pytest.raises(InputError, match="export of Modelward"):
        read_back(f'{{"format": "modelward-catalog", {rest}}}')


@pytest.mark.parametrize(
    "change",
    [
        {"field": "colour"},
        {"source": "rumour"},
        {"origin": ""},
        {"origin": None},
        {"value": -1},
        {"value": []},
        {"observedAt": "2026-11-20T12:00:00"},
        {"observedAt": "yesterday"},
        {"observedAt": None},
        {"confidence": 2},
        {"confidence": float("nan")},
        {"confidence": "high"},
        {"evidence": 5},
        {"quote": "x" * 20_000},
    ],
)
def test_a_bad_fact_is_named_and_costs_only_itself(change: dict[str, Any]) -> None:
    good = fact_json(fact())
    document = {"format": "modelward-catalog", "version": 1}
    raw = read_back(json.dumps({**document, "models": [{"id": "acme/one", "facts": [{**good, **change}, good, 3]}]}))
    assert raw.facts == [fact()]
    assert [problem.place for problem in raw.problems] == ["row 1 (acme/one), fact 1", "row 1 (acme/one), fact 3"]


@pytest.mark.parametrize("id_", ["one", "/one", "acme/", "acme/o\u202ene", "acme/" + "x" * 400, 5, None, {}])
def test_a_model_whose_id_cannot_stand_is_refused_by_its_row(id_: object) -> None:
    document = {
        "format": "modelward-catalog",
        "version": 1,
        "models": [{"id": id_}, {"id": "acme/two"}, {"id": "acme/two"}],
    }
    raw = read_back(json.dumps(document))
    assert raw.ids == ("acme/two",)
    assert [problem.place[:5] for problem in raw.problems] == ["row 1", "row 3"]


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert time_text(elsewhere) == time_text(NOW)


def test_a_model_is_shown_with_camel_case_keys_and_exact_money() -> None:
    model = Model(
        "acme/one",
        "acme",
        "one",
        status=Status.AVAILABLE,
        capabilities=frozenset({Capability.VISION, Capability.TOOLS}),
        price_input=Decimal("0.30"),
        first_seen=NOW,
    )
    shown = model_json(model)
    assert shown["priceInput"] == "0.3"
    assert shown["capabilities"] == ["tools", "vision"]
    assert shown["notCapabilities"] == []
    assert shown["contextWindow"] is None
    assert shown["firstSeen"] == "2026-11-20T12:00:00Z"
    assert json.loads(json.dumps(shown)) == shown


def test_whether_a_fact_counts_is_said_where_it_is_known() -> None:
    assert "effective" not in fact_json(fact())
    assert fact_json(fact(), effective=False)["effective"] is False


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=cmd|"/c calc"!A1']


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_the_csv_is_a_formula(text: str) -> None:
    model = Model(model_id("acme", text), "acme", text, display_name=text, family=text)
    rows = list(csv.DictReader(io.StringIO(csv_text([model]), newline="")))
    assert rows[0]["name"] == f"'{text}"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in rows[0].values())


def test_the_csv_has_a_column_for_each_value_and_leaves_unknown_empty(tmp_path: Path) -> None:
    path = tmp_path / "all.CSV"
    write_export(path, [ONE], {}, NOW)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    assert list(rows[0]) == list(model_json(ONE))
    assert rows[0]["contextWindow"] == ""
    assert rows[0]["isComplete"] == "no"


def test_another_ending_is_refused_and_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    before = list(tmp_path.iterdir())
    with pytest.raises(UsageError, match=r"neither \.json nor \.csv"):
        write_export(tmp_path / "all.txt", [ONE], {}, NOW)
    with pytest.raises(FolderError, match=r"gone/all\.json cannot be written"):
        write_export(tmp_path / "gone" / "all.json", [ONE], {}, NOW)
    assert list(tmp_path.iterdir()) == before
