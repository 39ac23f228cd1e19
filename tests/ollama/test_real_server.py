"""What this program relies on in Ollama's server, asked of the double always and of a real one where there is one.

``MODELWARD_TEST_OLLAMA`` names the real one's address and ``MODELWARD_TEST_OLLAMA_MODELS`` its model folder, which
must lie on this machine and be writable: never those of an Ollama that somebody uses.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.gguf_writer import tiny_gguf
from harness.ollama_library import Shelf, digest_of
from harness.ollama_registry import Registry
from harness.ollama_server import OllamaDouble
from harness.wire import Reply

REAL = os.environ.get("MODELWARD_TEST_OLLAMA", "")
REAL_MODELS = os.environ.get("MODELWARD_TEST_OLLAMA_MODELS", "")
SERVERS = ("double", "real") if REAL and REAL_MODELS else ("double",)


@dataclass(frozen=True, slots=True)
class Target:
    """A server under test: its models' folder, and a namespace that no other test uses."""

    http: httpx.AsyncClient
    shelf: Shelf
    namespace: str

    def name(self, model: str = "case") -> str:
        return f"{self.namespace}/{model}:latest"

    def add(self, model: str = "case", **wanted: Any) -> str:
        """A whole model of this test's own: its name."""
        self.shelf.add(self.name(model), tiny_gguf(self.namespace + model), **wanted)
        return self.name(model)

    async def post(self, path: str, **body: object) -> httpx.Response:
        return await self.http.post(path, json=body)

    async def says(self, path: str, **body: object) -> tuple[int, str]:
        """The status, and what is told of an error."""
        reply = await self.post(path, **body)
        return reply.status_code, reply.json().get("error", "")

    async def lines(self, path: str, **body: object) -> list[dict[str, Any]]:
        """An answer line by line; its status is 200, whatever it tells."""
        reply = await self.post(path, **body)
        assert reply.status_code == 200
        return [json.loads(line) for line in reply.text.splitlines()]

    async def listed(self) -> dict[str, dict[str, Any]]:
        """The models of this test by name."""
        rows = (await self.http.get("/api/tags")).json()["models"]
        return {row["name"]: row for row in rows if self.namespace in row["name"]}

    async def run(self, kind: str, name: str, **body: object) -> tuple[int, dict[str, Any]]:
        """Have a model say something, or only loaded."""
        reply = await self.post(f"/api/{kind}", model=name, stream=False, **body)
        told = reply.json()
        if "llama-server binary not found" in told.get("error", ""):
            pytest.skip("this Ollama has nothing to run models with")
        return reply.status_code, told


@pytest.fixture(params=SERVERS)
async def target(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Target]:
    namespace = f"modelward-{uuid.uuid4().hex[:12]}"
    if request.param == "double":
        shelf = Shelf(tmp_path / "models")
        async with OllamaDouble(shelf.folder) as double, _client(double.url) as http:
            yield Target(http, shelf, namespace)
        return
    shelf = Shelf(Path(REAL_MODELS))
    before = {path for path in shelf.folder.rglob("*") if not path.is_dir()}
    async with _client(REAL) as http:
        yield Target(http, shelf, namespace)
    for path in shelf.folder.rglob("*"):
        if path not in before and not path.is_dir():
            path.unlink()


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    async with Registry() as registry:
        yield registry


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that a registry offers, under the name that reaches it there."""

    name: str
    shelf: Shelf
    local: str = "library/offered:latest"

    @property
    def weights(self) -> str:
        return self.shelf.digest(self.local)


def offered(registry: Registry, target: Target, folder: Path, version: str = "1") -> Offer:
    """A model of this test's own at the registry, or its next version."""
    shelf = Shelf(folder)
    local = f"{target.namespace}/offered:latest"
    shelf.add(local, tiny_gguf(target.namespace + version), license=f"{target.namespace} {version}")
    registry.publish(shelf, local)
    return Offer(f"{registry.host}/{local}", shelf, local)


async def pulled(target: Target, offer: Offer) -> list[dict[str, Any]]:
    return await target.lines("/api/pull", model=offer.name, insecure=True)


# -------------------------------------------------------------------- being there


