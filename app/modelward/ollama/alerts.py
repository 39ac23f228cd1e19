"""One alert per cause: what was found wrong becomes alerts that open late, close late, and are told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from modelward.ollama.model import Alert, AlertKind, AlertState

Judged = Mapping[AlertKind, frozenset[str] | None]
"""What a look could tell about: kinds, and of each the subjects; None for all of them."""

SUMMED_UP_FROM = 4
"""So many alerts at once, or more, are one notice."""

SAME_WITHIN = timedelta(hours=1)
"""A cause that comes back so soon after it was over is the same alert, opened again."""

_TIMES = {AlertKind.SERVICE_DOWN: 2, AlertKind.SLOW: 3}
"""How often in a row a cause is found before it is told, and not found before it is over; once for all others."""

_FOLLOW_FROM_LIBRARY = frozenset(
    {AlertKind.MODEL_MISSING, AlertKind.CHECKSUM, AlertKind.RESTORE, AlertKind.BACKUP, AlertKind.SLOW}
)

_NAMED = 3
"""Subjects that a summary names of each kind."""

Key = tuple[AlertKind, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, found now. ``kind`` and ``subject`` are its cause: no time and no figure belongs into them.

    ``needs_server``: it is known through the server alone, so that it says nothing while the server is down.
    """

    kind: AlertKind
    subject: str
    what: str
    why: str = ""
    todo: str = ""
    needs_server: bool = False

    @property
    def key(self) -> Key:
        """What makes one cause one alert."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look made of the alerts.

    ``kept`` are those to be saved (a new one has the id 0), ``dropped`` were pending and are over, so that nobody was
    told of them. ``opened`` and ``resolved`` are what is to be told now.
    """

    kept: tuple[Alert, ...] = ()
    dropped: tuple[Alert, ...] = ()
    opened: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()


def follow(known: Sequence[Alert], found: Iterable[Finding], judged: Judged, at: datetime) -> Outcome:
    """What becomes of the alerts after a look that found this.

    ``known`` are the alerts that are not over, and those over for less than :data:`SAME_WITHIN`. Alerts that the look
    could not judge stay as they are, as do those that follow from a greater one.
    """
    causes = {each.key: each for each in found}
    by_key = _latest(known)
    standing = {kind for kind, _ in causes} | {
        each.kind
        for each in known
        if each.state is AlertState.OPEN and not _is_judged((each.kind, each.subject), judged)
    }
    kept, dropped = [], []
    for key, cause in causes.items():
        if not _is_muted(cause, standing):
            kept.append(_found(by_key.get(key), cause, at))
    for alert in known:
        key = (alert.kind, alert.subject)
        if alert.state is AlertState.RESOLVED or key in causes or not _is_judged(key, judged):
            continue
        if alert.state is AlertState.PENDING:
            dropped.append(alert)
        else:
            kept.append(_not_found(alert, at))
    return Outcome(tuple(kept), tuple(dropped), *_to_tell(by_key, kept))


def notices(opened: Sequence[Alert], resolved: Sequence[Alert]) -> tuple[str, ...]:
    """What to tell of alerts that opened and of those that are over; many at once are summed up in one sentence."""
    told = [_together(opened, "new alerts")] if len(opened) >= SUMMED_UP_FROM else [_sentence(each) for each in opened]
    if len(resolved) >= SUMMED_UP_FROM:
        return (*told, _together(resolved, "alerts are over"))
    return (*told, *(f"Over: {each.kind}{_of(each.subject)}." for each in resolved))


def _found(alert: Alert | None, cause: Finding, at: datetime) -> Alert:
    needed = _TIMES.get(cause.kind, 1)
    if alert is None:
        state = AlertState.OPEN if needed == 1 else AlertState.PENDING
        return Alert(0, cause.kind, cause.subject, state, at, at, None, 1, cause.what, cause.why, cause.todo)
    seen = alert.seen + 1 if alert.state is not AlertState.RESOLVED else 1
    is_open = alert.state is AlertState.OPEN or seen >= needed
    return replace(
        alert,
        state=AlertState.OPEN if is_open else AlertState.PENDING,
        last_seen_at=at,
        resolved_at=None,
        seen=seen,
        what=cause.what,
        why=cause.why,
        todo=cause.todo,
    )


def _not_found(alert: Alert, at: datetime) -> Alert:
    """One step towards its end: an alert ends after as many looks without its cause as it took to open."""
    left = min(alert.seen, _TIMES.get(alert.kind, 1)) - 1
    if left > 0:
        return replace(alert, seen=left)
    return replace(alert, state=AlertState.RESOLVED, resolved_at=at, seen=0)


def _to_tell(by_key: Mapping[Key, Alert], kept: Iterable[Alert]) -> tuple[tuple[Alert, ...], tuple[Alert, ...]]:
    opened, resolved = [], []
    for alert in kept:
        former = by_key.get((alert.kind, alert.subject))
        if former is not None and former.state is alert.state:
            continue
        if alert.state is AlertState.OPEN:
            opened.append(alert)
        elif alert.state is AlertState.RESOLVED:
            resolved.append(alert)
    return tuple(opened), tuple(resolved)


def _latest(known: Iterable[Alert]) -> dict[Key, Alert]:
    """One alert a cause: the one that is not over, else the one that was over last."""
    found: dict[Key, Alert] = {}
    for alert in sorted(known, key=lambda each: (each.state is not AlertState.RESOLVED, each.last_seen_at, each.id)):
        found[alert.kind, alert.subject] = alert
    return found


def _is_muted(cause: Finding, standing: set[AlertKind]) -> bool:
    if cause.needs_server and AlertKind.SERVICE_DOWN in standing:
        return True
    return cause.kind in _FOLLOW_FROM_LIBRARY and AlertKind.LIBRARY_GONE in standing


def _is_judged(key: Key, judged: Judged) -> bool:
    kind, subject = key
    if kind not in judged:
        return False
    subjects = judged[kind]
    return subjects is None or subject in subjects


def _sentence(alert: Alert) -> str:
    return " ".join(part for part in (alert.what, alert.todo) if part)


def _of(subject: str) -> str:
    return f" ({subject})" if subject else ""


def _together(alerts: Sequence[Alert], words: str) -> str:
    """ "5 new alerts: 4 × checksum failure (a, b, c and 1 more), 1 × service down."""
    counted = Counter(alert.kind for alert in alerts)
    kinds = ", ".join(f"{count} × {kind}{_of(_subjects(alerts, kind))}" for kind, count in counted.items())
    return f"{len(alerts)} {words}: {kinds}."


def _subjects(alerts: Iterable[Alert], kind: AlertKind) -> str:
    named = [alert.subject for alert in alerts if alert.kind is kind and alert.subject]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
