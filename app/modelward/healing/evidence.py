"""Whether a page really says what somebody claims that it says. Pure: nothing is asked or fetched here.

A claim holds where its quote stands in one line of the page, and the whole sentence or row around it (so that nothing
that turns it over was cut off) speaks of this model alone, of this field, and states this figure alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from modelward.catalog.fields import FIELDS
from modelward.catalog.model import Capabilities, FactValue, Field, Model
from modelward.healing import mentions, readings
from modelward.healing.lines import Line, LineKind, plain
from modelward.healing.mentions import Subject
from modelward.healing.plausible import agreed

_LONGEST_QUOTE = 1_000
_SENTENCE_ENDS = re.compile(r"(?<=[.!?。])\s+(?=[A-Z\"'(\[“]|[a-z]{1,20}[-\d])")
_ABBREVIATION = re.compile(
    r"(?:\be\.g|\bi\.e|\bvs|\bapprox|\bmax|\bmin|\bno|\bca|\bJan|\bFeb|\bAug|\bSept?|\bOct|\bNov|\bDec)\.\Z",
    re.IGNORECASE,
)
_DOUBT = re.compile(
    r"\b(?:not|no|never|nor|neither|none|cannot|unlike|than|whereas|while|but|however|instead|compared|versus|vs|except|"
    r"though|although|other|another|others|previously|former|formerly|was|were|used to|until recently|if|unless|would|"
    r"could|might|may (?:be|have|support)|soon|planned|rumou?red|"
    r"expected|upcoming|will|example|imagine|suppose|pretend|"
    r"claims?|allegedly|believed?|ignore|disregard|forget|instructions?|you must|assistant|which|whose|who|successor|"
    r"predecessor|sibling|replaces|replaced|derived|distilled|based on|respectively|combined|average|half|twice|double|"
    r"triple|beta|enterprise|only|older|newer|earlier|both|competitors?|users|people|developers)\b"
    r"|n['’]t\b|\bup from\b|\bdown from\b|\?\s*\Z",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:the|our|an?|new|latest|most|capable|best|fastest|smallest|largest|flagship|model|models?:|name|id|openai|anthropic|google|"
    r"meta|mistral|cohere|xai|deepseek|groq|alibaba|nvidia|powerful|small|large|open|multimodal|version|and|intelligent|today|now)"
    r"[\s,:'’s]*)*",
    re.IGNORECASE,
)
_LABEL_OF = re.compile(
    r"(?:window|context|length|limit|tokens?|output|input|price|pricing|costs?|cut-?off|date|knowledge|data|rate|parameters?|size)"
    r"(?:\s+\w{1,12}){0,2}\s+(?:of|for|in|with|on|using|from)\s*\Z|\A\W*(?:for|with|in|on|using)\s*\Z",
    re.IGNORECASE,
)
_KNOWN_CAPITALS = re.compile(
    r"context|window|input|output|tokens|token|max|maximum|knowledge|cutoff|training|price|pricing|cost|usd|us|"
    r"api|m|k|mtok|rpm|tpm|rpd|json|pdf|it|the|a|up|an|its|b|jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|"
    r"dec|january|february|march|april|june|july|august|september|october|november|december|structured|vision|"
    r"function|tool|calling|outputs|reasoning|web|search|per|million|and|data|is|has|supports|support|"
    r"parameters|length|limit",
    re.IGNORECASE,
)
_NAMING = re.compile(r"model|name|\bid\b|\bapi\b|alias|identifier|string", re.IGNORECASE)


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
    if line.kind is not LineKind.ROW:
        return
    if _is_row_of(line, subject, siblings):
        for header, cell in line.cells:
            if reading := readings.in_cell(header, cell, line.heading):
                yield reading
        return
    label = line.cells[0][1] if line.cells else ""
    for header, cell in line.cells[1:]:
        is_own = mentions.mentions(subject, header) and not mentions.others(subject, siblings, header)
        if is_own and (reading := readings.in_cell(label, cell, f"{line.heading} {line.cells[0][0]}")):
            yield reading


def sentences(text: str) -> Iterator[str]:
    """The sentences of a line."""
    begun = 0
    for end in _SENTENCE_ENDS.finditer(text):
        if not _ABBREVIATION.search(text, max(0, end.start() - 12), end.start()):
            yield text[begun : end.start()]
            begun = end.end()
    yield text[begun:]


def doubt(sentence: str, subject: Subject, siblings: Sequence[Subject]) -> str:
    """Why a sentence cannot be taken for a plain statement about this model alone; empty where it can."""
    named = mentions.mentions(subject, sentence)
    if not named:
        return "The sentence does not name the model."
    if other := mentions.others(subject, siblings, sentence):
        return f"The sentence names another model, too: {other[:60]!r}."
    if found := _DOUBT.search(sentence):
        return f"The sentence is no plain statement ({found[0].lower()!r})."
    before, after = sentence[: named[0][0]], sentence[named[-1][1] :]
    if not (_LEAD.fullmatch(before.strip(" \"'“(*-•")) or _LABEL_OF.search(before)):
        return "The sentence is about something else than the model."
    for word in re.finditer(r"(?<![\w$])[A-Z][A-Za-z]+", before[1:] + " | " + after):
        if not _KNOWN_CAPITALS.fullmatch(word[0]) and not _LEAD.fullmatch(word[0]):
            return f"The sentence speaks of {word[0][:40]!r}, too."
    return ""


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
    return _figure_refusal(claim, _unnamed(whole, subject))


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
            for reading in readings.plainly(_unnamed(sentence, subject)):
                yield sentence, reading


def _is_same(claim: Claim, reading: readings.Reading) -> bool:
    if isinstance(claim.value, Capabilities):
        stated = reading.values[0]
        return isinstance(stated, Capabilities) and not (
            claim.value.has & stated.lacks or claim.value.lacks & stated.has
        )
    return any(agreed(claim.field, claim.value, value) is not None for value in reading.values)


def _unnamed(sentence: str, subject: Subject) -> str:
    """A sentence without the model's name, whose digits are no figures: "The context window of is 128k"."""
    for start, end in reversed(mentions.mentions(subject, sentence)):
        sentence = f"{sentence[:start].rstrip()} {sentence[end:].lstrip()}"
    return sentence


def _is_row_of(line: Line, subject: Subject, siblings: Sequence[Subject]) -> bool:
    naming = [cell for number, (header, cell) in enumerate(line.cells) if number == 0 or _NAMING.search(header)]
    is_named = any(mentions.mentions(subject, cell) for cell in naming)
    return is_named and not any(mentions.others(subject, siblings, cell) for cell in naming)


def _sentence_around(text: str, quote: str) -> str:
    """The sentence in which a quote stands; empty where it reaches over more than one."""
    return next((sentence for sentence in sentences(text) if quote.rstrip(" .") in sentence), "")


def _is_of_family(sentence: str, subject: Subject, siblings: Sequence[Subject], claim: Claim) -> bool:
    """Whether a sentence speaks of the model's whole family, and what is known of the others agrees with it."""
    family = mentions.names_family(subject, sentence)
    if not family or _DOUBT.search(sentence) or mentions.mentions(subject, sentence):
        return False
    known = [_known(each.model, claim.field) for each in siblings if each.words[: len(family)] == family]
    return {value for value in known if value is not None} == {claim.value}


def _known(model: Model, field: Field) -> FactValue | None:
    value: FactValue | None = None if field is Field.CAPABILITIES else getattr(model, field.value)
    return value
