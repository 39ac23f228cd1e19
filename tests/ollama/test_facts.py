"""What a model folder tells the catalogue, beside what the server's list tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.gguf_writer import Tensor, header, tiny_gguf
from harness.ollama_library import Shelf
from modelward.catalog.facts import resolve
from modelward.catalog.listings import read_listing
from modelward.catalog.model import Capabilities, Capability, Fact, Field, Source
from modelward.ollama import facts, gguf, library
from modelward.ollama.model import Loaded

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_TOOLS = "{{ if .Tools }}tools{{ end }}{{ .Prompt }}"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models")


def _told(shelf: Shelf, id_: str, *, loaded: tuple[Loaded, ...] = ()) -> dict[Field, object]:
    sheet = facts.state(library.read(shelf.folder), NOW, loaded=loaded)
    assert sheet.problems == []
    return {fact.field: fact.value for fact in sheet.facts if fact.model_id == id_}


def test_a_model_is_told_whole_while_the_server_is_down(shelf: Shelf) -> None:
    digest = shelf.add("tiny", tiny_gguf(), template=_TOOLS, params={"num_ctx": 1024})
    told = _told(shelf, "ollama/tiny:latest")
    assert told == {
        Field.KIND: "chat",
        Field.FAMILY: "llama",
        Field.QUANTIZATION: "Q4_K_M",
        Field.ARCHITECTURE: "llama",
        Field.PARAMETER_COUNT: gguf.read(shelf.blob(shelf.digest("tiny"))).parameter_count,
        Field.CONTEXT_WINDOW: 2048,
        Field.SERVED_CONTEXT: 1024,
        Field.DIGEST: digest.removeprefix("sha256:"),
        Field.SIZE_BYTES: sum(shelf.blob(each).stat().st_size for each in shelf.digests("tiny")),
        Field.PRICE_INPUT: 0,
        Field.PRICE_OUTPUT: 0,
        Field.CAPABILITIES: Capabilities(frozenset({Capability.TOOLS})),
    }


def test_the_folder_and_the_servers_list_do_not_contradict_each_other(shelf: Shelf) -> None:
    digest = shelf.add("tiny", tiny_gguf(), template=_TOOLS)
    count = gguf.read(shelf.blob(shelf.digest("tiny"))).parameter_count
    listed = {
        "name": "tiny:latest",
        "digest": digest.removeprefix("sha256:"),
        "size": sum(shelf.blob(each).stat().st_size for each in shelf.digests("tiny")),
        "details": {"family": "llama", "parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
        "model_info": {
            "general.architecture": "llama",
            "general.parameter_count": count,
            "llama.context_length": 2048,
        },
        "capabilities": ["completion", "tools", "thinking"],
    }
    of_server = read_listing(
        [listed],
        format="Ollama",
        provider="ollama",
        origin="Ollama API",
        observed_at=NOW - timedelta(hours=1),
        evidence="http://127.0.0.1:11434/api/tags",
        is_local=True,
    )
    of_folder = facts.state(library.read(shelf.folder), NOW)
    both = resolve([*of_server.facts, *of_folder.facts])
    assert both.dissent == {}
    stated = both.values[Field.CAPABILITIES]
    assert isinstance(stated, Capabilities)
    assert {Capability.TOOLS, Capability.REASONING} == stated.has
    assert Capability.VISION in stated.lacks


def test_the_context_that_a_model_is_served_with_counts_before_what_it_asks_for(shelf: Shelf) -> None:
    shelf.add("tiny", tiny_gguf(), params={"num_ctx": 1024})
    loaded = (Loaded("tiny:latest", context=4096), Loaded("stranger:latest", context=7))
    assert _told(shelf, "ollama/tiny:latest", loaded=loaded)[Field.SERVED_CONTEXT] == 4096
    assert _told(shelf, "ollama/tiny:latest")[Field.SERVED_CONTEXT] == 1024


@pytest.mark.parametrize("context", [None, 0])
def test_a_server_that_does_not_tell_the_context_leaves_it_open(shelf: Shelf, context: int | None) -> None:
    shelf.add("tiny", tiny_gguf())
    told = _told(shelf, "ollama/tiny:latest", loaded=(Loaded("tiny:latest", context=context),))
    assert Field.SERVED_CONTEXT not in told


def test_an_embedding_model_is_known_by_its_header(shelf: Shelf) -> None:
    keys = {"general.architecture": "bert", "bert.pooling_type": 1, "bert.context_length": 512}
    shelf.add("embed", header(keys, [Tensor("a", (4, 4))]) + bytes(64), template=None)
    told = _told(shelf, "ollama/embed:latest")
    assert told[Field.KIND] == "embedding"
    assert told[Field.CAPABILITIES] == Capabilities(frozenset({Capability.EMBEDDING}))


def test_a_projector_makes_a_model_see(shelf: Shelf) -> None:
    shelf.add("eyes", tiny_gguf(), others={"projector": b"p"})
    told = _told(shelf, "ollama/eyes:latest")[Field.CAPABILITIES]
    assert told == Capabilities(frozenset({Capability.VISION}))


def test_weights_that_cannot_be_read_leave_what_the_config_says(shelf: Shelf) -> None:
    shelf.add("broken", b"\0" * 4096)
    told = _told(shelf, "ollama/broken:latest")
    assert told[Field.QUANTIZATION] == "Q4_K_M"
    assert told[Field.PARAMETER_COUNT] == 3_200_000_000
    assert Field.CONTEXT_WINDOW not in told
    assert Field.KIND not in told


def test_a_model_of_the_cloud_has_no_price_and_no_size(shelf: Shelf) -> None:
    shelf.add("gpt-oss:120b-cloud", remote=True, config={"capabilities": ["completion", "tools"]})
    told = _told(shelf, "ollama/gpt-oss:120b-cloud")
    assert Field.PRICE_INPUT not in told
    assert Field.SIZE_BYTES not in told
    assert told[Field.CAPABILITIES] == Capabilities(frozenset({Capability.TOOLS}))


def test_a_model_whose_manifest_cannot_be_read_tells_nothing(shelf: Shelf) -> None:
    shelf.add("a")
    shelf.add("b")
    shelf.cut_manifest("a")
    sheet = facts.state(library.read(shelf.folder), NOW)
    assert set(sheet.ids) == {"ollama/b:latest"}


def test_the_facts_say_who_speaks_and_when(shelf: Shelf) -> None:
    shelf.add("a")
    told: list[Fact] = facts.state(library.read(shelf.folder), NOW, provider="my-ollama").facts
    assert {(fact.source, fact.origin, fact.observed_at) for fact in told} == {
        (Source.PROVIDER, "Ollama model folder", NOW)
    }
    assert {fact.model_id for fact in told} == {"my-ollama/a:latest"}


def test_weights_are_looked_into_once(shelf: Shelf) -> None:
    shelf.add("a:1", tiny_gguf())
    shelf.add("a:2", shelf.digest("a:1"), system="x")
    headers = facts.Headers()
    read = headers.of(shelf.folder, shelf.digest("a:1"))
    shelf.delete(shelf.digest("a:1"))
    assert headers.of(shelf.folder, shelf.digest("a:2")) is read
