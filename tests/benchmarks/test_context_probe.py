"""The search for the longest text that a model takes whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.able_model import AbleModel
from harness.benchmarks import PATH, BenchPlace, bench_place
from harness.facts import fact
from harness.wire import WireServer, wire
from modelward.benchmarks.context_probe import (
    LEAST_CLAIM,
    MOST_CALLS,
    MOST_OF_CLAIM,
    Arrival,
    Text,
    WindowSearch,
    arrival_of,
    text_of,
)
from modelward.benchmarks.measuring import Measured
from modelward.benchmarks.model import CallKind, CallState, CapabilityProof, Exchange, Measurement, Proof, Timing
from modelward.catalog.model import Field, Source
from modelward.core.clock import utc_now
from modelward.core.progress import Progress
from modelward.providers.model import EndReason, Usage

__all__ = ["wire"]

MODEL = "openai/able"


@pytest.fixture
async def bench(wire: WireServer) -> AsyncIterator[BenchPlace]:
    async with bench_place(wire, ["able"]) as place:
        lacks = {"has": [], "lacks": ["reasoning"]}
        facts = [fact(MODEL, Field.CONTEXT_WINDOW, 40_000), fact(MODEL, Field.CAPABILITIES, lacks)]
        await place.place.catalog.merge(facts, now=utc_now())
        yield place


async def looked_into(bench: BenchPlace, wire: WireServer, able: AbleModel) -> CapabilityProof:
    wire.route("POST", PATH, able)
    (proof,), _changes = await bench.service.prove([MODEL], Progress(), ["context_window"])
    return proof


def sent(able: AbleModel) -> list[int]:
    """Tokens of the texts that came, as the model counts them."""
    return [len(body["messages"][0]["content"]) // 5 for body in able.asked]


async def test_a_window_that_is_there_is_proven_and_never_exceeded(bench: BenchPlace, wire: WireServer) -> None:
    able = AbleModel(window=40_000, cuts=True)
    proof = await looked_into(bench, wire, able)
    assert (proof.claimed, proof.proof) == (40_000, Proof.PROVEN)
    assert proof.found is not None
    assert 0.85 * 40_000 < proof.found <= 40_000
    assert max(sent(able)) <= 40_000
    measured = [each for each in await bench.place.catalog.facts(MODEL) if each.origin.startswith("capability probe")]
    assert [(each.field, each.value) for each in measured] == [(Field.CONTEXT_WINDOW, 40_000)]


async def test_a_server_that_silently_cuts_is_found_out_with_what_it_serves(
    bench: BenchPlace, wire: WireServer
) -> None:
    # Tokens are counted of the whole text here: the missing beginning alone gives it away.
    able = AbleModel(window=8_192, cuts=True, counts_all=True)
    proof = await looked_into(bench, wire, able)
    assert proof.proof is Proof.REFUTED
    assert proof.found is not None
    assert 8_192 - 4_000 < proof.found <= 8_192
    assert proof.detail.startswith(f"{proof.found:,} tokens arrived whole, more did not. The beginning of about ")
    model = await bench.place.catalog.model(MODEL)
    assert model is not None
    assert (model.context_window, model.served_context) == (40_000, proof.found)


async def test_a_server_that_counts_fewer_tokens_than_came_is_found_out(bench: BenchPlace, wire: WireServer) -> None:
    proof = await looked_into(bench, wire, AbleModel(window=8_192, cuts=True))
    assert proof.proof is Proof.REFUTED
    assert proof.found is not None
    assert proof.found <= 8_192


async def test_a_window_that_was_refuted_and_is_served_later_is_stated_anew(
    bench: BenchPlace, wire: WireServer
) -> None:
    await looked_into(bench, wire, AbleModel(window=8_192, cuts=True))
    proof = await looked_into(bench, wire, AbleModel(window=40_000))
    assert proof.claimed == 40_000
    model = await bench.place.catalog.model(MODEL)
    assert model is not None
    assert (model.context_window, model.served_context) == (40_000, None)


async def test_a_server_that_refuses_long_texts_refutes_nothing_but_tells_what_it_took(
    bench: BenchPlace, wire: WireServer
) -> None:
    proof = await looked_into(bench, wire, AbleModel(window=8_192))
    assert proof.proof is Proof.UNDECIDED
    assert proof.found is not None
    assert 1_000 < proof.found <= 8_192
    assert "maximum context length" in proof.detail


async def test_without_counted_tokens_nothing_is_said(bench: BenchPlace, wire: WireServer) -> None:
    able = AbleModel(counts=False)
    proof = await looked_into(bench, wire, able)
    assert (proof.proof, proof.found) == (Proof.UNDECIDED, None)
    assert "does not say how many tokens" in proof.detail
    assert len(able.asked) == 1


async def test_the_window_of_a_paid_model_is_looked_into_only_by_name(wire: WireServer) -> None:
    async with bench_place(wire, ["able"], price="0.1") as bench:
        await bench.place.catalog.merge([fact(MODEL, Field.CONTEXT_WINDOW, 40_000)], now=utc_now())
        assert "context_window" not in (await bench.service.plan_proofs([MODEL])).subjects[MODEL]
        plan = await bench.service.plan_proofs([MODEL], ["context_window"])
        able = AbleModel(frozenset())
        assert (await looked_into(bench, wire, able)).proof is Proof.PROVEN
        assert len(able.asked) == 2 <= plan.calls  # one to count by, and the whole claim at once
        assert (await bench.place.spending.state()).day.spent <= plan.usd


async def test_a_persons_smaller_window_is_the_claim(bench: BenchPlace, wire: WireServer) -> None:
    await bench.place.catalog.merge([fact(MODEL, Field.SERVED_CONTEXT, 6_000, Source.USER)], now=utc_now())
    able = AbleModel()
    proof = await looked_into(bench, wire, able)
    assert (proof.claimed, proof.proof) == (6_000, Proof.PROVEN)
    assert max(sent(able)) <= 6_000


def answered(text: Text, numbers: Sequence[int], counted: int | None) -> Measured:
    call = Measurement(
        utc_now(), MODEL, "capabilities", CallKind.CAPABILITY, CallState.DONE, Timing(), Usage(input_tokens=counted)
    )
    said = " ".join(str(text.codes[number]) for number in numbers)
    return Measured(call, Exchange("", f"The numbers: {said}"), ended=EndReason.STOP)


@pytest.mark.parametrize(
    ("numbers", "counted", "arrival"),
    [
        ((0, 1, 2, 3, 4), 5_000, Arrival.WHOLE),
        ((0,), 5_000, Arrival.WHOLE),  # the rest was overlooked, but the beginning is there
        ((0, 1, 2, 3, 4), None, Arrival.WHOLE),
        ((0, 4), 3_000, Arrival.CUT),  # out of the middle
        ((1, 2, 3, 4), 5_000, Arrival.CUT),
        ((4,), None, Arrival.CUT),
        ((), 5_000, Arrival.UNCLEAR),
        ((), 3_000, Arrival.CUT),
    ],
)
def test_what_an_answer_says_of_a_text(numbers: tuple[int, ...], counted: int | None, arrival: Arrival) -> None:
    text = text_of(5_000, 4.5, 300)
    assert arrival_of(answered(text, numbers, counted), text)[0] is arrival


@given(
    claim=st.integers(LEAST_CLAIM, 2_000_000),
    served=st.integers(500, 2_000_000),
    upwards=st.booleans(),
    doubts=st.sets(st.integers(0, MOST_CALLS)),
)
def test_the_search_ends_within_its_bounds_and_is_right(
    claim: int, served: int, upwards: bool, doubts: set[int]
) -> None:
    search = WindowSearch(claim, 300, upwards=upwards)
    sizes: list[int] = []
    while (size := search.next()) is not None:
        arrival = Arrival.WHOLE if size <= served else Arrival.CUT
        search.saw(size, Arrival.UNCLEAR if len(sizes) in doubts else arrival, "")
        sizes.append(size)
    assert len(sizes) <= MOST_CALLS
    assert sum(sizes) <= MOST_OF_CLAIM * claim
    assert max(sizes) + 300 <= claim
    proof, found, _words = search.found()
    assert found is None or found <= served
    if proof is Proof.PROVEN:
        assert served >= 0.8 * (claim - 300 - 0.05 * claim)
    if proof is Proof.REFUTED:
        assert served < claim


@settings(max_examples=20)
@given(st.integers(1_500, 6_000), st.floats(2.5, 6.0))
def test_a_text_is_as_long_as_it_should_be_with_the_first_sentence_hidden_at_its_beginning(
    tokens: int, characters: float
) -> None:
    text = text_of(tokens, characters, 300)
    assert abs(text.characters / characters - tokens) < 120
    message = text.request.messages[0].text
    assert message.startswith(f"The lock number of the mill is {text.codes[0]}.")
    assert all(message.count(str(code)) == 1 for code in text.codes)
