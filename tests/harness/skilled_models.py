"""Three models of OpenAI's wire that differ in skill and pace: they answer our probes well or badly, as they can.

By hand: ``PYTHONPATH=tests:app python -m harness.skilled_models [PORT]``, then add its address as a provider.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.wire import Reply, Seen, WireServer
from modelward.benchmarks import haystack
from modelward.benchmarks.answers import Answer
from modelward.benchmarks.probes import Difficulty, Probe, load
from modelward.core.paths import resources

_NOWHERE = Path("/nonexistent")
_WORDS = ("The", "plan", "keeps", "the", "shelves", "full", "and", "the", "waste", "small.")


@dataclass(frozen=True, slots=True)
class Skill:
    """How often a model answers a probe well, by difficulty, and its pace: seconds until and between words."""

    easy: float
    medium: float
    hard: float
    wait: float = 0.0
    gap: float = 0.0

    def at(self, difficulty: Difficulty) -> float:
        """The chance of a good answer."""
        return {Difficulty.EASY: self.easy, Difficulty.MEDIUM: self.medium, Difficulty.HARD: self.hard}[difficulty]


SKILLS = {
    "tiny-talker": Skill(0.8, 0.3, 0.0, 0.02, 0.002),
    "steady-worker": Skill(1.0, 1.0, 0.8, 0.05, 0.003),
    "grand-thinker": Skill(1.0, 1.0, 1.0, 0.15, 0.006),
}


class SkilledModels:
    """Answers chats. ``paced``: words come at the model's pace; else all at once."""

    def __init__(self, *, paced: bool = False) -> None:
        suites, _ = load(resources() / "probes", _NOWHERE)
        self._probes = {haystack.messages(probe)[-1].text: probe for suite in suites for probe in suite.probes}
        self._paced = paced

    def reply(self, seen: Seen) -> Reply:
        """What the model that is asked says."""
        asked = seen.json
        skill = SKILLS[asked["model"]]
        text = str(asked["messages"][-1]["content"])
        probe = self._probes.get(text) or self._probes.get(text.partition("\n")[2])
        said = self._answer(asked["model"], skill, probe) if probe is not None else None
        most = int(asked.get("max_tokens") or asked.get("max_completion_tokens") or 100)
        pieces = list(_pieces(said, most))
        usage = {"prompt_tokens": max(1, len(text) // 4), "completion_tokens": max(1, len(str(pieces)) // 4)}
        return Reply(headers={"content-type": "text/event-stream"}, stream=self._told(skill, pieces, usage))

    @staticmethod
    def _answer(model: str, skill: Skill, probe: Probe) -> Answer:
        luck = random.Random(f"{model} {probe.id}").random()
        answers = probe.good if luck < skill.at(probe.difficulty) else probe.bad
        return answers[0] if answers else Answer("I do not know.")

    async def _told(
        self, skill: Skill, pieces: list[dict[str, object]], usage: dict[str, int]
    ) -> AsyncGenerator[bytes, None]:
        await asyncio.sleep(skill.wait if self._paced else 0)
        for delta in pieces:
            yield _event({"choices": [{"index": 0, "delta": delta}]})
            if self._paced:
                await asyncio.sleep(skill.gap)
        end = "tool_calls" if any("tool_calls" in delta for delta in pieces) else "stop"
        yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": end}]})
        yield _event({"choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


def route_skilled_models(wire: WireServer, *, paced: bool = False) -> None:
    """Serve them at an address."""
    rows = [{"id": name, "object": "model", "owned_by": "us"} for name in SKILLS]
    wire.route("GET", "/v1/models", Reply(body={"object": "list", "data": rows}))
    wire.route("POST", "/v1/chat/completions", SkilledModels(paced=paced).reply)


def _pieces(said: Answer | None, most: int) -> Iterator[dict[str, object]]:
    if said is None:
        for number in range(min(most, 200)):
            yield {"content": _WORDS[number % len(_WORDS)] + " "}
        return
    lines = said.text.splitlines(keepends=True)
    yield from ({"content": line} for line in lines)
    for number, call in enumerate(said.calls):
        function = {"name": call.name, "arguments": call.arguments}
        yield {"tool_calls": [{"index": number, "id": f"call_{number}", "type": "function", "function": function}]}


def _event(body: object) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


async def _main(port: int) -> None:
    async with WireServer(port=port) as wire:
        route_skilled_models(wire, paced=True)
        sys.stdout.write(wire.url + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
