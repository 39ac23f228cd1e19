"""Rule files from strangers: what is wrong is named with its place, and everything else still holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from modelward.catalog.model import Kind
from modelward.core.yamlnodes import MAX_FILE_BYTES
from modelward.healing.surveyor import load
from modelward.healing.zonefiles import read_folder
from modelward.healing.zoning import RuleProblem, Zones

HEAD = "provider: acme\nday: 2026-01-02\naddress: https://acme.example/models\nrules:\n"
GOOD = "  - {name: good, pattern: good, kind: chat, family: good}\n"


def read(folder: Path, text: str | bytes, file: str = "acme.yaml") -> tuple[Zones, tuple[RuleProblem, ...]]:
    content = text.encode() if isinstance(text, str) else text
    (folder / file).write_bytes(content)
    return read_folder(folder, is_user=True)


def test_a_folder_that_is_not_there_has_no_rules_and_no_problem(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "nowhere", is_user=True) == ((), ())


def test_a_file_in_the_folders_place_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    zones, problems = read_folder(tmp_path / "file", is_user=True)
    assert zones == ()
    assert "cannot be read" in problems[0].message


def test_a_rule_takes_day_and_address_from_the_head_unless_it_has_its_own(tmp_path: Path) -> None:
    text = HEAD + GOOD + "  - {name: own, pattern: own, kind: image, day: 2025-05-06, address: https://b.example}\n"
    (zone,), problems = read(tmp_path, text)
    assert problems == ()
    assert [(str(rule.day), rule.address) for rule in zone.rules] == [
        ("2026-01-02", "https://acme.example/models"),
        ("2025-05-06", "https://b.example"),
    ]
    assert zone.rules[1].kind is Kind.IMAGE


@pytest.mark.parametrize(
    ("rule", "field", "words"),
    [
        ("{pattern: a, kind: chat}", "name", "missing"),
        ("{name: bad, kind: chat}", "pattern", "missing"),
        ("{name: bad, pattern: a}", "kind", "missing"),
        ("{name: bad, pattern: a, kind: chatter}", "kind", "one of: chat"),
        ("{name: bad, pattern: a, kind: chat, colour: red}", "colour", "no such key"),
        ("{name: bad, name: bad, pattern: a, kind: chat}", "name", "twice"),
        ("{name: good, pattern: a, kind: chat}", "name", "already a rule"),
        ("{name: bad, pattern: (a+)+$, kind: chat}", "pattern", "group"),
        ("{name: bad, pattern: '.*.*.*.*', kind: chat}", "pattern", "hang"),
        ("{name: bad, pattern: [a], kind: chat}", "pattern", "must be text"),
        ("{name: bad, pattern: a, kind: chat, context_window: -1}", "context_window", "between"),
        ("{name: bad, pattern: a, kind: chat, context_window: many}", "context_window", "number"),
        ("{name: bad, pattern: a, kind: chat, context_window: .nan}", "context_window", "number"),
        ("{name: bad, pattern: a, kind: chat, max_output_tokens: 1e400}", "max_output_tokens", "between"),
        ("{name: bad, pattern: a, kind: chat, price_input: -0.1}", "price_input", "between"),
        ("{name: bad, pattern: a, kind: chat, price_input: null}", "price_input", "price_input"),
        ("{name: bad, pattern: a, kind: chat, has: [telepathy]}", "has", "no capability"),
        ("{name: bad, pattern: a, kind: chat, has: tools}", "has", "list"),
        ("{name: bad, pattern: a, kind: chat, has: [tools], lacks: [tools]}", "lacks", "contradicts"),
        ("{name: bad, pattern: a, kind: chat, day: yesterday}", "day", "YYYY-MM-DD"),
        ("{name: bad, pattern: a, kind: chat, address: ftp://x}", "address", "https://"),
        ("{name: bad, pattern: a, kind: chat, read_size: 1}", "read_size", "true or false"),
        ("{name: bad, pattern: a, kind: chat, examples: a}", "examples", "list"),
        ("just text", None, "mapping"),
        ("{[a]: b}", None, "text"),
    ],
)
def test_a_wrong_rule_is_named_with_its_place_and_the_others_hold(
    tmp_path: Path, rule: str, field: str | None, words: str
) -> None:
    (zone,), (problem,) = read(tmp_path, f"{HEAD}{GOOD}  - {rule}\n  - {{name: last, pattern: z, kind: chat}}\n")
    assert [kept.name for kept in zone.rules] == ["good", "last"]
    assert (problem.file, problem.line, problem.field) == ("acme.yaml", 6, field)
    assert words in str(problem)
    assert str(problem).startswith("acme.yaml, line 6")


def test_a_rule_without_day_anywhere_is_refused(tmp_path: Path) -> None:
    _, (problem,) = read(tmp_path, "provider: acme\naddress: https://a.example\nrules:\n" + GOOD)
    assert (problem.rule, problem.field) == ("good", "day")


def test_a_family_cannot_have_a_price(tmp_path: Path) -> None:
    text = HEAD.replace("acme\n", "any\n", 1) + "  - {name: dear, pattern: a, kind: chat, price_input: 1}\n"
    _, (problem,) = read(tmp_path, text)
    assert (problem.rule, problem.field) == ("dear", "price_input")


def test_the_same_rule_in_two_files_is_kept_once_and_reported(tmp_path: Path) -> None:
    read(tmp_path, HEAD + GOOD, "a.yaml")
    zones, (problem,) = read(tmp_path, HEAD + GOOD, "b.yaml")
    assert [len(zone.rules) for zone in zones] == [1, 0]
    assert problem.file == "b.yaml"
    assert "a.yaml" in problem.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"# nothing\n", "empty"),
        (b"provider: [", "not YAML"),
        (b"provider: a\n\tb: c", "not YAML"),
        (b"\xff\xfe\x00p", "not UTF-8"),
        (b"- a\n- b\n", "mapping"),
        (b"rules: []\n", "missing"),
        (b"provider: a/b\n", "provider's id"),
        (b"provider: acme\nprovider: acme\n", "twice"),
        (b"provider: acme\nrule: []\n", "no such key"),
        (b"provider: acme\nrules: {}\n", "list"),
        (b"provider: acme\nprice: free\n", "price"),
        (b"provider: acme\n<<: {rules: []}\n", "no such key"),
        (b"provider: !!python/object/apply:os.getcwd []\n", "text"),
        (b"[" * 20_000, "too deeply"),
        (b"rules: " + b"[" * 400_000 + b"]" * 400_000, "too deeply"),
        (b"- " * 400_000 + b"a", "too deeply"),
        (b"{a: " * 100_000 + b"}" * 100_000, "too deeply"),
        (b"a: b\n" * (MAX_FILE_BYTES // 5 + 1), "larger than"),
    ],
)
def test_a_file_that_is_no_rule_file_is_named_and_the_other_files_hold(
    tmp_path: Path, content: bytes, words: str
) -> None:
    read(tmp_path, HEAD + GOOD, "good.yaml")
    (zone,), (problem,) = read(tmp_path, content, "bad.yaml")
    assert zone.rules[0].name == "good"
    assert problem.file == "bad.yaml"
    assert words in problem.message


def test_a_bomb_of_aliases_costs_nothing(tmp_path: Path) -> None:
    rows = ["sets:", "  - &a0 [tools]"] + [f"  - &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    text = HEAD.replace("rules:", "\n".join(rows) + "\nrules:") + GOOD
    text += "  - {name: bomb, pattern: a, kind: chat, has: *a59}\n"
    (zone,), (problem,) = read(tmp_path, text)
    assert [rule.name for rule in zone.rules] == ["good"]
    assert (problem.rule, problem.field) == ("bomb", "has")


def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    zones, (problem,) = read_folder(tmp_path, is_user=True)
    assert zones == ()
    assert "cannot be read" in problem.message


def test_the_problems_of_a_persons_rules_leave_the_programs_rules_alone(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "theirs").mkdir()
    read(tmp_path / "theirs", HEAD + GOOD)
    (tmp_path / "own" / "mine.yaml").write_text(HEAD + "  - {name: mine, pattern: '(a|a)*b', kind: chat}\n")
    surveyor, (problem,) = load(tmp_path / "theirs", tmp_path / "own")
    assert (problem.file, problem.rule, problem.field) == ("mine.yaml", "mine", "pattern")
    assert surveyor.survey("acme", "good").recognised


@hypothesis_settings(max_examples=60)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (HEAD + text).encode("utf-8", "replace")))
def test_any_bytes_give_zones_or_problems(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    zones, problems = read(tmp_path_factory.mktemp("zones"), content)
    assert len(zones) + len(problems) >= 1
