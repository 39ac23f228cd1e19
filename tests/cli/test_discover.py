"""``discover``: what each provider gave, in words and as JSON, and the exit code."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.commands import Run
from harness.wire import Reply, WireServer
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.desk import Desk


class Beside:
    """A server on a thread of its own: a command takes this one's for itself."""

    def __init__(self) -> None:
        self.wire = WireServer()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> WireServer:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.wire.__aenter__(), self._loop).result(5)
        return self.wire

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.wire.__aexit__(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def beside() -> Iterator[WireServer]:
    with Beside() as wire:
        yield wire


@pytest.fixture
def wire(beside: WireServer, filled_home: Path, monkeypatch: pytest.MonkeyPatch) -> WireServer:
    """A server at which OpenAI and Mistral are, whose keys the environment holds."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-key-7f3a-openai")
    monkeypatch.setenv("MISTRAL_API_KEY", "planted-key-7f3a-mistral")

    async def add() -> None:
        paths = Paths.locate()
        desk = await Desk.open(paths, load(paths, os.environ))
        for id_ in ("openai", "mistral"):
            await desk.providers.add(id_, url=f"{beside.url}/{id_}")
        await desk.close()

    asyncio.run(add())
    serve(beside, "openai", "gpt-4o", "brand-new")
    serve(beside, "mistral", "mistral-large-latest")
    return beside


def serve(wire: WireServer, provider: str, *names: str) -> None:
    rows = [{"id": name, "object": "model", "created": 1, "owned_by": provider} for name in names]
    wire.route("GET", f"/{provider}/models", Reply(body={"object": "list", "data": rows}))


def refuse(wire: WireServer, provider: str) -> None:
    wire.route("GET", f"/{provider}/models", Reply(401, body={"error": {"message": "no such key"}}))


KEYS = ["id", "title", "state", "models", "new", "gone", "retired", "back", "changed", "seconds", "error"]


def test_discover_lists_every_providers_models(run: Run, wire: WireServer) -> None:
    ran = run("discover", "--json")
    assert (ran.code, ran.err) == (0, "")
    report = json.loads(ran.out)
    assert list(report) == ["providers", "models", "catalogues"]
    assert report["models"] == 3
    assert [list(provider) for provider in report["providers"]] == [KEYS, KEYS]
    found = {provider["id"]: provider for provider in report["providers"]}
    assert (found["openai"]["state"], found["openai"]["models"], found["openai"]["error"]) == ("ok", 2, None)
    assert found["openai"]["new"] == []  # of a first list nothing is news
    listed = run("catalog", "show", "openai/brand-new", "--json")
    assert json.loads(listed.out)["id"] == "openai/brand-new"


def test_what_is_new_and_gone_is_told_by_name(run: Run, wire: WireServer) -> None:
    run("discover")
    serve(wire, "openai", "gpt-4o", "newer")
    ran = run("discover")
    assert ran.code == 0
    assert ran.out.splitlines()[0].split() == ["PROVIDER", "MODELS", "NEW", "GONE", "TIME", "STATE"]
    row = next(line for line in ran.out.splitlines() if line.startswith("OpenAI"))
    assert row.split()[1:4] == ["2", "1", "1"]
    assert row.endswith("ready")
    assert "OpenAI, new:\n  openai/newer" in ran.out
    assert "OpenAI, gone:\n  openai/brand-new" in ran.out


def test_a_provider_that_fails_is_told_with_what_to_do_and_costs_the_others_nothing(run: Run, wire: WireServer) -> None:
    refuse(wire, "mistral")
    ran = run("discover")
    assert ran.code == 1
    rows = {line.split()[0]: line for line in ran.out.splitlines() if line}
    assert rows["Mistral"].endswith("refused")
    assert rows["OpenAI"].endswith("ready")
    assert "Mistral" in ran.err
    assert "key" in ran.err
    report = json.loads(run("discover", "mistral", "--json").out)
    assert [provider["id"] for provider in report["providers"]] == ["mistral"]
    assert "Mistral" in report["providers"][0]["error"]


def test_an_unknown_provider_is_wrong_use(run: Run, wire: WireServer) -> None:
    for more in ((), ("--check",)):
        ran = run("discover", "opanai", *more)
        assert (ran.code, ran.out) == (2, "")
        assert "openai" in ran.err
    assert wire.connections == 0


def test_without_any_provider_it_says_how_to_add_one(run: Run, filled_home: Path) -> None:
    for more in ((), ("--check",)):
        ran = run("discover", *more)
        assert (ran.code, ran.out) == (0, "")
        assert "modelward keys set" in ran.err
    assert json.loads(run("discover", "--json").out) == {"providers": [], "models": 0, "catalogues": []}


def test_a_check_only_looks(run: Run, wire: WireServer) -> None:
    refuse(wire, "mistral")
    ran = run("discover", "--check", "--json")
    assert ran.code == 1
    looks = {look["id"]: look for look in json.loads(ran.out)["providers"]}
    assert {id_: look["state"] for id_, look in looks.items()} == {"openai": "ok", "mistral": "refused"}
    assert looks["openai"]["latencyMs"] > 0
    assert run("catalog", "show", "openai/brand-new").code == 2
    assert "Mistral refused the key" in run("discover", "--check").err
    ran = run("discover", "--check", "openai")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == ["PROVIDER", "openai"]


def test_public_catalogues_are_not_fetched_without_a_yes(run: Run, filled_home: Path) -> None:
    ran = run("discover", "--catalogues")
    assert ran.code == 0
    assert "discovery.public_catalogues does not say yes" in ran.err
