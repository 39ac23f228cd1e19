"""Looks whether providers answer, at no cost, and tells which stopped or began again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from modelward.catalog.fields import clip
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock
from modelward.core.errors import (
    KeyRefusedError,
    KnownError,
    NetworkError,
    NoCreditError,
    RateLimitedError,
    UnreachableError,
)
from modelward.core.progress import Progress
from modelward.discovery.model import Look, State
from modelward.discovery.store import LookStore
from modelward.providers import listing
from modelward.providers.model import Provider
from modelward.providers.service import ProviderService

NO_NETWORK = "No network"
"""What is said of every provider where none of them could be reached: it is not their fault."""

_THIN_EVERY = timedelta(hours=1)
_ANSWERING = frozenset({State.OK, State.LIMITED})


class Looking:
    """Looks at providers, and keeps what was seen."""

    def __init__(self, looks: LookStore, providers: ProviderService, clock: Clock) -> None:
        self._looks = looks
        self._providers = providers
        self._clock = clock
        self._thinned_at: datetime | None = None

    async def look(self, progress: Progress) -> tuple[tuple[Look, ...], Changes]:
        """Look at every enabled provider at once. One without its key is told and not kept: it was not asked."""
        asked = [state.provider for state in await self._providers.mine() if state.provider.enabled]
        at, done = self._clock(), 0
        progress.update(done=0, total=len(asked), unit="providers", text="Looking whether the providers answer")

        async def one(provider: Provider) -> _Seen:
            nonlocal done
            seen = await self._seen(provider, at)
            done += 1
            progress.update(done=done)
            return seen

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(provider)) for provider in asked]
        looks = _without_network([task.result() for task in tasks])
        kept = [look for look in looks if look.state is not State.NO_KEY]
        await self._looks.add(kept)
        await self._thin()
        return looks, Changes.of(Room.PROVIDERS, frozenset(look.provider for look in kept)) if kept else Changes()

    async def _seen(self, provider: Provider, at: datetime) -> _Seen:
        try:
            line = await self._providers.line(provider.id)
        except KnownError as error:
            return _Seen(provider, Look(provider.id, at, State.NO_KEY, None, _words(error)))
        try:
            seconds = await listing.check(line)
        except NetworkError as error:
            return _Seen(provider, Look(provider.id, at, state_of(error), None, _words(error)), error)
        return _Seen(provider, Look(provider.id, at, State.OK, seconds * 1000))

    async def _thin(self) -> None:
        now = self._clock()
        if self._thinned_at is None or not self._thinned_at <= now < self._thinned_at + _THIN_EVERY:
            self._thinned_at = now
            await self._looks.thin(now)


@dataclass(frozen=True, slots=True)
class Turns:
    """Providers that turned between two looks. ``lost``: answered before and do not now; ``back``: the other way."""

    lost: tuple[Look, ...] = ()
    back: tuple[Look, ...] = ()


def changes_between(before: Mapping[str, Look], after: Iterable[Look]) -> Turns:
    """Which providers stopped answering since the looks ``before``, and which answer again.

    A refused key counts as no answer, too much asked as one. Who was not looked at before or now has not turned.
    """
    lost, back = [], []
    for look in after:
        former = before.get(look.provider)
        if former is None or State.NO_KEY in (former.state, look.state):
            continue
        did, does = former.state in _ANSWERING, look.state in _ANSWERING
        if did and not does:
            lost.append(look)
        elif does and not did:
            back.append(look)
    return Turns(tuple(lost), tuple(back))


def state_of(error: KnownError) -> State:
    """How a provider answered that raised this."""
    match error:
        case KeyRefusedError() | NoCreditError():
            return State.REFUSED
        case RateLimitedError():
            return State.LIMITED
        case UnreachableError():
            return State.UNREACHABLE
        case _:
            return State.FAILED


@dataclass(frozen=True, slots=True)
class _Seen:
    provider: Provider
    look: Look
    error: KnownError | None = None


def _without_network(seen: Sequence[_Seen]) -> tuple[Look, ...]:
    """The looks; where every provider out there failed alike, it is the network that is not there."""
    outside = [each for each in seen if not each.provider.known.is_local and each.look.state is not State.NO_KEY]
    failures = {_failure(each) for each in outside}
    if len(outside) < 2 or len(failures) > 1 or None in failures:
        return tuple(each.look for each in seen)
    return tuple(replace(each.look, detail=NO_NETWORK) if each in outside else each.look for each in seen)


def _failure(seen: _Seen) -> str | None:
    """The kind of a failure to reach somebody, without the address of whom; None where another thing is at fault."""
    # A proxy that fails and a certificate that nobody trusts fail alike for all, and have better words of their own.
    if not isinstance(seen.error, UnreachableError) or re.search(r"proxy|safe connection", seen.error.what):
        return None
    host = urlsplit(seen.provider.base_url).hostname or ""
    return re.sub(rf"{re.escape(host)}( port \d+)?", "", seen.error.why)


def _words(error: KnownError) -> str:
    return clip(" ".join(part for part in (error.what, error.why) if part), 500)
