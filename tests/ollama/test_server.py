"""The client of Ollama's API, against a server that answers as documented, and as badly as servers do."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.wire import Reply, Seen, WireServer
from modelward.core.errors import AnswerError, NetworkError, NotOfferedError, RefusedError, UnreachableError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.settings import load
from modelward.net.client import Client
from modelward.net.model import Patience
from modelward.ollama import server as server_module
from modelward.ollama.loading import LoadState, sweep_proofs, try_load, unload
from modelward.ollama.model import ModelName, ServerState
from modelward.ollama.names import parse
from modelward.ollama.pulling import PullStep
from modelward.ollama.server import OllamaServer

DIGEST = "sha256:" + hashlib.sha256(b"blob").hexdigest()
NAME = parse("llama3.2:3b")
STALE = Reply(400, body={"error": '"llama3.2:3b" does not support generate'})
LOADED = Reply(body={"response": "", "done": True, "done_reason": "load"})


@pytest.fixture
async def client(home: Path) -> AsyncIterator[Client]:
    paths = Paths.locate({"MODELWARD_HOME": str(home)})
    paths.prepare()

    async def no_wait(_: float) -> None: ...

    made = Client(Preferences(paths, load(paths, {}), {}), sleep=no_wait)
    yield made
    await made.close()


@pytest.fixture
def server(client: Client, wire: WireServer) -> OllamaServer:
    wire.route("GET", "/api/version", Reply(body={"version": "0.33.0"}))
    wire.route("GET", "/api/tags", Reply(body={"models": [{"name": "llama3.2:3b"}, {"name": 7}, "x"]}))
    wire.route("GET", "/api/ps", Reply(body={"models": []}))
    return OllamaServer(client, wire.url)


def pulled(*lines: dict[str, object] | bytes) -> Reply:
    return Reply(chunks=[line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines])


async def pull(server: OllamaServer, name: ModelName = NAME) -> list[PullStep]:
    steps: list[PullStep] = []
    await server.pull(name, steps.append)
    return steps


# ---------------------------------------------------------------- looks


async def test_a_look_tells_the_version_the_models_and_what_is_in_memory(
    server: OllamaServer, wire: WireServer
) -> None:
    running = {"name": "llama3.2:3b", "size": 5, "size_vram": True, "expires_at": "2318-01-01T00:00:00.123456789+01:00"}
    wire.route("GET", "/api/ps", Reply(body={"models": [running, {"size": 3}]}))
    look = await server.look()
    assert (look.state, look.version, look.listed) == (ServerState.RUNNING, "0.33.0", {"llama3.2:3b"})
    assert look.latency_ms is not None
    (loaded,) = look.loaded
    assert (loaded.name, loaded.size, loaded.size_vram) == ("llama3.2:3b", 5, None)
    assert loaded.expires_at is not None
    assert loaded.expires_at.year == 2317


async def test_a_server_too_old_to_tell_what_is_in_memory_runs(server: OllamaServer, wire: WireServer) -> None:
    wire.route("GET", "/api/ps", Reply(404, body="404 page not found"))
    assert (await server.look()).state is ServerState.RUNNING


async def test_a_look_takes_no_models_for_none(server: OllamaServer, wire: WireServer) -> None:
    wire.route("GET", "/api/tags", Reply(body={"models": None}))
    look = await server.look()
    assert (look.state, look.listed) == (ServerState.RUNNING, frozenset())


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body="<html>Sign in</html>", headers={"content-type": "text/html"}),
        Reply(body={"object": "list"}),
        Reply(body={"version": "\x1b[31m"}),
        Reply(body=[1]),
        Reply(body=b'{"version": "0.'),
        Reply(403),
        Reply(500, body={"error": "EOF"}),
        Reply(body=b'{"version":"0.33.0"}', cut_after=4),
    ],
)
async def test_what_answers_otherwise_is_strange(server: OllamaServer, wire: WireServer, reply: Reply) -> None:
    wire.route("GET", "/api/version", reply)
    look = await server.look()
    assert (look.state, look.listed) == (ServerState.STRANGE, frozenset())
    assert look.detail
    assert "key" not in look.detail


@pytest.mark.parametrize("body", [{"models": 3}, {}, [], "text"])
async def test_a_list_that_is_none_is_strange(server: OllamaServer, wire: WireServer, body: object) -> None:
    wire.route("GET", "/api/tags", Reply(body=body))
    assert (await server.look()).state is ServerState.STRANGE


async def test_a_server_that_is_not_there_is_down(client: Client, wire: WireServer) -> None:
    url = wire.url
    await wire.__aexit__()
    look = await OllamaServer(client, url).look()
    assert (look.state, look.latency_ms) == (ServerState.DOWN, None)
    assert "Nothing answers" in look.detail


async def test_a_server_that_never_answers_is_down_in_bounded_time(
    server: OllamaServer, wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "CHECKING", Patience(connect=1, first_byte=0.1, between=0.1, total=0.2))
    wire.route("GET", "/api/version", Reply(hang=True))
    assert (await server.look()).state is ServerState.DOWN
    wire.route("GET", "/api/version", Reply(body={"version": "0.33.0"}))
    wire.route("GET", "/api/tags", Reply(hang=True))
    assert (await server.look()).state is ServerState.STRANGE


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434"),
        (":1234", "http://127.0.0.1:1234"),
        ("https://e.com/ollama", "https://e.com:443/ollama"),
        ("[::]:9", "http://[::1]:9"),
    ],
)
async def test_addresses_are_read_as_ollama_reads_them(client: Client, text: str, url: str) -> None:
    assert OllamaServer(client, text).url == url


@pytest.mark.parametrize(
    ("modelfile", "folder"),
    [
        (
            f"# Modelfile\n# FROM x\n\nFROM /mnt/a b/models/blobs/{DIGEST.replace(':', '-')}\nTEMPLATE x\n",
            "/mnt/a b/models",
        ),
        (f"FROM C:\\m\\blobs\\{DIGEST.replace(':', '-')}\n", "C:\\m"),
        (f"FROM llama3.2\nLICENSE x\nFROM /etc/blobs/{DIGEST.replace(':', '-')}\n", None),
        ("FROM ../blobs/sha256-zz", None),
        (7, None),
    ],
)
async def test_the_model_folder_is_read_from_what_show_gives_away(
    server: OllamaServer, wire: WireServer, modelfile: object, folder: str | None
) -> None:
    wire.route("POST", "/api/show", Reply(body={"modelfile": modelfile}))
    found = await server.shown_folder()
    assert found == (None if folder is None else Path(folder))


# ---------------------------------------------------------------- pulls


async def test_a_pull_tells_each_step_and_ends_with_success(server: OllamaServer, wire: WireServer) -> None:
    layer = {"status": "pulling 1234", "digest": DIGEST, "total": 9, "completed": 4}
    wire.route("POST", "/api/pull", pulled({"status": "pulling manifest"}, layer, b"\n", {"status": "success"}))
    steps = await pull(server)
    assert steps == [PullStep("pulling manifest"), PullStep("pulling 1234", DIGEST, 4, 9), PullStep("success")]
    assert wire.requests[-1].json == {"model": "llama3.2:3b", "stream": True}


async def test_a_registry_on_this_machine_is_asked_without_tls(server: OllamaServer, wire: WireServer) -> None:
    wire.route("POST", "/api/pull", pulled({"status": "success"}))
    await pull(server, parse("127.0.0.1:5000/library/t:latest"))
    assert wire.requests[-1].json["insecure"] is True


@pytest.mark.parametrize(
    ("words", "kind", "todo"),
    [
        ("pull model manifest: file does not exist", NotOfferedError, "registry"),
        ('pull model manifest: Get "https://r": dial tcp: lookup r: no such host', UnreachableError, "online"),
        ("pull model manifest: 412: requires a newer version of Ollama", RefusedError, "Update"),
        ("digest mismatch, file must be downloaded again", RefusedError, "Try again"),
        ("write /m: no space left on device", RefusedError, "Free some space"),
        ("remove sha256-…-partial-0: no such file or directory", RefusedError, ""),
    ],
)
async def test_an_error_in_the_middle_of_a_good_status_fails_the_pull(
    server: OllamaServer, wire: WireServer, words: str, kind: type[NetworkError], todo: str
) -> None:
    wire.route("POST", "/api/pull", pulled({"status": "pulling manifest"}, {"error": words}))
    with pytest.raises(kind, match="could not be downloaded") as caught:
        await pull(server)
    assert words in caught.value.why
    assert todo in caught.value.todo


@pytest.mark.parametrize(
    "reply",
    [
        pulled({"status": "pulling manifest"}),
        pulled({"status": "success"}, {"status": "removing unused layers"}),
        pulled(b"\n"),
        pulled(b"<html>\n"),
        pulled(b'{"status": "succ'),
        pulled(b"[]\n"),
        Reply(chunks=[b'{"status":"success"}\n'], cut_after=8),
    ],
)
async def test_a_pull_that_does_not_end_with_success_has_failed(
    server: OllamaServer, wire: WireServer, reply: Reply
) -> None:
    wire.route("POST", "/api/pull", reply)
    with pytest.raises(AnswerError):
        await pull(server)


async def test_odd_figures_in_a_step_are_left_out(server: OllamaServer, wire: WireServer) -> None:
    odd = {"status": ["x"], "digest": "sha256:../../x", "total": 2**70, "completed": -1}
    wire.route("POST", "/api/pull", pulled(odd, {"status": "success"}))
    assert (await pull(server))[0] == PullStep("")


async def test_cancelling_a_pull_lets_the_server_know(server: OllamaServer, wire: WireServer) -> None:
    drip = asyncio.Semaphore(1)
    wire.route("POST", "/api/pull", Reply(chunks=[b'{"status":"pulling manifest"}\n', b"never"], drip=drip))
    begun = asyncio.Event()
    pulling = asyncio.ensure_future(server.pull(NAME, lambda _: begun.set()))
    await begun.wait()
    pulling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pulling
    await wire.until(lambda: wire.open_connections == 0)


# ---------------------------------------------------------------- load tests


def bodies(wire: WireServer, path: str) -> list[object]:
    return [seen.json for seen in wire.requests if seen.path == path]


async def test_a_model_that_loads_is_put_out_of_memory_again(server: OllamaServer, wire: WireServer) -> None:
    wire.route("GET", "/api/ps", [Reply(body={"models": []}), Reply(body={"models": [{"name": "llama3.2:3b"}]})])
    wire.route("POST", "/api/generate", LOADED)
    assert (await try_load(server, NAME)).state is LoadState.LOADS
    assert bodies(wire, "/api/generate") == [
        {"model": "llama3.2:3b", "stream": False},
        {"model": "llama3.2:3b", "stream": False, "keep_alive": 0},
    ]


async def test_a_model_that_was_in_memory_stays_there(server: OllamaServer, wire: WireServer) -> None:
    wire.route("GET", "/api/ps", Reply(body={"models": [{"name": "llama3.2:3b"}]}))
    wire.route("POST", "/api/generate", LOADED)
    await try_load(server, NAME)
    assert len(bodies(wire, "/api/generate")) == 1


async def test_a_server_that_remembers_the_damage_is_proven_under_another_name(
    server: OllamaServer, wire: WireServer
) -> None:
    def generate(seen: Seen) -> Reply:
        return STALE if seen.json["model"] == "llama3.2:3b" else LOADED

    wire.route("POST", "/api/generate", generate)
    wire.route("POST", "/api/show", Reply(body={"capabilities": ["completion"]}))
    wire.route("POST", "/api/copy", Reply())
    wire.route("DELETE", "/api/delete", Reply())
    result = await try_load(server, NAME)
    assert result.state is LoadState.STALE
    assert "restart" in result.detail
    ((copied,), (deleted,)) = bodies(wire, "/api/copy"), bodies(wire, "/api/delete")
    assert isinstance(copied, dict)
    assert isinstance(deleted, dict)
    assert copied["destination"] == deleted["model"] != "llama3.2:3b"


async def test_the_other_name_is_removed_where_it_does_not_load_either(server: OllamaServer, wire: WireServer) -> None:
    def generate(seen: Seen) -> Reply:
        return STALE if seen.json["model"] == "llama3.2:3b" else Reply(500, body={"error": "invalid file magic"})

    wire.route("POST", "/api/generate", generate)
    wire.route("POST", "/api/show", Reply(body={"capabilities": ["completion"]}))
    wire.route("POST", "/api/copy", Reply())
    wire.route("DELETE", "/api/delete", Reply())
    result = await try_load(server, NAME)
    assert result.state is LoadState.FAILS
    assert "invalid file magic" in result.detail
    assert len(bodies(wire, "/api/delete")) == 1


async def test_a_model_that_only_embeds_is_loaded_by_embedding(server: OllamaServer, wire: WireServer) -> None:
    wire.route("POST", "/api/generate", STALE)
    wire.route("POST", "/api/show", Reply(body={"capabilities": ["embedding"]}))
    wire.route("POST", "/api/embed", Reply(body={"embeddings": [[0.1]]}))
    assert (await try_load(server, NAME)).state is LoadState.LOADS


async def test_a_kind_without_a_load_test_is_left_untried(server: OllamaServer, wire: WireServer) -> None:
    wire.route("POST", "/api/generate", STALE)
    wire.route("POST", "/api/show", Reply(body={"capabilities": ["image"]}))
    assert (await try_load(server, NAME)).state is LoadState.UNTRIED


@pytest.mark.parametrize("reply", [Reply(body={"error": "boom"}), Reply(body=[]), Reply(404, body={"error": "model"})])
async def test_an_answer_that_is_no_load_fails_the_test(server: OllamaServer, wire: WireServer, reply: Reply) -> None:
    wire.route("POST", "/api/generate", reply)
    assert (await try_load(server, NAME)).state is LoadState.FAILS


async def test_nothing_is_put_out_of_memory_that_is_not_in_it(server: OllamaServer, wire: WireServer) -> None:
    assert not await unload(server, NAME)
    assert bodies(wire, "/api/generate") == []


async def test_temporary_names_that_were_left_are_removed_and_no_others(server: OllamaServer, wire: WireServer) -> None:
    names = ["modelward-proof:12ab", "me/modelward-proof:1", "llama3.2:3b"]
    wire.route("GET", "/api/tags", Reply(body={"models": [{"name": name} for name in names]}))
    wire.route("DELETE", "/api/delete", Reply())
    await sweep_proofs(server)
    assert bodies(wire, "/api/delete") == [{"model": "modelward-proof:12ab"}]


# ---------------------------------------------------------------- blobs


async def test_a_blob_is_looked_for_and_sent(server: OllamaServer, wire: WireServer, tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"blob")
    path = f"/api/blobs/{DIGEST}"
    wire.route("HEAD", path, [Reply(404), Reply(200)])
    wire.route("POST", path, Reply(201))
    assert not await server.has_blob(DIGEST)
    await server.put_blob(DIGEST, tmp_path / "blob")
    assert await server.has_blob(DIGEST)
    assert next(seen.body for seen in wire.requests if seen.method == "POST") == b"blob"


async def test_a_blob_that_the_server_refuses_is_an_error(
    server: OllamaServer, wire: WireServer, tmp_path: Path
) -> None:
    (tmp_path / "blob").write_bytes(b"bad")
    wire.route("POST", f"/api/blobs/{DIGEST}", Reply(400, body={"error": "digest mismatch, expected"}))
    with pytest.raises(RefusedError, match="refused") as caught:
        await server.put_blob(DIGEST, tmp_path / "blob")
    assert "digest mismatch" in caught.value.why
