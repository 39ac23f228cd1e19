"""The Surveyor: tells from a model's name what it is, by rules; without network, without tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from modelward.catalog.fields import to_json
from modelward.catalog.model import Capabilities, Capability, Fact, FactValue, Field, Kind, Source
from modelward.healing.names import Name, family, normalise, parameters
from modelward.healing.patterns import heads, needles
from modelward.healing.zoning import ANY, Rule, RuleProblem, Zone, Zones, overlaid

CONFIDENCE = 0.9
"""Of a fact that a rule states: read from a document, but for a family and not for this very name."""

_SERVICE = frozenset(
    {
        Capability.STRUCTURED_OUTPUT,
        Capability.PROMPT_CACHING,
        Capability.WEB_SEARCH,
        Capability.COMPUTER_USE,
        Capability.PDF_INPUT,
    }
)
"""What a provider's service adds to a model. Another host of the same model may or may not offer it."""

_DATED = r"(?:@(?:\d{1,8}|latest))?"
_FREE = Decimal(0)


class Finding(NamedTuple):
    """What a name tells. ``recognised``: family and kind are both known. ``None`` is unknown, and so is a
    capability in neither set. Tokens; USD per 1M tokens. ``rule`` is the rule that spoke, ``rule_file`` its file,
    ``rule_date`` and ``rule_address`` when and where its figures were read."""

    id: str
    recognised: bool = False
    rule: str | None = None
    kind: Kind | None = None
    family: str | None = None
    context_window: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    capabilities: frozenset[Capability] = frozenset()
    not_capabilities: frozenset[Capability] = frozenset()
    price_input: Decimal | None = None
    price_output: Decimal | None = None
    parameter_count: int | None = None
    quantization: str | None = None
    rule_file: str | None = None
    rule_date: date | None = None
    rule_address: str | None = None

    def to_json(self) -> dict[str, object]:
        """As ``survey --names`` prints it."""
        return {
            "id": self.id,
            "recognised": self.recognised,
            "rule": self.rule,
            "kind": None if self.kind is None else self.kind.value,
            "family": self.family,
            "contextWindow": self.context_window,
            "maxInputTokens": self.max_input_tokens,
            "maxOutputTokens": self.max_output_tokens,
            "capabilities": sorted(self.capabilities),
            "notCapabilities": sorted(self.not_capabilities),
            "priceInput": _money(Field.PRICE_INPUT, self.price_input),
            "priceOutput": _money(Field.PRICE_OUTPUT, self.price_output),
            "parameterCount": self.parameter_count,
            "quantization": self.quantization,
        }

    def facts(self, now: datetime) -> tuple[Fact, ...]:
        """The same as facts of the catalogue, as of the day when the rule's figures were read (never after now)."""
        if self.rule is None or self.rule_date is None:
            return ()
        observed_at = min(datetime.combine(self.rule_date, time(), UTC), now)
        origin = f"{self.rule_file}: {self.rule}"
        return tuple(
            Fact(self.id, field, Source.SURVEY, origin, value, observed_at, CONFIDENCE, self.rule_address)
            for field, value in self._stated()
        )

    def _stated(self) -> Iterable[tuple[Field, FactValue]]:
        figures: tuple[tuple[Field, FactValue | None], ...] = (
            (Field.KIND, None if self.kind is None else self.kind.value),
            (Field.FAMILY, self.family),
            (Field.CONTEXT_WINDOW, self.context_window),
            (Field.MAX_INPUT_TOKENS, self.max_input_tokens),
            (Field.MAX_OUTPUT_TOKENS, self.max_output_tokens),
            (Field.PRICE_INPUT, self.price_input),
            (Field.PRICE_OUTPUT, self.price_output),
            (Field.PARAMETER_COUNT, self.parameter_count),
            (Field.QUANTIZATION, self.quantization),
        )
        yield from ((field, value) for field, value in figures if value is not None)
        if self.capabilities or self.not_capabilities:
            yield Field.CAPABILITIES, Capabilities(self.capabilities, self.not_capabilities)


