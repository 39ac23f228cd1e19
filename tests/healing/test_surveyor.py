"""What the Surveyor tells of a name, who may say what, and that no text can trouble it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.catalog import facts as catalog_facts
from modelward.catalog.model import Capabilities, Capability, Field, Kind, Source
from modelward.core.paths import resources
from modelward.healing.surveyor import Surveyor, load

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEYS = [
    *("id", "recognised", "rule", "kind", "family", "contextWindow", "maxInputTokens", "maxOutputTokens"),
    *("capabilities", "notCapabilities", "priceInput", "priceOutput", "parameterCount", "quantization"),
]
WORDS = [
    *("gpt", "claude", "gemini", "llama", "qwen", "deepseek", "mistral", "embed", "guard", "tts", "image", "instruct"),
    *("4", "3.5", "70b", "a22b", "mini", "pro", "flash", "latest", "2024-05-13", "2411", "preview", "v1:0", "cloud"),
    *(":", "@", "/", ".", "-", "us.", "anthropic.", "q4_K_M", "free", "ft:"),
]
ACME = """
provider: acme
lab: true
day: 2026-01-02
address: https://acme.example/models
rules:
  - name: acme-one
    pattern: one(?:-mini)?
    kind: chat
    family: one
    context_window: 1000
    max_output_tokens: 100
    has: [tools, web_search]
    lacks: [vision]
    price_input: 0.25
    price_output: 2
  - {name: acme-dated, pattern: two@2401, kind: chat, family: two, price_input: 7}
  - {name: acme-two, pattern: two, kind: chat, family: two}
"""
FAMILIES = """
provider: any
day: 2026-01-03
address: https://families.example
rules:
  - {name: herd, pattern: herd-.*, kind: chat, family: herd, read_size: true}
  - {name: two-elsewhere, pattern: two.*, kind: embedding, family: other-two}
"""
HOME = """
provider: hearth
price: 0
day: 2026-01-04
address: https://hearth.example
rules:
  - {name: hearth-any, pattern: "[a-z].*", kind: chat, read_family: true, fallback: true}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rules = tmp_path / "zoning"
    rules.mkdir()
    for name, text in (("acme", ACME), ("families", FAMILIES), ("hearth", HOME)):
        (rules / f"{name}.yaml").write_text(text)
    return rules


@pytest.fixture
def surveyor(folder: Path) -> Surveyor:
    surveyor, problems = load(folder)
    assert problems == ()
    return surveyor


@cache
def shipped_rules() -> Surveyor:
    return load(resources() / "zoning")[0]


@pytest.fixture
def shipped() -> Surveyor:
    return shipped_rules()


def test_a_finding_says_all_that_its_rule_knows(surveyor: Surveyor) -> None:
    finding = surveyor.survey("acme", "one-mini")
    assert json.loads(json.dumps(finding.to_json())) == {
        "id": "acme/one-mini",
        "recognised": True,
        "rule": "acme-one",
        "kind": "chat",
        "family": "one",
        "contextWindow": 1000,
        "maxInputTokens": None,
        "maxOutputTokens": 100,
        "capabilities": ["tools", "web_search"],
        "notCapabilities": ["vision"],
        "priceInput": "0.25",
        "priceOutput": "2",
        "parameterCount": None,
        "quantization": None,
    }


def test_an_unknown_name_gives_the_same_keys_and_knows_nothing(surveyor: Surveyor) -> None:
    answer = surveyor.survey("acme", "one-maxi").to_json()
    assert list(answer) == KEYS
    assert [key for key, value in answer.items() if value not in (None, [], False)] == ["id"]


def test_the_facts_of_a_finding_carry_the_rule_its_day_and_its_address(surveyor: Surveyor) -> None:
    facts = surveyor.survey("acme", "one").facts(NOW)
    assert {(fact.source, fact.origin, fact.evidence) for fact in facts} == {
        (Source.SURVEY, "acme.yaml: acme-one", "https://acme.example/models")
    }
    assert {fact.observed_at for fact in facts} == {datetime(2026, 1, 2, tzinfo=UTC)}
    values = catalog_facts.resolve(facts).values
    assert values[Field.PRICE_INPUT] == Decimal("0.25")
    assert values[Field.KIND] == "chat"
    assert values[Field.CAPABILITIES] == Capabilities(
        frozenset({Capability.TOOLS, Capability.WEB_SEARCH}), frozenset({Capability.VISION})
    )
    assert Field.MAX_INPUT_TOKENS not in values


