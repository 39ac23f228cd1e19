"""The written rule of which copies of the store are kept: pure decisions over dates, with reasons in words.

The hourly series is thinned by counted, non-empty buckets, as restic and Borg do it: going back from the newest copy,
the newest of each hour is kept until 24 hours have one, of each day until 7 days, of each ISO week until 4 weeks. Only
buckets that have a copy count, so that weeks in which the machine was off cost nothing. Copies made by hand or before
an operation are kept for ever, unless the person bounds the latter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

HOURS, DAYS, WEEKS = 24, 7, 4
LAST = 3
"""The newest copies that are never removed, whatever the rule says."""

YOUNG = timedelta(hours=1)
"""A copy younger than this is never removed: whatever made it may still need it."""

FEW = 4
"""Where a kind has at most this many copies, removing more than half of them is no sign that something is wrong."""


class Kind(StrEnum):
    """Why a copy was made."""

    HOURLY = "hourly"
    MANUAL = "manual"
    PRE_OPERATION = "pre-operation"


@dataclass(frozen=True, slots=True)
class Copy:
    """What the rule looks at.

    ``made_at`` carries the offset of the clock that made it: its days and weeks are those that the person lived.
    ``is_good`` means proven readable, ``is_damaged`` proven unreadable; ``in_use`` that a restore or a check holds it.
    """

    id: str
    kind: Kind
    made_at: datetime
    is_good: bool = True
    is_damaged: bool = False
    in_use: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether one copy is kept, and why: the tiers it stands for, what protects it, or what makes it dispensable."""

    copy: Copy
    reasons: tuple[str, ...]
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions over all copies, newest first, and the kinds of which suspiciously many would go."""

    decisions: tuple[Decision, ...]
    asks_first: tuple[Kind, ...]

    @property
    def removed(self) -> tuple[Copy, ...]:
        """The copies that the rule lets go."""
        return tuple(decision.copy for decision in self.decisions if not decision.is_kept)


_TIERS: tuple[tuple[str, int, Callable[[datetime], Hashable]], ...] = (
    # Hours are told apart in UTC: where clocks are set back, one local hour comes twice.
    ("hourly", HOURS, lambda at: at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)),
    ("daily", DAYS, lambda at: at.date()),
    ("weekly", WEEKS, lambda at: at.isocalendar()[:2]),
)


def plan(copies: Iterable[Copy], now: datetime, *, keep_pre_operation: int | None = None) -> Plan:
    """Decide over all copies at the moment ``now`` (with offset).

    ``keep_pre_operation`` bounds the copies made before operations; None keeps them for ever. A copy from the future
    (a clock was wrong) stands for no hour, so that it pushes nothing out, and is kept until its time has come. A
    damaged copy stands for nothing either and is kept until a person decides. The plan of one run over many copies is
    that of many runs over the same copies.
    """
    ordered = sorted(copies, key=lambda copy: (copy.made_at, copy.id), reverse=True)
    reasons: dict[str, list[str]] = {copy.id: [] for copy in ordered}
    if len(reasons) != len(ordered):
        raise ValueError("two copies have the same id")
    past = [copy for copy in ordered if copy.made_at <= now and not copy.is_damaged]
    _fill_tiers([copy for copy in past if copy.kind is Kind.HOURLY], reasons)
    _keep_for_ever(past, reasons, keep_pre_operation)
    _protect(ordered, now, reasons)
    decisions = tuple(
        Decision(copy, tuple(reasons[copy.id]) or (_dispensable(copy),), bool(reasons[copy.id])) for copy in ordered
    )
    return Plan(decisions, tuple(kind for kind in Kind if _is_suspicious(decisions, kind)))


def _fill_tiers(hourly: Sequence[Copy], reasons: dict[str, list[str]]) -> None:
    for title, most, bucket in _TIERS:
        seen: set[Hashable] = set()
        for copy in hourly:
            if len(seen) == most:
                break
            if bucket(copy.made_at) not in seen:
                seen.add(bucket(copy.made_at))
                reasons[copy.id].append(title)


def _keep_for_ever(past: Sequence[Copy], reasons: dict[str, list[str]], keep_pre_operation: int | None) -> None:
    operations = 0
    for copy in past:
        if copy.kind is Kind.PRE_OPERATION:
            operations += 1
            if keep_pre_operation is not None and operations > keep_pre_operation:
                continue
        if copy.kind is not Kind.HOURLY:
            reasons[copy.id].append(copy.kind.value)


def _protect(ordered: Sequence[Copy], now: datetime, reasons: dict[str, list[str]]) -> None:
    good = [copy for copy in ordered if copy.is_good and not copy.is_damaged]
    for copy in good[:1]:
        reasons[copy.id].append("newest that is verified")
    for copy in ordered[:LAST]:
        reasons[copy.id].append("one of the last three")
    for copy in ordered:
        if copy.made_at > now:
            reasons[copy.id].append("dated in the future")
        elif now - copy.made_at < YOUNG:
            reasons[copy.id].append("made within the last hour")
        if copy.in_use:
            reasons[copy.id].append("in use")
        if copy.is_damaged:
            reasons[copy.id].append("damaged, waiting for your decision")


def _dispensable(copy: Copy) -> str:
    if copy.kind is Kind.HOURLY:
        return "newer copies stand for its hour, day and week, or for as many as the rule keeps"
    return "more copies before operations than the setting keeps"


def _is_suspicious(decisions: Sequence[Decision], kind: Kind) -> bool:
    of_kind = [decision for decision in decisions if decision.copy.kind is kind]
    going = sum(1 for decision in of_kind if not decision.is_kept)
    return len(of_kind) > FEW and going * 2 > len(of_kind)
