"""The lines that a page of documentation is made of: headings, sentences, items, and rows of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MOST_LINES = 50_000
"""Lines of a page that are looked at."""
MOST_CELLS = 200_000
"""Cells of a page's tables that are looked at, merged ones counted as often as they stand."""
LONGEST_LINE = 5_000
"""Characters of a line; the rest is left out."""

_SPACE = re.compile(r"\s+")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]")


class LineKind(StrEnum):
    """What a line is."""

    HEADING = "heading"
    TEXT = "text"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``heading``: the headings that it stands under. ``cells``: of a row, each header with its cell."""

    kind: LineKind
    text: str
    heading: str = ""
    cells: tuple[tuple[str, str], ...] = ()


def plain(text: str) -> str:
    """A text with its white space made single spaces, and without characters that nobody sees."""
    return _SPACE.sub(" ", _UNSEEN.sub("", text)).strip()


def row(cells: tuple[tuple[str, str], ...], heading: str) -> Line:
    """A row of a table as a line: "Model: one; Context window: 128k"."""
    text = "; ".join(f"{header}: {cell}" if header else cell for header, cell in cells if cell)
    return Line(LineKind.ROW, plain(text)[:LONGEST_LINE], heading, cells)
