"""What a config and the parameters say, from anybody."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.ollama import configs
from modelward.ollama.model import ConfigFacts


def test_a_config_and_parameters_tell_their_facts() -> None:
    told = {
        "model_format": "gguf",
        "model_family": "llama",
        "model_type": "3.2B",
        "file_type": "Q4_K_M",
        "capabilities": ["completion", "tools"],
        "context_length": 131072,
    }
    assert configs.read(json.dumps(told).encode(), b'{"num_ctx": 8192, "stop": ["x"]}') == ConfigFacts(
        "gguf", "llama", "3.2B", "Q4_K_M", ("completion", "tools"), 131072, 8192
    )


def test_a_stub_of_the_cloud_tells_who_serves_it() -> None:
    facts = configs.read(b'{"remote_host":"https://ollama.com:443","remote_model":"gpt-oss:120b"}')
    assert (facts.remote_host, facts.remote_model) == ("https://ollama.com:443", "gpt-oss:120b")


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0" * 300, b"[]", b"{", b"7", b"[" * 100_000, b'{"model_family":' + b'"x' * 1_000_000],
)
def test_what_cannot_be_read_is_unknown(raw: bytes) -> None:
    assert configs.read(raw, raw) == ConfigFacts()


@pytest.mark.parametrize("number", [0, -1, 10**12, True, "4096", None, 1.5, [4096], 10**400])
def test_a_context_that_cannot_be_true_is_unknown(number: object) -> None:
    raw = json.dumps({"context_length": number, "num_ctx": number}).encode()
    assert configs.read(raw, raw) == ConfigFacts()


def test_a_whole_number_written_with_a_point_counts() -> None:
    assert configs.read(b"{}", b'{"num_ctx": 4096.0}').num_ctx == 4096


def test_hostile_texts_are_tamed() -> None:
    told = {"model_family": "\x1b[2J\u202e" + "x" * 5000, "capabilities": [["x"], 7, "\x00"] + ["a"] * 5000}
    facts = configs.read(json.dumps(told).encode())
    assert facts.family is not None
    assert "\x1b" not in facts.family
    assert len(facts.family) <= 200
    assert facts.capabilities == ("\N{REPLACEMENT CHARACTER}", "a")


@given(
    st.dictionaries(
        st.sampled_from(["model_family", "capabilities", "num_ctx", "context_length"]),
        st.from_type(type(None)) | st.text() | st.floats() | st.integers() | st.lists(st.text()),
    )
)
def test_any_values_are_read(told: dict[str, object]) -> None:
    raw = json.dumps(told).encode()
    configs.read(raw, raw)
