"""``modelward catalog …`` over a store that was filled from the reference source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.commands import Run

pytestmark = pytest.mark.usefixtures("filled_home")

MODEL = "openai/gpt-5-mini"


def test_the_catalogue_lists_thousands_of_models_of_many_providers(run: Run) -> None:
    ran = run("catalog", "list", "--json")
    models = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert len(models) > 4500
    assert len({model["provider"] for model in models}) > 40


def test_a_list_can_be_narrowed_by_provider_capability_and_words(run: Run) -> None:
    ran = run(
        "catalog", "list", "--provider", "anthropic", "--capability", "vision", "--search", "claude opus", "--json"
    )
    models = [json.loads(line) for line in ran.out.splitlines()]
    assert models
    assert {model["provider"] for model in models} == {"anthropic"}
    assert all("vision" in model["capabilities"] and "opus" in model["id"] for model in models)


def test_incomplete_models_are_those_that_lack_something(run: Run) -> None:
    models = [json.loads(line) for line in run("catalog", "list", "--incomplete", "--json").out.splitlines()]
    health = json.loads(run("health", "--json").out)
    assert len(models) == health["incomplete"] > 0
    assert not any(model["isComplete"] for model in models)


def test_an_unknown_capability_is_refused_with_the_list_of_words(run: Run) -> None:
    ran = run("catalog", "list", "--capability", "telepathy")
    assert ran.code == 2
    assert "telepathy" in ran.err
    assert "prompt_caching" in ran.err


def test_show_prints_each_field_with_source_and_date(run: Run) -> None:
    ran = run("catalog", "show", MODEL)
    assert ran.code == 0
    assert "Context window: 400,000 tokens" in ran.out
    assert "reference (genai-prices) · as of 2026-" in ran.out
    assert "Unknown: " in ran.out


def test_show_and_list_give_the_same_keys(run: Run) -> None:
    shown = json.loads(run("catalog", "show", MODEL, "--json").out)
    facts = shown.pop("facts")
    listed = json.loads(run("catalog", "list", "--search", MODEL, "--json").out.splitlines()[0])
    assert shown.keys() == listed.keys()
    assert {"field", "value", "source", "confidence", "observedAt", "evidence", "effective"} <= facts[0].keys()
    assert {fact["field"] for fact in facts if fact["effective"]} >= {"contextWindow", "capabilities", "priceInput"}


def test_an_own_value_beats_all_until_it_is_withdrawn(run: Run) -> None:
    before = json.loads(run("catalog", "show", MODEL, "--json").out)["contextWindow"]
    assert run("catalog", "set", MODEL, "context_window", "123k").code == 0
    shown = json.loads(run("catalog", "show", MODEL, "--json").out)
    own = [fact for fact in shown["facts"] if fact["source"] == "user"]
    assert (shown["contextWindow"], own[0]["value"], own[0]["effective"]) == (123_000, 123_000, True)
    assert run("catalog", "clear", MODEL, "contextWindow").code == 0
    assert json.loads(run("catalog", "show", MODEL, "--json").out)["contextWindow"] == before
    assert run("catalog", "clear", MODEL, "contextWindow").code == 2


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("contextWindow", "soup", "whole number"),
        ("contextWindow", "-5", "between"),
        ("contextWindow", "1e400", "between"),
        ("priceInput", "NaN", "price"),
        ("nonsense", "1", "context_window"),
        ("capabilities", "tools, magic", "prompt_caching"),
        ("price_tiers", "[]", "base price"),
        ("modelPage", "https://acme.example/m", "by hand"),
        ("knowledgeCutoff", "2025-13-01", "YYYY"),
    ],
)
def test_a_value_that_its_field_does_not_allow_is_refused_in_words(run: Run, field: str, value: str, word: str) -> None:
    ran = run("catalog", "set", MODEL, field, "--", value)
    assert ran.code == 2
    assert word in ran.err


def test_an_unknown_model_is_answered_with_close_ids(run: Run) -> None:
    ran = run("catalog", "show", "openai/gpt-5-mimi")
    assert ran.code == 2
    assert MODEL in ran.err


def test_an_export_can_be_imported_elsewhere_with_every_fact(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("catalog", "set", MODEL, "rpm", "77")
    file = tmp_path / "all.json"
    assert run("catalog", "export", str(file)).code == 0
    here = json.loads(run("catalog", "show", MODEL, "--json").out)
    monkeypatch.setenv("MODELWARD_HOME", str(tmp_path / "elsewhere"))
    assert run("catalog", "import", str(file)).code == 0
    there = json.loads(run("catalog", "show", MODEL, "--json").out)
    assert there["rpm"] == 77
    assert there["facts"] == here["facts"]


def test_a_file_that_is_no_list_is_refused_and_the_others_are_imported(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(
        json.dumps(
            {
                "models": [
                    {
                        "name": "models/gemini-new",
                        "inputTokenLimit": 1000,
                        "outputTokenLimit": 10,
                        "supportedGenerationMethods": ["generateContent"],
                    }
                ]
            }
        ),
        "utf-8",
    )
    bad.write_text('{"models": [', "utf-8")
    ran = run("catalog", "import", str(bad), str(good))
    assert ran.code == 1
    assert "bad.json" in ran.err
    assert "1 new" in ran.out
    assert json.loads(run("catalog", "show", "google/gemini-new", "--json").out)["maxInputTokens"] == 1000


def test_csv_is_for_sheets(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    assert run("catalog", "export", str(file)).code == 0
    lines = file.read_text("utf-8-sig").splitlines()
    assert len(lines) > 4500
    assert "contextWindow" in lines[0]
