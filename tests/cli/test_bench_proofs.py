"""``bench prove`` and ``bench import``: what is claimed proven by asking, and what other tools measured taken in."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.commands import Run
from harness.facts import fact
from harness.foreign_results import guidellm, llama_bench, new_request
from harness.token_server import TokenServer, token_server
from modelward.catalog.model import Field
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.desk import Desk

FREE, DEAR = "lmstudio/pace-1-0-5", "lmstudio/pace-2-0-5"


@pytest.fixture(scope="module")
def server() -> Iterator[TokenServer]:
    """Its models answer whatever they are asked with a few words."""
    with token_server() as server:
        yield server


@pytest.fixture
def models(home: Path, server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWARD__SPENDING__ZERO_BURN", "false")
    monkeypatch.setenv("NO_PROXY", "*")

    async def fill() -> None:
        paths = Paths.locate()
        desk = await Desk.open(paths, load(paths, os.environ))
        prices = (Field.PRICE_INPUT, Field.PRICE_OUTPUT)
        facts = [fact(id_, field, price) for id_, price in ((FREE, "0"), (DEAR, "10")) for field in prices]
        facts.append(fact(FREE, Field.CAPABILITIES, ["tools"]))
        await desk._store.merge(facts, now=utc_now())
        await desk.providers.add("lmstudio", url=f"{server.url}/v1")
        await desk.close()

    asyncio.run(fill())


def test_a_claim_that_is_refuted_is_told_beside_it_and_by_the_exit_code(run: Run, models: None) -> None:
    ran = run("bench", "prove", FREE, "--what", "tools", "--what", "vision")
    assert ran.code == 1, ran.err
    assert ran.out.splitlines()[0] == "1 model, 6 calls at most. It is free."
    rows = [line.split() for line in ran.out.splitlines()[1:]]
    assert rows[0] == ["MODEL", "WHAT", "CLAIMED", "FOUND", "HOW"]
    assert [row[:4] for row in rows[1:]] == [[FREE, "tools", "yes", "refuted"], [FREE, "vision", "—", "refuted"]]


def test_a_refutation_of_what_nobody_claims_is_no_failure(run: Run, models: None) -> None:
    ran = run("bench", "prove", FREE, "--what", "vision", "--json")
    assert ran.code == 0
    (proof,) = json.loads(ran.out)
    assert (proof["subject"], proof["claimed"], proof["proof"]) == ("vision", None, "refuted")


def test_what_costs_is_asked_about_before_anything_is_sent(run: Run, models: None) -> None:
    ran = run("bench", "prove", DEAR, "--what", "tools")
    assert ran.code == 2
    assert "1 model, 3 calls at most. It costs about $0.0" in ran.out
    assert "Give --yes" in ran.err
    assert run("bench", "prove", DEAR, "--what", "tools", "--yes").code == 0


def test_what_cannot_be_proven_is_a_wrong_use(run: Run, models: None) -> None:
    ran = run("bench", "prove", FREE, "--what", "kindness")
    assert ran.code == 2
    assert "Choose of: tools, " in ran.err


def test_a_file_of_another_tool_is_taken_in_once(run: Run, models: None, tmp_path: Path) -> None:
    file = tmp_path / "benchmarks.json"
    file.write_text(json.dumps(guidellm(new_request(), model="pace-1-0-5")))
    first = run("bench", "import", str(file))
    assert first.out.splitlines() == [f"{file}: 1 call of GuideLLM", f"  pace-1-0-5 is {FREE}"]
    again = json.loads(run("bench", "import", str(file), "--json").out)
    assert (again["calls"], again["known"], again["problems"]) == (0, 1, [])
    assert "guidellm-512/11" in run("bench", "compare", FREE).out


def test_a_person_says_which_model_a_name_means(run: Run, models: None, tmp_path: Path) -> None:
    file = tmp_path / "llama.json"
    file.write_text(json.dumps([llama_bench()]))
    ran = run("bench", "import", str(file))
    assert ran.code != 0
    assert "Able-7B-Q4_K_M, which the file names, is no model of the catalogue." in ran.err
    assert run("bench", "import", str(file), "--model", FREE).code == 0
    named = run("bench", "import", str(file), "--model", f"Able-7B-Q4_K_M={FREE}")
    assert "0 calls of llama-bench, 3 were there before" in named.out
