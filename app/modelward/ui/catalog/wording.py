"""What the details pane says, as plain data: each field with value, source, date and dissent in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from modelward.catalog.completeness import missing
from modelward.catalog.derive import UNDISPUTED
from modelward.catalog.facts import Resolved
from modelward.catalog.fields import FIELDS, clip
from modelward.catalog.model import Capabilities, Fact, FactValue, Field, PriceTier, Source
from modelward.catalog.reports import ModelDetails
from modelward.ui.catalog.columns import parameters_text, price_text, size_text
from modelward.ui.catalog.names import MISSING_WORDS, capability_name, in_order, listed
from modelward.ui.kit.tokens import Tone

SOURCE_WORDS = {
    Source.USER: "own value",
    Source.PROVIDER: "provider",
    Source.MEASURED: "measured",
    Source.REFERENCE: "reference",
    Source.SURVEY: "survey",
    Source.RESEARCH: "research",
    Source.INFERENCE: "inference",
}
SOURCE_TONES = {
    Source.USER: Tone.ACCENT,
    Source.PROVIDER: Tone.WELL,
    Source.MEASURED: Tone.WORKING,
    Source.REFERENCE: Tone.ACCENT,
    Source.SURVEY: Tone.NEUTRAL,
    Source.RESEARCH: Tone.ATTENTION,
    Source.INFERENCE: Tone.ATTENTION,
}
SOURCE_MEANINGS = {
    Source.USER: "You set this value yourself. It counts above all others until you withdraw it.",
    Source.PROVIDER: "The provider's own interface says so.",
    Source.MEASURED: "Measured here.",
    Source.REFERENCE: "A public catalogue of models says so.",
    Source.SURVEY: "A rule about the model's name says so.",
    Source.RESEARCH: "Read in documentation.",
    Source.INFERENCE: "A model said so.",
}
_COUNTS = {
    Source.USER: "Your own value counts.",
    Source.PROVIDER: "The provider's own answer counts.",
    Source.MEASURED: "What was measured counts.",
    Source.REFERENCE: "The reference catalogue counts.",
    Source.SURVEY: "The rule about its name counts.",
    Source.RESEARCH: "What the documentation says counts.",
    Source.INFERENCE: "What a model said counts.",
}
_LONGEST_VALUE = 200

# What one chooses a model by comes first; what it is called stands in the pane's head already.
_NAMES = (Field.KIND, Field.DISPLAY_NAME, Field.FAMILY, Field.DIGEST)
SHOWN = {field: FIELDS[field] for field in (*(field for field in FIELDS if field not in _NAMES), *_NAMES)}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One known field as it is shown; every text is plain and fit to be shown as it is."""

    field: Field
    title: str
    value: str
    fact: Fact
    origin: str
    doubt: str
    notes: tuple[str, ...]


def field_lines(details: ModelDetails) -> list[FieldLine]:
    """The known fields, what one chooses a model by first."""
    resolved, lacking = details.resolved, missing(details.model)
    return [
        FieldLine(
            field,
            spec.title,
            _shown_value(field, resolved.values[field], lacking),
            fact := resolved.deciding[field],
            _origin_text(fact),
            f"{fact.confidence:.0%} sure" if fact.confidence < 1 else "",
            _notes(resolved, field),
        )
        for field, spec in SHOWN.items()
        if field in resolved.values
    ]


def unknown_titles(details: ModelDetails) -> list[str]:
    """Names of the fields that nobody states, except those that the model is incomplete without."""
    lacking = missing(details.model)
    return [
        spec.title for field, spec in SHOWN.items() if field not in details.resolved.values and field not in lacking
    ]


def missing_sentence(details: ModelDetails) -> str:
    """What is missing for the model to be complete, as a sentence; empty for a complete one."""
    gaps = missing(details.model)
    return (
        f"Its {listed(MISSING_WORDS[field] for field in gaps)} {'is' if _is_one(gaps) else 'are'} unknown."
        if gaps
        else ""
    )


def dissent_sentences(details: ModelDetails, now: datetime) -> list[str]:
    """Who says otherwise, and what counts: one sentence group a field."""
    resolved = details.resolved
    said = []
    for field, spec in SHOWN.items():
        others = resolved.dissent.get(field, ())
        if others and field not in UNDISPUTED:
            claims = _claims(others, resolved.values[field], now)
            said.append(f"{spec.title}: {claims}. {_sentence(_verdict(resolved.deciding[field], others))}")
    return said


def value_text(field: Field, value: FactValue) -> str:
    """A value with its unit, as people write it."""
    if isinstance(value, Capabilities):
        return ", ".join(capability_name(word) for word in in_order(value.has)) or "none"
    if isinstance(value, tuple):
        return "; ".join(tier_lines(value))
    if isinstance(value, Decimal):
        return "free" if value == 0 else f"${price_text(value)} / 1M"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return _count_text(field, value)
    return clip(value, _LONGEST_VALUE)


