"""What sentences and cells say of the fields of models: labels, and the figures beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from modelward.catalog.model import Capabilities, Capability, FactValue, Field
from modelward.healing import figures
from modelward.healing.figures import COUNT, DATE, MONEY

COUNTED = frozenset(
    {Field.CONTEXT_WINDOW, Field.MAX_OUTPUT_TOKENS, Field.PARAMETER_COUNT, Field.RPM, Field.TPM, Field.RPD}
)
PRICED = frozenset({Field.PRICE_INPUT, Field.PRICE_OUTPUT})
READ = COUNTED | PRICED | {Field.KNOWLEDGE_CUTOFF, Field.CAPABILITIES}
"""The fields that documentation is read for."""


class Reading(NamedTuple):
    """What a piece of text says of a field. ``values``: what it can mean, the usual meaning first. ``start`` and
    ``end``: where the figure stands in the text."""

    field: Field
    values: tuple[FactValue, ...]
    start: int = 0
    end: int = 0


_OF = r"(?:\s+(?:of|for|is|are|at|to|up|allows|reaches|supports|about)\b){0,5}\s*[:=]?\s*(?:up to\s+)?"
_TOKENS = r"(?:[\s-]+tokens?)?"
_PER = r"\s*(?:per|/|for)\s*(?:1\s?M(?:illion)?|million|one million|1,000,000|M(?:Tok)?)\b"
_PROSE: tuple[tuple[Field, str], ...] = (
    (Field.CONTEXT_WINDOW, rf"(?<!output )context(?:[\s-](?:window|length|size|limit))?{_OF}(?P<n>{COUNT})"),
    (Field.CONTEXT_WINDOW, rf"(?P<n>{COUNT}){_TOKENS}(?:[\s-]+(?:long|of|input))?[\s-]+context\b"),
    (
        Field.CONTEXT_WINDOW,
        (
            rf"(?:supports|accepts|handles|processes|reads|takes)\s+(?:up to|as many as|at most)\s+(?P<n>{COUNT})"
            r"\s+tokens(?!\s*(?:per|/|a)\b)(?!.*\b(?:output|generat|minute|second|batch)\w*)"
        ),
    ),
    (
        Field.MAX_OUTPUT_TOKENS,
        rf"max(?:imum|\.)?(?:[\s-]+(?:output|completion))(?:[\s-]+(?:tokens?|length|limit|size))?{_OF}(?P<n>{COUNT})",
    ),
    (Field.MAX_OUTPUT_TOKENS, rf"output\s+(?:token\s+)?(?:limit|length){_OF}(?P<n>{COUNT})"),
    (
        Field.MAX_OUTPUT_TOKENS,
        rf"(?P<n>{COUNT}){_TOKENS}\s+(?:max(?:imum)?\s+output|output\s+tokens\b(?!\s*(?:per|/|cost)))",
    ),
    (
        Field.MAX_OUTPUT_TOKENS,
        rf"(?:generates?|outputs?|writes?|returns?)\s+(?:up to|at most)\s+(?P<n>{COUNT})\s+tokens",
    ),
    (Field.PRICE_INPUT, rf"(?P<n>{MONEY}){_PER}\s+input\b"),
    (Field.PRICE_OUTPUT, rf"(?P<n>{MONEY}){_PER}\s+output\b"),
    (
        Field.PRICE_INPUT,
        rf"(?<!cached )\binput(?:\s+tokens?)?(?:\s+(?:price|cost)s?)?{_OF}(?:cost\s+)?(?P<n>{MONEY}){_PER}",
    ),
    (Field.PRICE_OUTPUT, rf"\boutput(?:\s+tokens?)?(?:\s+(?:price|cost)s?)?{_OF}(?:cost\s+)?(?P<n>{MONEY}){_PER}"),
    (
        Field.KNOWLEDGE_CUTOFF,
        rf"(?:knowledge|training)(?:[\s-]+data)?[\s-]+cut-?\s?off(?:\s+date)?(?:{_OF}|\s+in\s+|\s*\(\s*)(?P<n>{DATE})",
    ),
    (
        Field.KNOWLEDGE_CUTOFF,
        rf"(?:trained\s+on|knowledge|training)(?:\s+\w+){{0,2}}\s+(?:up\s+to|until|through)\s+(?P<n>{DATE})",
    ),
    (Field.PARAMETER_COUNT, rf"(?P<n>{COUNT})[\s-]+(?:total\s+)?parameters?\b"),
    (Field.RPM, rf"(?P<n>{COUNT})\s*(?:RPM\b|requests\s*(?:per|/|a)\s*min(?:ute)?\b)"),
    (Field.TPM, rf"(?P<n>{COUNT})\s*(?:TPM\b|tokens\s*(?:per|/|a)\s*min(?:ute)?\b)"),
    (Field.RPD, rf"(?P<n>{COUNT})\s*(?:RPD\b|requests\s*(?:per|/|a)\s*day\b)"),
)
_COMPILED = tuple((field, re.compile(pattern, re.IGNORECASE)) for field, pattern in _PROSE)

WORDS: Mapping[Capability, str] = {
    Capability.TOOLS: r"(?:function|tool)[\s-]+(?:calling|calls?|use)|tools\b",
    Capability.VISION: r"\bvision\b|image\s+(?:inputs?|understanding)",
    Capability.STRUCTURED_OUTPUT: r"structured\s+outputs?|json\s+schemas?",
    Capability.REASONING: r"\breasoning\b|extended\s+thinking",
    Capability.PROMPT_CACHING: r"prompt\s+caching",
    Capability.WEB_SEARCH: r"web\s+search",
    Capability.COMPUTER_USE: r"computer\s+use",
    Capability.AUDIO_INPUT: r"audio\s+inputs?",
    Capability.AUDIO_OUTPUT: r"audio\s+outputs?",
    Capability.VIDEO_INPUT: r"video\s+inputs?",
    Capability.IMAGE_OUTPUT: r"image\s+(?:outputs?|generation)",
    Capability.PDF_INPUT: r"pdf\s+(?:inputs?|understanding|support)",
}
"""How documentation calls what a model can do."""

_LABELS: tuple[tuple[Field, str], ...] = (
    (Field.CONTEXT_WINDOW, r"(?:max(?:imum|\.)? )?context(?: window| length| size| limit)?"),
    (
        Field.MAX_OUTPUT_TOKENS,
        r"max(?:imum|\.)? (?:output|completion)(?: tokens?| length| limit)?|output (?:token )?limit",
    ),
    (
        Field.PRICE_INPUT,
        r"(?:(?:price|pricing|cost|base|standard|text|token) )*input(?: tokens?)?(?: price| pricing| cost| rate)?s?",
    ),
    (
        Field.PRICE_OUTPUT,
        r"(?:(?:price|pricing|cost|base|standard|text|token) )*output(?: tokens?)?(?: price| pricing| cost| rate)?s?",
    ),
    (
        Field.KNOWLEDGE_CUTOFF,
        r"(?:reliable )?(?:knowledge|training)(?: data)?(?: cut-?\s?off)?(?: date)?|cut-?\s?off(?: date)?",
    ),
    (Field.PARAMETER_COUNT, r"(?:total )?param(?:eter)?s?(?: count)?|number of parameters|model size"),
    (Field.RPM, r"rpm|requests(?: per |\s?/\s?)min(?:ute)?"),
    (Field.TPM, r"tpm|tokens(?: per |\s?/\s?)min(?:ute)?"),
    (Field.RPD, r"rpd|requests(?: per |\s?/\s?)day"),
)
_COMPILED_LABELS = tuple((field, re.compile(pattern, re.IGNORECASE)) for field, pattern in _LABELS)
_UNITS = re.compile(
    r"\((?:in )?(?:tokens?|[\w\s./$,]{0,30}(?:usd|\$|tok|per)[\w\s./$,]{0,30})\)|"
    r"\b1 ?[mk]\b|(?:per|/) ?(?:1? ?m(?:illion|tok)?|1? ?k|1,000,000|1,000)\b"
    r"(?: ?tokens?)?|\$|\busd\b|[*†‡:]",
    re.IGNORECASE,
)
_YES = re.compile(r"(?:✓|✔|✅|☑|●|yes|true|supported)\ufe0f?", re.IGNORECASE)
_NO = re.compile(r"(?:✗|✘|❌|✕|×|no|false|not supported|unsupported)\ufe0f?", re.IGNORECASE)
_COUNT_CELL = re.compile(rf"(?:up to\s+)?({COUNT})(?:\s*tokens?|\s*parameters?)?", re.IGNORECASE)
_MONEY_CELL = re.compile(
    rf"({MONEY})(?:{_PER}|\s*(?:per|/)\s*1?\s?K\b)?(?:\s*(?:input|output)?\s*tokens?)?", re.IGNORECASE
)
_YEAR = re.compile(r"20[0-4]\d")
_BARE_MONEY = re.compile(r"\d{1,4}(?:\.\d{1,6})?")
_DATE_CELL = re.compile(DATE, re.IGNORECASE)
_OTHER_PRICES = re.compile(
    r"batch|flex|priority|fast mode|fine-?\s?tun|training price|cach|audio|image|video|long context|above|over \d|"
    r"[<>≤≥]|off-?peak|discount|regional|data residency|provisioned|embedding",
    re.IGNORECASE,
)


def in_sentence(text: str) -> Iterator[Reading]:
    """What a sentence says by its own words, figure beside label."""
    for field, pattern in _COMPILED:
        if (field in PRICED and _OTHER_PRICES.search(text)) or (field is Field.PARAMETER_COUNT and "activ" in text):
            continue
        for found in pattern.finditer(text):
            if values := _read(field, found["n"]):
                yield Reading(field, values, *found.span("n"))
    if has := capabilities_in(text):
        yield Reading(Field.CAPABILITIES, (Capabilities(has),))


def plainly(text: str) -> Iterator[Reading]:
    """As :func:`in_sentence`, without those fields of which the sentence holds a second figure."""
    for reading in in_sentence(text):
        if reading.field is Field.CAPABILITIES or len(candidates(reading.field, text) | {reading.values}) == 1:
            yield reading


def capabilities_in(text: str) -> frozenset[Capability]:
    """What a sentence says that a model supports."""
    verb = re.search(r"\b(?:supports?|has|offers?|features?|comes with|capable of|accepts?)\b|:", text, re.IGNORECASE)
    said = text[verb.end() :] if verb else ""
    return frozenset(word for word, pattern in WORDS.items() if re.search(pattern, said, re.IGNORECASE))


def candidates(field: Field, text: str) -> set[tuple[FactValue, ...]]:
    """The figures of a sentence that can be a field's, where it is not plain which is: those that are plainly another
    field's are none."""
    taken = [(each.start, each.end) for each in in_sentence(text) if each.field is not field]
    if field in COUNTED:
        dated = [(each.start, each.end) for each in figures.dates(text)]
        found = [each for each in figures.counts(text) if each.values and not _overlaps(each, dated)]
        found = [each for each in found if not _YEAR.fullmatch(text[each.start : each.end])]
        if field is Field.PARAMETER_COUNT and "activ" in text:
            return set()
        if field in (Field.CONTEXT_WINDOW, Field.MAX_OUTPUT_TOKENS):
            found = [each for each in found if isinstance(each.values[0], int) and each.values[0] >= 256]
    elif field in PRICED:
        found = (
            list(figures.amounts(text)) if figures.PER_MILLION.search(text) and not _OTHER_PRICES.search(text) else []
        )
    else:
        found = list(figures.dates(text))
    return {each.values for each in found if not _overlaps(each, taken)}


