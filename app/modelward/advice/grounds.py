"""Why a model is ruled out, told apart from what is only not known."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from modelward.catalog.model import Capability
from modelward.core import units


class Why(StrEnum):
    """Why a model is ruled out. What is unknown is told apart from what does not fit."""

    KIND = "not made for text"
    RETIRED = "retired"
    PROVIDER = "not among the providers asked for"
    NOT_LOCAL = "not on a machine of yours"
    NO_KEY = "no key at hand"
    NOT_AVAILABLE = "not available now"
    LACKS = "lacks a capability"
    CONTEXT = "context too small"
    TOO_DEAR = "too dear"
    TOO_SLOW = "too slow"
    CAPABILITY_UNKNOWN = "not known whether it has a capability"
    CONTEXT_UNKNOWN = "context not known"
    PRICE_UNKNOWN = "price not known"
    AVAILABILITY_UNKNOWN = "not known whether it is available"

    __hash__ = str.__hash__  # that of Enum is written in Python; thousands of reasons are counted at once

    @property
    def is_unknown(self) -> bool:
        """Whether it may fit all the same: nobody knows."""
        return self in _UNKNOWN


_UNKNOWN = frozenset({Why.CAPABILITY_UNKNOWN, Why.CONTEXT_UNKNOWN, Why.PRICE_UNKNOWN, Why.AVAILABILITY_UNKNOWN})


PER_MILLION = "per 1M tokens"


class Reason(NamedTuple):
    """One reason: what the model has, what was wanted, and of what. Put into words when somebody reads it: thousands of
    models are ruled out at once."""

    why: Why
    has: int | float | Decimal | None = None
    wanted: int | float | Decimal | frozenset[Capability] | None = None
    of: str = ""

    @property
    def detail(self) -> str:
        """What the model has and what was wanted, for people; empty where ``why`` says all."""
        match self.has, self.wanted:
            case _, frozenset():
                return ", ".join(sorted(self.wanted))
            case Decimal(), Decimal():
                show = units.price if self.of == PER_MILLION else units.money
                return f"{show(self.has)} {self.of}, {show(self.wanted)} at most"
            case float(), _:
                return f"{self.has:,.1f} s {self.of}, {self.wanted:g} s at most"
            case int(), int():
                return f"{units.count(self.has)} {self.of}, {units.count(self.wanted)} wanted"
        return ""

    def __str__(self) -> str:
        detail = self.detail
        return f"{self.why}: {detail}" if detail else str(self.why)


class RuledOut(NamedTuple):
    """A model that does not fit, with every reason."""

    model_id: str
    reasons: tuple[Reason, ...]
