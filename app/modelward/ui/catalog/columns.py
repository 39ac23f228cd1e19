"""The columns of the catalogue's table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from operator import attrgetter

from modelward.catalog.completeness import missing
from modelward.catalog.fields import clip, decimal_text
from modelward.catalog.model import Field, Model, Status
from modelward.core.clock import utc_now
from modelward.ui.catalog.filters import is_local
from modelward.ui.catalog.names import (
    MISSING_WORDS,
    SHORT_CAPABILITIES,
    capability_name,
    in_order,
    listed,
    provider_name,
)
from modelward.ui.kit.cells import UNKNOWN
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.tokens import Tone

RELEASED = "released"
"""The key of the column that the table is sorted by at first, newest on top."""

_PER_MILLION = "USD per 1,000,000 tokens"
_STATUS_TONES = {
    Status.AVAILABLE: Tone.WELL,
    Status.UNREACHABLE: Tone.ATTENTION,
    Status.RETIRED: Tone.NEUTRAL,
    Status.LISTED: Tone.NEUTRAL,
}
_NEW_FOR = timedelta(days=7)
_STATUS_ORDER = {status: place for place, status in enumerate(Status)}
_STATUS_MEANINGS = {
    Status.AVAILABLE: "Its provider lists it.",
    Status.UNREACHABLE: "Its provider no longer lists it, since less than three days.",
    Status.RETIRED: "Its provider no longer offers it.",
    Status.LISTED: "Known from a catalogue; its provider has not been asked yet.",
}


def price_text(price: Decimal | None) -> str:
    """A price per 1M tokens: ``3.00``, ``0.0375``, ``free`` for 0, a dash for unknown."""
    if price is None:
        return UNKNOWN
    if price == 0:
        return "free"
    text = decimal_text(price)
    whole, _, cents = text.partition(".")
    return f"{int(whole):,}.{cents.ljust(2, '0')}"


def count_text(number: int | None) -> str:
    """A whole number with thousands marks, a dash for unknown."""
    return UNKNOWN if number is None else f"{number:,}"


def parameters_text(number: int | None) -> str:
    """A parameter count in short: ``70B``, ``1.5B``, ``350M``."""
    if number is None:
        return UNKNOWN
    for size, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if number >= size:
            return f"{round(number / size, 1):g}{letter}"
    return f"{number:,}"


def size_text(size_bytes: int | None) -> str:
    """A size in GiB."""
    return UNKNOWN if size_bytes is None else f"{size_bytes / 2**30:,.1f}"


def status_tags(model: Model) -> tuple[CellTag, ...]:
    """The state of a model in a word, and whether a person's own value counts in it."""
    gaps = missing(model)
    if model.status in (Status.RETIRED, Status.UNREACHABLE):
        first = CellTag(model.status.value, _STATUS_TONES[model.status])
    elif gaps:
        first = CellTag(f"{len(gaps)} missing", Tone.ATTENTION)
    elif is_local(model):
        first = CellTag("local", Tone.WELL)
    else:
        first = CellTag(model.status.value, _STATUS_TONES[model.status])
    new = (CellTag("new", Tone.WORKING),) if is_new(model) else ()
    own = (CellTag("own", Tone.ACCENT),) if model.has_user_value else ()
    return (first, *new, *own)


def is_new(model: Model) -> bool:
    """Whether it appeared within the last week, at a provider or in a catalogue that was known before."""
    return model.new_at is not None and utc_now() - model.new_at < _NEW_FOR


def _status_text(model: Model) -> str:
    return ", ".join(tag.word for tag in status_tags(model))


def _status_tooltip(model: Model) -> str:
    lines = [_STATUS_MEANINGS[model.status]]
    if gaps := missing(model):
        lines.append(f"Missing: {listed(MISSING_WORDS[field] for field in gaps)}.")
    if is_local(model):
        lines.append("Runs on your own machine.")
    if model.new_at is not None:
        lines.append(f"It appeared on {model.new_at.astimezone():%Y-%m-%d}.")
    if model.has_user_value:
        lines.append("You set a value of it yourself.")
    if model.has_dissent:
        lines.append("Its sources differ.")
    return "\n".join(lines)


def _status_order(model: Model) -> float:
    # What needs attention first when sorted downwards, and complete models together.
    return _STATUS_ORDER[model.status] + (0 if model.is_complete else 10 * len(missing(model)))


def _capability_tags(model: Model) -> tuple[CellTag, ...]:
    return tuple(CellTag(SHORT_CAPABILITIES[word]) for word in in_order(model.capabilities or ()))


def _capability_text(model: Model) -> str:
    if not model.capabilities and Field.CAPABILITIES in missing(model):
        return "unknown"
    return ", ".join(capability_name(word) for word in in_order(model.capabilities or ())) or "none"


def _capability_count(model: Model) -> float | None:
    return None if model.capabilities is None else len(model.capabilities)


