"""What the double of Ollama's server can do that no true one does on request: fail, lie, vanish, start anew."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.gguf_writer import tiny_gguf
from harness.ollama_gguf import decode
from harness.ollama_library import Shelf, digest_of
from harness.ollama_registry import Registry
from harness.ollama_server import HANG, HTML, OllamaDouble

NAME = "llama3.2:3b"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "models")
    shelf.add(NAME)
    return shelf


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    async with Registry() as registry:
        yield registry


@pytest.fixture
async def ollama(shelf: Shelf, registry: Registry) -> AsyncIterator[OllamaDouble]:
    async with OllamaDouble(shelf.folder, registry=registry.url) as ollama:
        yield ollama


@pytest.fixture
async def http(ollama: OllamaDouble) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=ollama.url, trust_env=False) as http:
        yield http


async def names(http: httpx.AsyncClient) -> list[str]:
    return [row["name"] for row in (await http.get("/api/tags")).json()["models"]]


async def pulled(http: httpx.AsyncClient, name: str = NAME) -> list[dict[str, Any]]:
    reply = await http.post("/api/pull", json={"model": name})
    return [json.loads(line) for line in reply.text.splitlines()]


def completed(shelf: Shelf, digest: str) -> int:
    """How many bytes of a blob have come, as its partial download remembers."""
    told: dict[str, int] = json.loads(Path(f"{shelf.blob(digest)}-partial-0").read_bytes())
    return told["Completed"]


# -------------------------------------------------------------------- starting


async def test_a_missing_config_is_noticed_in_the_list_only_after_a_restart(
    shelf: Shelf, ollama: OllamaDouble, http: httpx.AsyncClient
) -> None:
    shelf.delete(shelf.digest(NAME, "config"))

    assert await names(http) == [NAME]
    ollama.restart()
    assert await names(http) == []


async def test_healed_weights_run_again_after_a_restart(
    shelf: Shelf, ollama: OllamaDouble, http: httpx.AsyncClient
) -> None:
    weights = shelf.blob(shelf.digest(NAME))
    aside = weights.rename(weights.with_name("aside"))
    assert (await http.post("/api/generate", json={"model": NAME})).status_code == 400
    aside.rename(weights)
    assert (await http.post("/api/generate", json={"model": NAME})).status_code == 400

    ollama.restart()

    assert (await http.post("/api/generate", json={"model": NAME})).json()["done_reason"] == "load"


async def test_a_start_removes_orphans_and_partials_of_more_than_an_hour(shelf: Shelf, ollama: OllamaDouble) -> None:
    old, young = shelf.put(b"old orphan"), shelf.put(b"young orphan")
    whole = shelf.blob(shelf.partial())
    partial = whole.with_name(f"{whole.name}-partial")
    for path in (shelf.blob(old), partial, shelf.blob(shelf.digest(NAME))):
        shelf.age(path, seconds=3700)

    ollama.restart()

    assert not shelf.blob(old).exists()
    assert not partial.exists()
    assert shelf.blob(young).exists()
    assert shelf.blob(shelf.digest(NAME)).exists()


@pytest.mark.parametrize("cause", [".DS_Store", "an empty manifest", "OLLAMA_NOPRUNE"])
async def test_nothing_is_removed_at_a_start_where_a_manifest_is_bad_or_it_is_forbidden(
    shelf: Shelf, ollama: OllamaDouble, cause: str
) -> None:
    old = shelf.put(b"old orphan")
    shelf.age(shelf.blob(old), seconds=3700)
    if cause == ".DS_Store":
        shelf.ds_store(NAME)
    elif cause == "an empty manifest":
        shelf.cut_manifest(NAME)
    else:
        ollama.prunes = False

    ollama.restart()

    assert shelf.blob(old).exists()


async def test_a_broken_list_at_the_start_stays_broken_until_the_next_one(
    shelf: Shelf, ollama: OllamaDouble, http: httpx.AsyncClient
) -> None:
    link = shelf.dangling("llama3.2:gone")
    ollama.prunes = False
    ollama.restart()
    link.unlink()

    assert (await http.get("/api/tags")).status_code == 500
    ollama.restart()
    assert await names(http) == [NAME]


async def test_the_first_list_waits_until_the_start_is_over(ollama: OllamaDouble, http: httpx.AsyncClient) -> None:
    ollama.hydrated.clear()
    listing = asyncio.create_task(names(http))
    assert (await http.get("/")).status_code == 200
    assert not listing.done()

    ollama.hydrated.set()

    assert await listing == [NAME]


async def test_it_can_serve_another_folder_without_a_word(
    ollama: OllamaDouble, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    ollama.move(tmp_path / "default")

    assert await names(http) == []


# -------------------------------------------------------------------- failing


async def test_it_is_gone_and_back_under_the_same_address(ollama: OllamaDouble, http: httpx.AsyncClient) -> None:
    await ollama.stop()
    with pytest.raises(httpx.ConnectError):
        await http.get("/")

    await ollama.start()

    assert (await http.get("/")).text == "Ollama is running"


async def test_it_answers_a_page_or_nothing(ollama: OllamaDouble, http: httpx.AsyncClient) -> None:
    ollama.instead = {"/api/tags": HTML, "/api/generate": HANG}

    assert "<html>" in (await http.get("/api/tags")).text.replace("<!doctype html>", "<html>")
    with pytest.raises(httpx.ReadTimeout):
        await http.post("/api/generate", json={"model": NAME}, timeout=0.05)
    assert (await http.get("/")).status_code == 200


async def test_it_lies(shelf: Shelf, ollama: OllamaDouble, http: httpx.AsyncClient) -> None:
    ollama.is_lying = True
    before = shelf.snapshot()

    assert (await pulled(http, "qwen3"))[-1] == {"status": "success"}
    assert (await http.request("DELETE", "/api/delete", json={"model": NAME})).status_code == 200
    assert (await http.post("/api/copy", json={"source": NAME, "destination": "copy"})).status_code == 200
    assert (await http.post(f"/api/blobs/{digest_of(b'x')}", content=b"x")).status_code == 201
    assert shelf.snapshot() == before


async def test_offline_is_told_as_a_name_that_nobody_knows(ollama: OllamaDouble, http: httpx.AsyncClient) -> None:
    ollama.source.is_offline = True

    error = (await pulled(http))[-1]["error"]

    assert error.startswith('pull model manifest: Get "https://registry.ollama.ai/v2/library/llama3.2/manifests/3b"')
    assert error.endswith("no such host")


async def test_a_stream_can_break_or_end_without_its_last_line(ollama: OllamaDouble, http: httpx.AsyncClient) -> None:
    async def said() -> list[dict[str, Any]]:
        reply = await http.post("/api/generate", json={"model": NAME, "prompt": "Hello"})
        assert reply.status_code == 200
        return [json.loads(line) for line in reply.text.splitlines()]

    ollama.runner.breaks_after = 1
    assert list((await said())[-1]) == ["error"]
    ollama.runner.breaks_after, ollama.runner.ends_early = None, True
    assert not any(line["done"] for line in await said())


async def test_what_the_runner_refuses_is_told_with_its_words(ollama: OllamaDouble, http: httpx.AsyncClient) -> None:
    ollama.runner.refuses = "error loading model: unknown architecture"

    told = await http.post("/api/generate", json={"model": NAME})

    assert told.status_code == 500
    assert told.json()["error"].endswith("error loading model: unknown architecture")


async def test_a_loaded_model_answers_from_memory_when_its_weights_are_gone(
    shelf: Shelf, ollama: OllamaDouble, http: httpx.AsyncClient
) -> None:
    await http.post("/api/generate", json={"model": NAME})
    shelf.delete(shelf.digest(NAME))

    told = (await http.post("/api/generate", json={"model": NAME, "prompt": "Hello", "stream": False})).json()

    assert told["response"] == "".join(ollama.runner.says)
    assert "load_duration" not in told


async def test_a_model_of_vectors_gives_some_of_length_one(shelf: Shelf, http: httpx.AsyncClient) -> None:
    shelf.add("embedder", config={"capabilities": ["embedding"]})

    told = (await http.post("/api/embed", json={"model": "embedder", "input": ["one", "two"]})).json()

    assert [round(sum(number**2 for number in vector), 9) for vector in told["embeddings"]] == [1.0, 1.0]
    assert (await http.post("/api/embed", json={"model": "embedder", "input": []})).json()["embeddings"] == []


# -------------------------------------------------------------------- pulling from the public registry


async def test_models_of_the_public_registry_come_from_the_registrys_double(
    shelf: Shelf, registry: Registry, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    other = Shelf(tmp_path / "other")
    digest = other.add("qwen3:8b")
    registry.publish(other, "qwen3:8b")

    assert (await pulled(http, "qwen3:8b"))[-1] == {"status": "success"}
    assert digest_of(shelf.manifest("qwen3:8b").read_bytes()) == digest
    assert set(await names(http)) == {"qwen3:8b", NAME}
    assert registry.asked_manifests() == 1


async def test_a_pull_can_say_how_far_it_is_and_be_left_alone_half_way(
    shelf: Shelf, ollama: OllamaDouble, registry: Registry, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    other = Shelf(tmp_path / "other")
    other.add("qwen3:8b", 1 << 18)
    weights = other.digest("qwen3:8b")
    registry.publish(other, "qwen3:8b")
    registry.gate = asyncio.Semaphore(1)
    ollama.source.every_line = True

    async with http.stream("POST", "/api/pull", json={"model": "qwen3:8b"}) as reply:
        lines = reply.aiter_lines()
        assert await anext(lines) == '{"status": "pulling manifest"}'
        told = json.loads(await anext(lines))
    await ollama.until_idle()

    assert (told["digest"], told["total"], told["completed"]) == (weights, 1 << 18, 1 << 16)
    assert completed(shelf, weights) == 1 << 16
    registry.gate = None
    assert (await pulled(http, "qwen3:8b"))[-1] == {"status": "success"}
    assert shelf.damaged() == ()


async def test_a_connection_that_is_cut_leaves_what_came(
    shelf: Shelf, registry: Registry, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    other = Shelf(tmp_path / "other")
    other.add("qwen3:8b", 1 << 18)
    weights = other.digest("qwen3:8b")
    registry.publish(other, "qwen3:8b")
    registry.cut[weights] = 100_000

    assert (await pulled(http, "qwen3:8b"))[-1] == {"error": "max retries exceeded: unexpected EOF"}
    assert completed(shelf, weights) == 100_000


async def test_a_blob_that_the_registry_lost_does_not_exist(
    registry: Registry, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    other = Shelf(tmp_path / "other")
    other.add("qwen3:8b")
    registry.publish(other, "qwen3:8b")
    del registry.blobs[other.digest("qwen3:8b")]

    assert (await pulled(http, "qwen3:8b"))[-1] == {"error": "file does not exist"}


# -------------------------------------------------------------------- making


async def test_a_model_made_from_files_is_kept_under_another_digest_than_the_files(
    shelf: Shelf, http: httpx.AsyncClient
) -> None:
    weights = tiny_gguf()
    digest = digest_of(weights)
    await http.post(f"/api/blobs/{digest}", content=weights)

    wanted = {"model": "made", "files": {"tiny.gguf": digest}, "template": "{{ .Prompt }}", "stream": False}
    assert (await http.post("/api/create", json=wanted)).json() == {"status": "success"}

    stored = shelf.digest("made")
    assert stored != digest
    made = decode(shelf.blob(stored))
    assert made.keys["general.quantization_version"] == 2
    data = shelf.blob(stored).read_bytes()[made.data_start :]
    assert weights.endswith(data)
    assert len(data) == 4 * (2 * 32 * 286 + 3 * 32 + 4 * 32 * 32 + 3 * 32 * 64)
    assert (await http.post("/api/generate", json={"model": "made"})).json()["done_reason"] == "load"


# -------------------------------------------------------------------- by hand


async def test_it_runs_by_hand_and_is_changed_by_hand(shelf: Shelf) -> None:
    command = [sys.executable, "-m", "harness.ollama_server", "--models", str(shelf.folder)]
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(*command, stdout=pipe, env={"PYTHONPATH": "tests:app"})
    try:
        assert program.stdout is not None
        url = (await program.stdout.readline()).decode().split()[0]
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            assert await names(http) == [NAME]
            assert (await http.post("/double", json={"instead": "html", "lying": True})).status_code == 200
            assert "Please sign in" in (await http.get("/api/tags")).text
            assert (await http.post("/double", json={"instead": None, "sing": True})).status_code == 400
            await http.post("/double", json={"instead": None, "restart": True})
            assert await names(http) == [NAME]
    finally:
        program.kill()
        await program.communicate()
