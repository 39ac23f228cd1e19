"""Short answers: a text, a number, a letter; found behind chatter, in a box, in bold, with or without a unit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from modelward.benchmarks.answers import conclusions, plain, stated
from modelward.benchmarks.checks import Choice, Exact, Number
from modelward.benchmarks.marks import Mark
from modelward.catalog.fields import clip

_ENDS = " \t\n.,;:!\"'()[]"
_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-+])?[$€£]?\s?(?P<text>\d{1,3}(?:[,\u00a0\u202f' ]\d{3}){1,9}(?:\.\d{1,30})?(?!\d)"
    r"|\d{1,3}(?:\.\d{3}){1,9},\d{1,30}(?!\d)|\d{1,40}(?:\.\d{1,30})?|\.\d{1,30})"
    r"(?:e(?P<power>[-+]?\d{1,3}))?(?:\s?/\s?(?P<below>\d{1,20})(?![\d.]))?"
    r"\s{0,2}(?P<unit>[%°µa-zA-Z€$£]{0,20})"
)
_FRACTION = re.compile(r"\\[dt]?frac\s?\{\s?(-?\d{1,20})\s?\}\s?\{\s?(\d{1,20})\s?\}")
_POWER = re.compile(r"\s?(?:×|\\times|\*|x)\s?10\s?\^\s?\{?([-+]?\d{1,3})\}?")
_LETTER = re.compile(r"(?<![\w'])\(?([A-Z])\)?(?![\w'])")
_OPEN = re.compile(r"\d\s?(?:or|oder|ou)\s?\d", re.IGNORECASE)
_MOST_READ = 20_000


def exact(check: Exact, text: str) -> Mark:
    """Whether one of the places where an answer stands is one of the wanted texts."""
    wanted = {_bare(answer, strict=check.strict) for answer in check.answers}
    for place in conclusions(text):
        if len(place) < 2_000 and _bare(place, strict=check.strict) in wanted:
            return Mark(1)
    return Mark(0, f"The answer is not {clip(check.answers[0])!r}.")


def _bare(text: str, *, strict: bool) -> str:
    if strict:
        return " ".join(text.strip(_ENDS + "*_`$").split())
    return plain(text).strip(_ENDS)


def number(check: Number, text: str) -> Mark:
    """Whether the number that the answer ends with is the wanted one."""
    found = _last_number(text, check.units or {})
    if found is None:
        return Mark(0, "The answer holds no number.")
    close = max(check.tolerance, abs(check.value) * 1e-9)
    if math.isnan(found):
        return Mark(0, "The answer does not settle on one number.")
    is_right = abs(found - check.value) <= close
    return Mark(1) if is_right else Mark(0, f"The answer is {found:,.12g} and not {check.value:,.12g}.")


def _last_number(text: str, units: Mapping[str, float]) -> float | None:
    """The number that is stated as the answer; else the last one of all."""
    text = text[-_MOST_READ:]
    for place in stated(text):
        if numbers := _numbers(place, units):
            # "12 km (7.5 miles)" begins with the answer, "3 × 4 = 12" ends with it.
            return _settled(place, numbers, -1 if "=" in place else 0)
    last = next((line for line in reversed(text.splitlines()) if _numbers(line, units)), "")
    return _settled(last, _numbers(last, units), -1) if last else None


def _settled(place: str, numbers: list[float], at: int) -> float:
    """One of the numbers; none where the answer leaves it open which one."""
    return math.nan if len(set(numbers)) > 1 and _OPEN.search(place) else numbers[at]


def _numbers(text: str, units: Mapping[str, float]) -> list[float]:
    text = text.replace("{,}", ",").replace("\\,", "").replace("−", "-").replace("\\%", "%").replace("\\$", "$")
    text = _POWER.sub(r"e\1", _FRACTION.sub(r"\1/\2", text)).replace("*", "").replace("\\text{", " ")
    return [_value(found, units) for found in _NUMBER.finditer(text)]


def _value(found: re.Match[str], units: Mapping[str, float]) -> float:
    text = re.sub(r"[\u00a0\u202f' ]", "", found["text"])
    if "," in text and text.rfind(",") > text.rfind(".") >= 0:
        text = text.replace(".", "").replace(",", ".")
    value = float(text.replace(",", ""))
    try:
        value *= float(10 ** int(found["power"] or 0))
        value /= float(found["below"] or 1)
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return (-value if found["sign"] == "-" else value) * units.get(found["unit"] or "", 1.0)


def choice(check: Choice, text: str) -> Mark:
    """Whether the letter that the answer settles on is the right one. Two letters are no answer."""
    for place in conclusions(text):
        letters = {letter for letter in _LETTER.findall(plain(place).upper()[:500]) if letter in check.options}
        letters -= _articles(place)
        if len(letters) == 1:
            letter = letters.pop()
            return Mark(1) if letter == check.answer else Mark(0, f"The answer is {letter} and not {check.answer}.")
        if letters:
            return Mark(0, f"The answer does not settle on one letter: {', '.join(sorted(letters))}.")
    return Mark(0, "The answer names none of the letters.")


def _articles(place: str) -> set[str]:
    """Letters that are words here: a small "a", and the "I" of a sentence."""
    words = place.split()
    return {word.upper() for word in words if len(word) == 1 and word.islower() and len(words) > 1} | (
        {"I"} if "I " in place else set()
    )