def _name_tooltip(model: Model) -> str:
    return "\n".join(clip(part, 300) for part in (model.display_name, model.id) if part)


def _number(
    key: str,
    title: str,
    value: Callable[[Model], int | None],
    *,
    width: int = 92,
    explained: str = "",
    shown: Callable[[int | None], str] = count_text,
    is_hidden: bool = False,
) -> Column[Model]:
    return Column(
        key,
        title,
        lambda model: shown(value(model)),
        value,
        width,
        copied=lambda model: "" if (number := value(model)) is None else str(number),
        explained=explained,
        is_number=True,
        is_hidden=is_hidden,
    )


def _price(
    key: str, title: str, value: Callable[[Model], Decimal | None], *, width: int = 72, is_hidden: bool = False
) -> Column[Model]:
    return Column(
        key,
        title,
        lambda model: price_text(value(model)),
        value,
        width,
        copied=lambda model: "" if (price := value(model)) is None else decimal_text(price),
        explained=_PER_MILLION,
        is_number=True,
        is_hidden=is_hidden,
    )


def _word(
    key: str, title: str, value: Callable[[Model], str | None], *, width: int = 110, is_hidden: bool = True
) -> Column[Model]:
    return Column(
        key,
        title,
        lambda model: clip(value(model) or UNKNOWN, 200),
        lambda model: (value(model) or "").casefold() or None,
        width,
        copied=lambda model: clip(value(model) or "", 500),
        is_muted=True,
        is_hidden=is_hidden,
    )


def _yes(key: str, title: str, value: Callable[[Model], bool | None]) -> Column[Model]:
    return _word(
        key, title, lambda model: None if value(model) is None else ("yes" if value(model) else "no"), width=110
    )


COLUMNS: tuple[Column[Model], ...] = (
    Column(
        "model",
        "Model",
        lambda model: clip(model.name, 200),
        lambda model: model.name.casefold(),
        width=160,
        copied=lambda model: clip(model.name, 500),
        tooltip=_name_tooltip,
        is_strong=True,
        takes_slack=True,
    ),
    Column(
        "provider",
        "Provider",
        lambda model: provider_name(model.provider),
        lambda model: provider_name(model.provider).casefold(),
        width=102,
        is_muted=True,
    ),
    Column(
        RELEASED,
        "Released",
        # The month is enough to choose by; the day is in the tooltip.
        lambda model: (model.release_date or UNKNOWN)[:7],
        lambda model: model.release_date,
        width=84,
        tooltip=lambda model: model.release_date or "",
        copied=lambda model: model.release_date or "",
        is_muted=True,
    ),
    _number("context", "Context", attrgetter("context_window"), width=90, explained="Context window, in tokens"),
    _number("max_output", "Max output", attrgetter("max_output_tokens"), explained="Most tokens of one answer"),
    Column(
        "capabilities",
        "Capabilities",
        _capability_text,
        _capability_count,
        width=132,
        takes_slack=True,
        tooltip=_capability_text,
        tags=_capability_tags,
    ),
    _price("price_input", "In $/1M", attrgetter("price_input"), width=72),
    _price("price_output", "Out $/1M", attrgetter("price_output"), width=82),
    Column(
        "status",
        "Status",
        _status_text,
        _status_order,
        width=102,
        tooltip=_status_tooltip,
        tags=status_tags,
    ),
    _word("kind", "Kind", lambda model: model.kind, width=90),
    _word("display_name", "Display name", lambda model: model.display_name, width=160),
    _word("family", "Family", lambda model: model.family),
    _number("max_input", "Max input", attrgetter("max_input_tokens"), is_hidden=True),
    _number("served_context", "Served context", attrgetter("served_context"), width=110, is_hidden=True),
    _price("cache_read", "Cache read $/1M", attrgetter("price_cache_read"), width=116, is_hidden=True),
    _price("cache_write", "Cache write $/1M", attrgetter("price_cache_write"), width=116, is_hidden=True),
    _number("parameters", "Parameters", attrgetter("parameter_count"), shown=parameters_text, is_hidden=True),
    _word("quantization", "Quantization", lambda model: model.quantization),
    _word("architecture", "Architecture", lambda model: model.architecture),
    _word("cutoff", "Cut-off", lambda model: model.knowledge_cutoff),
    _number("size", "Size GiB", attrgetter("size_bytes"), shown=size_text, is_hidden=True),
    _yes("open_weights", "Open weights", lambda model: model.open_weights),
    _word("lifecycle", "Lifecycle", lambda model: model.lifecycle),
    _number("rpm", "Requests/min", attrgetter("rpm"), width=104, is_hidden=True),
    _number("tpm", "Tokens/min", attrgetter("tpm"), width=104, is_hidden=True),
    _number("rpd", "Requests/day", attrgetter("rpd"), width=104, is_hidden=True),
    _yes("own", "Own values", lambda model: model.has_user_value),
    _yes("differs", "Sources differ", lambda model: model.has_dissent),
)
