"""What models are asked to prove what they can, each in three wordings, and how an answer to it is judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from modelward.benchmarks import haystack
from modelward.benchmarks.drawing import drawn
from modelward.benchmarks.measuring import Measured
from modelward.benchmarks.model import CallState
from modelward.benchmarks.probes import Haystack
from modelward.catalog.fields import clip
from modelward.catalog.model import Capability
from modelward.providers.model import ChatRequest, EndReason, Message, Role, Tool

BRIEF_TOKENS = 300
"""Of output, for a model that does not think."""

THINKING_TOKENS = 2_000
"""Of output, for one that may think before it answers: its thoughts count."""

CACHED_TOKENS = 2_600
"""Of a prompt that is repeated: providers that cache prompts begin at 1,024, some at 2,048."""


class Verdict(StrEnum):
    """What one answer says of a capability."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and its reason, in words."""

    verdict: Verdict
    words: str


Judge = Callable[[Measured], Judged]


@dataclass(frozen=True, slots=True)
class Try:
    """One question, and who judges its answer."""

    request: ChatRequest
    judge: Judge


def tries_of(capability: Capability, *, output_tokens: int) -> tuple[Try, ...]:
    """The tries for a capability; none where no wire of ours can ask for it."""
    make = _TRIES.get(capability)
    return () if make is None else make(output_tokens)


def judged(measured: Measured, judge: Judge) -> Judged:
    """The verdict on an answer. A call that failed, a refusal and a cut-off answer say nothing against a model."""
    call = measured.measurement
    if call.state is not CallState.DONE:
        words = call.detail or f"The call ended without an answer ({call.state.value})."
        return Judged(Verdict.UNCLEAR, words)
    found = judge(measured)
    if found.verdict is Verdict.NO and measured.ended not in (EndReason.STOP, EndReason.TOOL_CALLS):
        return Judged(Verdict.UNCLEAR, "Its answer was cut off before it was whole.")
    return found


def _asked(text: str, output_tokens: int) -> ChatRequest:
    # Answers that are as alike as can be: what differs between the tries is the wording alone.
    return ChatRequest("", (Message(Role.USER, text),), output_tokens, temperature=0.0)


# ---------------------------------------------------------------- tools


def _object(properties: Mapping[str, object], *, required: bool = True) -> dict[str, object]:
    schema: dict[str, object] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**schema, "required": list(properties)} if required else schema


_TEXT, _COUNT = {"type": "string"}, {"type": "integer"}
_TOOLS = (
    Tool("ferry_fare", "What a ferry trip costs.", _object({"start": _TEXT, "goal": _TEXT, "adults": _COUNT})),
    Tool("tide_table", "When the tide is high at a harbour.", _object({"harbour": _TEXT, "day": _TEXT})),
    Tool("book_berth", "Books a berth for a boat.", _object({"harbour": _TEXT, "metres": _COUNT, "nights": _COUNT})),
)
_ERRANDS: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    (
        "What do three adults pay for the ferry from Aldby to Norvik? Look it up with the tools that you have.",
        "ferry_fare",
        {"start": "Aldby", "goal": "Norvik", "adults": 3},
    ),
    (
        "My boat is 9 metres long. Please get it a berth in Sandhamn for 2 nights.",
        "book_berth",
        {"harbour": "Sandhamn", "metres": 9, "nights": 2},
    ),
    (
        "Two grown-ups want to cross from Hollum to Ystra. Call the function that finds the fare.",
        "ferry_fare",
        {"start": "Hollum", "goal": "Ystra", "adults": 2},
    ),
)


def _tools(output_tokens: int) -> tuple[Try, ...]:
    def one(text: str, name: str, arguments: Mapping[str, object]) -> Try:
        asked = _asked(text, output_tokens)
        request = ChatRequest("", asked.messages, output_tokens, asked.temperature, _TOOLS)
        return Try(request, partial(_called, name, arguments))

    return tuple(one(*errand) for errand in _ERRANDS)


def _called(name: str, arguments: Mapping[str, object], measured: Measured) -> Judged:
    if not measured.tool_calls:
        return Judged(Verdict.NO, "It answered in words and called none of the three tools.")
    call = next((call for call in measured.tool_calls if call.name == name), None)
    if call is None:
        return Judged(Verdict.NO, f"Of the three tools it called {clip(measured.tool_calls[0].name, 40)}.")
    if not _same_arguments(call.arguments, arguments):
        return Judged(Verdict.NO, "It called the right tool with wrong arguments.")
    return Judged(Verdict.YES, "Of three tools it called the right one with the right arguments.")


def _same_arguments(written: str, wanted: Mapping[str, object]) -> bool:
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict) or found.keys() != wanted.keys():
        return False
    return all(str(found[key]).strip().casefold() == str(value).casefold() for key, value in wanted.items())


# ---------------------------------------------------------------- structured output

# Of the language of schemas only what every provider that has them takes.
_BOAT = _object(
    {
        "name": _TEXT,
        "metres": {"type": "number"},
        "colour": {"type": "string", "enum": ["red", "green", "blue", "white"]},
        "crew": {"type": "array", "items": _TEXT},
    }
)
_PORTRAITS = (
    "Tell me about a boat: she is called Ilvy, is 11 metres long and painted green, and Tor and Runa sail her.",
    "Runa and Tor sail the Ilvy. She is green and measures 11 metres. Give me a portrait of this boat.",
    "Please describe the green boat Ilvy (11 metres) with which Tor and Runa go out to sea.",
)