def test_a_real_ollama_was_asked_the_same() -> None:
    if "real" not in SERVERS:
        pytest.skip("the double alone was asked: MODELWARD_TEST_OLLAMA and MODELWARD_TEST_OLLAMA_MODELS name no Ollama")
    assert (Path(REAL_MODELS) / "blobs").is_dir()


async def test_the_root_says_that_it_runs_and_the_version_is_three_numbers(target: Target) -> None:
    assert (await target.http.get("/")).text == "Ollama is running"
    assert (await target.http.head("/")).status_code == 200
    version = (await target.http.get("/api/version")).json()["version"]
    assert len(version.split(".")) == 3


async def test_another_hosts_name_is_refused_without_a_word(target: Target) -> None:
    reply = await target.http.get("/api/tags", headers={"host": "models.example.com"})

    assert (reply.status_code, reply.content) == (403, b"")


async def test_what_is_unknown_is_not_found_and_a_wrong_method_is_not_allowed(target: Target) -> None:
    assert (await target.http.get("/api/health")).status_code == 404
    assert (await target.http.get("/api/show")).status_code in {404, 405}


# -------------------------------------------------------------------- telling of models


async def test_a_model_laid_into_the_folder_is_listed_at_once_under_the_hash_of_its_manifest(target: Target) -> None:
    name = target.add()

    row = (await target.listed())[name]

    raw = target.shelf.manifest(name).read_bytes()
    told = json.loads(raw)
    assert row["digest"] == hashlib.sha256(raw).hexdigest()
    assert row["size"] == sum(layer["size"] for layer in (told["config"], *told["layers"]))
    assert row["details"]["context_length"] == 2048
    assert row["capabilities"] == ["completion"]


async def test_a_newline_after_the_end_of_a_read_is_left_out_of_the_hash(target: Target) -> None:
    name = target.add()
    raw = target.shelf.manifest(name).read_bytes()
    padded = raw[:-1].ljust(1535) + b"}"
    target.shelf.write_manifest(name, padded + b"\n")

    row = (await target.listed())[name]

    assert row["digest"] == hashlib.sha256(padded).hexdigest()


async def test_showing_a_model_gives_the_folder_away(target: Target) -> None:
    name = target.add(params={"num_ctx": 1024})

    told = (await target.post("/api/show", model=name)).json()

    assert f"FROM {target.shelf.blob(target.shelf.digest(name))}" in told["modelfile"]
    assert told["model_info"]["llama.context_length"] == 2048
    assert told["model_info"]["general.architecture"] == "llama"
    assert told["model_info"]["tokenizer.ggml.tokens"] is None
    verbose = (await target.post("/api/show", model=name, verbose=True)).json()
    assert len(verbose["model_info"]["tokenizer.ggml.tokens"]) == 286
    assert told["parameters"].split() == ["num_ctx", "1024"]


async def test_what_was_shown_once_hides_damage_unless_options_are_asked_with_it(target: Target) -> None:
    name = target.add()
    await target.post("/api/show", model=name)

    target.shelf.delete(target.shelf.digest(name))

    assert (await target.post("/api/show", model=name)).status_code == 200
    assert await target.says("/api/show", model=name, options={"seed": 0}) == (404, f"model '{name}' not found")


async def test_upper_case_means_the_same_model(target: Target) -> None:
    name = target.add()

    assert (await target.post("/api/show", model=name.upper())).status_code == 200


async def test_a_stub_of_the_cloud_is_listed_with_its_host_and_needs_no_weights(target: Target) -> None:
    target.shelf.add(target.name("stub"), remote=True)

    row = (await target.listed())[target.name("stub")]

    assert row["remote_host"] == "https://ollama.com:443"
    assert row["size"] < 1000


# -------------------------------------------------------------------- damage


def cut_manifest(shelf: Shelf, name: str) -> None:
    shelf.cut_manifest(name, 40)


