"""Whether models can still be called: what a provider's new list means for those that were known before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from modelward.catalog.model import Status

RETIRED_AFTER = timedelta(days=3)
"""How long after its provider last named it a model that is gone counts as retired."""

_SHORT_BELOW = 0.5
_SHORT_FROM = 20  # a short list of few models is nothing out of the ordinary


class Seen(NamedTuple):
    """How a model stood before a list, and when its provider last named it."""

    status: Status
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class ListingOutcome:
    """Ids of models whose standing a list changed.

    ``new``: named for the first time, by a provider that had a list before. ``gone``: named no more, since now;
    ``retired``: gone for :data:`RETIRED_AFTER`; ``back``: named again. ``is_short``: the list named under half of the
    models that the last one named, and more than 20 were named then.
    """

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Which models are to be marked how, each group sorted. ``stale``: last seen in the future, taken as seen now."""

    named: tuple[str, ...]
    outcome: ListingOutcome
    stale: tuple[str, ...] = ()


def judge(known: Mapping[str, Seen], named: Collection[str], now: datetime, *, is_first: bool) -> Standing:
    """What a list that names ``named`` means for a provider's models ``known``.

    A list that is short may be a fault at the provider: what it leaves out becomes unreachable, as always, but nothing
    is retired because of it. The next list is measured by this one, so that a provider that did shrink is believed
    then. A model that was last seen in the future (the clock was set back) is taken as seen now, never as long gone.
    """
    present = set(named)
    before = {id_: seen.status for id_, seen in known.items()}
    available = sum(status is Status.AVAILABLE for status in before.values())
    is_short = available > _SHORT_FROM and len(present) < available * _SHORT_BELOW
    missing = {id_: seen for id_, seen in known.items() if id_ not in present and seen.status is Status.UNREACHABLE}
    stale = [id_ for id_, seen in missing.items() if seen.last_seen is None or seen.last_seen > now]
    long_gone = [
        id_
        for id_, seen in missing.items()
        if seen.last_seen is not None and now - seen.last_seen >= RETIRED_AFTER and not is_short
    ]
    outcome = ListingOutcome(
        new=() if is_first else _sorted(id_ for id_ in present if before.get(id_, Status.LISTED) is Status.LISTED),
        gone=_sorted(id_ for id_, was in before.items() if was is Status.AVAILABLE and id_ not in present),
        retired=_sorted(long_gone),
        back=_sorted(id_ for id_ in present if before.get(id_) in (Status.UNREACHABLE, Status.RETIRED)),
        is_short=is_short,
    )
    return Standing(_sorted(present), outcome, _sorted(stale))


def _sorted(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))
