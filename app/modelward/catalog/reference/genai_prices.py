"""Reads the prices in the package genai-prices.

Figures: USD per 1M tokens, as its authors copied them from the providers' pages. What its shapes mean here:

- It keeps prices by match clauses, not by lists of models. A clause is put to every name that models.dev lists at the
  same provider, in the package's own order (the first that matches counts). Beyond these names an entry becomes a
  model only under a name that one can call: its own id where an equality clause names just that, or the only name
  that it equals. Names that stand for others (``~…-latest``), names without an author at OpenRouter, and entries that
  are patterns alone become no models.
- Context window and capabilities are of the entry's own id: a clause groups names of one price, which need not have
  one size. Its display name and kind are taken only for models that models.dev does not list.
  Many windows there are rounded ("1,000,000" for 1,048,576): beside a nearly equal one of models.dev they say nothing
  new and are left out.
- Amazon's entries for regional endpoints, which cost more, are put to names with a region alone ("eu.…").
- Of dated prices the newest that is in force is the base price; those ahead become tiers, those behind are dropped.
  Prices by time of day, by length of the input, for audio and images, for batch and other service tiers become price
  tiers in plain words; the base price is the one at other hours, for short inputs, at the standard tier.
- An entry without any price is free where its name says so; else unknown.
- The package has no date of its own and no "checked on" per model. It is as of the newest day that it mentions as a
  start of a price or in a comment, up to the day on which its file was installed.
- Left out: ``huggingface_*`` (there the price depends on which of its hosts the router takes) and
  ``openai-decisions`` (the same names as OpenAI's, at another endpoint).
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from modelward.catalog.kinds import kind_of
from modelward.catalog.model import Capability, Field, Kind, Source
from modelward.catalog.reference.models_dev import Loaded, version_of
from modelward.catalog.sheet import FactSheet, Row
from modelward.core.errors import InputError

if TYPE_CHECKING:
    from genai_prices import types

ORIGIN = "genai-prices"

_PROVIDERS = {
    "aws": "amazon-bedrock",
    "cloudflare": "cloudflare-workers-ai",
    "fireworks": "fireworks-ai",
    "meta": "llama",
    "novita": "novita-ai",
    "together": "togetherai",
    "x-ai": "xai",
}
"""Ids of genai-prices that differ from models.dev's, which are the ones used here."""

_LEFT_OUT = ("huggingface_", "openai-decisions")
_WITH_AUTHOR = frozenset({"openrouter"})
_SAYS_FREE = re.compile(r"(?:^|[/:_-])free$", re.IGNORECASE)
_IN_A_REGION = re.compile(r"(?:us|eu|au|jp|ca|in|apac|us-gov)\.")
_DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")

_BASE = {
    "input_mtok": Field.PRICE_INPUT,
    "output_mtok": Field.PRICE_OUTPUT,
    "cache_read_mtok": Field.PRICE_CACHE_READ,
    "cache_write_mtok": Field.PRICE_CACHE_WRITE,
}
_SPECIAL = {
    "cache_write_1h_mtok": (Field.PRICE_CACHE_WRITE, "kept for 1 hour"),
    "input_audio_mtok": (Field.PRICE_INPUT, "audio input"),
    "input_image_mtok": (Field.PRICE_INPUT, "image input"),
    "input_video_mtok": (Field.PRICE_INPUT, "video input"),
    "output_audio_mtok": (Field.PRICE_OUTPUT, "audio output"),
    "output_image_mtok": (Field.PRICE_OUTPUT, "image output"),
    "output_video_mtok": (Field.PRICE_OUTPUT, "video output"),
    "output_reasoning_mtok": (Field.PRICE_OUTPUT, "reasoning tokens"),
    "output_citation_mtok": (Field.PRICE_OUTPUT, "citation tokens"),
    "cache_audio_read_mtok": (Field.PRICE_CACHE_READ, "audio input"),
    "cache_image_read_mtok": (Field.PRICE_CACHE_READ, "image input"),
}
_WHEN = {
    ("processing", "batch"): "in batch processing",
    ("speed", "fast"): "in fast mode",
}

Tier = tuple[Field, object, str]
Windows = Mapping[str, int | None]
"""The names that models.dev lists at a provider, each with its context window (None: unknown)."""


def load(now: datetime, listed: Mapping[str, Windows]) -> Loaded:
    """The prices in the installed package, of its own models and of those ``listed`` by provider."""
    try:
        from genai_prices.data import providers
    except ImportError as error:
        raise InputError(
            "The genai-prices catalogue that ships with Modelward cannot be read.",
            why=f"{error}.",
            todo="Install Modelward again.",
        ) from error
    sheet = FactSheet(Source.REFERENCE, ORIGIN, _as_of(providers, now))
    for provider in providers:
        if provider.id.startswith(_LEFT_OUT):
            continue
        id_ = _PROVIDERS.get(provider.id, provider.id)
        _read_provider(sheet, id_, provider, listed.get(id_, {}), now)
    return Loaded(sheet, version_of("genai-prices"))


