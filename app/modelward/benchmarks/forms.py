"""How an answer is written: its lengths, marks, case, language and the shape of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelward.benchmarks.checks import Form
from modelward.benchmarks.languages import language_of
from modelward.benchmarks.marks import Mark, share
from modelward.benchmarks.phrases import compiled
from modelward.catalog.fields import clip

_BULLET = re.compile(r"\s{0,12}(?:[-*•–]|\d{1,3}[.)])\s+\S")
_MARKDOWN = re.compile(
    r"^\s{0,12}(?:#{1,6}|[-*+]|>|\d{1,3}[.)])\s|\*\*|__|```|`[^`\n]{1,200}`|^\s{0,8}\|", re.MULTILINE
)
_SENTENCE_ENDS = re.compile(r"[.!?…。！？]+[\"'”’)]{0,3}(?=\s|$)|[。！？]")
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|etc|vs|Mr|Mrs|Dr|St|No|approx|z\.B|bzw)\.", re.IGNORECASE)


def form(check: Form, text: str) -> Mark:
    """The share of the rules that the answer keeps."""
    found = list(_judged(check, text))
    missed = [words for is_kept, words in found if not is_kept]
    return share(len(found) - len(missed), len(found), missed)


def _judged(check: Form, text: str) -> Iterator[tuple[bool, str]]:
    yield from _counted(check, text)
    if not check.markdown:
        yield not _MARKDOWN.search(text), "it has marks of Markdown"
    if check.language:
        found = language_of(text)
        yield found == check.language, f"its language is {found or 'not clear'} and not {check.language}"
    if check.begins:
        yield text.startswith(check.begins), f"it does not begin with {clip(check.begins)!r}"
    if check.ends:
        yield text.endswith(check.ends), f"it does not end with {clip(check.ends)!r}"
    if check.letters:
        is_kept = text == (text.upper() if check.letters == "upper" else text.lower())
        yield is_kept and any(map(str.isalpha, text)), f"not all of it is {check.letters} case"
    for piece in check.without:
        yield piece.casefold() not in text.casefold(), f"it holds {clip(piece)!r}"
    if check.each_line:
        odd = next((line for line in _lines(text) if not compiled(check.each_line).fullmatch(line.strip()[:500])), None)
        yield odd is None and bool(text), f"a line has another form: {clip(odd or '')!r}"


def _counted(check: Form, text: str) -> Iterator[tuple[bool, str]]:
    counts = (
        (check.words, "words", len(text.split())),
        (check.lines, "lines", len(_lines(text))),
        (check.sentences, "sentences", len(_SENTENCE_ENDS.findall(_ABBREVIATED.sub("", text)))),
        (check.paragraphs, "paragraphs", len([part for part in re.split(r"\n\s*\n", text) if part.strip()])),
        (check.bullets, "list items", sum(bool(_BULLET.match(line)) for line in _lines(text))),
        (check.characters, "characters", len(text)),
    )
    for bounds, unit, count in counts:
        if bounds is not None:
            least, most = bounds
            wanted = f"{least}" if least == most else f"{least} to {most}"
            yield least <= count <= most, f"{unit}: {count:,} and not {wanted}"


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