Damage = Callable[[Shelf, str], None]
DAMAGE: dict[str, tuple[Damage, bool, int, str, int, str]] = {
    "no manifest": (lambda shelf, name: shelf.delete_manifest(name), False, 404, "gone", 404, "gone"),
    "an empty manifest": (lambda shelf, name: shelf.cut_manifest(name), False, 500, "EOF", 500, "EOF"),
    "a cut manifest": (cut_manifest, False, 500, "unexpected EOF", 500, "unexpected EOF"),
    "no config": (lambda shelf, name: shelf.delete(shelf.digest(name, "config")), False, 404, "gone", 404, "gone"),
    "a config of zeros": (
        lambda shelf, name: shelf.zero(shelf.digest(name, "config")),
        False,
        500,
        "invalid character '\\x00' looking for beginning of value",
        500,
        "invalid character '\\x00' looking for beginning of value",
    ),
    "no template": (lambda shelf, name: shelf.delete(shelf.digest(name, "template")), False, 404, "gone", 404, "gone"),
    "no licence": (lambda shelf, name: shelf.delete(shelf.digest(name, "license")), True, 404, "gone", 404, "gone"),
    "no weights": (lambda shelf, name: shelf.delete(shelf.digest(name)), True, 404, "gone", 400, "unable"),
    "empty weights": (lambda shelf, name: shelf.empty(shelf.digest(name)), True, 500, "EOF", 400, "unable"),
    "zeros for a header": (
        lambda shelf, name: shelf.zero(shelf.digest(name), 4096),
        True,
        500,
        "invalid file magic",
        400,
        "unable",
    ),
    "weights that are cut": (
        lambda shelf, name: shelf.truncate(shelf.digest(name), 100_000),
        True,
        500,
        "exceeds file size (100000)",
        500,
        "exceeds file size (100000)",
    ),
}


@pytest.mark.parametrize("kind", ["generate", "chat"])
@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_is_told_in_these_words(target: Target, damage: str, kind: str) -> None:
    name = target.add(license=f"of {target.namespace}", template="{{ .Prompt }} " + target.namespace)
    target.shelf.write_manifest(name, target.shelf.manifest(name).read_bytes())
    config = target.shelf.put(json.dumps({"model_format": "gguf", "of": target.namespace}).encode())
    _with_config(target.shelf, name, config)
    harm, is_listed, show_status, show_text, run_status, run_text = DAMAGE[damage]
    words = {"gone": f"model '{name}' not found", "unable": f'"{name}" does not support {kind}'}

    harm(target.shelf, name)

    assert (name in await target.listed()) is is_listed
    status, text = await target.says("/api/show", model=name)
    assert status == show_status
    assert words.get(show_text, show_text) in text
    status, text = await target.says(f"/api/{kind}", model=name)
    assert status == run_status
    assert words.get(run_text, run_text) in text


def _with_config(shelf: Shelf, name: str, digest: str) -> None:
    told = shelf.read(name)
    told["config"] |= {"digest": digest, "size": shelf.blob(digest).stat().st_size}
    shelf.write_manifest(name, json.dumps(told).encode())


async def test_a_flipped_byte_is_noticed_by_nobody(target: Target) -> None:
    name = target.add()
    target.shelf.flip(target.shelf.digest(name), 60_000)

    assert (await target.listed())[name]["capabilities"] == ["completion"]
    assert (await target.post("/api/show", model=name)).status_code == 200
    status, told = await target.run("generate", name, prompt="Hello", options={"num_predict": 1})
    assert (status, told["done"]) == (200, True)


async def test_healed_weights_are_still_refused_under_the_name_that_was_tried_and_not_under_another(
    target: Target,
) -> None:
    name = target.add()
    weights = target.shelf.blob(target.shelf.digest(name))
    aside = weights.rename(weights.with_name("aside"))
    await target.post("/api/generate", model=name)

    aside.rename(weights)

    refused = (400, f'"{name}" does not support generate')
    assert await target.says("/api/generate", model=name) == refused
    await target.post("/api/copy", source=name, destination=target.name("other"))
    assert "does not support" not in (await target.says("/api/generate", model=target.name("other")))[1]


async def test_weights_lost_after_the_model_was_known_are_told_with_other_quotes(target: Target) -> None:
    name = target.add()
    target.shelf.truncate(target.shelf.digest(name), 100_000)
    await target.post("/api/generate", model=name)

    target.shelf.delete(target.shelf.digest(name))

    lost = (404, f'model "{name}" not found, try pulling it first')
    assert await target.says("/api/generate", model=name) == lost
    assert await target.says("/api/embed", model=name, input="word") == lost