def _read_provider(sheet: FactSheet, id_: str, provider: types.Provider, listed: Windows, now: datetime) -> None:
    evidence = provider.pricing_urls[0] if provider.pricing_urls else None
    matcher = _Matcher(provider.models)
    known = {name.lower() for name in listed}
    for name in listed:
        if (entry := matcher.find(name)) is not None:
            _read_entry(sheet.row(id_, name, id_, evidence), entry, now, listed)
    lower_case = bool(listed) and all(name == name.lower() for name in listed)
    for entry in provider.models:
        own = _callable_name(id_, entry)
        if own is None or own.lower() in known:
            continue
        known.add(own.lower())
        _read_entry(sheet.row(id_, own.lower() if lower_case else own, id_, evidence), entry, now, listed)


def _read_entry(row: Row | None, entry: types.ModelInfo, now: datetime, listed: Windows) -> None:
    if row is None:
        return
    prices, tiers = _prices(entry, now)
    is_own = row.name.lower() in {entry.id.lower(), _only_name(entry).lower()}
    kind = kind_of(row.name)
    if is_own:
        if not _is_rounded(entry.context_window, listed.get(row.name)):
            row.tokens(Field.CONTEXT_WINDOW, entry.context_window)
        row.state(Field.LIFECYCLE, "deprecated" if entry.deprecated else None)
        row.capabilities(_capabilities(prices, kind))
    if row.name not in listed:
        row.text(Field.DISPLAY_NAME, entry.name)
        row.state(Field.KIND, kind or (Kind.CHAT if prices.get("output_mtok") else None))
    for key, field in _BASE.items():
        row.price(field, _base(prices.get(key)))
    if not prices and _SAYS_FREE.search(row.name):
        row.price(Field.PRICE_INPUT, 0)
        row.price(Field.PRICE_OUTPUT, 0)
    row.tiers([*_lengths(prices, ""), *_specials(prices, ""), *tiers])


def _is_rounded(window: int | None, exact: int | None) -> bool:
    if not window or not exact or window == exact:
        return False
    return window % 1000 == 0 and abs(window - exact) / exact < 0.06


def _capabilities(prices: Mapping[str, object], kind: Kind | None) -> dict[Capability, bool | None]:
    def priced(*keys: str) -> bool | None:
        return True if any(key in prices for key in keys) else None

    return {
        Capability.PROMPT_CACHING: priced("cache_read_mtok"),
        Capability.AUDIO_INPUT: priced("input_audio_mtok"),
        Capability.AUDIO_OUTPUT: priced("output_audio_mtok"),
        Capability.VISION: priced("input_image_mtok"),
        Capability.VIDEO_INPUT: priced("input_video_mtok"),
        Capability.IMAGE_OUTPUT: priced("output_image_mtok"),
        Capability.WEB_SEARCH: priced("web_searches_kcount"),
        Capability.EMBEDDING: True if kind is Kind.EMBEDDING else None,
    }


def _prices(entry: types.ModelInfo, now: datetime) -> tuple[dict[str, object], list[Tier]]:
    """The base prices in force, and the tiers that come from dates, hours and service tiers."""
    from genai_prices.types import StartDateConstraint, TimeOfDateConstraint

    tiers: list[Tier] = []
    base: dict[str, object] = {}
    rows = entry.prices if isinstance(entry.prices, list) else []
    if not isinstance(entry.prices, list):
        base = _stated(entry.prices)
    for index, dated in enumerate(rows):
        limit, prices = dated.constraint, _stated(dated.prices)
        if isinstance(limit, TimeOfDateConstraint):
            tiers += _all_tiers(prices, f"from {limit.start_time:%H:%M} to {limit.end_time:%H:%M} UTC")
        elif isinstance(limit, StartDateConstraint) and limit.start_date > now.date():
            tiers += _all_tiers(prices, f"from {limit.start_date}")
        elif index == 0 or limit is None or limit.active(now):
            base = prices
    for variant in entry.price_variants or ():
        start = variant.constraint.start_date if isinstance(variant.constraint, StartDateConstraint) else None
        if start is None or start <= now.date():
            tiers += _all_tiers(_stated(variant.prices), _when(variant.when))
    return base, tiers


def _stated(prices: types.ModelPrice) -> dict[str, object]:
    return {key: value for key, value in vars(prices).items() if value is not None}


def _when(when: Mapping[str, str]) -> str:
    return " and ".join(
        _WHEN.get((key, value), f"with {key.replace('_', ' ')} {value}") for key, value in sorted(when.items())
    )


