"""Kills processes that heal, undo and heal again, at any moment, and looks at what they leave.

It runs as a process of its own, without threads, so that each victim can be a cheap fork of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

from harness.facts import DAY
from harness.healing import SOURCES, Protection, right, shipped_rules
from modelward.catalog.model import Field
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.healing.care import HealingService
from modelward.healing.model import Cost, Cycle, CycleState, Fill, FillState, Gap, Means, Step, Verdict
from modelward.healing.service import SurveyService
from modelward.healing.store import HealingStore
from modelward.providers.model import Provider, Usage
from modelward.spending.model import EntryState, Purpose
from modelward.spending.service import SpendingService
from modelward.spending.store import Settlement
from modelward.store import tables
from modelward.store.engine import Database

MODELS = 60
KNOWN = ("openai/gpt-4o-mini", "groq/llama-3.1-8b-instant", "anthropic/claude-sonnet-4-5")
RULES = {"MODELWARD__SPENDING__ZERO_BURN": "false", "MODELWARD__SPENDING__DAY_LIMIT": "1000"}
PRICE = Decimal("0.000010")
_LONGEST_SECONDS = 0.6

Tell = Callable[[str], object]


class Metered:
    """A healer each step of which is a call that the ledger meters; ``tell`` says what is done, as it is done."""

    def __init__(self, means: Means, spending: SpendingService, tell: Tell, fields: frozenset[Field]) -> None:
        self._means = means
        self._spending = spending
        self._tell = tell
        self._fields = fields

    async def why_not(self) -> str:
        return ""

    async def heal(self, gaps: Sequence[Gap], progress: Progress) -> AsyncGenerator[Step, None]:
        for id_ in dict.fromkeys(gap.model.id for gap in gaps):
            own = [gap for gap in gaps if gap.model.id == id_ and gap.field in self._fields]
            if not own:
                continue
            self._say("asks", id_)
            entry = await self._spending.reserve("double", "double/one", Purpose.HEALING, PRICE)
            settled = Settlement(EntryState.DONE, PRICE, Usage(100, output_tokens=10), 0.1)
            await self._spending.settle(entry, settled)
            self._say("asked", id_)
            verdicts = tuple(self._verdict(gap, entry) for gap in own)
            yield Step(verdicts, Cost(1, 100, 10, PRICE))
            # Whoever asks for the next step has filed this one.
            for gap in own:
                self._say("filed", f"{id_} {gap.field.value}")

    def _verdict(self, gap: Gap, entry: int) -> Verdict:
        verdict = right(self._means)(gap)
        assert verdict.fact is not None
        return replace(verdict, fact=replace(verdict.fact, quote=f"call {entry}", observed_at=utc_now()))

    def _say(self, verb: str, what: str) -> None:
        self._tell(f"{verb} {what}\n")


class Household:
    """A store of models of which nothing is known, and what its victims said of themselves."""

    def __init__(self, home: Path) -> None:
        self.paths = Paths.locate({"MODELWARD_HOME": str(home)})
        self.asks = self.asked = 0
        self.filed: set[tuple[str, str]] = set()

    def fill(self) -> None:
        self.paths.prepare()
        shipped_rules()
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        database = await Database.open(self.paths.database)
        names = [f"p/{number}" for number in range(MODELS)]
        await CatalogStore(database).merge([], named=[*names, *KNOWN], now=DAY)
        await self._life(database, lambda _text: None).heal(Progress())  # so that all is imported before a fork
        await database.close()

    def live(self, told: int) -> None:
        """What a victim does until it is killed: heal, take some of it back, heal again."""
        asyncio.run(self._live(told))

    async def _live(self, told: int) -> None:
        database = await Database.open(self.paths.database)

        def tell(text: str) -> None:
            os.write(told, text.encode())

        service = self._life(database, tell)
        await HealingStore(database).end_cut_off()
        while True:
            tell("undoes all\n")
            for cycle in await service.cycles(1_000):
                await service.undo_cycle(cycle.id)
            await service.try_again()
            await service.heal(Progress())

    def _life(self, database: Database, tell: Tell) -> HealingService:
        catalog = CatalogStore(database)
        preferences = Preferences(self.paths, load(self.paths, RULES), RULES)
        spending = SpendingService(database, preferences)
        surveys = SurveyService(catalog, self.paths)
        surveys._loaded = shipped_rules()
        cheap = frozenset({Field.CONTEXT_WINDOW, Field.CAPABILITIES})
        rest = frozenset({Field.PRICE_INPUT, Field.PRICE_OUTPUT})

        async def known() -> list[Provider]:
            return []

        return HealingService(
            database,
            catalog,
            surveys,
            known,
            preferences,
            healers={
                Means.INFERENCE: Metered(Means.INFERENCE, spending, tell, cheap),
                Means.RESEARCH: Metered(Means.RESEARCH, spending, tell, rest),
            },
            protect=Protection(),
        )

    def hear(self, told: Sequence[str]) -> None:
        """What a victim said before it died."""
        for line in told:
            verb, _, what = line.partition(" ")
            if verb == "undoes":
                self.filed.clear()
            elif verb == "filed":
                id_, _, field = what.partition(" ")
                self.filed.add((id_, field))
            elif verb == "asks":
                self.asks += 1
            else:
                self.asked += 1

    def judge(self) -> list[str]:
        """What is wrong after a kill, in words; nothing where all is as promised."""
        return asyncio.run(self._judge())

    async def _judge(self) -> list[str]:
        database = await Database.open(self.paths.database)
        try:
            return [each async for each in self._wrong(database)]
        finally:
            await database.close()

    async def _wrong(self, database: Database) -> AsyncGenerator[str, None]:
        if damage := await database.find_damage():
            yield f"the store is damaged: {damage}"
        catalog, store = CatalogStore(database), HealingStore(database)
        facts = await catalog.facts_of([model.id for model in await catalog.models()])
        stated = [fact for own in facts.values() for fact in own if fact.source in SOURCES.values()]
        cycles = await store.cycles()
        fills = {cycle.id: await store.fills(cycle_id=cycle.id) for cycle in cycles}
        every = [fill for own in fills.values() for fill in own if fill.means is not Means.SURVEY]
        written = [fill.fact for fill in every if fill.state is FillState.WRITTEN]
        if Counter(stated) != Counter(written):
            yield f"{len(stated)} facts stand, and {len(written)} are recorded as filled"
        if lost := self.filed - {(fact.model_id, fact.field.value) for fact in stated}:
            yield f"facts are lost: {sorted(lost)[:3]}"
        if changed := (await catalog.rebuild()).changed:
            yield f"values do not follow from their facts: {sorted(changed)[:3]}"
        for each in _judge_counts(cycles, fills):
            yield each
        for each in self._judge_calls(every, await _entries(database)):
            yield each
        if sum(cycle.state is CycleState.RUNNING for cycle in cycles) > 1:
            yield "two cycles run"
        await store.end_cut_off()
        if any(cycle.state is CycleState.RUNNING or cycle.ended_at is None for cycle in await store.cycles()):
            yield "a cycle goes on after the next opening"

    def _judge_calls(self, fills: Sequence[Fill], entries: int) -> Iterator[str]:
        # Before the first victim the household itself healed once.
        own = 2 * MODELS
        if not self.asked <= entries - own <= self.asks:
            yield f"{entries - own} calls in the ledger, of {self.asks} begun and {self.asked} ended"
        steps = {(fill.fact.quote, fill.fact.model_id, fill.cycle_id) for fill in fills}
        if len(steps) != len({quote for quote, _, _ in steps}):
            yield "one call is counted in two steps"


def _judge_counts(cycles: Sequence[Cycle], fills: Mapping[int, Sequence[Fill]]) -> Iterator[str]:
    for cycle in cycles:
        counted = Counter(fill.means for fill in fills[cycle.id])
        if counted != Counter(cycle.filled):
            yield f"cycle {cycle.id} counts {cycle.filled}, and filled {counted}"
        calls = {fill.fact.quote for fill in fills[cycle.id] if fill.means is not Means.SURVEY}
        if cycle.cost != Cost(len(calls), 100 * len(calls), 10 * len(calls), PRICE * len(calls)):
            yield f"cycle {cycle.id} cost {cycle.cost}, and {len(calls)} calls filled it"


async def _entries(database: Database) -> int:
    query = select(func.count()).select_from(tables.spending)
    return await database.read(lambda connection: connection.scalar(query)) or 0


def kill(household: Household, dice: random.Random) -> None:
    """Fork a victim and kill it after a random time."""
    reading, writing = os.pipe()
    victim = os.fork()
    if victim == 0:
        os.close(reading)
        try:
            household.live(writing)
        finally:
            os._exit(9)
    os.close(writing)
    time.sleep(dice.uniform(0, _LONGEST_SECONDS))
    with suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    with os.fdopen(reading) as told:
        household.hear(told.read().splitlines())
    _, status = os.waitpid(victim, 0)
    if not os.WIFSIGNALED(status):
        raise AssertionError("the victim failed by itself")


def main() -> None:
    """Arguments: a home, how many kills, and a seed. Writes a JSON line for each kill."""
    household = Household(Path(sys.argv[1]))
    household.fill()
    dice = random.Random(int(sys.argv[3]))
    for number in range(int(sys.argv[2])):
        before = household.asked
        kill(household, dice)
        line = {"at": number, "calls": household.asked - before, "wrong": household.judge()}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
