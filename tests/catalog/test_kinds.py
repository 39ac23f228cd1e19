"""What a model is for, told from its name and its modalities."""

from __future__ import annotations

import pytest

from modelward.catalog.kinds import kind_of
from modelward.catalog.model import Kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("text-embedding-3-small", Kind.EMBEDDING),
        ("nvidia/llama-nemotron-rerank-vl-1b", Kind.RERANK),
        ("baai/bge-reranker-base", Kind.RERANK),
        ("@cf/baai/bge-m3", Kind.EMBEDDING),
        ("omni-moderation-latest", Kind.MODERATION),
        ("meta-llama/llama-guard-4-12b", Kind.MODERATION),
        ("whisper-large-v3", Kind.AUDIO),
        ("gpt-4o-mini-tts", Kind.AUDIO),
        ("gpt-realtime-2", Kind.AUDIO),
        ("sora-2-pro", Kind.VIDEO),
        ("dall-e-3", Kind.IMAGE),
        ("openai/gpt-5.4-image-2", Kind.IMAGE),
        ("google/gemini-3-pro-image", Kind.IMAGE),
        ("gpt-5.4", None),
        ("bottts", None),
        ("hesora", None),
        ("mistral-large", None),
    ],
)
def test_a_name_tells_the_kind_or_nothing(name: str, kind: Kind | None) -> None:
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("name", "outputs", "kind"),
    [
        ("gemini-x", ["text"], Kind.CHAT),
        ("gemini-x-flash-image", ["text", "image"], Kind.IMAGE),
        ("gpt-x-codex", ["text", "image"], Kind.CHAT),
        ("some-picture", ["image"], Kind.IMAGE),
        ("some-film", ["video"], Kind.VIDEO),
        ("gpt-audio", ["text", "audio"], Kind.CHAT),
        ("some-voice", ["audio"], Kind.AUDIO),
        ("some", [], None),
    ],
)
def test_outputs_tell_what_the_name_does_not(name: str, outputs: list[str], kind: Kind | None) -> None:
    assert kind_of(name, outputs) is kind


def test_a_name_longer_than_any_true_one_tells_nothing() -> None:
    assert kind_of("embed-" * 1000) is None
