"""The words of grading: what a probe looks for in an answer. How each is looked for stands in the files of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""What JSON can hold."""


@dataclass(frozen=True, slots=True)
class Exact:
    """The answer is one of these texts, whatever the marks and words around it; upper case counts where ``strict``."""

    answers: tuple[str, ...]
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """The answer is this number, give or take ``tolerance``. ``units``: what one of each unit is worth in the number's.

    A number without a unit is taken as it stands.
    """

    value: float
    tolerance: float = 0.0
    units: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer is this letter of ``options`` (``ABCD``)."""

    answer: str
    options: str = "ABCD"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something that an answer says: one of ``any``, or what the pattern of prose finds."""

    any: tuple[str, ...] = ()
    pattern: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Says:
    """The answer says these: facts of a summary, key phrases of a translation, needles. The score is their share."""

    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Avoids:
    """The answer says none of these; each that it does say costs its share."""

    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """How the answer is written. Bounds are least and most, both included; None: any.

    ``markdown`` False: without its marks. ``language``: two letters. ``without``: texts that must not stand in it.
    ``each_line``: a pattern of prose for every line that is not empty. ``fence`` False: no code fence.
    """

    words: tuple[int, int] | None = None
    lines: tuple[int, int] | None = None
    sentences: tuple[int, int] | None = None
    paragraphs: tuple[int, int] | None = None
    bullets: tuple[int, int] | None = None
    characters: tuple[int, int] | None = None
    markdown: bool = True
    language: str = ""
    begins: str = ""
    ends: str = ""
    letters: str = ""  # "upper" or "lower"
    without: tuple[str, ...] = ()
    each_line: str = ""


@dataclass(frozen=True, slots=True)
class Json:
    """The answer holds JSON of this schema. ``bare``: and nothing else, not even a fence."""

    schema: Mapping[str, Plain]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields of the answer's JSON have these values, by their path (``buyer.name``, ``items.0``).

    A value ``{any: […]}`` names alternatives. The score is the share that is right.
    """

    values: Mapping[str, Plain]
    any_order: bool = False


@dataclass(frozen=True, slots=True)
class WantedCall:
    """A call of a tool. ``optional``: arguments that may be given too, whatever their value."""

    name: str
    arguments: Mapping[str, Plain]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Calls:
    """The answer calls these tools, in this order where ``ordered``; none: it calls no tool at all."""

    calls: tuple[WantedCall, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """Statements that use the answer's code; the last is an expression. It gives ``expect``, or raises ``raises``."""

    run: str
    expect: Plain = None
    raises: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """The answer's code defines ``name`` and does right in every case. The score is the share of cases."""

    name: str
    cases: tuple[Case, ...]


Check = Exact | Number | Choice | Says | Avoids | Form | Json | Fields | Calls | Code


@dataclass(frozen=True, slots=True)
class Weighted:
    """A check and its weight among the others of its probe."""

    check: Check
    weight: float = 1.0
