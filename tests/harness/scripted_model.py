"""A model that knows a part of the truth: right, confidently wrong or malformed as often as a test wants.

What it says of a field of a model never changes: whoever asks again hears the same. Two with one seed are copies.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.chat_doubles import OLLAMA, OPENAI, ChatDouble, Told
from harness.wire import Reply, Seen
from modelward.providers.model import Usage

Truth = Mapping[str, Mapping[str, object]]
"""What is true, by model id and field, as JSON."""

WORDS = ("tools", "vision", "reasoning", "structured_output", "audio_input")

_POOLS: Mapping[str, tuple[object, ...]] = {
    "context_window": (4_096, 8_192, 16_384, 32_768, 65_536, 100_000, 200_000, 256_000, 1_000_000),
    "max_output_tokens": (1_024, 2_048, 4_096, 8_192, 16_384, 32_000, 64_000, 100_000),
    "price_input": (0.1, 0.15, 0.3, 0.5, 1, 2, 3, 5, 15),
    "price_output": (0.4, 0.6, 1.2, 2, 4, 8, 12, 15, 60),
    "knowledge_cutoff": tuple(f"{year}-{month:02}" for year in (2022, 2023, 2024, 2025) for month in (1, 4, 6, 9, 12)),
    "parameter_count": tuple(count * 10**9 for count in (1, 3, 7, 14, 32, 70, 120, 235, 405)),
}
_MALFORMED: tuple[object, ...] = ("about as much as others", -5, [[]], {"value": {"a": "b"}}, True, 10**30, "1e400")


def invented(chance: random.Random) -> dict[str, object]:
    """What could be true of a model, drawn from what is true of models in general."""
    values: dict[str, object] = {name: chance.choice(pool) for name, pool in _POOLS.items()}
    return values | {"capabilities": _capabilities(chance)}


def _capabilities(chance: random.Random) -> dict[str, list[str]]:
    has = [word for word in WORDS if chance.random() < 0.5] or ["tools"]
    return {"has": has, "lacks": [word for word in WORDS if word not in has]}


@dataclass
class ScriptedModel:
    """``right``, ``wrong`` and what is left of 1 (malformed): shares of what it says of fields. ``knows``: the share of
    fields of which it says anything. ``slips``: its errors are among so many values, which other models err among too;
    0: among all. ``asked``: the names it was asked about, question by question."""

    truth: Truth
    seed: int
    right: float = 0.7
    wrong: float = 0.2
    knows: float = 1.0
    slips: int = 0
    around: Callable[[str], str] = str
    asked: list[list[str]] = field(default_factory=list)

    def answer(self, question: str) -> str:
        """What it says to a question, as the Doctor asks it."""
        wanted = json.loads(question)
        self.asked.append(wanted["models"])
        entries = [self._entry(name, list(wanted["fields"])) for name in wanted["models"]]
        return self.around(json.dumps({"models": entries}))

    def reply(self, seen: Seen, double: ChatDouble = OLLAMA) -> Reply:
        """The answer to a chat request on a dialect's wire; a token is counted for every four characters."""
        messages = seen.json["messages"]
        text = self.answer(messages[-1]["content"])
        asked = sum(len(message["content"]) for message in messages)
        usage = Usage(input_tokens=asked // 4, output_tokens=len(text) // 4)
        return double.reply(Told(text=(text,), usage=usage))

    def _entry(self, name: str, fields: list[str]) -> dict[str, object]:
        return {"model": name, **{one: self._field(name, one) for one in fields}}

    def _field(self, name: str, one: str) -> object:
        chance = random.Random(f"{self.seed} {name} {one}")
        dice, truth = chance.random(), self.truth.get(name, {}).get(one)
        if truth is None or chance.random() >= self.knows:
            return {"value": None, "confidence": 0}
        if dice < self.right:
            return {"value": truth, "confidence": round(chance.uniform(0.9, 1), 2)}
        if dice < self.right + self.wrong:
            return {"value": self._slip(chance, name, one, truth), "confidence": 0.97}
        return {"value": chance.choice(_MALFORMED), "confidence": 0.9}

    def _slip(self, chance: random.Random, name: str, one: str, truth: object) -> object:
        if self.slips:
            chance = random.Random(f"{name} {one} {chance.randrange(self.slips)}")
        while (value := _capabilities(chance) if one == "capabilities" else chance.choice(_POOLS[one])) == truth:
            pass
        return value


def at_ollama(models: Mapping[str, ScriptedModel]) -> Callable[[Seen], Reply]:
    """A route for ``POST /api/chat`` behind which these models stand, by name."""
    return lambda seen: models[seen.json["model"]].reply(seen)


def at_openai(models: Mapping[str, ScriptedModel]) -> Callable[[Seen], Reply]:
    """A route for ``POST …/chat/completions`` behind which these models stand, by name."""
    return lambda seen: models[seen.json["model"]].reply(seen, OPENAI)
