"""The Surveyor: tells from a model's name what it is, by rules; without network, without tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from modelward.catalog.fields import to_json
from modelward.catalog.model import Capabilities, Capability, Fact, FactValue, Field, Kind, Source, model_id
from modelward.healing.names import Name, family, normalise, parameters
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


@dataclass(frozen=True, slots=True)
class Finding:
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


def _money(field: Field, price: Decimal | None) -> object:
    return None if price is None else to_json(field, price)


class Surveyor:
    """Knows the rules of all zones and answers for one name at a time.

    The patterns of a layer of rules are joined into one, compiled at the first question that needs it, and shared
    by all providers that ask it. The first rule whose pattern matches the whole name speaks. Layers are asked in
    this order: a person's own rules for the provider, and for families; the provider's; those of labs whose models
    other hosts serve; the families'; and the provider's last resorts.
    """

    def __init__(self, zones: Zones) -> None:
        self.zones = zones
        self._named = {zone.provider for zone in zones if zone.provider != ANY}
        self._layers: dict[str, tuple[_Layer, ...]] = {}
        self._joined: dict[tuple[Rule, ...], re.Pattern[str]] = {}

    def survey(self, provider: str, name: str) -> Finding:
        """What the name tells, also where that is nothing. Never raises, whatever the text."""
        key = provider if provider in self._named else ANY
        layers = self._layers.get(key)
        if layers is None:
            layers = self._layers[key] = _layers(self.zones, key)
        parts = normalise(provider, name)
        for layer in layers:
            pattern = layer.pattern or self._join(layer)
            found = pattern.fullmatch(parts.text)
            if found is not None and found.lastindex is not None:
                return layer.speakers[found.lastindex - 1].finding(model_id(provider, name), parts)
        return Finding(model_id(provider, name), quantization=parts.quantization)

    def _join(self, layer: _Layer) -> re.Pattern[str]:
        rules = tuple(speaker.rule for speaker in layer.speakers)
        pattern = self._joined.get(rules)
        if pattern is None:
            # A pattern without an @ speaks of any date.
            parts = (r.pattern if "@" in r.pattern else f"(?:{r.pattern}){_DATED}" for r in rules)
            pattern = self._joined[rules] = re.compile("|".join(f"({part})" for part in parts), re.ASCII)
        layer.pattern = pattern
        return pattern


class _Layer:
    """Rules that are asked together, and their patterns as one, once somebody asked."""

    __slots__ = ("pattern", "speakers")

    def __init__(self, speakers: tuple[_Speaker, ...]) -> None:
        self.speakers = speakers
        self.pattern: re.Pattern[str] | None = None


class _Speaker:
    """A rule at one provider, with what it may say there."""

    __slots__ = ("_figures", "_prices", "rule")

    def __init__(self, rule: Rule, *, is_home: bool, price: Decimal | None) -> None:
        self.rule = rule
        own = (rule.price_input, rule.price_output) if is_home else (None, None)
        self._prices = (price, price) if own == (None, None) else own
        dropped = frozenset() if is_home else _SERVICE
        self._figures = (
            rule.context_window,
            rule.max_input_tokens,
            rule.max_output_tokens,
            rule.capabilities.has - dropped,
            rule.capabilities.lacks - dropped,
        )

    def finding(self, id_: str, name: Name) -> Finding:
        """What the rule says of one name."""
        rule = self.rule
        price_input, price_output = self._prices if name.variant is None else _variant_prices(id_, name.variant)
        count = rule.parameter_count
        if count is None and rule.read_size:
            count = parameters(name.text)
        lineage = family(name.text) if rule.read_family else rule.family
        return Finding(
            id_,
            lineage is not None,
            rule.name,
            rule.kind,
            lineage,
            *self._figures,
            price_input,
            price_output,
            count,
            name.quantization,
            rule.file,
            rule.day,
            rule.address,
        )


def _variant_prices(id_: str, variant: str) -> tuple[Decimal | None, Decimal | None]:
    # At OpenRouter ":free" is the price; every other variant, and ":free" elsewhere, may cost something else.
    return (_FREE, _FREE) if variant == "free" and id_.startswith("openrouter/") else (None, None)


def _layers(zones: Zones, provider: str) -> tuple[_Layer, ...]:
    """The rules that speak about a provider's models, in the order in which they are asked."""
    price = next((zone.price for zone in zones if zone.provider == provider and zone.price is not None), None)

    def layer(keep: Callable[[Zone, Rule], bool], *, is_home: bool = False) -> _Layer:
        rules = (rule for zone in zones for rule in zone.rules if keep(zone, rule))
        return _Layer(tuple(_Speaker(rule, is_home=is_home, price=price) for rule in rules))

    def at_home(zone: Zone, *, is_user: bool) -> bool:
        return zone.provider == provider != ANY and zone.is_user is is_user

    asked = (
        layer(lambda zone, rule: at_home(zone, is_user=True) and not rule.is_fallback, is_home=True),
        layer(lambda zone, rule: zone.provider == ANY and zone.is_user and not rule.is_fallback),
        layer(lambda zone, rule: at_home(zone, is_user=False) and not rule.is_fallback, is_home=True),
        layer(lambda zone, rule: zone.is_lab and not rule.is_fallback),
        layer(lambda zone, rule: zone.provider == ANY and not zone.is_user and not rule.is_fallback),
        layer(lambda zone, rule: zone.provider in {provider, ANY} and rule.is_fallback, is_home=provider != ANY),
    )
    return tuple(layer for layer in asked if layer.speakers)


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
