"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from modelward.catalog.fields import clip
from modelward.core.errors import KnownError

CELL_LIMIT = 60
"""Longest text of a table cell, in characters."""


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    print_line(json.dumps(document, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def print_line(text: str = "") -> None:
    """One line of the result on standard output."""
    sys.stdout.write(text + "\n")


def say(text: str) -> None:
    """A message for the person, on standard error."""
    sys.stderr.write(text + "\n")


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()) -> None:
    """Aligned columns under upper-case headers; the columns in ``right`` are right-aligned."""
    cells = [[clip(cell, CELL_LIMIT) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    for line in (headers, *cells):
        aligned = (
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print_line("  ".join(aligned).rstrip())


def tell_error(error: KnownError) -> None:
    """What happened, why, and what to do: a line each, on standard error."""
    say(f"modelward: {clip(error.what, 500)}")
    for line in (error.why, error.todo):
        if line:
            say(f"  {clip(line, 1000)}")
