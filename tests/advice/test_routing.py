"""Tables for routers: the right models, their fallbacks, and never a key."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.advice import WRITING, facts, graded, model, wanted
from harness.planted import PLANTED
from modelward.advice import routing
from modelward.advice.routing import Router, Way, key_variable, routing_table, written
from modelward.benchmarks.model import UseCase
from modelward.core.errors import FolderError, UsageError
from modelward.providers.local import OLLAMA, OPENAI_COMPATIBLE, VLLM
from modelward.providers.registry import KNOWN

MARKET = facts(
    model("openai/best", "2"),
    model("openai/second", "2"),
    model("anthropic/third", "3"),
    model("ollama/fourth:8b", "0"),
    graded("openai/best", 0.95),
    graded("openai/second", 0.94),
    graded("anthropic/third", 0.90),
    graded("ollama/fourth:8b", 0.60),
    graded("ollama/fourth:8b", 0.70, use_case=UseCase.TRANSLATION, tag="translation@cccccc"),
)
WAYS = {id_: Way(KNOWN[id_], key_variable(KNOWN[id_], id_)) for id_ in ("openai", "anthropic", "ollama")}


def litellm(**ways: Way) -> dict[str, Any]:
    document: Any = written(routing_table(MARKET, wanted()), WAYS | ways, Router.LITELLM)
    return document


def test_each_use_case_gets_its_best_model_and_fallbacks_of_other_providers_first() -> None:
    table = routing_table(MARKET, wanted())
    routes = {route.use_case: (route.model.id, [each.id for each in route.fallbacks]) for route in table.routes}
    assert routes == {
        WRITING: ("openai/best", ["anthropic/third", "ollama/fourth:8b"]),
        UseCase.TRANSLATION: ("ollama/fourth:8b", []),
    }
    assert set(table.without) == set(UseCase) - {WRITING, UseCase.TRANSLATION}


def test_constraints_hold_for_every_route() -> None:
    table = routing_table(MARKET, wanted(local_only=True))
    assert {route.model.id for route in table.routes} == {"ollama/fourth:8b"}


def test_litellm_finds_each_use_case_as_a_group_with_its_fallbacks() -> None:
    document = litellm()
    by_name = {each["model_name"]: each for each in document["model_list"]}
    assert by_name["code_generation"]["litellm_params"] == {
        "model": "openai/best",
        "api_base": "https://api.openai.com/v1",
        "api_key": "os.environ/OPENAI_API_KEY",
    }
    assert by_name["anthropic/third"]["litellm_params"] == {
        "model": "anthropic/third",
        "api_key": "os.environ/ANTHROPIC_API_KEY",
    }
    assert by_name["ollama/fourth:8b"]["litellm_params"] == {
        "model": "ollama_chat/fourth:8b",
        "api_base": OLLAMA.base_url,
    }
    assert by_name["code_generation"]["model_info"] == {"input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06}
    fallbacks = document["router_settings"]["fallbacks"]
    assert fallbacks == [{"code_generation": ["anthropic/third", "ollama/fourth:8b"]}]
    assert {name for each in fallbacks for names in each.values() for name in names} <= set(by_name)


def test_a_server_of_ones_own_without_a_key_gets_a_word_in_its_place() -> None:
    own = replace(VLLM, id="attic", base_url="http://attic:8000/v1/")
    document = litellm(openai=Way(own, ""))
    assert document["model_list"][0]["litellm_params"] == {
        "model": "openai/best",
        "api_base": "http://attic:8000/v1",
        "api_key": "none",
    }


def test_a_path_of_its_own_stays_in_the_address() -> None:
    own = replace(OPENAI_COMPATIBLE, base_url="https://x.example", chat_path="/v2/ai/chat/completions")
    assert litellm(openai=Way(own, "X"))["model_list"][0]["litellm_params"]["api_base"] == "https://x.example/v2/ai"


def test_a_provider_of_which_nothing_is_known_is_named_by_its_id() -> None:
    table = routing_table(MARKET, wanted())
    document: Any = written(table, {}, Router.LITELLM)
    assert document["model_list"][0]["litellm_params"] == {"model": "openai/best"}


def test_the_plain_table_names_models_addresses_and_variables() -> None:
    document: Any = written(routing_table(MARKET, wanted()), WAYS, Router.PLAIN)
    route = document["routes"]["code_generation"]
    assert route["model"] == "openai/best"
    assert (route["baseUrl"], route["keyVariable"]) == ("https://api.openai.com/v1", "OPENAI_API_KEY")
    assert [(each["model"], each["keyVariable"]) for each in route["fallbacks"]] == [
        ("anthropic/third", "ANTHROPIC_API_KEY"),
        ("ollama/fourth:8b", None),
    ]


def test_the_variable_of_a_key_is_where_it_was_found_else_the_usual_one_else_made_of_the_name() -> None:
    assert key_variable(KNOWN["google"], "google", "GOOGLE_API_KEY") == "GOOGLE_API_KEY"
    assert key_variable(KNOWN["google"], "google") == "GEMINI_API_KEY"
    assert key_variable(OPENAI_COMPATIBLE, "my-server.2") == "MY_SERVER_2_API_KEY"
    assert key_variable(OLLAMA, "ollama") == ""


@pytest.mark.parametrize("name", ["table.json", "table.yaml", "TABLE.YML"])
def test_a_file_reads_as_what_was_written(name: str, tmp_path: Path) -> None:
    document = litellm()
    routing.save(document, tmp_path / name)
    text = (tmp_path / name).read_text("utf-8")
    assert (json.loads(text) if name.endswith("json") else yaml.safe_load(text)) == document
    assert PLANTED not in text


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither JSON nor YAML"):
        routing.save({}, tmp_path / "table.toml")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="cannot be written"):
        routing.save({}, tmp_path / "nowhere" / "table.json")
