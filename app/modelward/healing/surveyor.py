"""The Surveyor: tells from a model's name what it is, by rules; without network, without tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from modelward.catalog.fields import to_json
from modelward.catalog.model import Capabilities, Capability, Fact, FactValue, Field, Kind, Source, model_id
from modelward.healing.names import Name, normalise, parameters
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

    For each provider the patterns of its rules are joined into one, compiled at the first question: the first rule
    whose pattern matches the whole name speaks. Rules are asked in this order: a person's own, the provider's, the
    families', and those of labs whose models other hosts serve.
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
            index = self._indexes[key] = _Index(_asked(self.zones, key))
        parts = normalise(provider, name)
        found = index.pattern.fullmatch(parts.text)
        if found is None or found.lastindex is None:
            return Finding(model_id(provider, name), quantization=parts.quantization)
        return index.rules[found.lastindex - 1].finding(model_id(provider, name), parts)


class _Index:
    """Rules in the order in which they are asked, and their patterns as one."""

    def __init__(self, rules: tuple[_Speaker, ...]) -> None:
        self.rules = rules
        # A pattern without an @ speaks of any date. An index without rules must match nothing: (?!) never does.
        joined = "|".join(
            f"({speaker.rule.pattern})" if "@" in speaker.rule.pattern else f"((?:{speaker.rule.pattern}){_DATED})"
            for speaker in rules
        )
        self.pattern = re.compile(joined or "(?!)", re.ASCII)


class _Speaker:
    """A rule at one provider, with what it may say there."""

    __slots__ = ("_figures", "is_home", "rule")

    def __init__(self, rule: Rule, *, is_home: bool) -> None:
        self.rule = rule
        self.is_home = is_home
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
        price_input, price_output = self._prices(id_, name.variant)
        count = rule.parameter_count
        if count is None and rule.read_size:
            count = parameters(name.text)
        return Finding(
            id_,
            rule.family is not None,
            rule.name,
            rule.kind,
            rule.family,
            *self._figures,
            price_input,
            price_output,
            count,
            name.quantization,
            rule.file,
            rule.day,
            rule.address,
        )

    def _prices(self, id_: str, variant: str | None) -> tuple[Decimal | None, Decimal | None]:
        if variant is None:
            return (self.rule.price_input, self.rule.price_output) if self.is_home else (None, None)
        # At OpenRouter ":free" is the price; every other variant, and ":free" elsewhere, may cost something else.
        if variant == "free" and id_.startswith("openrouter/"):
            return _FREE, _FREE
        return None, None


def _asked(zones: Zones, provider: str) -> tuple[_Speaker, ...]:
    def rank(zone: Zone) -> int | None:
        if zone.provider in {provider, ANY}:
            return (0 if zone.is_user else 2) + (zone.provider == ANY)
        return 4 if zone.is_lab else None

    ranked = [(place, zone) for zone in zones if (place := rank(zone)) is not None]
    ranked.sort(key=lambda pair: pair[0])
    return tuple(_Speaker(rule, is_home=zone.provider == provider != ANY) for _, zone in ranked for rule in zone.rules)


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