async def test_a_link_to_nowhere_among_the_manifests_breaks_every_answer(target: Target) -> None:
    name = target.add()
    link = target.shelf.dangling(target.name("dangling"))
    try:
        reply = await target.http.get("/api/tags")
        assert reply.status_code == 500
        assert reply.json()["error"] == f"stat {link}: no such file or directory"
        assert (await target.says("/api/show", model=name))[0] == 400
        assert await target.says("/api/generate", model=name) == (404, f"model '{name}' not found")
        assert await target.says("/api/chat", model=name) == (400, "model is required")
    finally:
        link.unlink()


async def test_a_backup_file_beside_a_manifest_is_taken_for_a_model(target: Target) -> None:
    name = target.add()
    target.shelf.backup_file(name)

    assert set(await target.listed()) == {name, f"{name}.bak"}


# -------------------------------------------------------------------- running


async def test_loading_alone_says_so_and_counts_nothing(target: Target) -> None:
    name = target.add()

    status, told = await target.run("generate", name)

    assert status == 200
    assert {"response": "", "done": True, "done_reason": "load"}.items() <= told.items()
    assert "eval_count" not in told
    loaded = (await target.http.get("/api/ps")).json()["models"]
    assert name in [row["name"] for row in loaded]


async def test_one_token_is_counted_in_nanoseconds(target: Target) -> None:
    status, told = await target.run("generate", target.add(), prompt="Hello", raw=True, options={"num_predict": 1})

    assert (status, told["done"], told["done_reason"], told["eval_count"]) == (200, True, "length", 1)
    assert told["total_duration"] > 1000


async def test_a_model_that_is_not_made_for_it_gives_no_vectors(target: Target) -> None:
    status, told = await target.run("embed", target.add(), input="word")

    assert (status, told["error"][:39]) == (501, "This server does not support embeddings")


async def test_no_prompt_and_no_time_to_live_unloads_at_once(target: Target) -> None:
    name = target.add()

    told = (await target.post("/api/generate", model=name, keep_alive=0)).json()

    assert (told["done"], told["done_reason"], told["response"]) == (True, "unload", "")
    assert name not in [row["name"] for row in (await target.http.get("/api/ps")).json()["models"]]


async def test_thinking_is_refused_by_a_model_that_cannot(target: Target) -> None:
    name = target.add()

    told = await target.says("/api/generate", model=name, prompt="Hello", think=True)

    assert told == (400, f'"{name}" does not support thinking')


# -------------------------------------------------------------------- pulling


async def test_a_pull_brings_the_registrys_bytes_and_a_second_one_says_a_line_for_each_blob(
    target: Target, registry: Registry, tmp_path: Path
) -> None:
    offer = offered(registry, target, tmp_path / "offer")

    lines = await pulled(target, offer)

    assert lines[0] == {"status": "pulling manifest"}
    assert [line["status"] for line in lines[-3:]] == ["verifying sha256 digest", "writing manifest", "success"]
    assert target.shelf.manifest(offer.name).read_bytes() == offer.shelf.manifest(offer.local).read_bytes()
    assert target.shelf.blob(offer.weights).read_bytes() == offer.shelf.blob(offer.weights).read_bytes()
    again = [line for line in await pulled(target, offer) if "digest" in line]
    assert {line["digest"] for line in again} == set(offer.shelf.digests(offer.local))
    assert all(line["total"] == line["completed"] for line in again)
    assert registry.downloads(offer.weights) == 1


@pytest.mark.parametrize("size", [122_336, 10, 0])
async def test_a_pull_over_a_damaged_blob_succeeds_and_heals_nothing(
    target: Target, registry: Registry, tmp_path: Path, size: int
) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    await pulled(target, offer)
    target.shelf.flip(offer.weights)
    target.shelf.truncate(offer.weights, size)

    lines = await pulled(target, offer)

    assert lines[-1] == {"status": "success"}
    told = next(line for line in lines if line.get("digest") == offer.weights)
    assert told.get("total", 0) == told.get("completed", 0) == size
    assert ("total" in told) is bool(size)
    assert offer.weights in target.shelf.damaged()