def test_no_fact_is_observed_after_now(surveyor: Surveyor) -> None:
    early = datetime(2025, 6, 1, tzinfo=UTC)
    assert {fact.observed_at for fact in surveyor.survey("acme", "one").facts(early)} == {early}


def test_an_unknown_name_has_no_facts(surveyor: Surveyor) -> None:
    assert surveyor.survey("acme", "nobody").facts(NOW) == ()


def test_another_host_gets_the_model_but_not_what_the_lab_alone_grants(surveyor: Surveyor) -> None:
    finding = surveyor.survey("somewhere", "acme/one")
    assert (finding.rule, finding.context_window) == ("acme-one", 1000)
    assert (finding.price_input, finding.price_output, finding.max_output_tokens) == (None, None, None)
    assert finding.capabilities == {Capability.TOOLS}


def test_the_provider_is_asked_before_the_families(surveyor: Surveyor) -> None:
    assert surveyor.survey("acme", "two").rule == "acme-two"
    assert surveyor.survey("hearth", "two-b").rule == "two-elsewhere"


def test_a_pattern_with_a_date_speaks_of_that_date_alone(surveyor: Surveyor) -> None:
    assert surveyor.survey("acme", "two-2401").rule == "acme-dated"
    assert surveyor.survey("acme", "two-2402").rule == "acme-two"
    assert surveyor.survey("acme", "two-latest").rule == "acme-two"


def test_a_last_resort_is_asked_last_and_only_at_home(surveyor: Surveyor) -> None:
    assert surveyor.survey("hearth", "herd-7b").rule == "herd"
    stray = surveyor.survey("hearth", "stray2-thing")
    assert (stray.rule, stray.family, stray.recognised) == ("hearth-any", "stray", True)
    assert surveyor.survey("acme", "stray2-thing").rule is None


def test_a_price_of_the_house_holds_whatever_rule_speaks(surveyor: Surveyor) -> None:
    assert surveyor.survey("hearth", "herd-7b").price_input == 0
    assert surveyor.survey("hearth", "one").price_output == 0
    assert surveyor.survey("acme", "herd-7b").price_input is None


def test_a_persons_rule_is_asked_first_and_replaces_the_one_of_its_name(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.yaml").write_text(
        "provider: acme\nday: 2026-05-05\naddress: https://mine.example\nrules:\n"
        "  - {name: acme-one, pattern: uno, kind: chat, family: uno}\n"
        "  - {name: my-two, pattern: two, kind: image, family: picture}\n"
    )
    surveyor, problems = load(folder, own)
    assert problems == ()
    assert surveyor.survey("acme", "one").rule is None
    assert surveyor.survey("acme", "uno").family == "uno"
    assert surveyor.survey("acme", "two").kind is Kind.IMAGE
    assert surveyor.survey("acme", "two-2401").rule == "my-two"


def test_a_folder_without_rules_knows_nothing(tmp_path: Path) -> None:
    surveyor, problems = load(tmp_path / "nowhere", tmp_path / "neither")
    assert problems == ()
    assert not surveyor.survey("openai", "gpt-4o").recognised


@pytest.mark.parametrize(
    ("provider", "name", "price"),
    [
        ("openai", "gpt-4o", Decimal("2.5")),
        ("openai", "ft:gpt-4o-2024-08-06:someone::abc", None),
        ("openrouter", "openai/gpt-4o", None),
        ("openrouter", "meta-llama/llama-3.3-70b-instruct:free", Decimal(0)),
        ("openrouter", "meta-llama/llama-3.3-70b-instruct:nitro", None),
        ("elsewhere", "meta-llama/llama-3.3-70b-instruct:free", None),
        ("ollama", "llama3.3:70b", Decimal(0)),
        ("ollama", "gpt-oss:120b-cloud", None),
        ("ollama", "someones-own:7b", Decimal(0)),
        ("ollama", "gemini-3-flash-preview", None),
    ],
)
def test_a_price_is_stated_only_where_it_is_certain(
    shipped: Surveyor, provider: str, name: str, price: Decimal | None
) -> None:
    assert shipped.survey(provider, name).price_input == price