def labelled(field: Field, text: str) -> bool:
    """Whether a sentence speaks of a field at all."""
    return _SPOKEN[field].search(text) is not None


def field_of_label(label: str) -> Field | Capability | None:
    """The field that a header names; None where it names none, or something special (cached, batch, audio)."""
    name = re.sub(r"\s+", " ", _UNITS.sub(" ", label)).strip()
    for field, pattern in _COMPILED_LABELS:
        if pattern.fullmatch(name):
            return field
    return next((word for word, pattern in WORDS.items() if re.fullmatch(pattern, name, re.IGNORECASE)), None)


def in_cell(label: str, cell: str, heading: str) -> Reading | None:
    """What a cell under a label says; None where it is not plain."""
    field = field_of_label(label)
    if isinstance(field, Capability):
        return _flag(field, cell.strip())
    if field in PRICED:
        return _price(field, label, cell.strip(), heading)
    if field is Field.KNOWLEDGE_CUTOFF:
        return Reading(field, _read(field, cell.strip())) if _DATE_CELL.fullmatch(cell.strip()) else None
    found = _COUNT_CELL.fullmatch(cell.strip()) if field is not None else None
    if field is None or found is None:
        return None
    values = _read(field, found[1])
    return Reading(field, values) if values else None


def _flag(word: Capability, cell: str) -> Reading | None:
    if _YES.fullmatch(cell):
        return Reading(Field.CAPABILITIES, (Capabilities(frozenset({word})),))
    if _NO.fullmatch(cell):
        return Reading(Field.CAPABILITIES, (Capabilities(frozenset(), frozenset({word})),))
    return None


