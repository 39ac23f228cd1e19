"""The words of discovery: what came of asking providers, what changed, and who answered when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from modelward.core.errors import KnownError


class State(StrEnum):
    """How a provider answered."""

    OK = "ok"
    REFUSED = "refused"  # the key is wrong, or the account has no credit
    LIMITED = "limited"  # too much was asked: it is there
    FAILED = "failed"  # it answered with an error, or with something else than asked
    UNREACHABLE = "unreachable"
    NO_KEY = "no key"  # it was not asked


WORST_FIRST = (State.FAILED, State.UNREACHABLE, State.REFUSED, State.LIMITED, State.OK)
"""The states in which somebody was asked; of several, the first stands for all."""


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A price or a window that is another one now, in words: "input price $3.00 → $2.50"."""

    model_id: str
    what: str


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """What came of asking one provider for its models.

    ``new``: appeared since the last list (empty at the first one). ``gone``: no longer listed, since now; ``retired``:
    gone for three days. ``back``: listed again. ``problems``: rows and values that could not be taken.
    """

    provider: str
    title: str
    state: State
    models: int = 0
    is_first: bool = False
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    changed: tuple[ModelChange, ...] = ()
    problems: tuple[str, ...] = ()
    seconds: float = 0.0
    error: KnownError | None = None


@dataclass(frozen=True, slots=True)
class CatalogueReport:
    """What came of refreshing one public catalogue. ``is_new``: it had changed since the last time."""

    name: str
    is_new: bool = False
    models: int = 0
    added: tuple[str, ...] = ()
    changed: tuple[ModelChange, ...] = ()
    error: KnownError | None = None


@dataclass(frozen=True, slots=True)
class DiscoveryReport:
    """What came of asking providers for their models, in the order in which they were asked.

    ``catalogues``: the public catalogues that were refreshed on the same occasion.
    """

    providers: tuple[ProviderReport, ...] = ()
    catalogues: tuple[CatalogueReport, ...] = ()

    @property
    def failed(self) -> tuple[ProviderReport, ...]:
        """Those that could not be read."""
        return tuple(report for report in self.providers if report.error is not None)

    @property
    def models(self) -> int:
        """Models in all lists that could be read."""
        return sum(report.models for report in self.providers)


@dataclass(frozen=True, slots=True)
class Look:
    """One look whether a provider answers. ``latency_ms``: milliseconds to the head of its answer."""

    provider: str
    at: datetime
    state: State
    latency_ms: float | None = None
    detail: str = ""
