"""What models are asked to be measured: questions of a known size for their times, and the suites of probes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from modelward.benchmarks import haystack, probes
from modelward.benchmarks.model import Workload
from modelward.benchmarks.probes import Haystack, Probe, Suite, SuiteProblem
from modelward.catalog.fields import clip
from modelward.core.errors import BadValueError
from modelward.core.paths import Paths, resources
from modelward.providers.model import ChatRequest, Message, Role

QUALITY = "quality"
"""Names all suites together."""

WARM_UP_TOKENS = 16
"""Of output: enough for a model to be loaded and to have begun."""

CHARACTERS_PER_TOKEN = 4
"""Of English in the tokenizers in use; for estimates before anything was asked."""

_USUAL_ANSWER = 400  # tokens; few probes need as many as they may have
_HASH = 6  # characters of a suite's hash in its tag

_CHAT = """I have taken over a small bakery in a harbour town. The former owner baked eight kinds of bread every day \
and threw a third of it away in the evening. I have kept a list for four weeks: on weekdays we sell about 120 loaves, \
on Saturdays 210, and on Sundays we are closed. Rye and spelt are always gone by noon, the white tin loaf hardly sells \
at all, and the sweet rolls depend on the weather, because on sunny days the ferry brings visitors who buy nothing \
else. I have one oven, which takes 40 loaves at a time and needs 50 minutes for each batch, and one helper, who comes \
at five in the morning and leaves at eleven. The shop opens at seven.

How would you plan the baking of a usual week, so that less is thrown away and nobody stands before empty shelves? \
Write about 250 words in plain paragraphs, and say in the end which figure I should write down from now on."""

_CODE = """Here is a module of a library that lends tools to neighbours:

```python
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass
class Tool:
    name: str
    value: float
    lent_to: str | None = None
    due: date | None = None
    history: list[tuple[str, date, date]] = field(default_factory=list)


class Shed:
    def __init__(self) -> None:
        self.tools: dict[str, Tool] = {}
        self.waiting: dict[str, list[str]] = {}

    def add(self, name: str, value: float) -> None:
        self.tools[name] = Tool(name, value)

    def lend(self, name: str, who: str, today: date, days: int = 14) -> date:
        tool = self.tools[name]
        if tool.lent_to:
            self.waiting.setdefault(name, []).append(who)
            raise ValueError(f"{name} is with {tool.lent_to} until {tool.due}")
        tool.lent_to = who
        tool.due = today + timedelta(days=days)
        return tool.due

    def take_back(self, name: str, today: date) -> float:
        tool = self.tools[name]
        late = (today - tool.due).days if tool.due else 0
        fee = max(0, late) * tool.value * 0.01
        tool.history.append((tool.lent_to, tool.due, today))
        tool.lent_to = tool.due = None
        queue = self.waiting.get(name)
        if queue:
            self.lend(name, queue.pop(0), today)
        return fee

    def overdue(self, today: date) -> list[Tool]:
        return [tool for tool in self.tools.values() if tool.due and tool.due < today]
```

Rewrite the class so that a person can renew a tool for seven days, once, if nobody waits for it; nobody stands in a \
queue twice; and the fee is never more than half of the tool's value. Answer with the whole new class in one block of \
code, and below it one sentence for each change."""

_BRIEF = """A customer writes: "The parcel came today, but the lid of the pot was broken. I do not want my money back, \
I would just like a new lid." In which of these drawers does the message belong: delivery, replacement, refund, \
praise, other? Name the drawer and give the reason in one short sentence."""

_LONG = Haystack(seed=11, tokens=3_500, needles=())
_LONG_QUESTION = """Above stands a part of the chronicle of a small town. Write a summary of about 200 words: which \
trades come up, what their people do, and what the life of the town is like. Use plain paragraphs."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One thing that is asked: a question whose answer is timed, or a probe, whose answer is graded too.

    ``output_tokens``: what an answer has by estimate.
    """

    request: ChatRequest
    output_tokens: int
    probe: Probe | None = None

    @property
    def input_tokens(self) -> int:
        """By estimate."""
        return sum(len(message.text) for message in self.request.messages) // CHARACTERS_PER_TOKEN


@dataclass(frozen=True, slots=True)
class _Question:
    title: str
    about: str
    text: str
    output_tokens: int

    def asking(self) -> Asking:
        request = ChatRequest("", (Message(Role.USER, self.text),), self.output_tokens)
        return Asking(request, self.output_tokens)


