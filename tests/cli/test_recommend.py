"""``recommend``: the best models with their reasons, the sweet spot, tables for routers."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
import yaml

from harness.advice import file_answers
from harness.commands import Run
from harness.facts import fact
from harness.planted import PLANTED
from modelward.catalog.model import Field
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.desk import Desk

KEY = "sk-planted-key-7f3a-recommend"
MODELS = {
    "openai/dear": ("10", [True] * 20, "0.1"),
    "openai/sweet": ("0.4", [True] * 18 + [False] * 2, "0.004"),
    "openai/weak": ("0.05", [True] * 5 + [False] * 15, "0.0004"),
    "openai/new": ("0.01", [], "0"),
}
USE = ("recommend", "--use-case", "code-generation")
HERE = ("--provider", "openai", "--available")


@pytest.fixture
def market(filled_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four models of one provider in the store of this test, three of them measured; the key is in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    async def fill() -> None:
        paths = Paths.locate()
        desk = await Desk.open(paths, load(paths, os.environ))
        now, catalog = utc_now(), CatalogStore(desk.database)
        stated = [
            fact(id_, field, value)
            for id_, (price, _, _) in MODELS.items()
            for field, value in (
                (Field.KIND, "chat"),
                (Field.CONTEXT_WINDOW, 128_000),
                (Field.CAPABILITIES, ["tools"]),
                (Field.PRICE_INPUT, price),
                (Field.PRICE_OUTPUT, price),
            )
        ]
        await catalog.merge(stated, now=now)
        await catalog.apply_listing("openai", list(MODELS), now, is_first=True)
        await desk.providers.record_discovery("openai", now, models=len(MODELS))
        for id_, (_, passed, cost) in MODELS.items():
            await file_answers(desk.database, id_, passed, cost=cost)
        await desk.close()

    asyncio.run(fill())


@pytest.mark.usefixtures("market")
def test_the_right_one_of_three_is_recommended_with_reasons(run: Run) -> None:
    ran = run(*USE, *HERE)
    assert ran.code == 0, ran.err
    rows = [line.split() for line in ran.out.splitlines() if line.split()[:1] in (["1"], ["2"], ["3"])]
    assert [row[1] for row in rows] == ["openai/sweet", "openai/dear", "openai/weak"]
    assert "96 % cheaper than openai/dear, 10.0 points below it." in ran.out
    assert "Quality 90.0 % over 20 answers (70 % to 97 %)." in ran.out
    assert "Measure me:\n  openai/new  no answers graded, $0.01 in and $0.01 out per 1M tokens" in ran.out
    assert "RULED OUT" in ran.out


@pytest.mark.usefixtures("market")
def test_the_document_has_the_agreed_keys_and_exact_amounts(run: Run) -> None:
    ran = run(*USE, *HERE, "--max-price", "12.50", "--top", "2", "--json")
    document = json.loads(ran.out)
    assert list(document) == [
        *("useCase", "constraints", "considered", "fitting", "recommended", "unmeasured", "ruledOutBy", "ruledOut"),
    ]
    assert document["constraints"] == {
        "require": [],
        "minContext": None,
        "maxPrice": "12.5",
        "maxLatencySeconds": None,
        "localOnly": False,
        "providers": ["openai"],
        "notProviders": [],
        "available": True,
    }
    first = document["recommended"][0]
    assert list(first) == ["model", "score", "parts", "quality", "speed", "cost", "local", "why", "unknown"]
    assert (first["model"], first["cost"]["measured"]) == ("openai/sweet", True)
    assert isinstance(first["cost"]["usdPerSuccess"], str)
    assert [part["part"] for part in first["parts"]] == ["quality", "price", "speed", "steadiness", "privacy"]
    assert len(document["recommended"]) == 2
    assert document["fitting"] == 3
    assert [each["model"] for each in document["unmeasured"]] == ["openai/new"]
    assert len(document["ruledOut"]) == document["considered"] - 4
    assert document["ruledOutBy"]["notAvailable"] > 1_000


@pytest.mark.usefixtures("market")
def test_the_sweet_spot_is_named_with_its_saving_and_its_doubts(run: Run) -> None:
    ran = run(*USE, *HERE, "--sweet-spot")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("Sweet spot: openai/sweet · needs more runs (70 % to 97 % over 20 answers)\n")
    assert "It saves $0.10 a task (96 %) against openai/dear." in ran.out
    document = json.loads(run(*USE, *HERE, "--sweet-spot", "--threshold", "0.95", "--json").out)
    assert (document["pick"]["model"], document["threshold"], document["saving"]) == ("openai/dear", 0.95, "0")
    assert [each["model"] for each in document["front"]] == ["openai/weak", "openai/sweet", "openai/dear"]


@pytest.mark.usefixtures("market")
def test_no_sweet_spot_is_said_and_exits_with_one(run: Run) -> None:
    ran = run(*USE, "--provider", "openai", "--max-price", "0.1", "--sweet-spot")
    assert ran.code == 1
    assert "No model that was measured reaches 80 %" in ran.out
    assert "Measure the most promising model: modelward bench run openai/new --workload code-generation" in ran.err


@pytest.mark.usefixtures("market")
def test_a_baseline_that_was_not_measured_is_wrong_use(run: Run) -> None:
    ran = run(*USE, "--sweet-spot", "--baseline", "openai/new")
    assert (ran.code, ran.out) == (2, "")
    assert "openai/new was not measured" in ran.err


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("name", ["table.yaml", "table.json"])
def test_a_table_for_litellm_is_written_without_any_key(run: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    ran = run("recommend", "--routing", str(file), *HERE)
    assert ran.code == 0, ran.err
    assert "Writing code  openai/sweet" in ran.out
    text = file.read_text("utf-8")
    assert PLANTED not in text
    document = json.loads(text) if name.endswith("json") else yaml.safe_load(text)
    assert document["model_list"][0]["model_name"] == "code_generation"
    assert document["model_list"][0]["litellm_params"]["api_key"] == "os.environ/OPENAI_API_KEY"
    assert document["router_settings"]["fallbacks"] == [{"code_generation": ["openai/dear", "openai/weak"]}]


@pytest.mark.usefixtures("market")
def test_a_plain_table_of_one_use_case(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "table.json"
    ran = run(*USE, *HERE, "--routing", str(file), "--router", "plain", "--json")
    assert [route["useCase"] for route in json.loads(ran.out)["routes"]] == ["code_generation"]
    assert json.loads(file.read_text("utf-8"))["routes"]["code_generation"]["model"] == "openai/sweet"


def test_without_any_measurement_no_table_is_written(run: Run, filled_home: Path, tmp_path: Path) -> None:
    ran = run("recommend", "--routing", str(tmp_path / "table.yaml"))
    assert ran.code == 1
    assert "modelward bench run MODEL" in ran.err
    assert not (tmp_path / "table.yaml").exists()


def test_without_any_measurement_the_next_step_is_said(run: Run, filled_home: Path) -> None:
    ran = run(*USE, "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["recommended"] == []
    assert ran.err.startswith("Nothing can be recommended.\n  Measure the most promising model: modelward bench run ")
    assert "add a key" in ran.err


def test_where_all_are_ruled_out_what_to_loosen_is_said(run: Run, filled_home: Path) -> None:
    ran = run(*USE, "--min-context", "2000000000")
    assert ran.code == 1
    assert "Try a smaller --min-context: " in ran.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--use-case with one of: code-generation"),
        (("--use-case", "cooking"), "There is no use case 'cooking'."),
        (("--use-case", "reasoning", "--require", "wings"), "There is no capability 'wings'."),
        (("--use-case", "reasoning", "--max-price", "cheap"), "'cheap' is no price."),
        (("--use-case", "reasoning", "--max-price", "-1"), "'-1' is no price."),
        (("--use-case", "reasoning", "--max-price", "nan"), "'nan' is no price."),
        (("--use-case", "reasoning", "--threshold", "0.5"), "--threshold belongs to --sweet-spot or --search"),
        (("--use-case", "reasoning", "--sweet-spot", "--routing", "x.json"), "do not go together"),
        (("--routing", "x.json", "--router", "train"), "There is no router 'train'."),
        (("--use-case", "reasoning", "--top", "0"), "--top"),
        (("--use-case", "reasoning", "--sweet-spot", "--threshold", "1.5"), "--threshold"),
    ],
)
def test_wrong_use_is_told_before_anything_is_done(run: Run, arguments: tuple[str, ...], told: str) -> None:
    ran = run("recommend", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