@pytest.mark.parametrize(
    ("provider", "name", "kind"),
    [
        ("google", "veo-3.1-generate-preview", Kind.VIDEO),
        ("google", "imagen-4.0-generate-001", Kind.IMAGE),
        ("google", "gemini-2.5-flash-preview-tts", Kind.AUDIO),
        ("google", "gemini-3.8-live", Kind.AUDIO),
        ("openai", "sora-2", Kind.VIDEO),
        ("openai", "omni-moderation-latest", Kind.MODERATION),
        ("openai", "whisper-1", Kind.AUDIO),
        ("cohere", "rerank-v3.5", Kind.RERANK),
        ("groq", "playai-tts", Kind.AUDIO),
        ("ollama", "nomic-embed-text:latest", Kind.EMBEDDING),
        ("ollama", "llama-guard3:8b", Kind.MODERATION),
        ("mistral", "mistral-ocr-latest", Kind.OTHER),
    ],
)
def test_what_is_no_chat_model_is_told_apart(shipped: Surveyor, provider: str, name: str, kind: Kind) -> None:
    assert shipped.survey(provider, name).kind is kind


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("google", "gemini-9-flash"),
        ("openai", "gpt-8"),
        ("anthropic", "claude-opus-9-1"),
        ("mistral", "mistral-huge-9"),
    ],
)
def test_a_model_of_tomorrow_is_recognised_without_a_price(shipped: Surveyor, provider: str, name: str) -> None:
    finding = shipped.survey(provider, name)
    assert finding.recognised
    assert (finding.price_input, finding.price_output) == (None, None)


def test_size_and_quantization_come_from_a_local_tag(shipped: Surveyor) -> None:
    finding = shipped.survey("ollama", "qwen3:235b-a22b-q4_K_M")
    assert (finding.parameter_count, finding.quantization) == (235_000_000_000, "Q4_K_M")
    assert shipped.survey("ollama", "mixtral:8x7b").parameter_count == 46_700_000_000
    assert shipped.survey("ollama", "llama3.1:latest").parameter_count is None


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "/", "//", ":", "@", "-", "\x00", "\u202egpt-4o", "\ud800", "ft:", "gpt-4o\n", "<b>gpt-4o</b>"),
        *("a" * 10_000, "a-" * 5_000, "gpt-4o" + "-mini" * 2_000, "1b-" * 60, "ﬁ" * 200, "İ" * 200),
    ],
)
def test_a_strange_name_gives_a_finding(shipped: Surveyor, name: str) -> None:
    for provider in ("openai", "ollama", "bedrock", "", "\ud800"):
        finding = shipped.survey(provider, name)
        assert finding.id == f"{provider}/{name}"
        assert list(finding.to_json()) == KEYS


@given(st.sampled_from(["google", "openai", "anthropic", "mistral", "groq", "ollama", "x", ""]), st.text())
def test_any_text_gives_a_finding(provider: str, name: str) -> None:
    finding = shipped_rules().survey(provider, name)
    assert list(finding.to_json()) == KEYS
    assert all(fact.model_id == finding.id for fact in finding.facts(NOW))


@given(
    st.sampled_from(["google", "openai", "anthropic", "mistral", "groq", "ollama", "openrouter", "bedrock"]),
    st.lists(
        st.sampled_from(WORDS),
        max_size=8,
    ),
)
def test_any_words_of_names_in_any_order_give_a_finding(provider: str, words: list[str]) -> None:
    finding = shipped_rules().survey(provider, "-".join(words))
    assert finding.recognised == (finding.kind is not None and finding.family is not None)
    assert not finding.capabilities & finding.not_capabilities