async def test_a_pull_heals_what_was_moved_away(target: Target, registry: Registry, tmp_path: Path) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    await pulled(target, offer)
    target.shelf.delete(offer.weights)

    lines = await pulled(target, offer)

    assert lines[-1] == {"status": "success"}
    assert target.shelf.blob(offer.weights).read_bytes() == offer.shelf.blob(offer.weights).read_bytes()
    assert registry.downloads(offer.weights) == 2
    assert registry.downloads(offer.shelf.digest(offer.local, "license")) == 1


async def test_wrong_bytes_are_thrown_away_and_the_error_is_a_line_under_200(
    target: Target, registry: Registry, tmp_path: Path
) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    registry.corrupt.add(offer.weights)

    lines = await pulled(target, offer)

    assert lines[-1]["error"].startswith(
        f"digest mismatch, file must be downloaded again: want {offer.weights}, got sha256:"
    )
    assert not target.shelf.blob(offer.weights).exists()
    assert not target.shelf.manifest(offer.name).exists()
    reply = await target.post("/api/pull", model=offer.name, insecure=True, stream=False)
    assert reply.status_code == 500
    assert "digest mismatch" in reply.json()["error"]


async def test_an_errors_page_is_taken_for_weights(target: Target, registry: Registry, tmp_path: Path) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    registry.pages.add(offer.weights)

    assert "digest mismatch" in (await pulled(target, offer))[-1]["error"]


async def test_what_the_registry_does_not_have_does_not_exist(
    target: Target, registry: Registry, tmp_path: Path
) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    registry.withdraw(offer.local)

    assert (await pulled(target, offer))[-1] == {"error": "pull model manifest: file does not exist"}


async def test_a_registrys_refusal_is_told_with_its_number_and_its_words(
    target: Target, registry: Registry, tmp_path: Path
) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    registry.refusal = Reply(412, body="requires a newer version of Ollama")

    assert (await pulled(target, offer))[-1] == {
        "error": "pull model manifest: 412: requires a newer version of Ollama"
    }


@pytest.mark.parametrize("redirect", ["same host", "plain", "302"])
async def test_a_registry_that_sends_blobs_another_way_does_not_work(
    target: Target, registry: Registry, tmp_path: Path, redirect: str
) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    registry.redirect = redirect

    wanted = "unexpected status code 302" if redirect == "302" else "http: no Location header in response"
    assert (await pulled(target, offer))[-1] == {"error": wanted}


async def test_a_registry_that_wants_a_token_gives_one(target: Target, registry: Registry, tmp_path: Path) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    registry.wants_token = True

    assert (await pulled(target, offer))[-1] == {"status": "success"}
    assert "/token" in [seen.path for seen in registry.requests]


async def test_a_registry_that_cannot_be_reached_is_told_with_its_address(target: Target) -> None:
    lines = await target.lines("/api/pull", model=f"127.0.0.1:9/{target.namespace}/far:latest", insecure=True)

    assert lines[-1]["error"].startswith(f'pull model manifest: Get "http://127.0.0.1:9/v2/{target.namespace}/far/')
    assert "connection refused" in lines[-1]["error"]


async def test_a_new_version_of_a_tag_deletes_the_old_ones_blobs_unless_a_copy_keeps_them(
    target: Target, registry: Registry, tmp_path: Path
) -> None:
    first = offered(registry, target, tmp_path / "1", "1")
    await pulled(target, first)
    second = offered(registry, target, tmp_path / "2", "2")
    lines = await pulled(target, second)
    assert "removing unused layers" in [line["status"] for line in lines]
    assert not target.shelf.blob(first.weights).exists()

    await target.post("/api/copy", source=second.name, destination=target.name("kept"))
    await pulled(target, offered(registry, target, tmp_path / "3", "3"))

    assert target.shelf.blob(second.weights).exists()


async def test_a_bad_manifest_is_written_over_by_a_pull(target: Target, registry: Registry, tmp_path: Path) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    await pulled(target, offer)
    target.shelf.cut_manifest(offer.name)

    assert (await pulled(target, offer))[-1] == {"status": "success"}
    assert offer.name in await target.listed()


async def test_a_pull_goes_on_where_a_partial_download_stopped(
    target: Target, registry: Registry, tmp_path: Path
) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    whole = offer.shelf.blob(offer.weights).read_bytes()
    target.shelf.partial(offer.weights, total=len(whole), done=whole[:60_000])

    assert (await pulled(target, offer))[-1] == {"status": "success"}
    asked = [seen.headers["range"] for seen in registry.requests if seen.path == f"/cdn/{offer.weights}"]
    assert asked == [f"bytes=60000-{len(whole) - 1}"]


