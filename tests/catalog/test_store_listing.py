"""Providers' lists in the store: one origin replaced alone, and which models can be called."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harness.facts import DAY, fact
from modelward.catalog import batches
from modelward.catalog.model import Fact, Field, Model, Source, Status
from modelward.catalog.presence import ListingOutcome
from modelward.catalog.store import CatalogStore, MergeReport
from modelward.store.engine import Database

NEXT = DAY + timedelta(days=1)


@pytest.fixture
def store(database: Database) -> CatalogStore:
    return CatalogStore(database)


def live(id_: str, tokens: int, day: int = 0) -> Fact:
    return fact(id_, Field.CONTEXT_WINDOW, tokens, Source.PROVIDER, origin="P API", day=day)


async def replaced(store: CatalogStore, *facts: Fact, ids: list[str] | None = None, day: int = 0) -> MergeReport:
    named = ids or [each.model_id for each in facts]
    now = DAY + timedelta(days=day)
    return await store.replace_source(Source.PROVIDER, facts, ids=named, origin="P API", now=now)


async def model(store: CatalogStore, id_: str) -> Model:
    found = await store.model(id_)
    assert found is not None
    return found


async def standing(store: CatalogStore) -> dict[str, Status]:
    return {each.name: each.status for each in await store.models()}


class TestReplaceOneOrigin:
    async def test_what_an_origin_states_no_more_vanishes_and_the_facts_of_others_stay(self, store: CatalogStore):
        imported = fact("p/a", Field.FAMILY, "fam", Source.PROVIDER, origin="P list-models file")
        elsewhere = live("p/b", 5)
        await store.merge([imported, elsewhere, live("p/a", 1)], now=DAY)
        rpm = fact("p/a", Field.RPM, 9, Source.PROVIDER, origin="P API", day=1)
        assert (await replaced(store, rpm, day=1)).changed == {"p/a"}
        assert await store.facts_of(["p/a", "p/b"]) == {"p/a": [imported, rpm], "p/b": [elsewhere]}

    async def test_a_fact_of_another_origin_is_refused(self, store: CatalogStore):
        with pytest.raises(ValueError, match="not a fact of"):
            await replaced(store, fact("p/a", Field.RPM, 9, Source.PROVIDER, origin="another"))

    async def test_what_is_said_again_becomes_newer_and_is_not_written_anew(self, store: CatalogStore):
        await replaced(store, live("p/a", 1), live("p/b", 2))
        again = await replaced(store, live("p/a", 1, day=1), live("p/b", 3, day=1), day=1)
        assert again == MergeReport(changed=frozenset({"p/b"}), facts_written=1)
        assert await store.facts("p/a") == [live("p/a", 1, day=1)]
        assert await store.facts("p/b") == [live("p/b", 3, day=1)]
        assert (await model(store, "p/a")).last_seen == NEXT
        assert await store.rebuild() == MergeReport()

    async def test_what_is_said_again_beats_a_file_that_was_newer_before(self, store: CatalogStore):
        file = fact("p/a", Field.CONTEXT_WINDOW, 7, Source.PROVIDER, origin="P list-models file", day=1)
        await store.merge([live("p/a", 1), file], now=DAY)
        assert (await model(store, "p/a")).context_window == 7
        assert (await replaced(store, live("p/a", 1, day=2), day=2)).changed == {"p/a"}
        assert (await model(store, "p/a")).context_window == 1
        assert await store.rebuild() == MergeReport()

    async def test_other_evidence_for_the_same_value_is_written(self, store: CatalogStore):
        await replaced(store, live("p/a", 1))
        moved = Fact("p/a", Field.CONTEXT_WINDOW, Source.PROVIDER, "P API", 1, NEXT, 1.0, "https://example.org/")
        await replaced(store, moved, day=1)
        assert await store.facts("p/a") == [moved]

    async def test_a_model_that_is_named_without_any_facts_loses_those_it_had(self, store: CatalogStore):
        await replaced(store, live("p/a", 1))
        assert (await replaced(store, ids=["p/a", "p/quiet"], day=1)).added == {"p/quiet"}
        assert await store.facts("p/a") == []
        assert (await model(store, "p/a")).context_window is None


class TestApplyListing:
    async def apply(self, store: CatalogStore, *names: str, day: float = 0, is_first: bool = False) -> ListingOutcome:
        ids = [f"p/{name}" for name in names]
        return await store.apply_listing("p", ids, DAY + timedelta(days=day), is_first=is_first)

    async def test_the_first_list_makes_models_available_and_none_of_them_new(self, store: CatalogStore):
        await store.merge([], named=["p/a", "p/other", "q/a"], now=DAY)
        assert await self.apply(store, "a", "b", is_first=True) == ListingOutcome()
        one, two, other, stranger = await store.models()
        for each in (one, two):
            assert (each.status, each.last_seen, each.new_at) == (Status.AVAILABLE, DAY, None)
        assert (other.status, other.last_seen) == (Status.LISTED, None)
        assert (stranger.id, stranger.status) == ("q/a", Status.LISTED)

    async def test_a_model_goes_is_retired_after_three_days_and_comes_back(self, store: CatalogStore):
        await self.apply(store, "a", "b", is_first=True)
        assert (await self.apply(store, "a", day=1)).gone == ("p/b",)
        assert await standing(store) == {"a": Status.AVAILABLE, "b": Status.UNREACHABLE}
        assert await self.apply(store, "a", day=2.9) == ListingOutcome()
        assert (await self.apply(store, "a", day=3)).retired == ("p/b",)
        assert await standing(store) == {"a": Status.AVAILABLE, "b": Status.RETIRED}
        assert (await model(store, "p/b")).last_seen == DAY
        assert (await self.apply(store, "a", "b", day=9)).back == ("p/b",)
        back = await model(store, "p/b")
        assert (back.status, back.last_seen, back.new_at) == (Status.AVAILABLE, DAY + timedelta(days=9), None)

    async def test_a_clock_that_was_set_back_retires_nothing_and_the_three_days_begin_anew(self, store: CatalogStore):
        await self.apply(store, "a", "b", day=400, is_first=True)
        await self.apply(store, "a", day=401)
        assert await self.apply(store, "a", day=0) == ListingOutcome()
        assert (await model(store, "p/b")).last_seen == DAY
        assert (await model(store, "p/a")).last_seen == DAY
        assert (await self.apply(store, "a", day=3)).retired == ("p/b",)

    async def test_a_new_model_says_since_when_it_is_new(self, store: CatalogStore):
        await store.merge([], named=["p/listed"], now=DAY)
        await self.apply(store, "a", is_first=True)
        assert (await self.apply(store, "a", "b", "listed", day=1)).new == ("p/b", "p/listed")
        assert [each.new_at for each in await store.models()] == [None, NEXT, NEXT]
        await self.apply(store, "a", "b", "listed", day=2)
        assert (await model(store, "p/b")).new_at == NEXT

    async def test_what_stands_is_kept_when_values_are_derived_anew(self, store: CatalogStore):
        await self.apply(store, "a", is_first=True)
        await self.apply(store, "a", "b", day=1)
        before = await store.models()
        assert await store.rebuild() == MergeReport()
        await store.merge([fact("p/b", Field.FAMILY, "fam")], now=NEXT)
        assert await store.models() == [before[0], before[1]._replace(family="fam")]

    async def test_a_list_of_many_parts_is_marked_whole(self, store: CatalogStore, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(batches, "MANY_IDS", 2)
        await self.apply(store, *"abcde", is_first=True)
        assert set((await standing(store)).values()) == {Status.AVAILABLE}
        assert (await self.apply(store, day=1)).gone == tuple(f"p/{name}" for name in "abcde")
        assert set((await standing(store)).values()) == {Status.UNREACHABLE}
