"""Whether a text names a model: this very one, and no other whose name begins or ends the same way."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from modelward.catalog.model import Model
from modelward.healing.names import normalise

_WORD = re.compile(r"[A-Za-z]+|\d+")
_JOINT = re.compile(r"[-._: \u2010-\u2014]?")
_DATE = re.compile(
    r"(?:[-@_](?P<joined>20\d\d-?\d\d-?\d\d|\d\d-20\d\d|\d{4}(?![\d,.]*\d)|latest\b)"
    r"|[ (\[]{1,2}(?P<apart>20\d\d-\d\d-\d\d|\d\d-20\d\d)[)\]]?)",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?<![\w./-])(?:[\w.-]{1,40}/)+\Z")
_GOES_ON = re.compile(r"[-_@:./\u2010-\u2015]?[A-Za-z0-9]|[+*]")
_NEXT = re.compile(r"[\s(\[]+([A-Za-z]+|\d{1,3}(?:\.\d+)?[bB]?(?![\w,.]*\d|[kKmM]))")
_BEFORE = re.compile(r"([A-Za-z0-9.]+)[\s(]+\Z")
_MODEL_LIKE = re.compile(
    r"(?<![\w$./-])(?=[\w.-]*[A-Za-z])(?=[\w.-]*\d)[A-Za-z][A-Za-z]{0,14}-?\d[\w]*(?:[.-]\w+)*|"
    r"(?<![\w$./-])[A-Za-z]\w*(?:-\w+)*-\d[\w.]*(?:-\w+)*"
)
_VARIANTS = re.compile(
    r"mini|nano|pro|lite|flash|turbo|large|small|medium|max|plus|preview|thinking|instruct|vision|audio|"
    r"realtime|reasoning|deep|research|chat|base|code|coder|embed|experimental|exp|beta|alpha|latest|fast|"
    r"ultra|micro|high|low|distill|distilled|guard|search|transcribe|tts|image|video|highspeed|air|tiny|xl|xs|"
    r"scout|maverick|opus|sonnet|haiku|omni|next",
    re.IGNORECASE,
)
_HEADS = re.compile(
    r"distill|distilled|mini|nano|guard|tiny|non|unlike|pre|fine|tuned|based|ft",
    re.IGNORECASE,
)
_NOT_NAMES = re.compile(
    r"(?:utf|iso|mp|fp|bf|int|h|a|l|b|v|q|rfc|sha|md|base|oauth|web|http|top|ipv|es|tier|step|part|us|eu|covid)-?\d[\d.]*"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*-\d+",
    re.IGNORECASE,
)
_AFTER_NAMES = re.compile(
    r"context|knowledge|input|output|price|prices|pricing|model|models|api|has|is|the|supports|training|token|"
    r"tokens|window|maximum|offers|costs|provides|comes|with|and",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A model whose facts are looked for. ``words``: its name's, without host and date; ``date``: the date in its name,
    in digits, or "latest". ``may_be_undated``: a mention without the date means it, too."""

    model: Model
    words: tuple[str, ...]
    date: str = ""
    may_be_undated: bool = False


def subject_of(model: Model) -> Subject | None:
    """The model as pages may name it; None for a variant or a name that is no word of its own."""
    name = normalise(model.provider, model.name)
    text, _at, date = name.text.partition("@")
    words = _words(text)
    if name.variant is not None or len("".join(words)) < 2 or words[0].isdigit():
        return None
    return Subject(model, words, date)


def on_page(subject: Subject, texts: Iterable[str]) -> Subject:
    """The subject for one page: where it names no other date of the model, the name alone means this one."""
    if not subject.date:
        return subject
    dates = {date for text in texts for _start, _end, date in _found(subject.words, text) if date}
    return replace(subject, may_be_undated=dates <= {subject.date})


def mentions(subject: Subject, text: str) -> list[tuple[int, int]]:
    """Where the text names the model."""
    return [
        (start, end)
        for start, end, date in _found(subject.words, text)
        if date == subject.date or (not date and subject.may_be_undated)
    ]


def others(subject: Subject, siblings: Sequence[Subject], text: str) -> str:
    """A model that the text names besides; empty where there is none."""
    own = mentions(subject, text)

    def is_own(start: int, end: int) -> bool:
        return any(first <= start and end <= last for first, last in own)

    for other in siblings:
        for start, end, _date in _found(other.words, text):
            if not is_own(start, end):
                return text[start:end]
    for word in _WORD.finditer(text):
        if word[0].lower() == subject.words[0] and not is_own(*word.span()):
            return word[0]
    for like in _MODEL_LIKE.finditer(text):
        if not is_own(*like.span()) and not _is_own_path(like, own) and not _NOT_NAMES.fullmatch(like[0]):
            return like[0]
    return ""


def names_family(subject: Subject, text: str) -> tuple[str, ...]:
    """The family that a text speaks of as a whole ("All Acme models", "the Acme 3 family"), if it is the model's."""
    found = re.search(
        r"\b(?:(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?)([\w. -]{2,40}?)\s+models?\b", text, re.IGNORECASE
    )
    found = found or re.search(r"\b[Tt]he\s+([\w. -]{2,40}?)\s+(?:family|series)\b", text)
    words = _words(found[1]) if found else ()
    is_cut = (
        len(words) < len(subject.words) and bool(words) and words[-1].isdigit() and subject.words[len(words)].isdigit()
    )
    return words if words and subject.words[: len(words)] == words and not is_cut else ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(text))


def _found(words: tuple[str, ...], text: str) -> Iterator[tuple[int, int, str]]:
    """Where a name stands as a whole, with the date behind it."""
    lower = text.lower()
    if any(word not in lower for word in words):
        return  # so are nearly all lines, and taking them apart takes a hundred times as long
    tokens = list(_WORD.finditer(text))
    for first in range(len(tokens) - len(words) + 1):
        row = tokens[first : first + len(words)]
        if any(token[0].lower() != word for token, word in zip(row, words, strict=True)):
            continue
        start, end = row[0].start(), row[-1].end()
        start -= len(path[0]) if (path := _PATH.search(text, max(0, start - 60), start)) else 0
        gaps = (text[one.end() : two.start()] for one, two in itertools.pairwise(row))
        if all(_JOINT.fullmatch(gap) for gap in gaps) and not _is_tail(text, start):
            date = _DATE.match(text, end)
            end = date.end() if date else end
            if not _has_tail(text, end):
                yield start, end, _digits(date) if date else ""


def _digits(date: re.Match[str]) -> str:
    return re.sub(r"\D", "", date[0]) or "latest"


def _is_tail(text: str, start: int) -> bool:
    """Whether something before makes it another name."""
    if start and (text[start - 1].isalnum() or text[start - 1] in "-_.@+:\u2010\u2011"):
        return True
    before = _BEFORE.search(text, max(0, start - 40), start)
    if before is None:
        return False
    word = before[1]
    return _HEADS.fullmatch(word) is not None or (word[0].isalpha() and word[-1].isdigit())


def _has_tail(text: str, end: int) -> bool:
    """Whether something behind makes it another name."""
    if _GOES_ON.match(text, end):
        return True
    following = _NEXT.match(text, end)
    if following is None:
        return False
    word = following[1]
    if word[0].isdigit() or _VARIANTS.fullmatch(word):
        return True
    return word[0].isupper() and not _AFTER_NAMES.fullmatch(word) and "(" not in following[0]


def _is_own_path(like: re.Match[str], own: Sequence[tuple[int, int]]) -> bool:
    """Whether what looks like a model is the model's own name, or a part of it."""
    return any(first < like.end() and like.start() < last for first, last in own)
