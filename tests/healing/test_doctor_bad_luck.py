"""What goes wrong while the Doctor asks: answers that are none, providers that go, budgets that are spent."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import aclosing
from datetime import timedelta
from decimal import Decimal

import pytest

from harness.chat_doubles import OLLAMA, OPENAI, Told
from harness.doctors import (
    CHAT,
    KEY,
    PAID_CHAT,
    MakePractice,
    asked_models,
    make_practice,
    no_proxy,
    says,
    script,
    store_address,
)
from harness.facts import fact
from harness.scripted_model import ScriptedModel, at_ollama, at_openai
from harness.spending import NOON
from harness.wire import Reply, Seen, wire
from modelward.catalog.model import Field, Source
from modelward.core.progress import JobCancelled, Progress
from modelward.healing.model import Cost, Outcome
from modelward.spending.model import EntryState

__all__ = ["make_practice", "no_proxy", "store_address", "wire"]

LLAMA, QWEN = "llama3.2:3b", "qwen3:8b"
WINDOW = Field.CONTEXT_WINDOW

_ENDLESS = json.dumps({"message": {"role": "assistant", "content": "and so on " * 50}, "done": False}).encode() + b"\n"
_OTHERS = json.dumps({"models": [{"model": "other/model", "context_window": {"value": 8192, "confidence": 1}}]})


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (says(""), "answers with nothing that could be read"),
        (says("As a language model I would rather talk about the weather."), "nothing that could be"),
        (says("I'm sorry, but I can't help with that."), "nothing that could be read"),
        (says('{"models": [{"model": "host/aur'), "nothing that could be read"),
        (says(_OTHERS), "nothing that could be read"),
        (Reply(endless=_ENDLESS), "nothing that could be read"),
        (Reply(500, body={"error": "out of memory"}), "Ollama"),
        (Reply(404, body={"error": f"model '{LLAMA}' not found"}), ""),
        (Reply(429, body={"error": "too many requests"}), ""),
        (Reply(body="<html>Please log in</html>"), ""),
        (OLLAMA.sent(OLLAMA.pieces(Told())[:1]), ""),
        (Reply(raw=b"nonsense"), ""),
    ],
)
async def test_an_answer_that_is_none_fills_nothing_and_says_why(
    make_practice: MakePractice, reply: Reply, said: str
) -> None:
    practice = await make_practice({LLAMA: script(1)}, unknown=5)
    practice.wire.route("POST", CHAT, reply)
    tally = await practice.heal(WINDOW)
    assert {verdict.outcome for verdict in tally.verdicts} == {Outcome.FAILED}
    assert len(tally.verdicts) == 5
    assert all(said in verdict.detail and verdict.detail for verdict in tally.verdicts)
    assert tally.cost.usd == 0
    assert EntryState.OPEN not in {entry.state for entry in await practice.spending.entries(NOON)}
    if reply.endless:
        await practice.wire.until(lambda: not practice.wire.open_connections)


async def test_an_answer_that_never_ends_is_closed_at_its_limit_and_what_came_before_counts(
    make_practice: MakePractice,
) -> None:
    practice = await make_practice({LLAMA: script(1, right=1), QWEN: script(2, right=1)}, unknown=20)
    honest = at_ollama({name: ScriptedModel(practice.truth, 1, right=1) for name in (LLAMA, QWEN)})

    def rambling(seen: Seen) -> Reply:
        reply = honest(seen)
        assert reply.chunks is not None
        return Reply(headers=reply.headers, chunks=list(reply.chunks)[:-1], endless=_ENDLESS)

    practice.wire.route("POST", CHAT, rambling)
    tally = await practice.heal(WINDOW, Field.MAX_OUTPUT_TOKENS, Field.PARAMETER_COUNT)
    assert tally.right == 60
    assert {entry.state for entry in await practice.spending.entries(NOON)} == {EntryState.CANCELLED}


async def test_in_the_place_of_one_that_cannot_be_asked_the_next_one_is(make_practice: MakePractice) -> None:
    practice = await make_practice({LLAMA: script(1), QWEN: script(2), "gemma3:4b": script(3)}, unknown=60)
    models = {name: ScriptedModel(practice.truth, 1, right=1) for name in (LLAMA, QWEN)}

    def reply(seen: Seen) -> Reply:
        name = seen.json["model"]
        return models[name].reply(seen) if name in models else Reply(404, body={"error": "model not found"})

    practice.wire.route("POST", CHAT, reply)
    tally = await practice.heal(WINDOW)
    assert len(tally.verdicts) == 60
    assert asked_models(practice.wire).count("gemma3:4b") == 1
    assert asked_models(practice.wire).count(LLAMA) == asked_models(practice.wire).count(QWEN) == 3


async def test_who_twice_says_nothing_that_can_be_read_is_asked_no_more(make_practice: MakePractice) -> None:
    practice = await make_practice({LLAMA: script(1)}, unknown=200)
    practice.wire.route("POST", CHAT, says("Hello!"))
    tally = await practice.heal(WINDOW)
    assert len(tally.steps) == len(asked_models(practice.wire)) == 2
    # What was not tried has no verdict: it is not held back from the next healing.
    assert len(tally.verdicts) == 40


async def test_who_failed_lately_is_asked_last(make_practice: MakePractice) -> None:
    models = {LLAMA: script(1), QWEN: script(2), "gemma3:4b": script(3)}
    practice = await make_practice(models, unknown=3)
    honest = at_ollama({name: ScriptedModel(practice.truth, 1) for name in models})
    practice.wire.route("POST", CHAT, [says("Hello!"), honest])
    await practice.heal(WINDOW)
    (first, *_) = asked_models(practice.wire)
    practice.wire.requests.clear()
    await practice.heal(WINDOW)
    assert first not in asked_models(practice.wire)


async def test_a_provider_that_goes_away_ends_what_it_was_asked_and_the_rest_is_left(
    make_practice: MakePractice,
) -> None:
    practice = await make_practice({LLAMA: script(1), QWEN: script(2)}, unknown=60)
    async with aclosing(practice.doctor.heal(await practice.gaps(WINDOW), Progress())) as steps:
        assert (await anext(steps)).cost.calls == 2
        await practice.providers.add("ollama", url=f"http://127.0.0.1:{_a_port_nobody_listens_at()}")
        (last,) = [step async for step in steps]
    assert len(last.verdicts) == 20
    assert {verdict.outcome for verdict in last.verdicts} == {Outcome.FAILED}
    assert "Ollama" in last.verdicts[0].detail
    # Its other models are not tried one by one.
    assert last.cost == Cost(1)


def _a_port_nobody_listens_at() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
    return port


async def test_a_paid_call_that_was_refused_cost_nothing_and_one_that_broke_off_is_unknown(
    make_practice: MakePractice,
) -> None:
    practice = await make_practice({}, unknown=3, environ=KEY, spending__zero_burn=False)
    await practice.offer_paid(one="1 4")
    practice.wire.route("POST", PAID_CHAT, Reply(404, body={"error": {"message": "no such model"}}))
    assert (await practice.heal(WINDOW)).cost == Cost(1)
    practice.wire.route("POST", PAID_CHAT, OPENAI.sent(OPENAI.pieces(Told())[:2]))
    assert (await practice.heal(WINDOW)).cost == Cost(1, usd=None)


async def test_what_was_retired_or_filled_meanwhile_is_not_asked_about(make_practice: MakePractice) -> None:
    practice = await make_practice({LLAMA: script(1)}, unknown=6)
    gaps = await practice.gaps(WINDOW)
    retired, filled, *rest = practice.unknown
    await practice.catalog.merge([fact(filled, WINDOW, 8192, Source.USER)], now=NOON)
    await practice.catalog.apply_listing("host", practice.unknown, NOON, is_first=True)
    # What lists lack for more than three days is retired.
    await practice.catalog.apply_listing("host", [filled, *rest], NOON + timedelta(days=4), is_first=False)
    await practice.catalog.apply_listing("host", [filled, *rest], NOON + timedelta(days=8), is_first=False)
    async with aclosing(practice.doctor.heal(gaps, Progress())) as steps:
        found = {verdict.model_id: verdict async for step in steps for verdict in step.verdicts}
    asked = json.loads(practice.wire.requests[-1].json["messages"][-1]["content"])["models"]
    assert set(asked) & set(practice.unknown) == set(rest)
    assert set(found) == {retired, *rest}
    assert found[retired].outcome is Outcome.FAILED
    assert found[retired].detail == "The model was retired meanwhile."


# ---------------------------------------------------------------- money


async def test_under_zero_burn_no_paid_model_is_asked(make_practice: MakePractice) -> None:
    practice = await make_practice({}, unknown=20, environ=KEY)
    await practice.offer_paid(cheap="0.01 0.02", dear="10 40", unknown="1", free_to_read="0 1")
    assert await practice.doctor.why_not() == "No local or free model is at hand, and Zero-Burn is on."
    tally = await practice.heal(WINDOW)
    assert tally.steps == []
    assert practice.wire.requests == []
    assert await practice.spending.entries(NOON) == ()


async def test_zero_burn_that_is_switched_on_in_the_middle_counts_at_once(make_practice: MakePractice) -> None:
    practice = await make_practice({}, unknown=40, environ=KEY)
    await practice.preferences.change("spending.zero_burn", False)
    await practice.offer_paid(one="1 4")
    practice.wire.route("POST", PAID_CHAT, at_openai({"one": ScriptedModel(practice.truth, 1)}))
    async with aclosing(practice.doctor.heal(await practice.gaps(WINDOW), Progress())) as steps:
        assert len((await anext(steps)).verdicts) == 20
        await practice.preferences.change("spending.zero_burn", True)
        assert [step async for step in steps] == []
    assert asked_models(practice.wire) == ["one"]


async def test_with_zero_burn_off_free_ones_are_asked_first_and_then_the_cheapest(make_practice: MakePractice) -> None:
    practice = await make_practice({LLAMA: script(1)}, unknown=3, environ=KEY, spending__zero_burn=False)
    await practice.offer_paid(alpha="10 40", beta="1 4", gamma="2 8", free="0 0")
    models = {name: ScriptedModel(practice.truth, 2) for name in ("alpha", "beta", "gamma")}
    honest = at_openai(models)
    refusing = Reply(404, body={"error": {"message": "no such model"}})
    practice.wire.route("POST", PAID_CHAT, lambda seen: refusing if seen.json["model"] == "free" else honest(seen))
    await practice.heal(WINDOW)
    assert asked_models(practice.wire) == [LLAMA, "free", "beta"]


async def test_what_paid_calls_cost_is_told_as_the_ledger_has_it(make_practice: MakePractice) -> None:
    practice = await make_practice({}, unknown=20, environ=KEY, spending__zero_burn=False)
    await practice.offer_paid(one="1 4", two="1 4")
    models = {name: ScriptedModel(practice.truth, seed, right=1) for seed, name in enumerate(("one", "two"))}
    practice.wire.route("POST", PAID_CHAT, at_openai(models))
    tally = await practice.heal(WINDOW, Field.MAX_OUTPUT_TOKENS, Field.PARAMETER_COUNT)
    entries = await practice.spending.entries(NOON)
    assert [entry.purpose for entry in entries] == ["healing"] * tally.cost.calls
    assert tally.cost.usd == sum((entry.cost or Decimal(0) for entry in entries), Decimal(0)) > 0
    # What the first is trusted with alone needs no second one, for money.
    assert asked_models(practice.wire) == ["one"]
    assert tally.right == 60


async def test_a_budget_that_is_spent_in_the_middle_ends_the_paid_means(make_practice: MakePractice) -> None:
    practice = await make_practice({}, unknown=100, environ=KEY, spending__zero_burn=False, spending__day_limit="0.08")
    await practice.offer_paid(one="1 4")
    practice.wire.route("POST", PAID_CHAT, at_openai({"one": ScriptedModel(practice.truth, 1)}))
    tally = await practice.heal()
    first, last = tally.steps[0], tally.steps[-1]
    assert {verdict.outcome for verdict in first.verdicts} != {Outcome.FAILED}
    assert {verdict.outcome for verdict in last.verdicts} == {Outcome.FAILED}
    assert "budget" in last.verdicts[0].detail
    assert last.cost.usd == 0
    assert len(tally.steps) < 5
    assert (await practice.spending.state()).day.used <= Decimal("0.08")


async def test_a_missing_key_puts_its_provider_aside(make_practice: MakePractice) -> None:
    practice = await make_practice({}, unknown=3, spending__zero_burn=False)
    await practice.offer_paid(one="1 4")
    assert await practice.doctor.why_not() == "No model is at hand that could be asked."


async def test_switched_off_it_says_so(make_practice: MakePractice) -> None:
    practice = await make_practice({LLAMA: script(1)}, healing__inference=False)
    assert await practice.doctor.why_not() == "Asking models is switched off."


async def test_with_a_model_on_this_machine_nothing_speaks_against_it(make_practice: MakePractice) -> None:
    practice = await make_practice({LLAMA: script(1)})
    assert await practice.doctor.why_not() == ""


# ---------------------------------------------------------------- stopping


async def test_closing_it_between_two_questions_asks_no_more(make_practice: MakePractice) -> None:
    practice = await make_practice({LLAMA: script(1)}, unknown=60)
    async with aclosing(practice.doctor.heal(await practice.gaps(WINDOW), Progress())) as steps:
        async for step in steps:
            assert len(step.verdicts) == 20
            break
    assert len(asked_models(practice.wire)) == 1


async def test_cancelling_it_while_a_model_thinks_ends_the_call_and_leaves_nothing_open(
    make_practice: MakePractice,
) -> None:
    practice = await make_practice({LLAMA: script(1)}, unknown=5)
    practice.wire.route("POST", CHAT, Reply(hang=True))
    healing = asyncio.create_task(practice.heal(WINDOW))
    await practice.wire.until(lambda: practice.wire.requests)
    healing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await healing
    (entry,) = await practice.spending.entries(NOON)
    assert entry.state is EntryState.CANCELLED
    await practice.wire.until(lambda: not practice.wire.open_connections)


async def test_asked_to_stop_it_stops_before_the_next_question(make_practice: MakePractice) -> None:
    practice = await make_practice({LLAMA: script(1)}, unknown=60)
    progress = Progress()
    async with aclosing(practice.doctor.heal(await practice.gaps(WINDOW), progress)) as steps:
        await anext(steps)
        progress.cancel()
        with pytest.raises(JobCancelled):
            await anext(steps)
    assert len(asked_models(practice.wire)) == 1
    assert progress.state.total == 60
