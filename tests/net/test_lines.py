"""Lines, events and durations, whatever pieces they come in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.net import durations
from modelward.net.lines import LineSplitter, LineTooLongError
from modelward.net.sse import Events, ServerEvent

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXT = st.lists(st.sampled_from(["a", "ü", "\n", "\r", "\r\n", "\u2028", "\x85", "\x0b", " ", ":", "data:"])).map(
    "".join
)


def pieces_of(content: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({min(cut, len(content)) for cut in cuts} | {0, len(content)})
    return [content[start:end] for start, end in pairwise(places)]


def split(pieces: list[bytes]) -> list[str]:
    splitter = LineSplitter()
    return [line for piece in pieces for line in splitter.feed(piece)] + splitter.end()


@given(TEXT, st.lists(st.integers(0, 60)))
def test_lines_are_the_same_however_they_are_cut(text: str, cuts: list[int]) -> None:
    expected = re.split(r"\r\n|\r|\n", text)
    if expected[-1] == "":
        expected.pop()
    assert split(pieces_of(text.encode(), cuts)) == expected


@given(st.lists(st.binary()))
def test_no_bytes_break_the_splitter(pieces: list[bytes]) -> None:
    assert "".join(split(pieces)) == "".join(split([b"".join(pieces)]))


def test_a_mark_of_byte_order_is_no_part_of_the_first_line() -> None:
    assert split([b"\xef\xbb", b"\xbfone\n\xef\xbb\xbftwo"]) == ["one", "\ufefftwo"]


@pytest.mark.parametrize("pieces", [[b"123456"], [b"123", b"456"], [b"12345", b"6"], [b"123", b"456\n"], [b"123456\n"]])
def test_a_line_that_is_too_long_is_refused_before_it_ends(pieces: list[bytes]) -> None:
    *first, last = pieces
    splitter = LineSplitter(longest=5)
    assert [splitter.feed(piece) for piece in first] == [[]] * len(first)
    with pytest.raises(LineTooLongError):
        splitter.feed(last)
    assert LineSplitter(longest=5).feed(b"12345\n12345\n") == ["12345", "12345"]


async def lines(*given_lines: str) -> AsyncIterator[str]:
    for line in given_lines:
        yield line


def events(text: list[str]) -> list[ServerEvent]:
    """What comes out, driven by hand: nothing here ever waits."""

    async def all_of() -> list[ServerEvent]:
        return [event async for event in Events(lines(*text))]

    try:
        all_of().send(None)
    except StopIteration as stop:
        found: list[ServerEvent] = stop.value
        return found
    raise AssertionError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (["data: a", "", "data:b", ""], [("message", "a"), ("message", "b")]),
        (["event: x", "data: a", "data:  b", "", "data: c", ""], [("x", "a\n b"), ("message", "c")]),
        ([": ping", "", "", "id: 7", "retry: 1", "data", ""], [("message", "")]),
        (["event: lonely", "", "data: a"], [("message", "a")]),
        (["unknown: a", "no colon", "data: [DONE]", ""], [("message", "[DONE]")]),
        ([], []),
    ],
)
def test_events_are_read_as_the_standard_says(text: list[str], expected: list[tuple[str, str]]) -> None:
    assert events(text) == expected


@given(
    st.lists(st.tuples(st.sampled_from(["", "delta"]), st.text(st.characters(exclude_characters="\r\n"), min_size=1)))
)
def test_events_survive_being_written_and_read(given_events: list[tuple[str, str]]) -> None:
    text = []
    for event, data in given_events:
        text += [f"event: {event}"] if event else []
        text += [f"data: {data}", ": comment", ""]
    assert events(text) == [(event or "message", data) for event, data in given_events]


@given(st.lists(st.text() | st.sampled_from(["", "data: a", "event: b", ":"])))
def test_no_lines_break_the_reader_of_events(text: list[str]) -> None:
    assert len(events(text)) <= len(text)


@given(st.integers(0, 600), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_durations_as_go_writes_them_are_read(hours: int, minutes: int, seconds: int, ms: int) -> None:
    text = f"{hours}h{minutes}m{seconds}.{ms:03}s"
    assert durations.duration(text) == pytest.approx(hours * 3600 + minutes * 60 + seconds + ms / 1000)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12ms", 0.012), ("6m0s", 360), ("2m59.56s", 179.56), ("27s", 27), ("1.5", 1.5), ("500µs", 0.0005), ("1d", 86400)],
)
def test_durations_of_every_kind_are_read(text: str, seconds: float) -> None:
    assert durations.duration(text) == pytest.approx(seconds)


@given(st.text() | st.sampled_from(["-1s", "1e9", "nan", "inf", "s", "1x", "1s 2s", "٣s", "", "9" * 20 + "h"]))
def test_no_text_breaks_the_reader_of_waits(text: str) -> None:
    for found in (durations.duration(text), durations.until(text, NOW)):
        assert found is None or 0 <= found <= durations.LONGEST
