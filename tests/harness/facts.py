"""Facts for tests: made by hand in one line, or drawn by hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from modelward.catalog.fields import FIELDS, PRICES, FieldType, read
from modelward.catalog.model import Capabilities, Capability, Fact, FactValue, Field, Kind, PriceTier, Source

DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


def fact(
    model_id: str,
    field: Field,
    value: object,
    source: Source = Source.REFERENCE,
    *,
    origin: str = "book",
    day: int = 0,
    confidence: float = 1.0,
) -> Fact:
    """A fact whose value is read as from outside; ``day`` counts from 20 November 2026."""
    return Fact(model_id, field, source, origin, read(field, value), DAY + timedelta(days=day), confidence)


def complete(model_id: str, source: Source = Source.REFERENCE, *, origin: str = "book") -> list[Fact]:
    """Facts that make a model complete."""
    return [
        fact(model_id, Field.KIND, "chat", source, origin=origin),
        fact(model_id, Field.CONTEXT_WINDOW, 128_000, source, origin=origin),
        fact(model_id, Field.CAPABILITIES, ["tools"], source, origin=origin),
        fact(model_id, Field.PRICE_INPUT, "2.5", source, origin=origin),
        fact(model_id, Field.PRICE_OUTPUT, "10", source, origin=origin),
    ]


words = st.frozensets(st.sampled_from(Capability), max_size=4)
capabilities = st.tuples(words, words).map(lambda pair: Capabilities(pair[0], pair[1] - pair[0]))
prices = st.decimals(min_value=0, max_value=10**6, places=6).map(lambda price: read(Field.PRICE_INPUT, price))
texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
tiers = st.lists(st.builds(PriceTier, st.sampled_from(PRICES), prices, texts), max_size=3).map(tuple)
dates = st.dates().map(str)


def values(field: Field) -> st.SearchStrategy[FactValue]:
    """Every value that a field allows."""
    spec = FIELDS[field]
    match spec.type:
        case FieldType.INTEGER:
            return st.integers(int(spec.minimum), int(spec.maximum))
        case FieldType.PRICE:
            return prices
        case FieldType.TEXT:
            return texts
        case FieldType.KIND:
            return st.sampled_from([kind.value for kind in Kind])
        case FieldType.DATE:
            return dates
        case FieldType.FLAG:
            return st.booleans()
        case FieldType.CAPABILITIES:
            return capabilities
        case FieldType.TIERS:
            return tiers


# Few models, origins, days and confidences, so that facts often meet under one key and often tie.
@st.composite
def facts(draw: st.DrawFn, model_ids: tuple[str, ...] = ("p/a",), fields: tuple[Field, ...] = tuple(Field)) -> Fact:
    """A fact of one of few keys, so that drawn facts often speak of the same."""
    field = draw(st.sampled_from(fields))
    return Fact(
        draw(st.sampled_from(model_ids)),
        field,
        draw(st.sampled_from(Source)),
        draw(st.sampled_from(["one", "two"])),
        draw(values(field)),
        DAY + timedelta(days=draw(st.integers(0, 2))),
        draw(st.sampled_from([0.5, 1.0])),
        draw(st.sampled_from([None, "https://example.org/"])),
        draw(st.sampled_from([None, "so it says"])),
    )