def day_text(moment: datetime, now: datetime) -> str:
    """A day in short, in local time: ``today``, ``19 Nov``, with the year where it is another one."""
    day, today = moment.astimezone().date(), now.astimezone().date()
    if day == today:
        return "today"
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def exact_time(moment: datetime) -> str:
    """A moment with offset, for tooltips."""
    return moment.astimezone().isoformat(sep=" ", timespec="minutes")


def _count_text(field: Field, number: int) -> str:
    if field is Field.PARAMETER_COUNT:
        return parameters_text(number)
    if field is Field.SIZE_BYTES:
        return f"{size_text(number)} GiB"
    return f"{number:,} {FIELDS[field].unit}".strip()


def _shown_value(field: Field, value: FactValue, lacking: Sequence[Field]) -> str:
    # What a model can do is not known by a denial of some of it.
    if isinstance(value, Capabilities) and not value.has and field in lacking:
        return "unknown"
    # Tiers are many words: they stand beneath, as notes.
    return f"{len(tier_lines(value))} besides the base price" if isinstance(value, tuple) else value_text(field, value)


def tier_lines(tiers: Sequence[PriceTier]) -> list[str]:
    """Price tiers in words, one condition a line: ``above 200,000 input tokens: input $2.50, output $15.00``."""
    by_condition: dict[str, list[str]] = {}
    for tier in tiers:
        word = FIELDS[tier.field].title.removesuffix(" price").lower()
        price = "free" if tier.price == 0 else f"${price_text(tier.price)}"
        by_condition.setdefault(clip(tier.condition, 120), []).append(f"{word} {price}")
    return [f"{condition}: {', '.join(prices)}" for condition, prices in by_condition.items()]


def _origin_text(fact: Fact) -> str:
    if fact.source is Source.USER:
        return ""
    return f"rule {_rule_name(fact)}" if fact.source is Source.SURVEY else clip(fact.origin)


def _rule_name(fact: Fact) -> str:
    # A survey's origin is "file: rule"; the rule's own name says more in less room.
    return clip(fact.origin.rpartition(": ")[2])


def _notes(resolved: Resolved, field: Field) -> tuple[str, ...]:
    value, fact = resolved.values[field], resolved.deciding[field]
    notes = tier_lines(value) if isinstance(value, tuple) else []
    if isinstance(value, Capabilities) and value.lacks:
        notes.append(f"Not: {', '.join(capability_name(word) for word in in_order(value.lacks))}")
    if fact.quote:
        notes.append(f"“{clip(fact.quote, 300)}”")
    if field in UNDISPUTED and (others := resolved.dissent.get(field)):
        notes.append(f"{_sentence(_claims(others, value))}.")
    return tuple(notes)


def _claims(others: Sequence[Fact], effective: FactValue, now: datetime | None = None) -> str:
    """Who says what, those who say the same together; with the newest day where ``now`` is given."""
    groups: dict[str, list[Fact]] = {}
    for fact in others:
        groups.setdefault(_claim(fact, effective), []).append(fact)
    told = []
    for claim, facts in groups.items():
        speakers = list(dict.fromkeys(_speaker(fact) for fact in facts))
        verb = "says" if len(speakers) == 1 else "say"
        day = f" (as of {day_text(max(fact.observed_at for fact in facts), now)})" if now else ""
        told.append(f"{listed(speakers)} {verb} {claim}{day}")
    return listed(told)


def _is_one(gaps: Sequence[Field]) -> bool:
    return len(gaps) == 1 and gaps[0] is not Field.CAPABILITIES


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith(("the ", "your ")) else text


def _speaker(fact: Fact) -> str:
    if fact.source is Source.USER:
        return "your own value"
    if fact.source is Source.SURVEY:
        return f"the rule {_rule_name(fact)}"
    return clip(fact.origin, 40)


def _claim(fact: Fact, effective: FactValue) -> str:
    """What a dissenting fact states; of capabilities only the words that it sees otherwise."""
    if not (isinstance(fact.value, Capabilities) and isinstance(effective, Capabilities)):
        return value_text(fact.field, fact.value)
    has = in_order(fact.value.has & effective.lacks)
    lacks = in_order(fact.value.lacks & effective.has)
    return ", ".join([capability_name(word) for word in has] + [f"no {capability_name(word)}" for word in lacks])


def _verdict(deciding: Fact, others: Sequence[Fact]) -> str:
    if all(fact.source is deciding.source for fact in others):
        why = "is newer and " if all(fact.observed_at < deciding.observed_at for fact in others) else ""
        return f"{_speaker(deciding)} {why}counts."
    return _COUNTS[deciding.source]