def _price(field: Field, label: str, cell: str, heading: str) -> Reading | None:
    if _OTHER_PRICES.search(f"{label} {cell} {heading}"):
        return None
    found = _MONEY_CELL.fullmatch(cell)
    is_usd = "$" in label or "usd" in label.lower()
    if found is None and not (is_usd and _BARE_MONEY.fullmatch(cell)):
        return None
    amount = Decimal(re.sub(r"[^\d.]", "", found[1] if found else cell).strip("."))
    for place in (cell, label, heading):
        is_million, is_thousand = figures.PER_MILLION.search(place), figures.PER_THOUSAND.search(place)
        if is_million and is_thousand:
            return None
        if is_million or is_thousand:
            return Reading(field, (amount * 1000 if is_thousand else amount,))
    return None


def _read(field: Field, written: str) -> tuple[FactValue, ...]:
    if field in COUNTED:
        values = figures.count_of(written)
        return values[:1] if field not in (Field.CONTEXT_WINDOW, Field.MAX_OUTPUT_TOKENS) else values
    if field in PRICED:
        return tuple(value for figure in figures.amounts(written) for value in figure.values)
    date = figures.date_of(written.strip())
    return (date,) if date else ()


def _overlaps(figure: figures.Figure, spans: list[tuple[int, int]]) -> bool:
    return any(figure.start < end and start < figure.end for start, end in spans)


_SPOKEN: Mapping[Field, re.Pattern[str]] = {
    field: re.compile(words, re.IGNORECASE)
    for field, words in {
        Field.CONTEXT_WINDOW: r"\bcontext\b|\bwindow\b",
        Field.MAX_OUTPUT_TOKENS: r"\boutputs?\b|\bgenerat|\bcompletion",
        Field.PRICE_INPUT: r"\binputs?\b|\bprompt",
        Field.PRICE_OUTPUT: r"\boutputs?\b|\bcompletion",
        Field.KNOWLEDGE_CUTOFF: r"\bknow|\bcut-?\s?off|\btrain",
        Field.PARAMETER_COUNT: r"\bparameters?\b",
        Field.RPM: r"\brequests?\b|\bRPM\b",
        Field.TPM: r"\btokens?\s*(?:per|/|a)\s*min|\bTPM\b",
        Field.RPD: r"\brequests?\b|\bRPD\b",
        Field.CAPABILITIES: r"",
    }.items()
}
