"""Models asked to prove what the catalogue claims: a server that can what a test says, through the whole service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest

from harness.able_model import AbleModel
from harness.benchmarks import PATH, BenchPlace, bench_place
from harness.chat_doubles import OPENAI, Told
from harness.facts import fact
from harness.measuring import KEY
from harness.wire import Reply, WireServer, wire
from modelward.benchmarks.model import CallKind, CapabilityProof, Proof
from modelward.catalog.model import Capability, Field, Source
from modelward.core.changes import Room
from modelward.core.clock import utc_now
from modelward.core.errors import BadValueError, BudgetError, UsageError
from modelward.core.progress import JobCancelled, Progress
from modelward.providers.model import EndReason, ToolCall

__all__ = ["wire"]

MODEL = "openai/able"
ALL = ("tools", "structured_output", "vision", "reasoning")


@pytest.fixture
async def bench(wire: WireServer) -> AsyncIterator[BenchPlace]:
    async with bench_place(wire, ["able"]) as place:
        yield place


async def claim(bench: BenchPlace, field: Field, value: object, source: Source = Source.REFERENCE) -> None:
    await bench.place.catalog.merge([fact(MODEL, field, value, source)], now=utc_now())


async def probed(bench: BenchPlace) -> list[Any]:
    """The facts that probes filed."""
    return [each for each in await bench.place.catalog.facts(MODEL) if each.origin.startswith("capability probe")]


async def proven(bench: BenchPlace, wire: WireServer, able: AbleModel, *subjects: str) -> dict[str, CapabilityProof]:
    wire.route("POST", PATH, able)
    proofs, _changes = await bench.service.prove([MODEL], Progress(), subjects)
    return {proof.subject: proof for proof in proofs}


async def test_a_model_that_can_all_proves_all_of_it(bench: BenchPlace, wire: WireServer) -> None:
    found = await proven(bench, wire, able := AbleModel())
    assert {subject: proof.proof for subject, proof in found.items()} == dict.fromkeys(ALL, Proof.PROVEN)
    # Thoughts came with the first answer already: the riddle was not needed.
    assert len(able.asked) == 4
    assert found["structured_output"].detail.endswith("It also kept to it where it was only told of it.")


async def test_a_model_that_can_nothing_is_refuted_after_three_tries_at_each(
    bench: BenchPlace, wire: WireServer
) -> None:
    found = await proven(bench, wire, able := AbleModel(frozenset()))
    assert {subject: proof.proof for subject, proof in found.items()} == {
        "tools": Proof.REFUTED,
        "structured_output": Proof.REFUTED,
        "vision": Proof.REFUTED,
        "reasoning": Proof.UNDECIDED,  # it may think where it is told to
    }
    texts = [str(body["messages"]) for body in able.asked]
    assert len(texts) == len(set(texts)) == 11  # 3 for tools, 3 and 1 for schemas, 3 pictures, 1 riddle
    assert all(body["temperature"] == 0 for body in able.asked)
    assert "asked 3 times" in found["tools"].detail


async def test_claimed_proven_and_refuted_stand_side_by_side_in_the_catalogue(
    bench: BenchPlace, wire: WireServer
) -> None:
    await claim(bench, Field.CAPABILITIES, {"has": ["vision", "prompt_caching"], "lacks": ["tools"]})
    await claim(bench, Field.CAPABILITIES, {"has": ["audio_input"], "lacks": []}, Source.RESEARCH)
    found = await proven(bench, wire, AbleModel(frozenset({"tools", "prompt_caching"})))
    assert (found["vision"].claimed, found["vision"].proof) == (True, Proof.REFUTED)
    assert (found["tools"].claimed, found["tools"].proof) == (False, Proof.PROVEN)
    assert found["prompt_caching"].proof is Proof.PROVEN
    model = await bench.place.catalog.model(MODEL)
    assert model is not None
    assert model.capabilities == {Capability.TOOLS, Capability.PROMPT_CACHING, Capability.AUDIO_INPUT}
    assert Capability.VISION in model.not_capabilities
    measured = await probed(bench)
    vision = next(each for each in measured if each.origin == "capability probe: vision")
    assert vision.quote is not None
    assert vision.quote.startswith("It did not read the word")
    assert vision.confidence < next(each.confidence for each in measured if each.origin.endswith("tools"))


async def test_what_was_measured_is_no_claim_when_it_is_measured_again(bench: BenchPlace, wire: WireServer) -> None:
    await claim(bench, Field.CAPABILITIES, ["vision"])
    await proven(bench, wire, AbleModel(frozenset()), "vision")
    found = await proven(bench, wire, AbleModel(), "vision")
    assert (found["vision"].claimed, found["vision"].proof) == (True, Proof.PROVEN)
    assert [each.value.has for each in await probed(bench)] == [frozenset({"vision"})]


async def test_the_person_is_believed_more_than_a_probe(bench: BenchPlace, wire: WireServer) -> None:
    await claim(bench, Field.CAPABILITIES, {"has": ["tools"], "lacks": []}, Source.USER)
    await proven(bench, wire, AbleModel(frozenset()), "tools")
    model = await bench.place.catalog.model(MODEL)
    assert model is not None
    assert model.capabilities is not None
    assert Capability.TOOLS in model.capabilities
    assert model.has_dissent


FAILURES = (
    Reply(500, body={"error": {"message": "broken"}}),
    Reply(400, body={"error": {"message": "able does not support tools"}}),
    Reply(401, body={"error": {"message": "no such key"}}),
    Reply(404, body={"error": {"message": "No endpoints found that support tools"}}),
    Reply(body=b"<html>Sign in</html>", headers={"content-type": "text/html"}),
    OPENAI.reply(Told((), end=EndReason.STOP)),
    OPENAI.reply(Told(("I will not do that.",), end=EndReason.REFUSAL)),
    OPENAI.reply(Told(("Let me think about this", " for"), end=EndReason.LENGTH)),
    # Last, as its provider is left alone for a while then.
    Reply(429, headers={"retry-after": "3600"}, body={"error": {"message": "slow down"}}),
)


async def test_a_failure_a_refusal_or_a_cut_off_answer_refutes_nothing(bench: BenchPlace, wire: WireServer) -> None:
    for reply in FAILURES:
        found = await proven(bench, wire, AbleModel(first=[reply] * 20), "tools")
        assert found["tools"].proof is Proof.UNDECIDED, reply
        assert found["tools"].detail
    assert not await probed(bench)


async def test_after_a_refused_key_nothing_more_is_asked(bench: BenchPlace, wire: WireServer) -> None:
    able = AbleModel(first=[Reply(401, body={"error": {"message": "Incorrect API key"}})] * 20)
    found = await proven(bench, wire, able)
    assert len(able.asked) == 1
    assert {proof.proof for proof in found.values()} == {Proof.UNDECIDED}
    assert all(proof.detail for proof in found.values())


async def test_one_unclear_answer_among_bad_ones_still_refutes_but_one_bad_alone_does_not(
    bench: BenchPlace, wire: WireServer
) -> None:
    broken = Reply(500, body={"error": {"message": "broken"}})
    found = await proven(bench, wire, AbleModel(frozenset(), first=[broken]), "tools")
    assert found["tools"].proof is Proof.REFUTED
    found = await proven(bench, wire, AbleModel(frozenset(), first=[broken, broken]), "vision")
    assert found["vision"].proof is Proof.UNDECIDED


async def test_what_is_undecided_takes_nothing_back(bench: BenchPlace, wire: WireServer) -> None:
    await proven(bench, wire, AbleModel(), "tools")
    again = await proven(bench, wire, AbleModel(first=[Reply(500)] * 9), "tools")
    assert again["tools"].proof is Proof.UNDECIDED
    assert [proof.proof for proof in await bench.service.proofs(MODEL)] == [Proof.PROVEN]
    model = await bench.place.catalog.model(MODEL)
    assert model is not None
    assert model.capabilities == {Capability.TOOLS}


ARGUMENTS = (
    ('{"start": "Aldby", "goal": "Norvik", "adults": 3}', Proof.PROVEN),
    ('{"start": "Aldby", "goal": "Norvik", "adults": 3.5}', Proof.REFUTED),
    ('{"start": "Aldby", "goal": "Norvik"}', Proof.REFUTED),
    ('{"start": "Aldby", "goal": "Norvik", "adults": 3, "cabin": true}', Proof.REFUTED),
    ("[1]", Proof.REFUTED),
    ('{"start": "Aldby", "goal', Proof.REFUTED),
    ("[" * 20_000, Proof.REFUTED),
)


async def test_the_right_tool_must_be_called_with_the_right_arguments(bench: BenchPlace, wire: WireServer) -> None:
    for arguments, proof in ARGUMENTS:
        reply = OPENAI.reply(Told((), calls=(ToolCall("c", "ferry_fare", arguments),), end=EndReason.TOOL_CALLS))
        wire.route("POST", PATH, reply)
        proofs, _changes = await bench.service.prove([MODEL], Progress(), ["tools"])
        assert proofs[0].proof is proof, arguments[:80]


MISREAD: tuple[tuple[Callable[[str], str], Proof], ...] = (
    (str.lower, Proof.PROVEN),
    (lambda word: f"The word is: **{' '.join(word)}**.", Proof.PROVEN),
    (lambda word: word[:-1] + "X", Proof.PROVEN),
    (lambda word: word[:-2] + "XX", Proof.REFUTED),
    (lambda _word: "", Proof.UNDECIDED),
)


async def test_a_word_counts_as_read_up_to_one_letter(bench: BenchPlace, wire: WireServer) -> None:
    for misread, proof in MISREAD:
        found = await proven(bench, wire, AbleModel(misread=misread), "vision")
        assert found["vision"].proof is proof


async def test_a_model_that_takes_no_temperature_is_asked_without_one(bench: BenchPlace, wire: WireServer) -> None:
    able = AbleModel(takes_temperature=False)
    found = await proven(bench, wire, able, "tools", "vision")
    assert {proof.proof for proof in found.values()} == {Proof.PROVEN}
    assert ["temperature" in body for body in able.asked] == [True, False, False]


async def test_a_cache_that_its_provider_does_not_speak_of_is_undecided(bench: BenchPlace, wire: WireServer) -> None:
    await claim(bench, Field.CAPABILITIES, ["prompt_caching", "fill_in_middle"])
    found = await proven(bench, wire, AbleModel(frozenset()), "prompt_caching", "fill_in_middle")
    assert {proof.proof for proof in found.values()} == {Proof.UNDECIDED}
    assert found["fill_in_middle"].detail == "There is no way yet to ask for it here."


async def test_the_calls_are_kept_and_leave_the_results_as_they_are(bench: BenchPlace, wire: WireServer) -> None:
    await proven(bench, wire, AbleModel(), "tools")
    (call,) = await bench.service.calls(MODEL)
    assert (call.kind, call.workload) == (CallKind.CAPABILITY, "capabilities")
    assert await bench.service.results() == ()


async def test_the_rooms_that_changed_are_told(bench: BenchPlace, wire: WireServer) -> None:
    wire.route("POST", PATH, AbleModel())
    _proofs, changes = await bench.service.prove([MODEL], Progress(), ["tools"])
    assert changes.touched[Room.CATALOG] == {MODEL}
    assert Room.BENCHMARKS in changes


# ---------------------------------------------------------------- cost and plan


async def test_the_plan_bounds_the_calls_and_what_they_cost(wire: WireServer) -> None:
    async with bench_place(wire, ["able"], price="1") as bench:
        able = AbleModel(frozenset())
        wire.route("POST", PATH, able)
        plan = await bench.service.plan_proofs([MODEL, "openai/nobody"])
        assert not wire.requests
        assert plan.subjects == {MODEL: ALL}
        assert plan.refused == {"openai/nobody": "It is not in the catalogue."}
        assert 0 < plan.usd < plan.most_usd
        await bench.service.prove([MODEL], Progress())
        assert len(able.asked) <= plan.calls
        state = await bench.place.spending.state()
        assert 0 < state.day.spent <= plan.most_usd


async def test_nothing_is_asked_beyond_the_budget(wire: WireServer) -> None:
    async with bench_place(wire, ["able"], price="900") as bench:
        with pytest.raises(BudgetError, match="of today's"):
            await bench.service.prove([MODEL], Progress())
        assert not wire.requests


async def test_where_the_money_ends_in_the_middle_the_rest_is_undecided(wire: WireServer) -> None:
    async with bench_place(wire, ["able"], price="10") as bench:
        await bench.place.preferences.change("benchmarks.day_limit", Decimal("0.10"))
        found = await proven(bench, wire, able := AbleModel(frozenset({"tools"})), "tools", "vision")
        assert found["tools"].proof is Proof.PROVEN
        assert found["vision"].proof is Proof.UNDECIDED
        assert "for measuring" in found["vision"].detail
        assert len(able.asked) == 1


async def test_a_cancelled_proof_keeps_what_was_found(bench: BenchPlace, wire: WireServer) -> None:
    progress = Progress()
    able = AbleModel(frozenset())

    def reply(seen: object) -> Reply:
        if len(able.asked) == 2:
            progress.cancel()
        return able(seen)  # type: ignore[arg-type]

    wire.route("POST", PATH, reply)
    with pytest.raises(JobCancelled):
        await bench.service.prove([MODEL], progress)
    assert [proof.subject for proof in await bench.service.proofs(MODEL)] == ["tools"]


async def test_what_cannot_be_proven_is_a_clear_error(bench: BenchPlace) -> None:
    with pytest.raises(BadValueError, match="nothing that can be proven"):
        await bench.service.plan_proofs([MODEL], ["kindness"])
    with pytest.raises(UsageError, match="None of these"):
        await bench.service.prove(["openai/nobody"], Progress())


# ---------------------------------------------------------------- embeddings


async def embedded(bench: BenchPlace, wire: WireServer, reply: Reply) -> CapabilityProof:
    await claim(bench, Field.KIND, "embedding")
    wire.route("POST", "/v1/embeddings", reply)
    (proof,), _changes = await bench.service.prove([MODEL], Progress())
    return proof


async def test_an_embedding_model_is_asked_for_the_length_of_its_vectors_alone(
    bench: BenchPlace, wire: WireServer
) -> None:
    rows = [{"index": place, "embedding": [0.25 + place] * 768} for place in (0, 1)]
    proof = await embedded(bench, wire, Reply(body={"data": rows, "usage": {"prompt_tokens": 12}}))
    assert (proof.subject, proof.proof, proof.found) == ("embedding_size", Proof.PROVEN, 768)
    assert len(wire.requests) == 1
    assert await bench.service.proofs(MODEL) == (proof,)
    model = await bench.place.catalog.model(MODEL)
    assert model is not None
    assert model.capabilities == {Capability.EMBEDDING}


ODD_VECTORS = (
    Reply(500),
    Reply(body={"data": []}),
    Reply(body={"data": [{"embedding": [1.0, 2.0]}, {"embedding": [1.0]}]}),
    Reply(body={"data": [{"embedding": [1.0, 2.0]}, {"embedding": [1.0, 2.0]}]}),
)


async def test_vectors_that_make_no_sense_prove_nothing(bench: BenchPlace, wire: WireServer) -> None:
    for reply in ODD_VECTORS:
        proof = await embedded(bench, wire, reply)
        assert (proof.proof, proof.found) == (Proof.UNDECIDED, None)
        assert proof.detail
        assert KEY not in proof.detail
