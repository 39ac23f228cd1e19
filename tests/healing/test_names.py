"""Names are taken apart the same way wherever they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.healing.names import MAX_NAME, NOTHING, Name, family, normalise, parameters


@pytest.mark.parametrize(
    ("provider", "name", "text"),
    [
        ("google", "models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("openrouter", "google/gemini-2.5-pro", "gemini-2.5-pro"),
        ("vertex", "publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("fireworks", "accounts/fireworks/models/llama-v3p1-405b-instruct", "llama-v3.1-405b-instruct"),
        ("bedrock", "anthropic.claude-3-5-sonnet-20240620-v1:0", "claude-3.5-sonnet@20240620"),
        ("bedrock", "us.anthropic.claude-opus-4-20250514-v1:0", "claude-opus-4@20250514"),
        ("bedrock", "eu.amazon.nova-pro-v1:0:300k", "nova-pro"),
        ("bedrock", "global.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4.5@20251001"),
        ("bedrock", "us.deepseek.r1-v1:0", "deepseek-r1"),
        ("bedrock", "ai21.jamba-1-5-large-v1:0", "jamba-1.5-large"),
        ("vertex", "claude-opus-4@20250514", "claude-opus-4@20250514"),
        ("openai", "gpt-4o-2024-08-06", "gpt-4o@20240806"),
        ("openai", "gpt-4-0613", "gpt-4@0613"),
        ("openai", "gpt-5-1-chat-latest", "gpt-5.1-chat@latest"),
        ("openai", "gpt-4-1106-preview", "gpt-4-1106-preview"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:someone::abc", "gpt-4o-mini@20240718"),
        ("mistral", "mistral-large-2411", "mistral-large@2411"),
        ("mistral", "mistral-large-4-0", "mistral-large-4.0"),
        ("cohere", "command-r-08-2024", "command-r@202408"),
        ("google", "gemini-2.5-flash-preview-05-20", "gemini-2.5-flash-preview@0520"),
        ("google", "gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash-preview@202509"),
        ("groq", "llama3-70b-8192", "llama3-70b-8192"),
        ("together", "deepseek-ai/DeepSeek-V3", "deepseek-v3"),
        ("ollama-cloud", "qwen3-coder:480b", "qwen3-coder-480b"),
    ],
)
def test_host_lab_region_and_date_are_set_apart_from_the_name(provider: str, name: str, text: str) -> None:
    assert normalise(provider, name).text == text


@pytest.mark.parametrize(
    ("provider", "name", "variant"),
    [
        ("openrouter", "meta-llama/llama-3.3-70b-instruct:free", "free"),
        ("openrouter", "anthropic/claude-3.7-sonnet:thinking", "thinking"),
        ("openai", "ft:gpt-4o:someone::abc", "ft"),
        ("openai", "gpt-4o-mini-2024-07-18.ft-", "ft"),
        ("ollama", "gpt-oss:120b-cloud", "cloud"),
        ("ollama", "glm-4.7:cloud", "cloud"),
        ("ollama", "gpt-oss:20b", None),
        ("bedrock", "meta.llama3-70b-instruct-v1:0", None),
    ],
)
def test_a_variant_is_kept_apart_because_its_price_may_differ(provider: str, name: str, variant: str | None) -> None:
    assert normalise(provider, name).variant == variant


@pytest.mark.parametrize(
    ("name", "text", "quantization"),
    [
        ("llama3.1:70b-instruct-q4_K_M", "llama3.1-70b-instruct", "Q4_K_M"),
        ("llama3.1:latest", "llama3.1", None),
        ("qwen3:8b-q8_0", "qwen3-8b", "Q8_0"),
        ("gemma2:9b-instruct-fp16", "gemma2-9b-instruct", "F16"),
        ("hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:IQ3_XXS", "llama-3.2-3b-instruct", "IQ3_XXS"),
        ("hf.co/unsloth/Qwen3-8B-GGUF:UD-Q4_K_XL", "qwen3-8b", "UD_Q4_K_XL"),
        ("someone/thing:7b-bf16", "thing-7b", "BF16"),
        ("gpt-oss:20b-mxfp4", "gpt-oss-20b", "mxfp4"),
        ("qwq:32b", "qwq-32b", None),
    ],
)
def test_a_local_tag_tells_the_quantization(name: str, text: str, quantization: str | None) -> None:
    assert normalise("ollama", name) == Name(text, None, quantization)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("llama3.1-70b-instruct", 70_000_000_000),
        ("qwen2.5-0.5b", 500_000_000),
        ("qwen3-1.7b", 1_700_000_000),
        ("gemma3-270m", 270_000_000),
        ("kimi-k2-1t", 1_000_000_000_000),
        ("qwen3-235b-a22b", 235_000_000_000),
    ],
)
def test_a_size_in_the_name_is_the_number_of_parameters(text: str, count: int) -> None:
    assert parameters(text) == count


@pytest.mark.parametrize("text", ["phi3-small", "llama3", "mixtral-8x7b", "gemma3n-e4b", "l3-70b-draft-1b", "b-m-t"])
def test_an_ambiguous_size_stays_unknown(text: str) -> None:
    assert parameters(text) is None


def test_a_family_is_the_word_that_the_name_begins_with() -> None:
    assert family("internlm2_5-20b-chat") == "internlm"
    assert family("7b-thing") is None


def test_a_text_that_is_too_long_is_no_name() -> None:
    assert normalise("openai", "a" * (MAX_NAME + 1)) == NOTHING


@given(st.sampled_from(["ollama", "openai", "bedrock", ""]), st.text(max_size=300))
def test_any_text_can_be_taken_apart(provider: str, name: str) -> None:
    parts = normalise(provider, name)
    assert len(parts.text) <= MAX_NAME + 10
    assert parameters(parts.text) is None or parameters(parts.text) >= 0  # type: ignore[operator]
