"""Whether a page really says what somebody claims that it says. Pure: nothing is asked or fetched here.

A claim holds where its quote stands in one line of the page, and the whole sentence or row around it (so that nothing
that turns it over was cut off) speaks of this model alone, of this field, and states this figure alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from modelward.catalog.fields import FIELDS
from modelward.catalog.model import Capabilities, FactValue, Field, Model
from modelward.healing import mentions, plainwords, readings
from modelward.healing.lines import Line, LineKind, plain
from modelward.healing.mentions import Subject
from modelward.healing.plainwords import doubt, sentences, unnamed
from modelward.healing.plausible import agreed

_LONGEST_QUOTE = 1_000


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says that a page says."""

    field: Field
    value: FactValue
    quote: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a claim holds. ``reason``: why not, in words; ``quote``: the whole sentence or row that says it."""

    holds: bool
    reason: str = ""
    quote: str = ""


def ruling(claim: Claim, subject: Subject, page: Sequence[Line], siblings: Sequence[Subject]) -> Ruling:
    """Whether the page says this of this model. ``siblings``: the provider's other models."""
    quote = plain(claim.quote)
    if not quote or len(quote) > _LONGEST_QUOTE:
        return Ruling(False, "No sentence is quoted.")
    standing = [line for line in page if quote in line.text]
    if not standing:
        return Ruling(False, "The quoted sentence does not stand in the page.")
    refusals = []
    for line in standing:
        whole = line.text if line.kind is LineKind.ROW else _sentence_around(line.text, quote)
        reason = _refusal(claim, subject, line, whole, siblings)
        if not reason and (contrary := _contrary(claim, subject, page, siblings)):
            reason = f"The page says otherwise elsewhere: {contrary[:200]!r}."
        if not reason:
            return Ruling(True, "", whole)
        refusals.append(reason)
    return Ruling(False, refusals[0])


def row_readings(line: Line, subject: Subject, siblings: Sequence[Subject]) -> Iterator[readings.Reading]:
    """What a row says of a model: the row is the model's, or one of its columns is."""
    if line.kind is not LineKind.ROW or plainwords.row_doubt(line):
        return
    if _is_row_of(line, subject, siblings):
        for header, cell in line.cells:
            if reading := readings.in_cell(header, cell, line.heading):
                yield reading
        return
    label = line.cells[0][1] if line.cells else ""
    for header, cell in line.cells[1:]:
        is_own = plainwords.is_name_alone(header, subject, siblings)
        if is_own and (reading := readings.in_cell(label, cell, f"{line.heading} {line.cells[0][0]}")):
            yield reading


def _refusal(claim: Claim, subject: Subject, line: Line, whole: str, siblings: Sequence[Subject]) -> str:
    """Why this line does not say it; empty where it does."""
    if line.kind is LineKind.ROW:
        found = [each for each in row_readings(line, subject, siblings) if each.field is claim.field]
        if not found:
            return f"The row does not state the {FIELDS[claim.field].title.lower()} of this model."
        return "" if _states(claim, found) else "The row states another figure."
    if not whole or len(list(sentences(whole))) > 1:
        return "The quote is more than one sentence."
    reason = doubt(whole, subject, siblings)
    if reason and not _is_of_family(whole, subject, siblings, claim):
        return reason
    return _figure_refusal(claim, unnamed(whole, subject))


def _figure_refusal(claim: Claim, said: str) -> str:
    """Why a sentence that speaks of the model does not state the figure; empty where it does."""
    found = [each for each in readings.in_sentence(said) if each.field is claim.field]
    if found or claim.field is Field.CAPABILITIES:
        return (
            "" if found and _states(claim, found) and _is_plain(claim, said) else "The sentence states something else."
        )
    if not readings.labelled(claim.field, said):
        return f"The sentence does not speak of the {FIELDS[claim.field].title.lower()}."
    stated = readings.candidates(claim.field, said)
    if len(stated) != 1:
        return "It is not plain which figure is meant." if stated else "The sentence does not hold the figure."
    return "" if claim.value in next(iter(stated)) else "The sentence states another figure."


def _is_plain(claim: Claim, said: str) -> bool:
    return any(each.field is claim.field for each in readings.plainly(said))


def _states(claim: Claim, found: Collection[readings.Reading]) -> bool:
    if isinstance(claim.value, Capabilities):
        stated = [value for each in found for value in each.values if isinstance(value, Capabilities)]
        has = frozenset(word for value in stated for word in value.has)
        lacks = frozenset(word for value in stated for word in value.lacks)
        return bool(claim.value.has | claim.value.lacks) and claim.value.has <= has and claim.value.lacks <= lacks
    return all(claim.value in each.values for each in found)


def _contrary(claim: Claim, subject: Subject, page: Sequence[Line], siblings: Sequence[Subject]) -> str:
    """A row or sentence of the page that states something else of this model; empty where there is none."""
    for line in page:
        for whole, reading in plain_readings(line, subject, siblings):
            if reading.field is claim.field and not _is_same(claim, reading):
                return whole
    return ""


def plain_readings(line: Line, subject: Subject, siblings: Sequence[Subject]) -> Iterator[tuple[str, readings.Reading]]:
    """What a line says of a model without any help: each reading with the sentence or row that says it."""
    for reading in row_readings(line, subject, siblings):
        yield line.text, reading
    if line.kind is LineKind.ROW or not mentions.mentions(subject, line.text):
        return
    for sentence in sentences(line.text):
        if not doubt(sentence, subject, siblings):
            for reading in readings.plainly(unnamed(sentence, subject)):
                yield sentence, reading


def _is_same(claim: Claim, reading: readings.Reading) -> bool:
    if isinstance(claim.value, Capabilities):
        stated = reading.values[0]
        return isinstance(stated, Capabilities) and not (
            claim.value.has & stated.lacks or claim.value.lacks & stated.has
        )
    return any(agreed(claim.field, claim.value, value) is not None for value in reading.values)


def _is_row_of(line: Line, subject: Subject, siblings: Sequence[Subject]) -> bool:
    """Whether a row is about this model: its cell of names holds this name alone."""
    naming = [cell for header, cell in line.cells if plainwords.is_naming(header)]
    if not naming and line.cells and not line.cells[0][0]:
        naming = [line.cells[0][1]]
    return any(mentions.mentions(subject, cell) for cell in naming) and all(
        not cell or plainwords.is_name_alone(cell, subject, siblings) for cell in naming
    )


def _sentence_around(text: str, quote: str) -> str:
    """The sentence in which a quote stands; empty where it reaches over more than one."""
    return next((sentence for sentence in sentences(text) if quote.rstrip(" .") in sentence), "")


def _is_of_family(sentence: str, subject: Subject, siblings: Sequence[Subject], claim: Claim) -> bool:
    """Whether a sentence speaks of the model's whole family, and what is known of the others agrees with it."""
    family = mentions.names_family(subject, sentence)
    if not family or plainwords.is_doubtful(sentence) or mentions.mentions(subject, sentence):
        return False
    known = [_known(each.model, claim.field) for each in siblings if each.words[: len(family)] == family]
    return {value for value in known if value is not None} == {claim.value}


def _known(model: Model, field: Field) -> FactValue | None:
    value: FactValue | None = None if field is Field.CAPABILITIES else getattr(model, field.value)
    return value
