"""Which fields of which models are looked for, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from modelward.catalog.completeness import WITHOUT_OUTPUT, missing
from modelward.catalog.model import Field, Kind, Model, Status
from modelward.core.setting_groups import HealingSettings
from modelward.healing.model import Gap

LIMITS = (Field.RPM, Field.TPM, Field.RPD)
"""The rate limits: one that is known stands for all, as providers state those that they have."""

_NEEDED = frozenset({Field.CONTEXT_WINDOW, Field.CAPABILITIES, Field.PRICE_INPUT, Field.PRICE_OUTPUT})
_WRITES_TEXT = (Kind.CHAT, None)


def open_fields(model: Model) -> tuple[Field, ...]:
    """What nobody states of a model and somebody could, required fields first; of a retired one nothing.

    A price counts by its parts: input and output. Who does not publish weights does not say how many there are.
    """
    return () if model.status is Status.RETIRED else (*_required(model), *_optional(model))


def wanted(settings: HealingSettings) -> frozenset[Field]:
    """The fields that the person lets be looked for."""
    switches = {
        Field.CONTEXT_WINDOW: settings.context_window,
        Field.CAPABILITIES: settings.capabilities,
        Field.PRICE_INPUT: settings.price,
        Field.PRICE_OUTPUT: settings.price,
        Field.MAX_OUTPUT_TOKENS: settings.max_output_tokens,
        **dict.fromkeys(LIMITS, settings.rate_limits),
        Field.KNOWLEDGE_CUTOFF: settings.knowledge_cutoff,
        Field.PARAMETER_COUNT: settings.parameter_count,
    }
    return frozenset(field for field, is_on in switches.items() if is_on)


def find(models: Iterable[Model], settings: HealingSettings, in_use: Collection[str]) -> list[Gap]:
    """The gaps to be filled: of models that can be called first, then of other models at the providers ``in_use``, then
    of the rest; of models that lack something required before those that do not.

    What is not required is looked for only of models that can be called or are at a provider in use: nobody would read
    it of the thousands that a catalogue merely lists.
    """
    fields = wanted(settings)
    ranked: list[tuple[int, bool, str, list[Gap]]] = []
    for model in models:
        rank = 0 if model.status is Status.AVAILABLE else 1 if model.provider in in_use else 2
        gaps = [Gap(model, field) for field in open_fields(model) if field in fields and (rank < 2 or field in _NEEDED)]
        if gaps:
            ranked.append((rank, model.is_complete, model.id, gaps))
    ranked.sort(key=lambda each: each[:3])
    return [gap for *_, gaps in ranked for gap in gaps]


def _required(model: Model) -> Iterator[Field]:
    for field in missing(model):
        if field is not Field.PRICE_INPUT:
            yield field
            continue
        if model.price_input is None:
            yield Field.PRICE_INPUT
        if model.price_output is None and model.kind not in WITHOUT_OUTPUT:
            yield Field.PRICE_OUTPUT


def _optional(model: Model) -> Iterator[Field]:
    if model.kind in _WRITES_TEXT and model.max_output_tokens is None:
        yield Field.MAX_OUTPUT_TOKENS
    if all(getattr(model, field.value) is None for field in LIMITS):
        yield from LIMITS
    if model.kind in _WRITES_TEXT and model.knowledge_cutoff is None:
        yield Field.KNOWLEDGE_CUTOFF
    if model.parameter_count is None and model.open_weights is not False:
        yield Field.PARAMETER_COUNT
