"""A whole healing by the desk: the rules, true calls of models on this machine, the ledger, and the way back."""

from __future__ import annotations

from harness.doctors import CHAT, known_facts, local_facts, no_proxy, truths
from harness.scripted_model import ScriptedModel, at_ollama
from harness.spending import NOON
from harness.wire import WireServer, wire
from modelward.catalog.model import Source
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.progress import Progress
from modelward.desk import Desk
from modelward.healing.model import Cycle, CycleState, Means, Outcome

__all__ = ["no_proxy", "wire"]

KNOWN_TO_RULES = "openai/gpt-4o-mini"
MODELS = ("llama3.2:3b", "qwen3:8b")
KNOWN, UNKNOWN = 60, 40


async def ward_of_forty(desk: Desk, wire: WireServer) -> list[str]:
    """Forty models of which nothing is known, one that the rules know, and two models at an Ollama who know all."""
    truth = truths(KNOWN + UNKNOWN)
    ids = list(truth)
    facts = [one for id_ in ids[:KNOWN] for one in known_facts(id_, truth)]
    facts += [one for name in MODELS for one in local_facts(f"ollama/{name}", 32_768)]
    catalog = CatalogStore(desk.database)
    await catalog.merge(facts, now=NOON, named=[*ids[KNOWN:], KNOWN_TO_RULES])
    await catalog.apply_listing("ollama", [f"ollama/{name}" for name in MODELS], utc_now(), is_first=True)
    await desk.providers.add("ollama", url=wire.url)
    knowing = {name: ScriptedModel(truth, seed, right=1, wrong=0) for seed, name in enumerate(MODELS)}
    wire.route("POST", CHAT, at_ollama(knowing))
    return ids[KNOWN:]


async def test_forty_unknown_models_are_healed_for_nothing_and_given_back_whole(
    desk: Desk, wire: WireServer, no_proxy: None
) -> None:
    unknown = await ward_of_forty(desk, wire)
    assert (await desk.catalog.health()).incomplete >= UNKNOWN + 1
    first = await cycle_of(desk)
    assert first.filled[Means.SURVEY] >= 4
    assert KNOWN_TO_RULES in await complete(desk)
    # Who was right of few known models so far is believed more once there were more.
    await desk.healing.try_again()
    second = await cycle_of(desk)
    assert len(await complete(desk) & set(unknown)) >= UNKNOWN * 0.9

    calls = [seen for seen in wire.requests if seen.path == CHAT]
    entries = await desk.spending.entries(NOON.replace(year=2000))
    cost = first.cost + second.cost
    assert len(calls) == cost.calls == len(entries)
    assert (cost.usd, sum(entry.cost or 0 for entry in entries)) == (0, 0)
    assert cost.input_tokens == sum(entry.usage.input_tokens or 0 for entry in entries)

    for cycle in (first, second):
        undone, _ = await desk.healing.undo_cycle(cycle.id)
        assert undone.undone == cycle.filled[Means.INFERENCE]
    facts = await CatalogStore(desk.database).facts_of(unknown)
    assert not [one for own in facts.values() for one in own if one.source is Source.INFERENCE]
    report, _ = await desk.heal(Progress())
    assert report.complete == report.total - UNKNOWN
    assert sum(attempt.outcome is Outcome.REJECTED for attempt in report.left) >= 4 * UNKNOWN


async def cycle_of(desk: Desk) -> Cycle:
    report, _ = await desk.heal(Progress())
    assert report.cycle is not None
    assert report.cycle.state is CycleState.DONE
    return report.cycle


async def complete(desk: Desk) -> set[str]:
    return {model.id for model in await desk.catalog.models() if model.is_complete}


async def test_a_later_look_asks_nobody_while_what_was_tried_waits(
    desk: Desk, wire: WireServer, no_proxy: None
) -> None:
    await ward_of_forty(desk, wire)
    await desk.heal(Progress())
    before = len(wire.requests)
    report, changes = await desk.heal(Progress())
    assert report.cycle is None
    assert not changes
    assert len(wire.requests) == before