async def test_a_partial_download_that_lost_a_parts_file_fails_for_ever(
    target: Target, registry: Registry, tmp_path: Path
) -> None:
    offer = offered(registry, target, tmp_path / "offer")
    whole = offer.shelf.blob(offer.weights).stat().st_size
    target.shelf.partial(offer.weights, total=whole, number=1)
    blob = target.shelf.blob(offer.weights)

    for _ in range(2):
        assert (await pulled(target, offer))[-1] == {"error": f"remove {blob}-partial-0: no such file or directory"}


async def test_a_name_that_is_none_is_refused_before_any_line(target: Target) -> None:
    assert await target.says("/api/pull", model="-/bad name") == (400, "invalid model name")


# -------------------------------------------------------------------- changing


async def test_deleting_takes_the_blobs_that_nobody_shares(target: Target) -> None:
    name = target.add(license=f"of {target.namespace}")
    shared = target.shelf.digest(name)
    licence = target.shelf.digest(name, "license")
    target.shelf.add(target.name("other"), shared)

    reply = await target.http.request("DELETE", "/api/delete", json={"model": name})

    assert (reply.status_code, reply.content) == (200, b"")
    assert not target.shelf.manifest(name).exists()
    assert not target.shelf.blob(licence).exists()
    assert target.shelf.blob(shared).exists()


async def test_deleting_what_is_not_there_or_cannot_be_read_is_told(target: Target) -> None:
    async def deleted(name: str) -> tuple[int, str]:
        reply = await target.http.request("DELETE", "/api/delete", json={"model": name})
        return reply.status_code, reply.json()["error"]

    name = target.add()
    target.shelf.cut_manifest(name)

    assert await deleted(name) == (500, "EOF")
    assert await deleted(target.name("gone")) == (404, f"model '{target.name('gone')}' not found")
    assert await deleted("-/bad name") == (400, 'name "-/bad name" is invalid')


async def test_a_copy_has_the_same_digest_and_a_missing_source_is_told_with_double_quotes(target: Target) -> None:
    name, copy, gone = target.add(), target.name("copy"), target.name("gone")

    reply = await target.post("/api/copy", source=name, destination=copy)

    assert (reply.status_code, reply.content) == (200, b"")
    rows = await target.listed()
    assert rows[copy]["digest"] == rows[name]["digest"]
    assert await target.says("/api/copy", source=gone, destination=copy) == (404, f'model "{gone}" not found')


async def test_a_blob_can_be_brought_over_http_and_one_that_is_there_is_never_read(target: Target) -> None:
    content = f"of {target.namespace}".encode()
    digest = digest_of(content)
    url = f"/api/blobs/{digest}"

    assert (await target.http.head(url)).status_code == 404
    assert (await target.http.post(url, content=content)).status_code == 201
    assert (await target.http.head(url)).status_code == 200
    target.shelf.flip(digest, 0)
    assert (await target.http.post(url, content=content)).status_code == 200
    assert digest in target.shelf.damaged()
    assert (await target.http.head("/api/blobs/sha256:12")).status_code == 400


async def test_a_blob_that_is_not_its_digest_is_refused_and_stays_under_its_true_one(target: Target) -> None:
    content, wanted = f"of {target.namespace}".encode(), digest_of(target.namespace.encode())

    reply = await target.http.post(f"/api/blobs/{wanted}", content=content)

    assert reply.status_code == 400
    assert reply.json()["error"] == f'digest mismatch, expected "{wanted}", got "{digest_of(content)}"'
    assert target.shelf.blob(digest_of(content)).exists()


async def test_a_model_made_from_another_shares_its_weights(target: Target) -> None:
    name, made = target.add(), target.name("made")

    lines = await target.lines("/api/create", model=made, **{"from": name}, system=f"of {target.namespace}")

    assert lines[-1] == {"status": "success"}
    assert target.shelf.digest(made) == target.shelf.digest(name)
    assert target.shelf.manifest(made).read_bytes().endswith(b"\n")
