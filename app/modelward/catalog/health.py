"""How complete the catalogue is: counts of what is missing, by field and provider."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from modelward.catalog.completeness import REQUIRED, missing
from modelward.catalog.model import Field, Kind, Model, Status

OPTIONAL = (Field.MAX_OUTPUT_TOKENS, Field.RPM)
"""Fields that are counted, too, but do not make a model incomplete; RPM stands for the rate limits."""

_PUTS_OUT_TOKENS = (Kind.CHAT, None)

JSON_NAMES = {
    Field.CONTEXT_WINDOW: "contextWindow",
    Field.CAPABILITIES: "capabilities",
    Field.PRICE_INPUT: "price",
}


@dataclass(frozen=True, slots=True)
class Health:
    """Counts over all models that are not retired.

    ``missing``: models that lack a required field, by field and provider; ``optional``: likewise for output limit and
    rate limits. A price counts as one field.
    """

    total: int
    complete: int
    missing: dict[Field, Counter[str]]
    optional: dict[Field, Counter[str]]

    @property
    def incomplete(self) -> int:
        """Models that lack at least one required field."""
        return self.total - self.complete

    @property
    def completion_rate(self) -> float:
        """Share of complete models, 0 to 1; an empty catalogue is not complete."""
        return self.complete / self.total if self.total else 0.0

    def to_json(self) -> dict[str, object]:
        """What ``health --json`` prints."""
        return {
            "total": self.total,
            "complete": self.complete,
            "incomplete": self.incomplete,
            "completionRate": round(self.completion_rate, 4),
            "missingFields": {JSON_NAMES[field]: self.missing[field].total() for field in REQUIRED},
        }


def count(models: Iterable[Model]) -> Health:
    """The health of these models; retired ones are history and not counted."""
    total = complete = 0
    lacking: dict[Field, Counter[str]] = {field: Counter() for field in REQUIRED}
    optional: dict[Field, Counter[str]] = {field: Counter() for field in OPTIONAL}
    for model in models:
        if model.status is Status.RETIRED:
            continue
        total += 1
        gaps = missing(model)
        complete += not gaps
        for field in gaps:
            lacking[field][model.provider] += 1
        if model.max_output_tokens is None and model.kind in _PUTS_OUT_TOKENS:
            optional[Field.MAX_OUTPUT_TOKENS][model.provider] += 1
        if model.rpm is None and model.tpm is None and model.rpd is None:
            optional[Field.RPM][model.provider] += 1
    return Health(total, complete, lacking, optional)
