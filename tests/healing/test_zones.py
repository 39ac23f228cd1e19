"""The rule files that Modelward ships: every rule decides its own examples, and no name that it must not."""

from __future__ import annotations

from collections import Counter

import pytest

from modelward.catalog.model import split_id
from modelward.core.paths import resources
from modelward.healing.surveyor import load
from modelward.healing.zoning import Rule

SURVEYOR, PROBLEMS = load(resources() / "zoning")
RULES = [rule for zone in SURVEYOR.zones for rule in zone.rules]


def test_the_shipped_rule_files_have_no_problem() -> None:
    assert [str(problem) for problem in PROBLEMS] == []


def test_there_are_rules_for_the_named_providers_and_for_families() -> None:
    named = {"google", "openai", "anthropic", "mistral", "groq", "ollama", "any"}
    assert named <= {zone.provider for zone in SURVEYOR.zones}


def test_a_rules_name_is_its_own() -> None:
    # The explanation of a value names the rule alone: the name must lead to one place.
    assert [name for name, count in Counter(rule.name for rule in RULES).items() if count > 1] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_example_is_decided_by_its_own_rule(rule: Rule) -> None:
    assert rule.examples
    decided = {example: SURVEYOR.survey(*split_id(example)).rule for example in rule.examples}
    assert decided == dict.fromkeys(rule.examples, rule.name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_counterexample_is_decided_by_the_rule(rule: Rule) -> None:
    assert rule.counterexamples
    assert [name for name in rule.counterexamples if SURVEYOR.survey(*split_id(name)).rule == rule.name] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rules_figures_can_be_true(rule: Rule) -> None:
    window = rule.context_window or 10**9
    assert (rule.max_input_tokens or 0) <= window
    assert rule.price_output is None or rule.price_input is not None
    assert rule.family or rule.read_family