def _structured(output_tokens: int) -> tuple[Try, ...]:
    """The words ask for prose: JSON comes where the request's schema has an effect."""
    asked = (_asked(text, output_tokens) for text in _PORTRAITS)
    return tuple(
        Try(ChatRequest("", one.messages, output_tokens, one.temperature, schema=_BOAT), keeps_schema) for one in asked
    )


def unbound(output_tokens: int) -> Try:
    """The same without a schema in the request: it is told in words."""
    text = f"{_PORTRAITS[0]} Answer with one JSON object of this schema and nothing else: {json.dumps(_BOAT)}"
    return Try(_asked(text, output_tokens), keeps_schema)


def keeps_schema(measured: Measured) -> Judged:
    """Whether an answer is nothing but JSON of the boat's schema."""
    from jsonschema import Draft202012Validator

    try:
        value = json.loads(measured.exchange.answer)
    except (ValueError, RecursionError):
        return Judged(Verdict.NO, "Its answer was no JSON, though a schema was demanded.")
    if next(Draft202012Validator(_BOAT).iter_errors(value), None) is not None:
        return Judged(Verdict.NO, "Its answer was JSON of another shape than the schema that was demanded.")
    return Judged(Verdict.YES, "It kept to the JSON schema that the request demanded.")


# ---------------------------------------------------------------- vision

_WORDS = ("TOVIK", "BANURE", "LUDOKI")
"""No words of a language, so that none can be guessed from a few letters."""

_LOOKS = (
    "Which word is written in the picture? Answer with that word alone.",
    "Read the picture and write down the letters that you see, one after the other.",
    "The picture shows a made-up word in capitals. What is it?",
)


def _vision(output_tokens: int) -> tuple[Try, ...]:
    def one(word: str, text: str) -> Try:
        message = Message(Role.USER, text, images=(drawn(word),))
        return Try(ChatRequest("", (message,), output_tokens, temperature=0.0), partial(_read, word))

    return tuple(one(*pair) for pair in zip(_WORDS, _LOOKS, strict=True))


def _read(word: str, measured: Measured) -> Judged:
    letters = "".join(char for char in measured.exchange.answer.upper() if char.isalpha())
    windows = (letters[at : at + len(word)] for at in range(len(letters) - len(word) + 1))
    # One letter may be misread: nobody guesses the others.
    if any(sum(a != b for a, b in zip(window, word, strict=True)) <= 1 for window in windows):
        return Judged(Verdict.YES, "It read a made-up word out of a picture.")
    return Judged(Verdict.NO, "It did not read the word in the picture.")


# ---------------------------------------------------------------- reasoning

_RIDDLE = """Anna, Bo and Cem live in three houses in a row and keep a cat, a dog and a parrot. Bo lives left of the \
dog's house. Cem does not live at an end. The parrot lives right of Anna. Who keeps the cat? Think it through."""


def _reasoning(output_tokens: int) -> tuple[Try, ...]:
    return (Try(_asked(_RIDDLE, output_tokens), thinks),)


def thinks(measured: Measured) -> Judged:
    """Whether thoughts came with an answer. None says nothing: many models think only where a request asks for it."""
    if (measured.measurement.usage.reasoning_tokens or 0) > 0 or measured.exchange.reasoning:
        return Judged(Verdict.YES, "It thought before it answered: its thoughts came apart from the answer.")
    if measured.exchange.answer.lstrip().startswith("<think>"):
        return Judged(Verdict.YES, "It thought before it answered, in the text of the answer.")
    return Judged(Verdict.UNCLEAR, "No thoughts came; it may think only where it is told to.")


# ---------------------------------------------------------------- caching of prompts


def _caching(output_tokens: int) -> tuple[Try, ...]:
    text = haystack.made(Haystack(seed=29, tokens=CACHED_TOKENS, needles=()))
    request = _asked(f"{text}\n\nWho is mentioned first? Answer with a few words.", output_tokens)
    return (Try(request, _begun), Try(request, _cached), Try(request, _cached))


def _begun(measured: Measured) -> Judged:
    found = _cached(measured)  # somebody may have proven it a moment ago
    return found if found.verdict is Verdict.YES else Judged(Verdict.UNCLEAR, "The prompt was sent once.")


def _cached(measured: Measured) -> Judged:
    read = measured.measurement.usage.cache_read_tokens
    if read is None:
        return Judged(Verdict.UNCLEAR, "Its provider does not say what it read from a cache.")
    if read <= 0:
        return Judged(
            Verdict.UNCLEAR, "A repeated prompt was not read from a cache; some cache only where it is asked."
        )
    return Judged(Verdict.YES, f"Of a repeated prompt {read:,} tokens were read from a cache.")


_TRIES: Mapping[Capability, Callable[[int], tuple[Try, ...]]] = {
    Capability.TOOLS: _tools,
    Capability.STRUCTURED_OUTPUT: _structured,
    Capability.VISION: _vision,
    Capability.REASONING: _reasoning,
    Capability.PROMPT_CACHING: _caching,
}
