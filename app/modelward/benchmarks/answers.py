"""Answers taken apart: thinking and endless text removed, the conclusion, code and calls found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from modelward.providers.model import EndReason, ToolCall

MAX_KEPT = 200_000
"""Characters of an answer that are graded: half from its beginning, half from its end. A long answer has 20,000."""

_THINKING = ("think", "thinking", "thought", "reasoning")
_FENCE = re.compile(r"[ \t]{0,8}(`{3,}|~{3,})[ \t]*([\w+#.-]{0,30})")
_ANSWERS = re.compile(r"(?:final\s+)?answer\s{0,3}(?:is\b|:|=)", re.IGNORECASE)
_BOXED = re.compile(r"\\(?:boxed|fbox)\s?\{")
_MARKS = re.compile(r"[*_`#$]{1,10}|\\[()\[\]]")
_REFUSES = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable|not able)|i (?:cannot|can't|won't|will not|must decline)|as an ai\b|"
    r"i apologi[sz]e|es tut mir leid|lo siento|je suis désolé)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered. ``ended`` is None where nobody knows."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    ended: EndReason | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language in lower case and its text."""

    language: str
    text: str


def spoken(answer: Answer) -> str:
    """The answer without its thinking, at most ``MAX_KEPT`` characters of it."""
    text = _without_thinking(answer.text).strip().lstrip("\ufeff")
    if len(text) > MAX_KEPT:
        text = f"{text[: MAX_KEPT // 2]}\n{text[-MAX_KEPT // 2 :]}"
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_thinking(text: str) -> str:
    for tag in _THINKING:
        # The opening mark often stands in the prompt's template: what comes before the last closing one is thinking.
        _before, closing, after = text.rpartition(f"</{tag}>")
        text = after if closing else text
        # One that is never closed: the answer was cut off while the model thought.
        start = text.lstrip()
        text = "" if start.startswith(f"<{tag}>") else text
    _before, marker, after = text.rpartition("<|channel|>final<|message|>")
    return after if marker else text


def is_refusal(answer: Answer, text: str) -> bool:
    """Whether the model would not answer; its words are looked at in the beginning of a short text alone."""
    return answer.ended is EndReason.REFUSAL or (len(text) < 1_500 and bool(_REFUSES.search(text[:200])))


def plain(text: str) -> str:
    """A text as it is compared: one line, without marks of Markdown, quotes and case; odd forms of letters undone."""
    text = unicodedata.normalize("NFKC", _MARKS.sub("", text)).translate(_SAME)
    return " ".join(text.split()).casefold()


_SAME = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "\u200b": "",
        "\ufeff": "",
    }
)


def stated(text: str) -> Iterator[str]:
    """What stands in the last box, and behind the last "answer:"."""
    if boxes := list(_BOXED.finditer(text)):
        yield _braced(text, boxes[-1].end())
    marks = list(_ANSWERS.finditer(text))
    if marks and (line := _first_line(text[marks[-1].end() :])):
        yield line


def conclusions(text: str) -> Iterator[str]:
    """Where a short answer may stand, the likeliest first: stated as one, in the last line, in a block, alone."""
    yield from stated(text)
    lines = [line for line in text.splitlines() if line.strip(" `*")]
    if lines:
        yield lines[-1]
    if found := blocks(text):
        yield found[-1].text
    yield text


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip(" *_:")), "")


def _braced(text: str, start: int) -> str:
    depth = 1
    for at in range(start, min(len(text), start + 500)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return text[start:at]
    return text[start : start + 500]


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a text; one that is never closed reaches to its end."""
    found: list[Block] = []
    fence, language, lines = "", "", []  # type: str, str, list[str]
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if not fence and mark:
            fence, language, lines = mark[1], mark[2].lower(), []
        elif fence and mark and mark[1].startswith(fence) and not line.strip(" \t`~"):
            found.append(Block(language, "\n".join(lines)))
            fence = ""
        elif fence:
            lines.append(line)
    if fence:
        found.append(Block(language, "\n".join(lines)))
    return found
