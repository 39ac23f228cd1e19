"""What was fetched as lines: decoded by what it says of itself, and a web page taken apart in a process of its own."""

from __future__ import annotations

import codecs
import json
import re
import subprocess
import sys
from pathlib import Path

from modelward.core.errors import AnswerError
from modelward.healing.lines import Line, LineKind
from modelward.healing.pagetext import has_password_field
from modelward.healing.plaintext import lines_of_json, lines_of_markdown

LONGEST_SECONDS = 5.0
"""What taking a page apart may take; five megabytes of a usual one take under one."""

_LEAST_TEXT = 200
_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from modelward.healing.pagetext import main; main()"
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_JSON = frozenset({"application/json", "text/json"})
_TEXT = frozenset({"text/plain", "text/markdown", "text/x-markdown"})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
# The encodings of the web; Python knows others, such as "unicode_escape", that no page may choose.
_ENCODINGS = re.compile(
    r"utf-?(?:8|16(?:-?[lb]e)?)|(?:us-)?ascii|latin-?1|iso-?8859-\d{1,2}|windows-?125\d|cp125\d|shift[_-]?jis|euc-(?:jp|kr)|"
    r"gb2312|gbk|gb18030|big5|koi8-[ru]",
    re.IGNORECASE,
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CAPTCHA = re.compile(
    r"captcha|are you (?:a )?(?:human|robot)|verify(?:ing)? (?:that )?you are (?:a )?human|unusual traffic|"
    r"checking your browser|enable javascript and cookies|just a moment",
    re.IGNORECASE,
)
_LONGEST_CAPTCHA = 3_000


def is_readable(content_type: str) -> bool:
    """Whether documentation comes in this type; one that is not stated may be anything, and is no documentation."""
    return _kind(content_type) in _HTML | _JSON | _TEXT


def lines_of_page(content: bytes, content_type: str, name: str) -> tuple[Line, ...]:
    """The lines of a page that ``name`` calls. Takes its time: for a thread.

    Raises AnswerError for a login wall, a captcha, a page without text, and one that cannot be taken apart.
    """
    text = decoded(content, content_type)
    kind = _kind(content_type)
    try:
        if kind in _JSON:
            return tuple(lines_of_json(text))
        if kind in _TEXT:
            return tuple(lines_of_markdown(text))
        lines = _taken_apart(text)
    except (ValueError, subprocess.SubprocessError, OSError):
        lines = None
    if lines is None:
        raise AnswerError(f"{name} cannot be read.", why="It is damaged, or takes too much time to take apart.")
    _require_page(lines, text, name)
    return lines


def decoded(content: bytes, content_type: str) -> str:
    """The text of some bytes: by their mark, by the header, by what the page says itself, else as UTF-8. What does not
    fit is replaced."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    head = content[:2048].decode("latin-1")
    stated = _CHARSET.search(content_type) or (_CHARSET.search(head) if _kind(content_type) in _HTML else None)
    encoding = stated[1] if stated and _ENCODINGS.fullmatch(stated[1]) else "utf-8"
    if re.fullmatch(r"latin-?1|iso-?8859-1|(?:us-)?ascii", encoding, re.IGNORECASE):
        encoding = "windows-1252"  # what browsers understand by it
    try:
        return content.decode(encoding, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _taken_apart(html: str) -> tuple[Line, ...]:
    done = subprocess.run(  # noqa: S603 - this very program, and nothing of the page's in its arguments
        [sys.executable, "-I", "-c", _PROGRAM, str(_ROOT)],
        input=html.encode("utf-8", "replace"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=LONGEST_SECONDS,
        check=True,
    )
    return tuple(
        Line(LineKind(kind), text, heading, tuple((header, cell) for header, cell in cells))
        for kind, text, heading, cells in json.loads(done.stdout)
    )


def _require_page(lines: tuple[Line, ...], html: str, name: str) -> None:
    """Raises AnswerError for what is no page of documentation."""
    length = sum(len(line.text) for line in lines)
    said = " ".join(line.text for line in lines[:200])[:_LONGEST_CAPTCHA]
    if length < _LONGEST_CAPTCHA and _CAPTCHA.search(said + html[:500]):
        raise AnswerError(f"{name} shows a captcha.", why="It wants to see a person, and is not asked further.")
    if has_password_field(html) and not any(line.kind is LineKind.ROW for line in lines):
        raise AnswerError(f"{name} wants a sign-in first.", why="It asks for a password.")
    if length < _LEAST_TEXT:
        raise AnswerError(f"{name} has next to no text.", why="It may need scripts, which are not run, or a sign-in.")


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
