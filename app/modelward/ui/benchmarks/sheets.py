"""What charts show, as tables for other programs: CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def as_csv(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV. A sheet would take a stranger's name that begins so for a formula, and run it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(titles)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue()


def _plain(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")):
        return f"'{cell}"
    return "" if cell is None else cell
