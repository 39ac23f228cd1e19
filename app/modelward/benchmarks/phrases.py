"""Phrases found in an answer: facts, key words of a translation, needles; and such that must not stand there."""

from __future__ import annotations

import re
from functools import lru_cache

from modelward.benchmarks.answers import plain
from modelward.benchmarks.checks import Avoids, Phrase, Says
from modelward.benchmarks.marks import Mark, share
from modelward.catalog.fields import clip
from modelward.core.errors import InputError
from modelward.core.patterns import parse, ways

MAX_WAYS = 2_000
"""Most ways through a pattern of prose from one place; it is tried from every place of a text of ``MAX_SEARCHED``."""
MAX_SEARCHED = 50_000

_SEPARATED = re.compile(r"(?<=\d)[,\u00a0\u202f' ](?=\d{3}(?!\d))")


def check_pattern(pattern: str) -> None:
    """Raise InputError, saying why, for a pattern that could not be looked for within bounds."""
    if ways(parse(pattern), MAX_WAYS) > MAX_WAYS:
        raise InputError("The pattern can be matched in too many ways, and could hang.")
    try:
        compiled(pattern)
    except re.error as error:
        raise InputError(f"The pattern is not one: {error}.") from None


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of prose; the case of letters does not count."""
    return re.compile(pattern, re.IGNORECASE)


def says(check: Says, text: str) -> Mark:
    """The share of the phrases, by weight, that the text says."""
    read = _Read(text)
    missed = [phrase for phrase in check.phrases if not read.says(phrase)]
    total = sum(phrase.weight for phrase in check.phrases)
    lost = sum(phrase.weight for phrase in missed)
    return share(total - lost, total, [f"{_shown(phrase)} is not said" for phrase in missed])


def avoids(check: Avoids, text: str) -> Mark:
    """What remains when each phrase that the text says has cost its share."""
    read = _Read(text)
    said = [phrase for phrase in check.phrases if read.says(phrase)]
    total = sum(phrase.weight for phrase in check.phrases)
    lost = sum(phrase.weight for phrase in said)
    return share(total - lost, total, [f"{_shown(phrase)} is said" for phrase in said])


class _Read:
    """A text made ready once for many phrases."""

    def __init__(self, text: str) -> None:
        self.text = text[:MAX_SEARCHED]
        self.plain = _SEPARATED.sub("", plain(text))

    def says(self, phrase: Phrase) -> bool:
        if phrase.pattern and compiled(phrase.pattern).search(self.text):
            return True
        return any(self._holds(_SEPARATED.sub("", plain(one))) for one in phrase.any)

    def _holds(self, wanted: str) -> bool:
        start = self.plain.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            if not (_is_inside(self.plain[start - 1 : start + 1]) or _is_inside(self.plain[end - 1 : end + 1])):
                return True
            start = self.plain.find(wanted, end)
        return False


def _is_inside(pair: str) -> bool:
    """Whether two neighbours belong to one word or number. Scripts without upper case do not set words apart."""
    return len(pair) == 2 and all(char.isdigit() or char.lower() != char.upper() for char in pair)


def _shown(phrase: Phrase) -> str:
    return repr(clip(phrase.any[0] if phrase.any else phrase.pattern))
