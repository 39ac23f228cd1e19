"""A web page as lines of text, without what nobody sees of it. Runs in a process of its own (see :mod:`.pagereading`):
the parser is C, takes minutes over a page that is nested deeply enough, and could fall over a hostile one."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelward.healing.lines import LONGEST_LINE, MOST_LINES, Line, LineKind, plain
from modelward.healing.tables import Budget, Cell, lines_of

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_DROPPED = re.compile(
    r"script|style|noscript|template|head|svg|math|nav|footer|aside|button|select|textarea|iframe|object|embed|"
    r"canvas|dialog|video|audio|del|s|strike",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"a|abbr|b|bdi|bdo|big|cite|code|data|dfn|em|font|i|ins|kbd|label|mark|q|rp|rt|ruby|samp|small|span|strong|"
    r"time|tt|u|var|wbr",
    re.IGNORECASE,
)
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_HIDING = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|font-size\s*:\s*0(?![.\d]))", re.IGNORECASE
)
_LEAST_MAIN = 200
_MOST_MEMORY = 2 << 30  # bytes of addresses; the parser takes about a hundred for each of the page
_MOST_SPAN = 10_000


def lines_of_html(html: str) -> list[Line]:
    """The lines of a page: those of its main part where it has one."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    if tree.body is None:
        return []
    main = tree.body.css_first("main, [role=main], article")
    if main is not None and not _is_dropped(main):
        found = _Walk().lines(main)
        if sum(len(line.text) for line in found) >= _LEAST_MAIN:
            return found
    return _Walk().lines(tree.body)


def has_password_field(html: str) -> bool:
    """Whether a page asks for a password."""
    return re.search(r"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password", html, re.IGNORECASE) is not None


class _Walk:
    """Goes through a tree without recursion, however deep it is, and gathers its lines."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._said: list[str] = []
        self._headings: list[tuple[int, str]] = []
        self._budget = Budget()

    def lines(self, root: LexborNode) -> list[Line]:
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack and len(self._lines) < MOST_LINES:
            node, is_left = stack.pop()
            tag = node.tag or ""
            if is_left:
                self._leave(tag)
            elif tag == "-text":
                self._said.append(node.text_content or "")
            elif tag == "table" and not _is_dropped(node) and not _is_layout(node):
                self._flush(LineKind.TEXT)
                self._table(node)
            elif not _is_dropped(node):
                if not _INLINE.fullmatch(tag):
                    self._flush(LineKind.TEXT)
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
        self._flush(LineKind.TEXT)
        return self._lines

    def _leave(self, tag: str) -> None:
        if level := _HEADINGS.get(tag):
            text = plain("".join(self._said))
            self._headings = [(above, title) for above, title in self._headings if above < level]
            self._flush(LineKind.HEADING)
            self._headings.append((level, text[:200]))
        elif not _INLINE.fullmatch(tag):
            self._flush(LineKind.TEXT)

    def _flush(self, kind: LineKind) -> None:
        text = plain("".join(self._said))
        self._said.clear()
        if text:
            self._lines.append(Line(kind, text[:LONGEST_LINE], self._heading()))

    def _heading(self) -> str:
        return " › ".join(title for _level, title in self._headings)

    def _table(self, table: LexborNode) -> None:
        caption = table.css_first("caption")
        title = plain(_said_in(caption)) if caption is not None else ""
        heading = " › ".join(part for part in (self._heading(), title) if part)
        rows = [[_cell(cell) for cell in _cells(row)] for row in table.css("tr") if not _is_unseen(row, table)]
        self._lines.extend(lines_of(rows, heading, self._budget))


def _is_layout(table: LexborNode) -> bool:
    """Whether a table holds others: then it only puts things side by side."""
    return any(inner.mem_id != table.mem_id for inner in table.css("table"))


def _cells(row: LexborNode) -> Iterator[LexborNode]:
    return (cell for cell in row.iter() if cell.tag in ("td", "th"))


def _cell(node: LexborNode) -> Cell:
    text = "" if _is_dropped(node) else plain(_said_in(node))[:LONGEST_LINE]
    columns, rows = (_span(node, name) for name in ("colspan", "rowspan"))
    return Cell(text, columns, rows, node.tag == "th" and node.attributes.get("scope") != "row")


def _span(node: LexborNode, name: str) -> int:
    value = node.attributes.get(name) or "1"
    if not (value.isascii() and value.isdigit() and len(value) <= 6):
        return 1
    # Zero reaches to the end.
    return min(int(value) or _MOST_SPAN, _MOST_SPAN)


def _said_in(root: LexborNode) -> str:
    """The visible text inside an element; blocks in it are set apart by spaces."""
    said: list[str] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if node.tag == "-text":
            said.append(node.text_content or "")
        elif not _is_dropped(node):
            if not _INLINE.fullmatch(node.tag or ""):
                said.append(" ")
            stack.extend(reversed(list(node.iter(include_text=True))))
    return "".join(said)


def _is_unseen(node: LexborNode, until: LexborNode) -> bool:
    """Whether a row, or what holds it in its table, is hidden."""
    current: LexborNode | None = node
    while current is not None and current.mem_id != until.mem_id:
        if _is_dropped(current):
            return True
        current = current.parent
    return False


def _is_dropped(node: LexborNode) -> bool:
    if _DROPPED.fullmatch(node.tag or "") or (node.tag or "").startswith(("-comment", "!")):
        return True
    said = node.attributes
    if not said:
        return False
    is_hidden = "hidden" in said or said.get("aria-hidden") == "true"
    return is_hidden or _HIDING.search(said.get("style") or "") is not None


def main() -> None:
    """Read a page from the standard input and write its lines as JSON."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    html = sys.stdin.buffer.read().decode("utf-8", "replace")
    found = [[line.kind, line.text, line.heading, line.cells] for line in lines_of_html(html)]
    sys.stdout.buffer.write(json.dumps(found).encode())