# Places of what a single name can change. Filling them in is much cheaper than NamedTuple's _replace.
_RECOGNISED = Finding._fields.index("recognised")
_FAMILY = Finding._fields.index("family")
_PRICES = slice(Finding._fields.index("price_input"), Finding._fields.index("price_output") + 1)
_PARAMETER_COUNT = Finding._fields.index("parameter_count")
_QUANTIZATION = Finding._fields.index("quantization")


def _money(field: Field, price: Decimal | None) -> object:
    return None if price is None else to_json(field, price)


class Surveyor:
    """Knows the rules of all zones and answers for one name at a time.

    The first rule whose pattern matches the whole name speaks. Rules are asked in this order: a person's own for the
    provider, and for families; the provider's; those of labs whose models other hosts serve; the families'; and the
    provider's last resorts.
    """

    def __init__(self, zones: Zones) -> None:
        self.zones = zones
        self._named = {zone.provider for zone in zones if zone.provider != ANY}
        self._indexes: dict[str, _Index] = {}

    def survey(self, provider: str, name: str) -> Finding:
        """What the name tells, also where that is nothing. Never raises, whatever the text."""
        key = provider if provider in self._named else ANY
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = _Index(_speakers(self.zones, key))
        parts = normalise(provider, name)
        id_ = f"{provider}/{name}"
        speaker = index.speaker(parts.text)
        return Finding(id_, quantization=parts.quantization) if speaker is None else speaker.finding(id_, parts)


class _Index:
    """Which rules can match a name at all, found by how the name begins: a tree of characters.

    A few rules are left of some hundred, so that a name costs microseconds. Rules whose names can begin anyhow are
    asked only where the name holds a word that such a rule needs ("embed", "guard"). The tree is as large as the
    rules, and never grows.
    """

    def __init__(self, speakers: tuple[_Speaker, ...]) -> None:
        self._root = _Branch()
        vague: dict[int, frozenset[str]] = {}
        for order, speaker in enumerate(speakers):
            begins = heads(speaker.rule.pattern)
            if "" in begins and (words := needles(speaker.rule.pattern)):
                vague[order] = words
            for head in begins:
                self._root.plant(head, order)
        self._root.inherit(frozenset(), frozenset(vague), speakers)
        words = frozenset().union(*vague.values())
        shortest = sorted(word for word in words if not any(other in word for other in words - {word}))
        self._has_word = re.compile("|".join(map(re.escape, shortest)) or "(?!)").search

    def speaker(self, text: str) -> _Speaker | None:
        """The first rule whose pattern matches the whole text."""
        branch = self._root
        for char in text:
            further = branch.get(char)
            if further is None:
                break
            branch = further
        for speaker in branch.early:
            if speaker.match(text):
                return speaker
        for speaker in branch.late if self._has_word(text) else branch.plain:
            if speaker.match(text):
                return speaker
        return None


class _Branch(dict[str, "_Branch"]):
    """The rules of names with a common beginning, and the branches of the next character.

    ``early`` are asked before the first vague rule, then ``late``, or where no vague rule can match, ``plain``.
    """

    __slots__ = ("early", "late", "orders", "plain")

    def __init__(self) -> None:
        self.orders: set[int] = set()
        self.early: tuple[_Speaker, ...] = ()
        self.late: tuple[_Speaker, ...] = ()
        self.plain: tuple[_Speaker, ...] = ()

    def plant(self, head: str, order: int) -> None:
        branch = self
        for char in head:
            branch = branch.setdefault(char, _Branch())
        branch.orders.add(order)

    def inherit(self, orders: frozenset[int], vague: frozenset[int], speakers: tuple[_Speaker, ...]) -> None:
        """A rule of a shorter beginning can match here, too."""
        orders |= self.orders
        first = min(vague, default=len(speakers))
        self.early = tuple(speakers[order] for order in sorted(orders) if order < first)
        self.late = tuple(speakers[order] for order in sorted(orders) if order >= first)
        self.plain = tuple(speakers[order] for order in sorted(orders - vague) if order >= first)
        for branch in self.values():
            branch.inherit(orders, vague, speakers)


