"""Cutting a text into cells: at headings and paragraphs, never inside a block of code that fits, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from modelward.advice.division_model import Cell
from modelward.advice.tokens import Counter

OVERLAP = 0.10
"""Share of a cell that may repeat the end of the one before; at least half of it does."""

_SLACK = 8
"""Tokens between the sum of parts and the whole: where two parts meet a token begins or ends."""

_HEADING_FROM = 0.7
"""A cell that is so full ends before a heading rather than in the middle of what the heading began."""

_SEGMENT = 1 << 15
"""Characters that the splitter is given at once: its time grows faster than the text does."""

_PIECES = 8
"""A block that is larger than a cell is cut into pieces, about so many to a cell."""

_MARKS = re.compile(
    r"(?P<blank>\n(?:[ \t\r]*+\n)++)|^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n?|^(?P<heading>(?=#{1,6}[ \t]))", re.MULTILINE
)
_PLACES = ("\n\n", "\n", ". ", "。", " ")
"""Where an overlap begins best, best first."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece that is not cut: where it ends, its tokens at most, and whether a heading follows."""

    end: int
    high: int
    before_heading: bool


def divide(text: str, most: int, counter: Counter) -> list[Cell]:
    """Cells of at most ``most`` tokens that cover the text without a gap, in order; none for an empty text.

    Raises ValueError where ``most`` is too small for any text (less than 32).
    """
    if most < 32:
        raise ValueError(f"cells of {most} tokens")
    whole = counter.count(text)
    if whole.high + 1 <= most:
        return [Cell(0, 0, len(text), whole)] if text else []
    overlap = int(most * OVERLAP)
    cells: list[Cell] = []
    begin = 0
    for end in _ends(text, most - overlap - _SLACK, counter):
        cells.append(_cell(text, begin, end, most, overlap if cells else 0, counter))
        begin = end
    return cells


def _cell(text: str, core: int, end: int, most: int, overlap: int, counter: Counter) -> Cell:
    start = _overlap_start(text, core, overlap, counter) if overlap else core
    tokens = counter.count(text[start:end])
    if tokens.high > most:
        start, tokens = core, counter.count(text[core:end])
    return Cell(start, core, end, tokens)


def _overlap_start(text: str, core: int, overlap: int, counter: Counter) -> int:
    far = counter.fitting_before(text, core, overlap)
    near = counter.fitting_before(text, core, overlap // 2)
    for place in _PLACES:
        found = text.find(place, far, near)
        if found >= 0:
            return found + len(place)
    return far


# ---------------------------------------------------------------- packing


def _ends(text: str, most: int, counter: Counter) -> Iterator[int]:
    """Where each cell ends: as many units as fit, but back at a heading where the cell is full enough."""
    held: list[_Unit] = []
    used = 0
    for unit in _units(text, most, counter):
        if held and used + unit.high > most:
            kept = _kept(held, most)
            yield held[kept - 1].end
            held = held[kept:]
            used = sum(each.high for each in held)
            if held and used + unit.high > most:
                yield held[-1].end
                held, used = [], 0
        held.append(unit)
        used += unit.high
    if held:
        yield held[-1].end


def _kept(held: list[_Unit], most: int) -> int:
    """How many of the units stay in the cell that ends now."""
    used = sum(unit.high for unit in held)
    for place in range(len(held), 0, -1):
        if used < most * _HEADING_FROM:
            break
        if held[place - 1].before_heading:
            return place
        used -= held[place - 1].high
    return len(held)


def _units(text: str, most: int, counter: Counter) -> Iterator[_Unit]:
    """Blocks that fit, and pieces of those that do not."""
    blocks = _blocks(text)
    start = 0
    for (end, before_heading), tokens in zip(blocks, counter.sums(text, [end for end, _ in blocks]), strict=True):
        if tokens.high <= most:
            yield _Unit(end, tokens.high, before_heading)
        else:
            yield from _pieces(text, start, end, most, counter)
        start = end


# ---------------------------------------------------------------- structure


def _blocks(text: str) -> list[tuple[int, bool]]:
    """Where paragraphs, headings and fenced blocks of code end, and whether a heading follows."""
    ends: list[tuple[int, bool]] = []
    fence = ""

    def end_at(place: int, *, before_heading: bool = False) -> None:
        if ends and ends[-1][0] == place:
            ends[-1] = (place, ends[-1][1] or before_heading)
        elif place > 0:
            ends.append((place, before_heading))

    for mark in _MARKS.finditer(text):
        if sign := mark["fence"]:
            if not fence:
                fence = sign
                end_at(mark.start())
            elif sign[0] == fence[0] and len(sign) >= len(fence):
                fence = ""
                end_at(mark.end())
        elif not fence:
            is_heading = mark["heading"] is not None
            end_at(mark.start() if is_heading else mark.end(), before_heading=is_heading)
    end_at(len(text))
    return ends


# ---------------------------------------------------------------- what is larger than a cell


def _pieces(text: str, start: int, end: int, most: int, counter: Counter) -> Iterator[_Unit]:
    """Pieces of a block, at sentences and lines where there are any; each fits."""
    size = max(8, most // _PIECES)
    while start < end:
        stop = _segment_end(text, start, end)
        ends = [start + place for place in _split(text[start:stop], size, counter)]
        tokens = counter.sums(text[start:stop], [place - start for place in ends])
        for piece_end, count in zip(ends, tokens, strict=True):
            if count.high <= most:
                yield _Unit(piece_end, count.high, before_heading=False)
            else:
                yield from _measured_out(text, start, piece_end, most, counter)
            start = piece_end


def _segment_end(text: str, start: int, end: int) -> int:
    """The end of what is looked at next: behind a line, else behind a word."""
    if end - start <= _SEGMENT:
        return end
    for place in ("\n", " "):
        found = text.rfind(place, start + _SEGMENT // 2, start + _SEGMENT)
        if found >= 0:
            return found + 1
    return start + _SEGMENT


def _split(segment: str, size: int, counter: Counter) -> list[int]:
    """Where the pieces of a segment end; white space between two of them belongs to the first."""
    from semchunk.semchunk import chunk

    try:
        found = chunk(segment, size, counter.high, memoize=False, offsets=True)
        offsets = cast("tuple[list[str], list[tuple[int, int]]]", found)[1]
    except RecursionError:  # runs of white space of very many lengths
        offsets = []
    return [*(first for first, _last in offsets[1:]), len(segment)]


def _measured_out(text: str, start: int, end: int, most: int, counter: Counter) -> Iterator[_Unit]:
    """Pieces by tokens alone, for what has no structure."""
    while start < end:
        stop = min(end, max(start + 1, counter.fitting(text, start, most - _SLACK)))
        yield _Unit(stop, counter.high(text[start:stop]), before_heading=False)
        start = stop
