"""What a provider's new list means for the models that were known before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harness.facts import DAY
from modelward.catalog.model import Status
from modelward.catalog.presence import RETIRED_AFTER, ListingOutcome, Seen, judge

MINUTE = timedelta(minutes=1)
LISTED = Seen(Status.LISTED, None)
AVAILABLE = Seen(Status.AVAILABLE, DAY)
UNREACHABLE = Seen(Status.UNREACHABLE, DAY)
RETIRED = Seen(Status.RETIRED, DAY)


def outcome(known: dict[str, Seen], *named: str, after: timedelta = MINUTE, is_first: bool = False) -> ListingOutcome:
    return judge(known, named, DAY + after, is_first=is_first).outcome


def test_what_a_later_list_names_for_the_first_time_is_new() -> None:
    known = {"p/listed": LISTED, "p/known": AVAILABLE}
    assert outcome(known, "p/unheard", "p/listed", "p/known") == ListingOutcome(new=("p/listed", "p/unheard"))


def test_nothing_is_new_in_the_first_list() -> None:
    assert outcome({"p/listed": LISTED}, "p/unheard", "p/listed", is_first=True) == ListingOutcome()


def test_an_available_model_that_is_not_named_is_gone_however_long_ago_it_was_seen() -> None:
    assert outcome({"p/a": AVAILABLE}, after=10 * RETIRED_AFTER) == ListingOutcome(gone=("p/a",))


def test_a_model_is_retired_three_days_after_it_was_last_named() -> None:
    known = {"p/a": UNREACHABLE}
    assert outcome(known, after=RETIRED_AFTER - timedelta(seconds=1)) == ListingOutcome()
    assert outcome(known, after=RETIRED_AFTER) == ListingOutcome(retired=("p/a",))


@pytest.mark.parametrize("seen", [UNREACHABLE, RETIRED])
def test_a_model_that_is_named_again_is_back_and_not_new(seen: Seen) -> None:
    assert outcome({"p/a": seen}, "p/a", after=10 * RETIRED_AFTER) == ListingOutcome(back=("p/a",))


@pytest.mark.parametrize("seen", [LISTED, RETIRED])
def test_what_only_a_catalogue_lists_and_what_is_retired_stays_as_it_is(seen: Seen) -> None:
    assert outcome({"p/a": seen}, after=10 * RETIRED_AFTER) == ListingOutcome()


@pytest.mark.parametrize("last_seen", [DAY + timedelta(days=400), None])
def test_a_model_last_seen_in_the_future_counts_as_seen_now_and_is_not_retired(last_seen: object) -> None:
    known = {"p/a": Seen(Status.UNREACHABLE, last_seen)}  # type: ignore[arg-type]
    judged = judge(known, [], DAY, is_first=False)
    assert judged.outcome == ListingOutcome()
    assert judged.stale == ("p/a",)


def test_a_list_under_half_of_the_last_one_retires_nothing_but_the_next_one_does() -> None:
    crowd = {f"p/{number:02}": AVAILABLE for number in range(21)}
    known = {**crowd, "p/away": UNREACHABLE}
    named = sorted(crowd)[:10]
    short = outcome(known, *named, after=RETIRED_AFTER)
    assert short.is_short
    assert short.gone == tuple(sorted(crowd)[10:])
    assert short.retired == ()
    shrunk = {id_: seen if id_ in named else UNREACHABLE for id_, seen in known.items()}
    assert outcome(shrunk, *named, after=RETIRED_AFTER).retired == ("p/10", *sorted(crowd)[11:], "p/away")


def test_a_list_of_half_of_the_last_one_or_of_a_few_models_is_not_short() -> None:
    many = {f"p/{number:02}": AVAILABLE for number in range(22)}
    assert not outcome(many, *sorted(many)[:11]).is_short
    few = {f"p/{number:02}": AVAILABLE for number in range(20)}
    assert not outcome(few).is_short
