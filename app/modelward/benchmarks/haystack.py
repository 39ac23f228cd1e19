"""Long texts made from a seed at run time, with sentences hidden in them that a model is asked for.

The text is a made-up chronicle of a town's trades. It is the same for the same seed everywhere, so that models are
compared on the same words, and it holds no figure or name that the hidden sentences could be mistaken for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from modelward.benchmarks.probes import Haystack, Probe
from modelward.providers.model import Message

CHARACTERS_PER_TOKEN = 4.5
"""About what a token of such English text holds with the tokenizers of today: the length is meant, not promised."""

PLACE = "{haystack}"

_WHO = (
    "the miller", "a young cooper", "the harbour master", "an old weaver", "the baker's sister", "a travelling tinker",
    "the schoolmaster", "two apprentices", "the ferryman", "a gardener from the hills", "the clockmaker",
    "the night watch",
    "a dealer in cloth", "the innkeeper", "some fishermen", "the bell founder", "a carter", "the glazier's widow",
)  # fmt: skip
_DID = (
    "mended the fence behind", "carried baskets to", "waited for the rain to end near", "sold candles beside",
    "drew a plan of", "argued about the price of hay in front of", "left a ladder at", "swept the path around",
    "counted sacks of grain in", "sang on the way past", "painted the door of", "lost a glove close to",
    "stacked firewood against", "read a letter aloud in", "hung lanterns over", "found dry straw under",
)  # fmt: skip
_WHERE = (
    "the old mill", "the fish market", "the upper bridge", "the tannery", "the orchard wall", "the town hall",
    "the rope walk", "the chapel yard", "the lower quay", "the brick kiln", "the school house", "the weighing house",
)  # fmt: skip
_WHEN = (
    "Early in the morning", "After the market had closed", "On a windy afternoon", "Before the first frost",
    "While the bells were silent", "Towards the evening", "In the week of the fair", "As soon as the road was dry",
    "One day in late summer", "When the river was high", "Not long after the harvest", "During a dull week",
)  # fmt: skip
_THEN = (
    "and nobody thought much of it", "which pleased the neighbours", "although the work was badly paid",
    "as had been the custom for years", "and the dogs barked all the while", "so that the lane was blocked for a while",
    "with more patience than skill", "until it was time for supper", "and then it began to drizzle",
    "because the wheel of the cart was broken", "while the children looked on", "and came home with muddy boots",
)  # fmt: skip


def messages(probe: Probe, tokens: int | None = None) -> tuple[Message, ...]:
    """What is asked, the long text in its place; ``tokens``: another length than the probe's own."""
    if probe.haystack is None:
        return probe.messages
    text = made(probe.haystack if tokens is None else replace(probe.haystack, tokens=tokens))
    return tuple(replace(message, text=message.text.replace(PLACE, text)) for message in probe.messages)


def made(haystack: Haystack) -> str:
    """The text: paragraphs of sentences, every needle a sentence of its own at its place."""
    length = int(haystack.tokens * CHARACTERS_PER_TOKEN) - sum(len(needle.text) + 1 for needle in haystack.needles)
    waiting = sorted(haystack.needles, key=lambda needle: needle.at, reverse=True)
    sentences: list[str] = []
    written = 0
    for sentence in _sentences(haystack.seed):
        while waiting and waiting[-1].at * length <= written:
            sentences.append(waiting.pop().text)
        if written >= length:
            break
        sentences.append(sentence)
        written += len(sentence) + 1
    sentences.extend(needle.text for needle in reversed(waiting))
    paragraphs = (sentences[at : at + 8] for at in range(0, len(sentences), 8))
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)


def _sentences(seed: int) -> Iterator[str]:
    # Of random's methods, random() alone is promised to give the same numbers in every version of Python.
    source = random.Random(seed)  # noqa: S311 - nothing is kept secret by it

    def one_of(words: tuple[str, ...]) -> str:
        return words[int(source.random() * len(words))]

    while True:
        yield f"{one_of(_WHEN)}, {one_of(_WHO)} {one_of(_DID)} {one_of(_WHERE)} {one_of(_THEN)}."
