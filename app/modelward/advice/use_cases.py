"""What matters in each use case: weights with their reasons, how fast is fast enough, how long a typical task is.

The goals of speed are the presets of GuideLLM for servers of one's own: chat 200 ms to the first token and 50 ms a
token, retrieval 300 ms, 100 ms and 3 s in all, agents 5 s in all, code 500 ms and 150 ms, completion 2 s in all, longer
texts 600 ms and 200 ms. Times until something comes are relaxed by :data:`RELAXED`, as the way to a cloud takes time;
those of a token are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelward.advice.model import Part
from modelward.benchmarks.model import UseCase
from modelward.catalog.model import Capability

RELAXED = 4.0
"""Between the three and five times that clouds are granted."""


@dataclass(frozen=True, slots=True)
class Slo:
    """Goals in milliseconds; None: that figure does not matter."""

    ttft: float | None = None
    tpot: float | None = None
    latency: float | None = None


CHAT = Slo(200 * RELAXED, 50)
RETRIEVAL = Slo(300 * RELAXED, 100, 3_000 * RELAXED)
AGENT = Slo(latency=5_000 * RELAXED)
CODE = Slo(500 * RELAXED, 150)
COMPLETION = Slo(latency=2_000 * RELAXED)
CONTENT = Slo(600 * RELAXED, 200)


@dataclass(frozen=True, slots=True)
class Profile:
    """A use case. ``weights`` add up to 1, ``why`` gives their reason. ``input_tokens`` and ``output_tokens`` of a
    typical task, reasoning left out. ``timing``: workloads whose times tell most, best first. ``needs``: a model that
    is known to lack one of these cannot do it at all."""

    title: str
    weights: Mapping[Part, float]
    why: str
    slo: Slo
    input_tokens: int
    output_tokens: int
    timing: tuple[str, ...] = ("chat",)
    needs: frozenset[Capability] = frozenset()


def _weights(quality: float, price: float, speed: float, steadiness: float, privacy: float) -> Mapping[Part, float]:
    return dict(zip(Part, (quality, price, speed, steadiness, privacy), strict=True))


PROFILES: Mapping[UseCase, Profile] = {
    UseCase.CODE_GENERATION: Profile(
        "Writing code",
        _weights(0.60, 0.15, 0.15, 0.05, 0.05),
        "Code that is wrong costs a person more time than any model costs money.",
        CODE,
        1_500,
        800,
        ("code", "chat"),
    ),
    UseCase.CODE_UNDERSTANDING: Profile(
        "Reading code",
        _weights(0.55, 0.20, 0.10, 0.05, 0.10),
        "A wrong reading misleads; much is read for little that is written, often code that is not to leave the house.",
        RETRIEVAL,
        4_000,
        400,
        ("long", "code", "chat"),
    ),
    UseCase.REASONING: Profile(
        "Reasoning",
        _weights(0.70, 0.15, 0.05, 0.05, 0.05),
        "Only the right result counts; one waits for it.",
        AGENT,
        500,
        1_500,
    ),
    UseCase.DOCUMENTATION: Profile(
        "Writing documentation",
        _weights(0.45, 0.25, 0.15, 0.05, 0.10),
        "A person reads it over, so that small faults are found; the texts are long.",
        CONTENT,
        2_000,
        1_000,
        ("long", "chat"),
    ),
    UseCase.EXTRACTION: Profile(
        "Extracting data",
        _weights(0.45, 0.30, 0.10, 0.10, 0.05),
        "It runs thousands of times without anybody looking: cheap, and the same each time.",
        COMPLETION,
        1_000,
        200,
    ),
    UseCase.SUMMARISING: Profile(
        "Summarising",
        _weights(0.40, 0.30, 0.15, 0.05, 0.10),
        "Many models do it well; long inputs make the price felt.",
        RETRIEVAL,
        4_000,
        300,
        ("long", "chat"),
    ),
    UseCase.TRANSLATION: Profile(
        "Translating",
        _weights(0.50, 0.25, 0.15, 0.05, 0.05),
        "Faults are hard to see for who needs the translation.",
        CONTENT,
        800,
        900,
    ),
    UseCase.INSTRUCTION_FOLLOWING: Profile(
        "Following instructions",
        _weights(0.50, 0.20, 0.20, 0.05, 0.05),
        "Somebody sits before it and waits for each answer.",
        CHAT,
        600,
        400,
    ),
    UseCase.LONG_CONTEXT: Profile(
        "Long texts",
        _weights(0.50, 0.30, 0.10, 0.05, 0.05),
        "What is not found in the text is lost; each question pays for the whole text.",
        RETRIEVAL,
        30_000,
        500,
        ("long",),
    ),
    UseCase.TOOL_USE: Profile(
        "Using tools",
        _weights(0.55, 0.15, 0.10, 0.15, 0.05),
        "Many calls stand in a row: one that fails breaks the chain.",
        AGENT,
        2_500,
        300,
        needs=frozenset({Capability.TOOLS}),
    ),
}


def how_to_measure(model_id: str, use_case: UseCase) -> str:
    """The command that measures a model for a use case."""
    return f"modelward bench run {model_id} --workload {use_case.replace('_', '-')}"