def _long_text() -> str:
    return f"{haystack.made(_LONG)}\n\n{_LONG_QUESTION}"


class Workloads:
    """All that models can be measured with, as it stands now; made by :meth:`load`.

    ``problems``: what is wrong in the files of suites.
    """

    def __init__(self, suites: Sequence[Suite], problems: Sequence[SuiteProblem] = ()) -> None:
        self.suites = tuple(suites)
        self.problems = tuple(problems)
        self._made: dict[tuple[str, str], Asking] = {}

    @cached_property
    def _questions(self) -> dict[str, _Question]:
        return {
            "chat": _Question("Chat", "A question of about 200 tokens, 200 to answer", _CHAT, 200),
            "long": _Question("Long text", "About 4,000 tokens to read, 300 to answer", _long_text(), 300),
            "code": _Question("Code", "About 500 tokens of code and wishes, 400 to answer", _CODE, 400),
            "brief": _Question("Brief", "About 80 tokens, 30 to answer: how fast a first word comes", _BRIEF, 30),
        }

    def listed(self) -> tuple[Workload, ...]:
        """Each with its name and tag, those of times first."""
        timed = [Workload(name, name, each.title, each.about) for name, each in self._questions.items()]
        whole = sum(len(suite.probes) for suite in self.suites)
        every = Workload(QUALITY, QUALITY, "Quality", f"All {len(self.suites)} suites", calls=whole)
        graded = [
            Workload(suite.id, tag_of(suite), _title(suite), suite.about, suite.use_case, len(suite.probes))
            for suite in self.suites
        ]
        return (*timed, every, *graded)

    def suites_of(self, name: str) -> tuple[Suite, ...]:
        """The suites that a name means; none for a workload of times. Raises BadValueError for any other name."""
        if name in self._questions:
            return ()
        found = self.suites if name == QUALITY else tuple(each for each in self.suites if name in _names(each))
        if not found:
            names = (*self._questions, QUALITY, *(suite.id for suite in self.suites))
            raise BadValueError(f"There is no workload {clip(name)!r}.", todo=f"Choose one of: {', '.join(names)}.")
        return found

    def asking(self, tag: str, probe: str = "") -> Asking | None:
        """What a cell asks; None where it is not there any more, or is not what it was when the tag was made."""
        made = self._made.get((tag, probe)) or self._make(tag, probe)
        if made is not None:
            # Long texts take their time: they are made once for all models.
            self._made[tag, probe] = made
        return made

    def _make(self, tag: str, name: str) -> Asking | None:
        if not name:
            question = self._questions.get(tag)
            return None if question is None else question.asking()
        probes_ = next((suite.probes for suite in self.suites if tag_of(suite) == tag), ())
        return next((_asking(probe) for probe in probes_ if probe.id == name), None)

    def warm_up(self) -> ChatRequest:
        """A short question whose answer does not count."""
        return ChatRequest("", (Message(Role.USER, _BRIEF),), WARM_UP_TOKENS)


def _asking(probe: Probe) -> Asking:
    request = ChatRequest("", haystack.messages(probe), probe.max_output_tokens, tools=probe.tools)
    return Asking(request, min(probe.max_output_tokens, _USUAL_ANSWER), probe)


def tag_of(suite: Suite) -> str:
    """What the measurements of a suite are kept under: its name, and the beginning of its hash."""
    return f"{suite.id}@{suite.hash[:_HASH]}"


class Shelf:
    """Reads the suites where they are, anew only where a file has changed."""

    def __init__(self, paths: Paths) -> None:
        self._folders = resources() / "probes", paths.probes
        self._seen: object = None
        self._workloads = Workloads(())

    async def workloads(self) -> Workloads:
        """All workloads as they stand now."""
        seen = await asyncio.to_thread(_state, self._folders)
        if seen != self._seen:
            self._workloads = Workloads(*await asyncio.to_thread(probes.load, *self._folders))
            self._seen = seen
        return self._workloads


def _state(folders: Sequence[Path]) -> object:
    found = []
    for folder in folders:
        try:
            for path in folder.iterdir():
                stat = path.stat()
                found.append((str(path), stat.st_mtime_ns, stat.st_size))
        except OSError:
            continue
    return sorted(found)


def _names(suite: Suite) -> tuple[str, ...]:
    return suite.id, tag_of(suite), suite.use_case.value


def _title(suite: Suite) -> str:
    return suite.id.replace("-", " ").replace("_", " ").capitalize()
