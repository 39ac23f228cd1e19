"""What charts show, as plain data: made without loading what draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from modelward.ui.kit.tokens import Token

SERIES = (Token.ACCENT, Token.WELL, Token.WORKING, Token.ATTENTION, Token.TROUBLE, Token.MUTED)
"""The colours of what is compared, in their order; so many can be told apart."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a scatter chart. ``x`` of 0 stands left of the scale of powers of ten.

    ``low`` and ``high``: where the true ``y`` lies. ``words`` are said of it when it is pointed at. ``rank`` decides
    who gets a label where not all fit, the least first. ``is_marked``: the one that is looked for; ``is_open``: drawn
    as a ring, as ``x`` is an estimate; ``is_chosen``: a ring around it.
    """

    key: str
    label: str
    x: float
    y: float
    low: float
    high: float
    words: str
    rank: int = 0
    is_marked: bool = False
    is_open: bool = False
    is_chosen: bool = False


class Spread(NamedTuple):
    """A value over some calls at a moment (UTC): the middle one, and the range that 90 % of them lie in."""

    at: datetime
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn in one colour over time, in the order of time."""

    key: str
    label: str
    points: Sequence[Spread]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``low`` and ``high`` are its interval, None where there are too few values for one."""

    key: str
    label: str
    value: float
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Heap:
    """Values whose distribution is drawn, and the percentiles that are marked."""

    key: str
    label: str
    values: Sequence[float]
    p50: float | None = None
    p95: float | None = None
