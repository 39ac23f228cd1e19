"""From models and a workload to the cells of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from modelward.benchmarks.model import CallKind, Cell
from modelward.benchmarks.probes import Suite
from modelward.benchmarks.workloads import Asking, Workloads, tag_of
from modelward.catalog.model import Capability, Model
from modelward.core.errors import BadValueError, KnownError

LEAST_RUNS = 5
"""Fewer answers of a question tell too little of its times."""

MOST_RUNS = 1_000
MOST_STREAMS = 64

_SAFE = 0.9  # of a context window may be filled by estimate: the estimate errs, and the answer needs room


def check_numbers(runs: int | None, streams: int, *, is_graded: bool) -> int:
    """How often each call is made. Raises BadValueError for numbers that cannot be."""
    least = 1 if is_graded else LEAST_RUNS
    runs = least if runs is None else runs
    if not least <= runs <= MOST_RUNS:
        raise BadValueError(
            f"{runs:,} runs cannot be made.",
            why="" if is_graded else f"Fewer than {LEAST_RUNS} tell too little of a model's times.",
            todo=f"Ask for {least} to {MOST_RUNS:,}.",
        )
    if not 1 <= streams <= MOST_STREAMS:
        raise BadValueError(f"{streams:,} streams at once cannot be.", todo=f"Ask for 1 to {MOST_STREAMS}.")
    # Whole rounds: in a last one that is not full, fewer streams would run than is said.
    return runs if is_graded else -(-runs // streams) * streams


def cells_of(model: Model, workloads: Workloads, name: str, runs: int) -> list[Cell]:
    """The cells of one model: the warm-up first, then the question, or every probe of the suites that it can be asked.

    Raises KnownError where nothing is left.
    """
    suites = workloads.suites_of(name)
    tag = tag_of(suites[0]) if len(suites) == 1 else name
    warm_up = Cell(0, model.id, tag, CallKind.WARM_UP, 1)
    if not suites:
        if why := why_not(model, workloads.asking(name)):
            raise KnownError(f"The question is too long: {why}.")
        return [warm_up, Cell(0, model.id, name, CallKind.RUN, runs)]
    probes = [
        Cell(0, model.id, tag, CallKind.PROBE, runs, probe)
        for tag, probe in _probes(suites)
        if not why_not(model, workloads.asking(tag, probe))
    ]
    if not probes:
        raise KnownError("It can be asked none of the probes.")
    return [warm_up, *probes]


def why_not(model: Model, asking: Asking | None) -> str:
    """Why a model cannot be asked this; empty where it can, as far as is known."""
    if asking is None:
        return "it is not there any more"
    probe = asking.probe
    if probe is not None and probe.tools and Capability.TOOLS in model.not_capabilities:
        return "it calls no tools"
    window = min(filter(None, (model.context_window, model.max_input_tokens, model.served_context)), default=None)
    if window is not None and asking.input_tokens + asking.output_tokens > window * _SAFE:
        return f"it takes {window:,} tokens at once"
    return ""


def note_on(model: Model, workloads: Workloads, name: str) -> list[str]:
    """Which probes a model is not asked, and why, in words; none where it is asked all."""
    every = (
        (tag, probe, why_not(model, workloads.asking(tag, probe))) for tag, probe in _probes(workloads.suites_of(name))
    )
    out = [(f"{tag.partition('@')[0]}/{probe}", why) for tag, probe, why in every if why]
    if not out:
        return []
    names = ", ".join(name for name, _why in out[:3]) + (" and more" if len(out) > 3 else "")
    reasons = ", ".join(dict.fromkeys(why for _name, why in out))
    return [f"{model.id} is not asked {len(out)} probes ({names}): {reasons}."]


def joined(parts: Iterable[Sequence[Cell]]) -> tuple[Cell, ...]:
    """The cells of several models as one matrix, each with its number."""
    return tuple(replace(cell, number=number) for number, cell in enumerate(chain.from_iterable(parts)))


def _probes(suites: Iterable[Suite]) -> Iterator[tuple[str, str]]:
    for suite in suites:
        for probe in suite.probes:
            yield tag_of(suite), probe.id
