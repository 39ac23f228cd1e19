"""The pieces of a page that speak of a model, with their headings: what a model is shown of it."""

from __future__ import annotations

from collections.abc import Sequence

from modelward.healing import mentions
from modelward.healing.lines import Line, LineKind
from modelward.healing.mentions import Subject

LONGEST = 4_000
"""Characters of passages about one model."""
_LONGEST_LINE = 1_000


def passages(page: Sequence[Line], subject: Subject) -> str:
    """The lines that name the model or its family, each group under its heading; empty where none does."""
    said: list[str] = []
    left, above = LONGEST, ""
    for line in page:
        if line.kind is LineKind.HEADING or len(line.text) > _LONGEST_LINE or not _speaks(line, subject):
            continue
        heading = [f"[{line.heading}]"] if line.heading and line.heading != above else []
        taken = "\n".join([*heading, line.text])
        if len(taken) >= left:
            break
        said.append(taken)
        left -= len(taken) + 1
        above = line.heading
    return "\n".join(said)


def _speaks(line: Line, subject: Subject) -> bool:
    return bool(mentions.mentions(subject, line.text) or mentions.names_family(subject, line.text))
