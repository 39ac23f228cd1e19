"""The sheet on which a reader writes what one origin states: good values become facts, bad ones problems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from modelward.catalog.fields import FIELDS, MAX_TEXT, clip, read
from modelward.catalog.model import (
    Capabilities,
    Capability,
    Fact,
    FactValue,
    Field,
    PriceTier,
    Source,
    model_id,
    split_id,
)
from modelward.core.errors import BadValueError

LONGEST_NAME = 300
"""Longest name of a model that is taken, in characters."""

MOST_PROBLEMS = 1000
"""Problems that are kept of one origin; a hostile file could otherwise fill the memory with complaints."""

MOST_TIERS = 100
"""Price tiers that are kept of one model, as many as the field allows."""

MILLION = Decimal(1_000_000)

# Control characters, and the marks that turn or hide text: such a name could not be told from another by eye.
_BAD_IN_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be taken: ``place`` says where (row, id, field), ``what`` says what is wrong."""

    place: str
    what: str


class FactSheet:
    """What one origin states of many models.

    A row that cannot be taken, and a value that its field does not allow, become a problem that names the place and
    cost nothing else. The first row of an id counts; a later one of the same id is a problem.
    """

    def __init__(self, source: Source, origin: str, observed_at: datetime) -> None:
        self.source = source
        self.origin = origin
        self.observed_at = observed_at
        self.facts: list[Fact] = []
        self.problems: list[Problem] = []
        self.ids: dict[str, None] = {}
        self._left_out = 0

    def row(self, provider: object, name: object, place: str, evidence: str | None = None) -> Row | None:
        """The row of one model, or None (and a problem) where its name cannot stand or was there before."""
        why = fault_of_name(name)
        if why is None and (why := fault_of_name(provider)) is None and "/" in str(provider):
            why = "A provider's name has no slash."
        if why is not None:
            self.problem(f"{place} ({clip(name, 40)})", why)
            return None
        id_ = model_id(str(provider), str(name))
        if id_ in self.ids:
            self.problem(f"{place} ({clip(name)})", "This model was there before; the first row of it counts.")
            return None
        self.ids[id_] = None
        return Row(self, id_, f"{place} ({clip(name)})", evidence)

    def problem(self, place: str, what: str) -> None:
        """Note what could not be taken. Beyond :data:`MOST_PROBLEMS` only the number is kept."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(place, what))
        else:
            self._left_out += 1

    @property
    def problem_count(self) -> int:
        """How many problems there were, kept or not."""
        return len(self.problems) + self._left_out

    def all_problems(self) -> list[Problem]:
        """The problems, with a last one that counts those which were not kept."""
        if not self._left_out:
            return list(self.problems)
        return [*self.problems, Problem("the rest", f"{self._left_out:,} more problems are not listed.")]


class Row:
    """What is stated of one model. Unknown (None) is not stated."""

    __slots__ = ("_evidence", "_place", "_sheet", "id")

    def __init__(self, sheet: FactSheet, id_: str, place: str, evidence: str | None) -> None:
        self._sheet = sheet
        self._place = place
        self._evidence = evidence
        self.id = id_

    @property
    def name(self) -> str:
        """The model's name at its provider."""
        return split_id(self.id)[1]

    def state(self, field: Field, raw: object, *, key: str = "") -> bool:
        """State a field from a raw value; True where it became a fact. ``key`` is the value's name at its origin."""
        if raw is None:
            return False
        if isinstance(raw, list | dict):
            self.problem(key or FIELDS[field].json_key, "It is a list or an object where one value is due.")
            return False
        try:
            value = read(field, raw)
        except BadValueError as error:
            self.problem(key or FIELDS[field].json_key, str(error))
            return False
        self._add(field, value)
        return True

    def text(self, field: Field, raw: object, *, key: str = "") -> None:
        """State a text; an empty one is unknown, and one of a stranger that is too long is cut off."""
        if isinstance(raw, str):
            self.state(field, raw[:MAX_TEXT].strip() or None, key=key)
        else:
            self.state(field, raw, key=key)

    def tokens(self, field: Field, raw: object, *, key: str = "") -> None:
        """State a number of tokens; in the public formats ``0`` means unknown."""
        if raw in (0, "0") and not isinstance(raw, bool):
            return
        self.state(field, raw, key=key)

    def price(self, field: Field, raw: object, *, per: Decimal = Decimal(1), key: str = "") -> None:
        """State a price from a figure in USD per ``1/per`` million tokens (``per``: what brings it to a million)."""
        self.state(field, scaled(raw, per), key=key)

    def capabilities(self, stated: Mapping[Capability, bool | None]) -> None:
        """State what the model can and cannot do; a word that is None is left open."""
        has = frozenset(word for word, can in stated.items() if can is True)
        lacks = frozenset(word for word, can in stated.items() if can is False)
        if has or lacks:
            self._add(Field.CAPABILITIES, Capabilities(has, lacks))

    def tiers(self, tiers: list[tuple[Field, object, str]], *, per: Decimal = Decimal(1)) -> None:
        """State the prices that differ under a condition: price field, raw price, condition in plain words."""
        kept: list[PriceTier] = []
        for field, raw, condition in tiers:
            figure = scaled(raw, per)
            if figure is None:
                continue
            try:
                price = read(field, figure)
            except BadValueError as error:
                self.problem(condition, str(error))
                continue
            tier = PriceTier(field, price if isinstance(price, Decimal) else Decimal(0), clip(condition, 200))
            if tier not in kept and len(kept) < MOST_TIERS:
                kept.append(tier)
        if kept:
            self._add(Field.PRICE_TIERS, tuple(kept))

    def problem(self, key: str, what: str) -> None:
        """Note a value of this row that could not be taken."""
        self._sheet.problem(f"{self._place}, {clip(key)}", what)

    def _add(self, field: Field, value: FactValue) -> None:
        sheet = self._sheet
        sheet.facts.append(
            Fact(self.id, field, sheet.source, sheet.origin, value, sheet.observed_at, 1.0, self._evidence)
        )


def scaled(raw: object, per: Decimal) -> object:
    """A price as its origin writes it, brought to USD per million tokens; what is no number is handed on as it is."""
    if per == 1 or raw is None or isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        return raw
    if isinstance(raw, str) and len(raw) > 40:
        return raw
    try:
        number = Decimal(str(raw).strip())
        return number * per if number.is_finite() else raw
    except (InvalidOperation, ArithmeticError):
        return raw


def fault_of_name(name: object) -> str | None:
    """Why a model's or a provider's name cannot stand, in words; None where it can. Markup is plain text and stands."""
    if not isinstance(name, str):
        return "The name is not text."
    if not name or name != name.strip():
        return "The name is empty, or begins or ends with a space."
    if len(name) > LONGEST_NAME:
        return f"The name has {len(name):,} characters; more than {LONGEST_NAME} are refused."
    if _BAD_IN_NAME.search(name):
        return "The name has control characters, or marks that hide or turn text."
    return None
