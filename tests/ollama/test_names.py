"""Names of models, as people write them and as they lie on the disk."""

from __future__ import annotations

import string
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.core.errors import BadValueError
from modelward.ollama import names
from modelward.ollama.model import ModelName

_FIRST = string.ascii_letters + string.digits + "_"


def _part(more: str, most: int = 80) -> st.SearchStrategy[str]:
    return st.builds(str.__add__, st.sampled_from(_FIRST), st.text(_FIRST + more, max_size=most - 1))


_LEGAL = st.builds(names.of_parts, _part("-_.:", 350), _part("-_"), _part("-_."), _part("-_."))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("llama3.2", ("registry.ollama.ai", "library", "llama3.2", "latest")),
        ("llama3.2:3b", ("registry.ollama.ai", "library", "llama3.2", "3b")),
        (" me/tuned ", ("registry.ollama.ai", "me", "tuned", "latest")),
        ("hf.co/someone/Model-GGUF:Q4_K_M", ("hf.co", "someone", "Model-GGUF", "Q4_K_M")),
        ("127.0.0.1:5000/library/t", ("127.0.0.1:5000", "library", "t", "latest")),
        ("http://127.0.0.1:5000/library/t:x", ("127.0.0.1:5000", "library", "t", "x")),
        ("https://ollama.com/library/qwen3:8b", ("registry.ollama.ai", "library", "qwen3", "8b")),
        ("Registry.Ollama.AI/library/a:b", ("registry.ollama.ai", "library", "a", "b")),
        ("_x:_", ("registry.ollama.ai", "library", "_x", "_")),
        ("a" * 80 + ":" + "b" * 80, ("registry.ollama.ai", "library", "a" * 80, "b" * 80)),
        ("gpt-oss:120b-cloud", ("registry.ollama.ai", "library", "gpt-oss", "120b-cloud")),
    ],
)
def test_what_is_left_out_of_a_name_is_filled_in(text: str, parts: tuple[str, ...]) -> None:
    assert names.parse(text) == ModelName(*parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "llama3:",
        ":latest",
        "/llama3",
        "a//b",
        "a/b/c/d",
        "../../etc/passwd",
        "a/../b",
        "..",
        ".hidden",
        "-x",
        "x:.bak",
        "a b",
        "ünder",
        "a\x00b",
        "a\nb",
        "n.s/model",
        "a" * 81,
        "a:" + "b" * 81,
        "h" * 351 + "/n/m",
        "model@sha256:0123",
        "<b>x</b>",
        "a\\b",
        "\udcff",
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(BadValueError, match="is not a name of a model"):
        names.parse(text)


def test_a_refusal_shows_a_hostile_name_tamed() -> None:
    with pytest.raises(BadValueError) as caught:
        names.parse("\x1b[31mred\u202e" + "x" * 10_000)
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
    assert len(str(caught.value)) < 300


@given(_LEGAL)
def test_a_name_is_read_again_as_it_is_shown(name: ModelName) -> None:
    assert names.parse(str(name)) == name


@given(_LEGAL, st.booleans())
def test_a_name_is_read_again_from_its_path(name: ModelName, is_v2: bool) -> None:
    path = names.relative_path(name, is_v2=is_v2)
    assert len(path.parts) == 4
    assert names.of_path(path, is_v2=is_v2) == name


@given(st.text())
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = names.parse(text)
    except BadValueError:
        return
    path = names.relative_path(name)
    assert not path.is_absolute()
    assert ".." not in path.parts


@pytest.mark.parametrize(
    "name",
    [ModelName("..", "n", "m", "t"), ModelName("h", "a/b", "m", "t"), ModelName("h", "n", "", "t")],
)
def test_a_name_made_by_hand_leads_nowhere_else(name: ModelName) -> None:
    with pytest.raises(BadValueError):
        names.relative_path(name)


def test_the_newer_layout_writes_the_public_host_and_ports_in_another_way() -> None:
    assert names.relative_path(names.parse("a"), is_v2=True) == PurePath("ollama.com/library/a/latest")
    assert names.relative_path(names.parse("h:80/n/m"), is_v2=True) == PurePath("h%3A80/n/m/latest")
    assert names.relative_path(names.parse("h:80/n/m")) == PurePath("h:80/n/m/latest")


def test_a_name_is_found_with_the_same_letters_first_and_else_in_any_case() -> None:
    small, large = names.parse("qwen3:8b"), names.parse("Qwen3:8B")
    assert names.match(small, [large, small]) == small
    assert names.match(small, [large]) == large
    assert names.match(names.parse("qwen3:4b"), [large, small]) is None


@pytest.mark.parametrize(("text", "told"), [("a:cloud", True), ("a:120b-cloud", True), ("cloud:8b", False)])
def test_a_tag_tells_a_model_of_the_cloud(text: str, told: bool) -> None:
    assert names.is_cloud(names.parse(text)) is told
