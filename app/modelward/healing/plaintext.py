"""Documentation that is no web page as lines: Markdown, plain text, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from modelward.healing.lines import LONGEST_LINE, MOST_LINES, Line, LineKind, plain, row
from modelward.healing.tables import Budget, Cell, lines_of

_HEADING = re.compile(r"(#{1,6})\s+(\S.*)")
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(\S.*)")
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
_LINK = re.compile(r"!?\[([^\]\[]{0,300})\]\([^()\s]{0,1000}(?:\s[^()]{0,200})?\)")
_MARKS = re.compile(r"\*\*|__|`|~~|</?[a-zA-Z][^<>]{0,500}>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CELL_ENDS = re.compile(r"(?<!\\)\|")
_MOST_OBJECTS = 20_000


def lines_of_markdown(text: str) -> list[Line]:
    """The lines of a text in Markdown; a plain text has no marks, and is read the same way."""
    found: list[Line] = []
    headings: list[tuple[int, str]] = []
    budget = Budget()
    for block in _blocks(_COMMENT.sub(" ", text)):
        if len(found) >= MOST_LINES:
            break
        above = " › ".join(title for _level, title in headings)
        if len(block) > 1 and "|" in block[0] and _RULE.fullmatch(block[1]):
            found.extend(lines_of(list(_table(block)), above, budget))
        elif heading := _HEADING.fullmatch(block[0]):
            level, title = len(heading[1]), _unmarked(heading[2])
            headings = [(deep, earlier) for deep, earlier in headings if deep < level]
            found.append(Line(LineKind.HEADING, title, " › ".join(earlier for _level, earlier in headings)))
            headings.append((level, title[:200]))
        elif said := _unmarked(" ".join(block)):
            found.append(Line(LineKind.TEXT, said, above))
    return found[:MOST_LINES]


def lines_of_json(text: str) -> list[Line]:
    """Each object as a row of its plain values. Raises ValueError for what is no JSON."""
    try:
        root = json.loads(text, parse_int=str, parse_float=str)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    found: list[Line] = []
    stack = [root]
    while stack and len(found) < _MOST_OBJECTS:
        value = stack.pop()
        if isinstance(value, dict):
            cells = tuple((plain(str(key)), plain(_shown(each))) for key, each in value.items() if _is_plain(each))
            if cells:
                found.append(row(cells, ""))
        parts = value.values() if isinstance(value, dict) else value
        stack.extend(part for part in reversed(list(parts)) if isinstance(part, dict | list))
    return found


def _blocks(text: str) -> Iterator[list[str]]:
    """What belongs together: a table, a heading, an item, a paragraph."""
    block: list[str] = []
    for each in text.splitlines():
        line = each.strip()
        starts = bool(_HEADING.fullmatch(line) or _ITEM.fullmatch(line) or line.startswith(("```", "~~~")))
        is_other = bool(block) and (starts or _is_row(line) != _is_row(block[-1]) or _HEADING.fullmatch(block[0]))
        if block and (not line or is_other):
            yield block
            block = []
        if line:
            block.append(line)
    if block:
        yield block


def _is_row(line: str) -> bool:
    return "|" in line


def _table(block: list[str]) -> Iterator[list[Cell]]:
    for number, line in enumerate(block):
        if number != 1:
            inner = line.removeprefix("|").removesuffix("|")
            cells = (_unmarked(cell.replace("\\|", "|")) for cell in _CELL_ENDS.split(inner))
            yield [Cell(cell, is_header=number == 0) for cell in cells]


def _unmarked(text: str) -> str:
    item = _ITEM.fullmatch(text)
    return plain(_MARKS.sub("", _LINK.sub(r"\1", item[1] if item else text)))[:LONGEST_LINE]


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | bool)


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:LONGEST_LINE]
