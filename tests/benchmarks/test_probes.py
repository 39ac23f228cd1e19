"""The shipped probes are sound, suites from strangers are refused with their place, and hashes name what was asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from modelward.benchmarks import sandbox
from modelward.benchmarks.checks import Avoids, Code, Exact, Says
from modelward.benchmarks.grading import grade
from modelward.benchmarks.haystack import PLACE, made, messages
from modelward.benchmarks.model import UseCase
from modelward.benchmarks.probe_files import read_folder
from modelward.benchmarks.probes import Difficulty, Haystack, Needle, Probe, Suite, SuiteProblem, load
from modelward.core.paths import resources
from modelward.core.yamlnodes import MAX_FILE_BYTES
from modelward.providers.model import Role

SHIPPED, PROBLEMS = load(resources() / "probes", Path("/nowhere"))
PROBES = [probe for suite in SHIPPED for probe in suite.probes]
HEAD = "suite: mine\nuse_case: reasoning\nmax_output_tokens: 100\nprobes:\n"
GOOD = "  - {id: good, difficulty: easy, prompt: What is 6 times 7?, checks: [number: 42]}\n"


def read(
    folder: Path, text: str | bytes, file: str = "mine.yaml"
) -> tuple[tuple[Suite, ...], tuple[SuiteProblem, ...]]:
    content = text.encode() if isinstance(text, str) else text
    (folder / file).write_bytes(content)
    return read_folder(folder, is_own=True)


# ---------------------------------------------------------------- what is shipped


def test_the_shipped_suites_have_no_mistake_and_cover_every_use_case() -> None:
    assert [str(problem) for problem in PROBLEMS] == []
    assert {suite.use_case for suite in SHIPPED} == set(UseCase)
    assert {suite.id: len(suite.probes) for suite in SHIPPED if len(suite.probes) < 7} == {}
    assert len(PROBES) >= 70


def test_every_suite_has_easy_and_hard_probes() -> None:
    for suite in SHIPPED:
        assert {probe.difficulty for probe in suite.probes} == set(Difficulty), suite.id
    spread = Counter(probe.difficulty for probe in PROBES)
    assert min(spread.values()) >= len(PROBES) // 5


def test_every_probe_has_answers_that_prove_it() -> None:
    assert [probe.id for probe in PROBES if not probe.good or not probe.bad] == []


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: f"{probe.suite}/{probe.id}")
def test_good_answers_pass_and_bad_ones_do_not(probe: Probe) -> None:
    if sandbox.refusal() and any(isinstance(weighted.check, Code) for weighted in probe.checks):
        pytest.skip("code is run on Linux alone")
    for answer in probe.good:
        verdict = grade(probe, answer)
        assert verdict.passed, (answer, verdict)
        assert verdict.score == 1, verdict
    for answer in probe.bad:
        verdict = grade(probe, answer)
        assert not verdict.passed, (answer, verdict)
        assert verdict.reasons


# Chatter that holds none of the answers; a suite that rewards it measures nothing.
CHATTER = (
    "Great question! Let me think about this carefully. In conclusion, it depends on many things. I hope this helps!"
)


@pytest.mark.parametrize(
    "text", ["", CHATTER, "I'm sorry, but I cannot help with that.", "42", "yes", "{}", "# Title\n\n- x"]
)
def test_no_probe_is_passed_by_chatter(text: str) -> None:
    from modelward.benchmarks.answers import Answer

    cheap = [probe for probe in PROBES if not any(isinstance(weighted.check, Code) for weighted in probe.checks)]
    assert [probe.id for probe in cheap if grade(probe, Answer(text)).passed] == []


def test_no_probe_is_passed_by_its_own_prompt() -> None:
    from modelward.benchmarks.answers import Answer

    echoed = [(probe, Answer(messages(probe)[-1].text)) for probe in PROBES]
    assert [probe.id for probe, answer in echoed if grade(probe, answer).passed] == []


def test_the_place_of_a_long_text_is_filled_with_its_needles() -> None:
    for probe in PROBES:
        asked = "\n".join(message.text for message in messages(probe))
        assert PLACE not in asked
        if probe.haystack is not None:
            assert [needle.text for needle in probe.haystack.needles if asked.count(needle.text) != 1] == []


# ---------------------------------------------------------------- long texts


def test_a_long_text_is_the_same_for_the_same_seed_and_other_for_another() -> None:
    one, other = Haystack(1, 500, ()), Haystack(2, 500, ())
    assert made(one) == made(one) != made(other)
    assert made(one).startswith("While the bells were silent, ") or made(one)[0].isupper()


@given(st.integers(0, 50), st.integers(100, 4000), st.lists(st.floats(0, 1), max_size=5))
def test_a_long_text_has_about_its_length_and_each_needle_once_at_its_place(
    seed: int, tokens: int, places: list[float]
) -> None:
    needles = tuple(Needle(f"Needle number {at} lies here.", place) for at, place in enumerate(places))
    text = made(Haystack(seed, tokens, needles))
    assert abs(len(text) - tokens * 4.5) < 400
    for needle in needles:
        assert text.count(needle.text) == 1
        assert abs(text.index(needle.text) - needle.at * len(text)) < 500


def test_a_long_text_can_be_made_as_long_as_wanted() -> None:
    probe = next(probe for probe in PROBES if probe.haystack is not None)
    assert len(messages(probe, 40_000)[-1].text) > 170_000 > len(messages(probe)[-1].text)


# ---------------------------------------------------------------- reading


def test_a_folder_that_is_not_there_has_no_suites_and_no_problem(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "nowhere", is_own=True) == ((), ())


def test_a_file_in_the_folders_place_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be read" in read_folder(tmp_path / "file", is_own=True)[1][0].message


def test_a_probe_takes_from_the_head_what_it_does_not_say(tmp_path: Path) -> None:
    text = HEAD.replace("probes:", "system: Be brief.\npass: 0.5\nprobes:") + GOOD
    text += "  - {id: own, difficulty: hard, prompt: x, checks: [exact: [y]], max_output_tokens: 7, pass: 0.9}\n"
    (suite,), problems = read(tmp_path, text)
    assert problems == ()
    assert [(probe.max_output_tokens, probe.pass_at) for probe in suite.probes] == [(100, 0.5), (7, 0.9)]
    assert [message.role for message in suite.probes[0].messages] == [Role.SYSTEM, Role.USER]
    assert {probe.suite_hash for probe in suite.probes} == {suite.hash}


def _probe(**changes: str) -> str:
    parts = {"id": "bad", "difficulty": "easy", "prompt": "x", "checks": "[number: 1]"} | changes
    return "{" + ", ".join(f"{key}: {value}" for key, value in parts.items() if value) + "}"


@pytest.mark.parametrize(
    ("probe", "field", "words"),
    [
        (_probe(id=""), "id", "missing"),
        (_probe(id="../x"), "id", "letters"),
        (_probe(id="good"), "id", "already a probe"),
        (_probe(difficulty="brutal"), "difficulty", "one of: easy"),
        (_probe(prompt=""), "prompt", "either"),
        (_probe(colour="red"), "colour", "no such key"),
        (_probe(checks=""), "checks", "missing"),
        (_probe(checks="[]"), "checks", "at least one"),
        (_probe(checks="[{number: 1, exact: [a]}]"), "checks", "one kind"),
        (_probe(checks="[{number: 1, weight: 0}]"), "weight", "number from"),
        (_probe(checks="[{number: one}]"), "number", "number from"),
        (_probe(checks="[{number: .nan}]"), "number", "number from"),
        (_probe(checks="[{riddle: 1}]"), "riddle", "no such key"),
        (_probe(checks="[{choice: AB}]"), "choice", "one letter"),
        (_probe(checks="[{exact: []}]"), "exact", "empty"),
        (_probe(checks="[{says: [{pattern: (a+)+$}]}]"), "pattern", "group"),
        (_probe(checks="[{says: [{pattern: 'a.*b'}]}]"), "pattern", "how often at most"),
        (_probe(checks="[{says: [{pattern: '.{0,99}.{0,99}x'}]}]"), "pattern", "hang"),
        (_probe(checks="[{says: [{pattern: '(?=a)'}]}]"), "pattern", "group"),
        (_probe(checks="[{says: [{weight: 1}]}]"), "says", "any"),
        (_probe(checks="[{form: {words: [5, 1]}}]"), "words", "least and the most"),
        (_probe(checks="[{form: {words: many}}]"), "words", "number from"),
        (_probe(checks="[{form: {language: klingon}}]"), "language", "one of"),
        (_probe(checks="[{form: {letters: big}}]"), "letters", "lower, upper"),
        (_probe(checks="[{form: {markdown: no}}]"), "markdown", "true or false"),
        (_probe(checks="[{json: {schema: {type: orange}}}]"), "schema", "no JSON schema"),
        (_probe(checks="[{json: {schema: {$ref: 'https://a.example/'}}}]"), "schema", "no word '$ref'"),
        (_probe(checks="[{json: {schema: {items: {pattern: '(a+)+'}}}}]"), "schema", "group"),
        (_probe(checks="[{json: {schema: {uniqueItems: true}}}]"), "schema", "uniqueItems"),
        (_probe(checks="[{fields: {values: {}}}]"), "values", "mapping"),
        (_probe(checks="[{code: {name: a b, cases: [{run: x, expect: 1}]}}]"), "name", "name of a function"),
        (_probe(checks="[{code: {name: f, cases: [{run: x}]}}]"), "cases", "either"),
        (_probe(checks="[{code: {name: f, cases: []}}]"), "cases", "1 to 50"),
        (_probe(tools="[hammer]"), "tools", "one of"),
        (_probe(max_output_tokens="0"), "max_output_tokens", "number from 1"),
        (_probe(max_output_tokens="1.5"), "max_output_tokens", "whole"),
        (_probe(**{"pass": "2"}), "pass", "number from 0 to 1"),
        (_probe(haystack="{seed: 1, tokens: 500, needles: []}"), "haystack", "go together"),
        (_probe(prompt="'{haystack}'"), "haystack", "go together"),
        (_probe(haystack="{seed: 1, tokens: 1e9, needles: []}"), "tokens", "number from"),
        (_probe(prompt="", messages="[{role: assistant, text: x}]"), "messages", "user's"),
        (_probe(prompt="", messages="[{role: king, text: x}]"), "role", "one of"),
        ("just text", None, "mapping"),
        ("{[a]: b}", None, "text"),
    ],
)
def test_a_wrong_probe_is_named_with_its_place_and_the_others_hold(
    probe: str, field: str | None, words: str, tmp_path: Path
) -> None:
    (suite,), (problem,) = read(tmp_path, HEAD + GOOD + f"  - {probe}\n")
    assert [one.id for one in suite.probes] == ["good"]
    assert (problem.file, problem.line, problem.field) == ("mine.yaml", 6, field)
    assert words in problem.message
    assert "mine.yaml, line 6" in str(problem)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "UTF-8"),
        (b"suite: [", "not YAML"),
        (b"a" * (MAX_FILE_BYTES + 1), "larger"),
        (b"suite: mine\nprobes: []", "missing"),
        (b"suite: mine\nuse_case: cooking\nprobes: []", "one of"),
        (b"suite: mine\nuse_case: reasoning\nprobes: 1", "list"),
        (b"suite: mine\nuse_case: reasoning\nprobes: " + b"[" * 2000, "nested|not YAML"),
        (b"suite: mine\nuse_case: reasoning\nprobes: &a [*a]", "nested"),
        (b"[]", "mapping"),
    ],
)
def test_a_file_that_cannot_be_used_is_reported(content: bytes, words: str, tmp_path: Path) -> None:
    suites, (problem,) = read(tmp_path, content)
    assert suites == ()
    assert any(word in problem.message for word in words.split("|")), problem


def test_aliases_cannot_make_a_file_endless(tmp_path: Path) -> None:
    bomb = "\n".join(f"  - &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]" for n in range(1, 12))
    _suites, (problem,) = read(tmp_path, f"suite: mine\nuse_case: reasoning\nprobes:\n  - &b0 x\n{bomb}\n")
    assert "too many values" in problem.message


@given(st.binary(max_size=300) | st.text(alphabet="suite: me{}[]&*!|>-\n\"'prob", max_size=200).map(str.encode))
@hypothesis_settings(max_examples=60)
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("suites")
    suites, problems = read(folder, HEAD.encode() + content)
    assert suites or problems


def test_one_name_in_two_files_is_told(tmp_path: Path) -> None:
    read(tmp_path, HEAD + GOOD, "a.yaml")
    suites, (problem,) = read(tmp_path, HEAD + GOOD, "b.yaml")
    assert len(suites) == 1
    assert (problem.file, "a.yaml" in problem.message) == ("b.yaml", True)


def test_a_suite_of_ones_own_replaces_ours_of_that_name(tmp_path: Path) -> None:
    for name, text in (("shipped", HEAD + GOOD), ("own", (HEAD + GOOD).replace("42", "43"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.yaml").write_text(text)
    (suite,), problems = load(tmp_path / "shipped", tmp_path / "own")
    assert suite.is_own
    assert problems == ()


# ---------------------------------------------------------------- hashes


def _hash(folder: Path, text: str) -> str:
    return read(folder, text)[0][0].hash


def test_the_hash_changes_with_what_is_asked_and_looked_for_alone(tmp_path: Path) -> None:
    text = HEAD + GOOD
    first = _hash(tmp_path, text)
    assert len(first) == 64
    assert _hash(tmp_path, "# a remark\nabout: my own\n" + text.replace("checks:", "good: ['42'], checks:")) == first
    changes = (("42", "43"), ("6 times", "7 times"), ("easy", "hard"), ("100", "101"), ("id: good", "id: other"))
    assert len({first, *(_hash(tmp_path, text.replace(*change)) for change in changes)}) == 6


def test_a_text_and_a_number_have_different_hashes(tmp_path: Path) -> None:
    one = HEAD + "  - {id: a, difficulty: easy, prompt: x, checks: [exact: ['1']]}\n"
    assert _hash(tmp_path, one) != _hash(tmp_path, one.replace("'1'", "1"))


def test_yes_and_times_of_day_are_texts(tmp_path: Path) -> None:
    text = HEAD + "  - {id: a, difficulty: easy, prompt: x, checks: [exact: [yes, 12:30], says: [no], avoids: [on]]}\n"
    (suite,), _problems = read(tmp_path, text.replace(", says", "}, {says").replace(", avoids", "}, {avoids").replace(
        "[exact: [yes, 12:30]", "[{exact: [yes, 12:30]").replace("[on]]", "[on]}]"))  # fmt: skip
    exact, says, avoids = (weighted.check for weighted in suite.probes[0].checks)
    assert isinstance(exact, Exact)
    assert exact.answers == ("yes", "12:30")
    assert isinstance(says, Says)
    assert isinstance(avoids, Avoids)
