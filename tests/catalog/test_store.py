"""The catalogue's store: what was merged is there, and effective values follow."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import StatementError

from harness.facts import DAY, complete, fact, facts
from modelward.catalog import batches
from modelward.catalog.derive import NO_COLUMN
from modelward.catalog.model import Capabilities, Capability, Fact, Field, Kind, Model, Source, Status
from modelward.catalog.store import CatalogStore, MergeReport, RawFile
from modelward.store import tables
from modelward.store.engine import Database

LATER = DAY + timedelta(days=30)


@pytest.fixture
def store(database: Database) -> CatalogStore:
    return CatalogStore(database)


async def value_of(store: CatalogStore, model_id: str, column: str) -> object:
    model = await store.model(model_id)
    assert model is not None
    return getattr(model, column)


async def test_a_fact_makes_its_model_and_provider(store: CatalogStore):
    report = await store.merge(complete("openai/gpt-4o"), now=DAY)
    assert report == MergeReport(added=frozenset({"openai/gpt-4o"}), facts_written=5)
    assert await store.models() == [
        Model(
            "openai/gpt-4o",
            "openai",
            "gpt-4o",
            kind=Kind.CHAT,
            status=Status.LISTED,
            context_window=128_000,
            capabilities=frozenset({Capability.TOOLS}),
            price_input=Decimal("2.5"),
            price_output=Decimal(10),
            is_complete=True,
            first_seen=DAY,
        )
    ]
    assert await store.providers() == ["openai"]


async def test_every_column_comes_back_as_it_was_stated(store: CatalogStore):
    stated = {
        Field.KIND: "embedding",
        Field.DISPLAY_NAME: "Ünï ✓",
        Field.FAMILY: "fam",
        Field.CONTEXT_WINDOW: 10**9,
        Field.MAX_INPUT_TOKENS: 2,
        Field.MAX_OUTPUT_TOKENS: 3,
        Field.SERVED_CONTEXT: 4,
        Field.PRICE_INPUT: Decimal("0.000001"),
        Field.PRICE_OUTPUT: Decimal(0),
        Field.PRICE_CACHE_READ: Decimal("999999.999999"),
        Field.PRICE_CACHE_WRITE: Decimal(30),
        Field.RPM: 0,
        Field.TPM: 10**12,
        Field.RPD: 7,
        Field.PARAMETER_COUNT: 10**15,
        Field.QUANTIZATION: "Q4_0",
        Field.ARCHITECTURE: "llama",
        Field.KNOWLEDGE_CUTOFF: "2024-01",
        Field.RELEASE_DATE: "2024-02-29",
        Field.SIZE_BYTES: 2**63 - 1,
        Field.DIGEST: "sha256:ab",
        Field.OPEN_WEIGHTS: False,
        Field.LIFECYCLE: "preview",
    }
    words = {"has": ["embedding"], "lacks": ["tools"]}
    await store.merge(
        [*(fact("p/a/b", field, value) for field, value in stated.items()), fact("p/a/b", Field.CAPABILITIES, words)],
        now=DAY,
    )
    model = await store.model("p/a/b")
    assert model is not None
    assert (model.provider, model.name) == ("p", "a/b")
    assert {field: getattr(model, field.value) for field in stated} == stated
    assert (model.capabilities, model.not_capabilities) == ({Capability.EMBEDDING}, {Capability.TOOLS})
    assert set(stated) | {Field.CAPABILITIES, *NO_COLUMN} == set(Field)


async def test_facts_come_back_whole(store: CatalogStore):
    tier = [{"field": "priceInput", "price": "5", "condition": "above 200,000 input tokens"}]
    stated = Fact("p/a", Field.FAMILY, Source.RESEARCH, "page", "fam", DAY, 0.25, "https://example.org/", "is a fam")
    tiers = fact("p/a", Field.PRICE_TIERS, tier)
    await store.merge([stated, tiers], now=DAY)
    assert await store.facts("p/a") == [stated, tiers]
    assert await store.facts_of(["p/a", "p/none"]) == {"p/a": [stated, tiers]}
    assert await store.facts("p/none") == []
    assert await store.model("p/none") is None


async def test_the_newer_fact_of_a_key_stands_and_an_older_one_never_returns(store: CatalogStore):
    def window(tokens: int, day: int) -> list[Fact]:
        return [fact("p/a", Field.CONTEXT_WINDOW, tokens, day=day)]

    await store.merge(window(1, day=1), now=DAY)
    assert (await store.merge(window(2, day=2), now=DAY)).changed == {"p/a"}
    assert await store.merge(window(3, day=0), now=DAY) == MergeReport()
    assert await store.facts("p/a") == window(2, day=2)


async def test_a_fact_stated_again_only_becomes_newer(store: CatalogStore):
    again = fact("p/a", Field.CONTEXT_WINDOW, 1, day=1)
    await store.merge([replace(again, observed_at=DAY)], now=DAY)
    assert await store.merge([again], now=LATER) == MergeReport(facts_written=1)
    assert await store.merge([again], now=LATER) == MergeReport()
    assert await store.facts("p/a") == [again]


async def test_a_model_that_is_only_named_is_kept_and_is_incomplete(store: CatalogStore):
    report = await store.merge([], named=["p/quiet"], now=DAY)
    assert report == MergeReport(added=frozenset({"p/quiet"}))
    assert await store.merge([], named=["p/quiet"], now=LATER) == MergeReport()
    assert await store.models() == [Model("p/quiet", "p", "quiet", first_seen=DAY)]


async def test_a_model_was_last_seen_when_its_provider_last_named_it(store: CatalogStore):
    await store.merge([fact("p/a", Field.RPM, 5, Source.REFERENCE, day=9)], now=DAY)
    assert await value_of(store, "p/a", "last_seen") is None
    await store.merge([fact("p/a", Field.RPM, 5, Source.PROVIDER, day=2)], now=LATER)
    assert await value_of(store, "p/a", "last_seen") == DAY + timedelta(days=2)
    assert await value_of(store, "p/a", "first_seen") == DAY


async def test_ones_own_value_is_marked_and_can_be_withdrawn(store: CatalogStore):
    own = fact("p/a", Field.CONTEXT_WINDOW, 7, Source.USER, origin="you")
    await store.merge(complete("p/a"), now=DAY)
    await store.merge([own], now=DAY)
    marked = await store.model("p/a")
    assert marked is not None
    assert (marked.context_window, marked.has_user_value, marked.has_dissent) == (7, True, True)
    assert not await store.withdraw("p/a", Field.CONTEXT_WINDOW, Source.USER, "another origin")
    assert await store.withdraw("p/a", Field.CONTEXT_WINDOW, Source.USER)
    assert not await store.withdraw("p/a", Field.CONTEXT_WINDOW, Source.USER)
    plain = await store.model("p/a")
    assert plain is not None
    assert (plain.context_window, plain.has_user_value, plain.has_dissent) == (128_000, False, False)


@pytest.mark.parametrize(
    ("field", "values", "marked"),
    [
        (Field.PRICE_INPUT, ("1", "2"), True),
        (Field.CAPABILITIES, ({"has": ["tools"]}, {"lacks": ["tools"]}), True),
        (Field.CAPABILITIES, ({"has": ["tools"]}, {"has": ["vision"]}), False),
        (Field.DISPLAY_NAME, ("GPT 4o", "gpt-4o (OpenAI)"), False),
        (Field.CONTEXT_WINDOW, (8192, 8192), False),
    ],
)
async def test_dissent_marks_a_model_where_a_shown_figure_is_disputed(
    store: CatalogStore, field: Field, values: tuple[object, object], *, marked: bool
):
    await store.merge([fact("p/a", field, value, origin=str(n)) for n, value in enumerate(values)], now=DAY)
    assert await value_of(store, "p/a", "has_dissent") is marked


async def test_a_statement_about_no_word_leaves_capabilities_unknown(store: CatalogStore):
    await store.merge([replace(fact("p/a", Field.CAPABILITIES, []), value=Capabilities())], now=DAY)
    assert await value_of(store, "p/a", "capabilities") is None


async def test_an_origin_read_anew_loses_what_it_no_longer_states(store: CatalogStore):
    other = fact("p/a", Field.CONTEXT_WINDOW, 5, origin="other")
    await store.merge([*complete("p/a"), *complete("p/b"), other], now=DAY)
    older = fact("p/a", Field.PRICE_INPUT, "9", day=-5)
    fresh = fact("q/c", Field.RPM, 1)
    report = await store.replace_origin(Source.REFERENCE, "book", [older, fresh], now=LATER)
    assert report == MergeReport(frozenset({"q/c"}), frozenset({"p/a", "p/b"}), facts_written=2)
    assert await store.facts("p/a") == [other, older]
    assert await store.facts("p/b") == []
    assert [model.id for model in await store.models()] == ["p/a", "p/b", "q/c"]
    again = await store.replace_origin(Source.REFERENCE, "book", [older, fresh], now=LATER)
    assert again == MergeReport()


async def test_an_origin_is_replaced_whole_or_not_at_all(store: CatalogStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "CHUNK", 1)
    await store.merge(complete("p/a"), now=DAY)
    before = (await store.models(), await store.facts("p/a"))
    broken = replace(fact("p/z", Field.RPM, 1), observed_at=DAY.replace(tzinfo=None))
    with pytest.raises(StatementError):
        await store.replace_origin(Source.REFERENCE, "book", [fact("p/a", Field.RPM, 1), broken], now=DAY)
    assert (await store.models(), await store.facts("p/a")) == before


async def test_a_source_read_anew_is_replaced_for_the_models_that_were_asked(store: CatalogStore):
    rule, other_rule = (fact("p/a", Field.FAMILY, name, Source.SURVEY, origin=name) for name in ("old", "new"))
    untouched = fact("p/b", Field.FAMILY, "old", Source.SURVEY, origin="old")
    reference = fact("p/a", Field.RPM, 3)
    await store.merge([rule, untouched, reference], now=DAY)
    told: list[tuple[int, int]] = []
    await store.replace_source(
        Source.SURVEY, [other_rule], ids=["p/a"], now=DAY, progress=lambda *step: told.append(step)
    )
    assert await store.facts_of(["p/a", "p/b"]) == {"p/a": [other_rule, reference], "p/b": [untouched]}
    assert told == [(1, 1)]
    with pytest.raises(ValueError, match="not a fact of"):
        await store.replace_source(Source.SURVEY, [reference], ids=["p/a"], now=DAY)


async def test_effective_values_can_be_derived_anew_from_facts(store: CatalogStore, database: Database):
    await store.merge([*complete("p/a"), *complete("p/b")], now=DAY)
    before = await store.models()
    spoilt = update(tables.model).values(context_window=1, price_input=None, is_complete=False, capabilities="[]")
    await database.write(lambda connection: connection.execute(spoilt.where(tables.model.c.id == "p/b")).close())
    assert (await store.rebuild()).changed == {"p/b"}
    assert await store.models() == before
    assert await store.rebuild() == MergeReport()


async def test_two_merges_at_once_lose_nothing(store: CatalogStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "CHUNK", 20)
    ids = [f"p/{number:03}" for number in range(60)]
    one, two = ([each for id_ in ids for each in complete(id_, origin=origin)] for origin in ("one", "two"))
    reports = await asyncio.gather(store.merge(one, now=DAY), store.merge(two[::-1], now=DAY))
    assert sum(len(report.added) for report in reports) == len(ids)
    assert sum(map(len, (await store.facts_of(ids)).values())) == len(one) + len(two)
    assert await store.rebuild() == MergeReport()


async def test_progress_tells_facts_done_up_to_all(store: CatalogStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "CHUNK", 10)
    told: list[tuple[int, int]] = []
    some = [each for number in range(5) for each in complete(f"p/{number}")]
    await store.merge(some, now=DAY, progress=lambda done, total: told.append((done, total)))
    assert told == [(10, 25), (20, 25), (25, 25)]


async def test_an_id_without_a_provider_is_refused_and_nothing_of_it_is_kept(store: CatalogStore):
    with pytest.raises(ValueError, match="provider/name"):
        await store.merge([fact("nameless", Field.RPM, 1)], now=DAY)
    assert await store.models() == []


async def test_raw_files_state_and_events_are_remembered(store: CatalogStore, database: Database):
    file = RawFile("/home/me/list.json", 10, 1_763_640_000_123_456_789, "ab" * 32, DAY, "12 models")
    await store.record_raw_file(replace(file, outcome="empty"))
    await store.record_raw_file(file)
    assert await store.raw_files() == {file.path: file}
    await store.set_state("reference", "1")
    await store.set_state("reference", "2")
    assert await store.state("reference") == "2"
    assert await store.state("nothing") is None
    await store.log_event(DAY, "import", "list.json", {"models": 12, "price": Decimal("0.1")})
    row = await database.read(lambda connection: connection.execute(select(tables.event_log)).one())
    assert tuple(row)[1:] == (DAY, "import", "list.json", '{"models": 12, "price": "0.1"}')


SOME = (Field.CONTEXT_WINDOW, Field.CAPABILITIES, Field.PRICE_INPUT, Field.FAMILY, Field.PRICE_TIERS)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(facts(fields=SOME), min_size=1, max_size=10), st.randoms(use_true_random=False), st.integers(1, 4))
async def test_the_order_and_grouping_in_which_facts_arrive_never_matter(
    store: CatalogStore, some: list[Fact], random, size: int
):
    count = len(await store.models())
    ids = (f"p/{count:05}", f"p/{count + 1:05}")
    shuffled = random.sample(some, len(some))
    await store.merge([replace(each, model_id=ids[0]) for each in some], now=DAY)
    for start in range(0, len(shuffled), size):
        part = [replace(each, model_id=ids[1]) for each in shuffled[start : start + size]]
        await store.merge(part, now=DAY)
    kept = await store.facts_of(ids)
    assert [replace(each, model_id=ids[0]) for each in kept[ids[1]]] == kept[ids[0]]
    assert {(each.field, each.source, each.origin) for each in kept[ids[0]]} == {
        (each.field, each.source, each.origin) for each in some
    }
    one, two = [await store.model(id_) for id_ in ids]
    assert one is not None
    assert two == one._replace(id=ids[1], name=ids[1].partition("/")[2])