class _Speaker:
    """A rule at one provider, with what it may say there."""

    __slots__ = ("_is_plain", "_told", "match", "rule")

    def __init__(self, rule: Rule, *, is_home: bool, price: Decimal | None) -> None:
        self.rule = rule
        self.match: Callable[[str], object] = self._compile_and_match
        self._is_plain = not (rule.read_size or rule.read_family)
        own = (rule.price_input, rule.price_output) if is_home else (None, None)
        price_input, price_output = (price, price) if own == (None, None) and not rule.is_remote else own
        dropped = frozenset() if is_home else _SERVICE
        self._told = Finding(
            id="",
            recognised=rule.family is not None,
            rule=rule.name,
            kind=rule.kind,
            family=rule.family,
            context_window=rule.context_window,
            max_input_tokens=rule.max_input_tokens if is_home else None,
            max_output_tokens=rule.max_output_tokens if is_home else None,
            capabilities=rule.capabilities.has - dropped,
            not_capabilities=rule.capabilities.lacks - dropped,
            price_input=price_input,
            price_output=price_output,
            parameter_count=rule.parameter_count,
            rule_file=rule.file,
            rule_date=rule.day,
            rule_address=rule.address,
        )[1:]

    def _compile_and_match(self, text: str) -> object:
        # A pattern without an @ speaks of any date.
        pattern = self.rule.pattern if "@" in self.rule.pattern else f"(?:{self.rule.pattern}){_DATED}"
        self.match = re.compile(pattern, re.ASCII).fullmatch
        return self.match(text)

    def finding(self, id_: str, name: Name) -> Finding:
        """What the rule says of one name."""
        if self._is_plain and name.variant is None and name.quantization is None:
            return Finding._make((id_, *self._told))
        told: list[Any] = [id_, *self._told]
        told[_QUANTIZATION] = name.quantization
        if name.variant is not None:
            told[_PRICES] = _variant_prices(id_, name.variant)
        if self.rule.read_size and self.rule.parameter_count is None:
            told[_PARAMETER_COUNT] = parameters(name.text)
        if self.rule.read_family and (word := family(name.text)):
            told[_FAMILY], told[_RECOGNISED] = word, True
        return Finding._make(told)


def _variant_prices(id_: str, variant: str) -> tuple[Decimal | None, Decimal | None]:
    # At OpenRouter ":free" is the price; every other variant, and ":free" elsewhere, may cost something else.
    return (_FREE, _FREE) if variant == "free" and id_.startswith("openrouter/") else (None, None)


def _speakers(zones: Zones, provider: str) -> tuple[_Speaker, ...]:
    """The rules that speak about a provider's models, in the order in which they are asked."""

    def rank(zone: Zone, rule: Rule) -> int | None:
        is_home, is_family = zone.provider == provider, zone.provider == ANY
        if rule.is_fallback:
            return 5 if is_home or is_family else None
        if zone.is_user:
            return 0 if is_home else 1 if is_family else None
        return 2 if is_home and not is_family else 4 if is_family else 3 if zone.is_lab else None

    price = next((zone.price for zone in zones if zone.provider == provider and zone.price is not None), None)
    ranked = [
        (place, _Speaker(rule, is_home=zone.provider == provider != ANY, price=price))
        for zone in zones
        for rule in zone.rules
        if (place := rank(zone, rule)) is not None
    ]
    ranked.sort(key=lambda pair: pair[0])
    return tuple(speaker for _, speaker in ranked)


def load(folder: Path, user_folder: Path | None = None) -> tuple[Surveyor, tuple[RuleProblem, ...]]:
    """The Surveyor of the rule files in a folder and in a person's own folder, and what is wrong in them.

    A wrong rule is left out and reported; the rest holds.
    """
    from modelward.healing.zonefiles import read_folder

    zones, problems = read_folder(folder, is_user=False)
    if user_folder is None:
        return Surveyor(zones), problems
    own, own_problems = read_folder(user_folder, is_user=True)
    return Surveyor(overlaid(zones, own)), (*problems, *own_problems)