def _all_tiers(prices: Mapping[str, object], condition: str) -> list[Tier]:
    flat: list[Tier] = [(field, _base(prices[key]), condition) for key, field in _BASE.items() if key in prices]
    return [*flat, *_lengths(prices, condition), *_specials(prices, condition)]


def _lengths(prices: Mapping[str, object], condition: str) -> Iterator[Tier]:
    for key, field in _BASE.items():
        yield from _steps(prices.get(key), field, condition)


def _specials(prices: Mapping[str, object], condition: str) -> Iterator[Tier]:
    for key, (field, special) in _SPECIAL.items():
        if key in prices:
            words = _joined(condition, special)
            yield field, _base(prices[key]), words
            yield from _steps(prices[key], field, words)


def _steps(price: object, field: Field, condition: str) -> Iterator[Tier]:
    for tier in getattr(price, "tiers", ()):
        yield field, tier.price, _joined(condition, f"above {tier.start:,} input tokens")


def _joined(*conditions: str) -> str:
    return ", ".join(part for part in conditions if part)


def _base(price: object) -> object:
    return price if price is None or isinstance(price, Decimal) else getattr(price, "base", None)


def _callable_name(provider: str, entry: types.ModelInfo) -> str | None:
    """The name under which an entry can be called, or None where it is known by aliases or patterns alone."""
    equals = {name.lower() for name in _equals(entry.match)}
    name = entry.id if entry.id.lower() in equals else _only_name(entry)
    if not name or name.startswith("~"):
        return None
    if provider in _WITH_AUTHOR:
        return name if "/" in name else None
    # ":free" is OpenRouter's word for a variant; at other providers no such name can be called.
    return None if name.endswith(":free") else name


def _only_name(entry: types.ModelInfo) -> str:
    from genai_prices.types import ClauseEquals

    return entry.match.equals if isinstance(entry.match, ClauseEquals) else ""


def _equals(clause: types.MatchLogic) -> Iterator[str]:
    from genai_prices.types import ClauseEquals, ClauseOr

    if isinstance(clause, ClauseEquals):
        yield clause.equals
    elif isinstance(clause, ClauseOr):
        for part in clause.or_:
            yield from _equals(part)


@dataclass(frozen=True, slots=True)
class _Pattern:
    rank: int
    entry: types.ModelInfo


class _Matcher:
    """Finds the first entry that matches a name, as the package's own lookup does, without trying every clause.

    An entry for regional endpoints matches every name of its model there; here only those that name a region.
    """

    def __init__(self, entries: Iterable[types.ModelInfo]) -> None:
        self._exact: dict[str, _Pattern] = {}
        self._patterns: list[_Pattern] = []
        for rank, entry in enumerate(entries):
            ranked = _Pattern(rank, entry)
            for name in _equals(entry.match):
                self._exact.setdefault(name.lower(), ranked)
            if _has_pattern(entry.match):
                self._patterns.append(ranked)

    def find(self, name: str) -> types.ModelInfo | None:
        """The entry of a name, or None."""
        lowered = name.lower()
        best = self._exact.get(lowered)
        for pattern in self._patterns:
            if best is not None and pattern.rank > best.rank:
                break
            if pattern.entry.match.is_match(lowered):
                best = pattern
                break
        if best is None or (best.entry.id.startswith("regional.") and not _IN_A_REGION.match(lowered)):
            return None
        return best.entry


def _has_pattern(clause: types.MatchLogic) -> bool:
    from genai_prices.types import ClauseEquals, ClauseOr

    if isinstance(clause, ClauseOr):
        return any(_has_pattern(part) for part in clause.or_)
    return not isinstance(clause, ClauseEquals)


def _as_of(providers: Iterable[types.Provider], now: datetime) -> datetime:
    newest_possible = min(now.date(), _installed_on() or now.date())
    days = [day for provider in providers for day in _days(provider) if day <= newest_possible]
    day = max(days, default=newest_possible)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _days(provider: types.Provider) -> Iterator[date]:
    comments = [provider.price_comments]
    for entry in provider.models:
        comments.append(entry.price_comments)
        for dated in entry.prices if isinstance(entry.prices, list) else ():
            start = getattr(dated.constraint, "start_date", None)
            if isinstance(start, date):
                yield start
    for words in _DATE.findall(" ".join(comment for comment in comments if comment)):
        try:
            yield date.fromisoformat(words)
        except ValueError:
            continue


def _installed_on() -> date | None:
    spec = importlib.util.find_spec("genai_prices")
    try:
        return datetime.fromtimestamp(Path(spec.origin).stat().st_mtime, UTC).date() if spec and spec.origin else None
    except OSError:
        return None
