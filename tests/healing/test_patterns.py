"""No pattern that is let in can hang the program, and a beginning is told truly."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.core.errors import InputError
from modelward.healing import patterns
from modelward.healing.names import MAX_NAME


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(?:a+)+",
        "(?:a|a)*b",
        "(?:.*)*",
        "(?:a?){30}a{30}",
        "a?" * 40 + "a" * 40,
        "(?:a|a)" * 40,
        ".*.*.*.*b",
        "[a-z]*[a-z]*[a-z]*[a-z]*b",
        "a{0,100}a{0,100}a{0,100}a{0,100}b",
        "(?:(?:(?:a?)?)?)?" * 20,
    ],
)
def test_a_catastrophic_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match=r"hang|group"):
        patterns.check(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "a" * 501,
        "(a)",
        "(?=a)",
        "(?!a)",
        "(?i)a",
        r"(?:a)\1",
        "(?P<x>a)",
        "(?:a",
        "a)",
        "[a",
        "[]",
        "[z-a]",
        "[a-é]",
        "[[a]]",
        "[a&&b]",
        "a**",
        "a+?",
        "*a",
        "a{",
        "a{2,1}",
        "a{1,}",
        "a{x}",
        "a{٣}",
        "^a",
        "a$",
        "\\",
        r"\n",
        "\\\n",
        "é",
        "a\x00b",
        "(?:" * 50 + "a" + ")" * 50,
    ],
)
def test_what_is_not_in_the_language_is_refused_and_says_where(pattern: str) -> None:
    with pytest.raises(InputError, match="pattern"):
        patterns.check(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["gpt-4o", r"gemini-2\.5-(?:pro|flash)(?:-preview)?", "[a-z].*", r"o[1-9](?:-mini)?", r"a{2}b{1,3}\d{8}", "x|y|"],
)
def test_a_pattern_of_the_language_compiles(pattern: str) -> None:
    patterns.check(pattern)
    assert re.compile(pattern, re.ASCII)


def test_the_slowest_pattern_that_is_let_in_ends_soon() -> None:
    # 2^19 ways, as many as are let in: it ends long before the test's own time limit, on the worst name there is.
    pattern = "a?" * 19 + "a" * 19
    patterns.check(pattern)
    with pytest.raises(InputError):
        patterns.check("a?" * 20 + "a" * 20)
    assert re.fullmatch(pattern + "b", "a" * MAX_NAME) is None


_PIECES = st.sampled_from(["a", "b", "-", r"\.", r"\d", "[ab]", "[^a]", ".", "a?", "b*", "[ab]+", "a{2}", "b{1,2}"])
_ROWS = st.lists(_PIECES, min_size=1, max_size=4).map("".join)
_GROUPS = (
    st.lists(_ROWS, min_size=1, max_size=3)
    .map("|".join)
    .flatmap(lambda inner: st.sampled_from([f"(?:{inner})", f"(?:{inner})?"]))
)
_PATTERNS = st.lists(_ROWS | _GROUPS, min_size=1, max_size=4).map("".join)


@given(_PATTERNS, st.data())
def test_a_name_that_matches_begins_with_a_head_and_holds_a_needle(pattern: str, data: st.DataObject) -> None:
    name = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
    assert any(name.startswith(head) for head in patterns.heads(pattern))
    needles = patterns.needles(pattern)
    assert not needles or any(needle in name for needle in needles)


@pytest.mark.parametrize(
    ("pattern", "heads"),
    [
        ("gpt-4o", {"gpt-4o"}),
        ("gpt-4o(?:-mini)?", {"gpt-4o", "gpt-4o-mini"}),
        ("o[13]x", {"o1x", "o3x"}),
        (r"a\.b.*", {"a.b"}),
        ("a{2}b*c", {"aac", "aab"}),
        ("[a-z].*", {""}),
        ("(?:[a-z]*-)?embed", {"", "-embed", "embed"}),
        ("abcdefghijklmnop", {"abcdefghijkl"}),
    ],
)
def test_the_heads_of_a_pattern_are_as_long_as_they_are_certain(pattern: str, heads: set[str]) -> None:
    assert patterns.heads(pattern) == heads


def test_the_heads_of_a_pattern_stay_few() -> None:
    assert len(patterns.heads(r"\d" * 8)) <= 64


@pytest.mark.parametrize(
    ("pattern", "needles"),
    [
        ("gpt-4o", {"gpt-4o"}),
        ("[a-z]*(?:rerank|reorder)(?:-.*)?", {"rerank", "reorder"}),
        ("[a-z]*(?:rerank|.*)", set()),
        ("[a-z]*-ocr", {"-ocr"}),
        ("[a-z]*(?:ocr)?", set()),
    ],
)
def test_the_needles_of_a_pattern_are_what_no_match_lacks(pattern: str, needles: set[str]) -> None:
    assert patterns.needles(pattern) == needles


@given(st.text(max_size=40) | st.text(alphabet="ab(?:)|[]^-{}0123,*+.\\dw", max_size=25))
def test_any_text_is_either_refused_or_compiles(text: str) -> None:
    is_in_the_language = True
    try:
        patterns.check(text)
    except InputError:
        is_in_the_language = False
    assert not is_in_the_language or re.compile(text, re.ASCII)
