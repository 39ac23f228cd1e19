"""``providers``: listed, added, tested, removed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from threading import Thread

import keyring
import pytest

from harness.commands import Run
from harness.secret_service import SecretService
from harness.wire import Reply, WireServer

KEY = "sk-planted-key-7f3a-openai"


@pytest.fixture
def server() -> Iterator[WireServer]:
    """A server beside the commands, which have a loop of their own."""
    loop = asyncio.new_event_loop()
    made = WireServer()
    loop.run_until_complete(made.__aenter__())
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield made
    asyncio.run_coroutine_threadsafe(made.__aexit__(None, None, None), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_providers_are_added_listed_switched_and_removed(run: Run) -> None:
    added = run("providers", "add", "openai")
    assert (added.code, added.out) == (0, "openai\n")
    assert "modelward keys set openai" in added.err
    (row,) = json.loads(run("providers", "list", "--json").out)
    assert (row["id"], row["enabled"], row["key"]["origin"], row["models"]) == ("openai", True, "none", None)
    assert "missing" in run("providers", "list").out
    assert run("providers", "disable", "openai").code == 0
    assert "disabled" in run("providers", "list").out
    assert run("providers", "enable", "openai").code == 0
    refused = run("providers", "remove", "openai")
    assert refused.code == 3
    assert json.loads(run("providers", "list", "--json").out) == [row]
    assert run("providers", "remove", "openai", "--yes").out == "openai: removed\n"
    assert json.loads(run("providers", "list", "--json").out) == []


def test_all_names_what_can_be_added(run: Run) -> None:
    rows = json.loads(run("providers", "list", "--all", "--json").out)
    assert {"openai", "ollama", "groq"} <= {row["id"] for row in rows if not row["inUse"]}
    assert "can be added" in run("providers", "list", "--all").out


def test_a_server_of_ones_own_is_recognised_and_tested(run: Run, server: WireServer) -> None:
    server.route("GET", "/v1/models", Reply(body={"object": "list", "data": [{"id": "m", "object": "model"}]}))
    assert run("providers", "add", "mine", "--url", server.url, "--title", "Mine").out == "mine\n"
    (row,) = json.loads(run("providers", "list", "--json").out)
    assert (row["kind"], row["baseUrl"], row["title"]) == ("openai-compatible", f"{server.url}/v1", "Mine")
    tested = run("providers", "test", "--json")
    assert tested.code == 0
    (report,) = json.loads(tested.out)
    assert (report["provider"], report["ok"], report["error"]) == ("mine", True, None)
    assert "mine: answers" in run("providers", "test", "mine").out


def test_a_failed_test_exits_with_1_and_says_what_to_do(run: Run, server: WireServer) -> None:
    assert run("providers", "add", "there", "--url", server.url, "--as", "vllm").code == 0
    assert run("providers", "add", "openai").code == 0
    tested = run("providers", "test")
    assert tested.code == 1
    assert "there: failed" in tested.out
    assert "modelward keys set openai" in tested.err


def test_a_provider_that_the_environment_brings_back_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    removed = run("providers", "remove", "openai", "--yes")
    assert "stays listed, disabled" in removed.err
    assert "OPENAI_API_KEY" in removed.err
    (row,) = json.loads(run("providers", "list", "--json").out)
    assert row["enabled"] is False


def test_removing_deletes_the_key(run: Run, secret_service: SecretService) -> None:
    keyring.set_password("modelward", "openai", KEY)
    assert run("providers", "remove", "openai", "--yes").code == 0
    assert keyring.get_password("modelward", "openai") is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "nobody"),
        ("add",),
        ("add", "mine", "--url", "ftp://x"),
        ("add", "mine", "--url", f"http://x/?key={KEY}"),
        ("add", "mine", "--url", "http://localhost:1", "--as", "nonsense"),
        ("remove", KEY, "--yes"),
        ("test", "nobody"),
        ("enable", "nobody"),
    ],
)
def test_wrong_use_exits_with_2(arguments: tuple[str, ...], run: Run) -> None:
    ran = run("providers", *arguments)
    assert ran.code == 2
    assert "planted" not in ran.out + ran.err
