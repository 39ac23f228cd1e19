"""The effective window of a model: how much one call may hold so that no provider refuses it."""

from __future__ import annotations

import re

from modelward.advice.division_model import Task, Window, WindowLimit
from modelward.catalog.model import Model

UNKNOWN_CONTEXT = 32_768
"""Tokens that nearly every model in use has; OpenCode takes the same for models of which it knows nothing."""

UNSET_OLLAMA_CONTEXT = 4_096
"""What Ollama serves on small machines unless told otherwise (its page "Context length"); it cuts off the rest."""

USABLE = 0.9
"""Share of a limit that is used: providers were seen to refuse at 94 % of what they state."""

_LEAST_RESERVE, _MOST_RESERVE = 2_048, 20_000
_LEAST_OUTPUT = 1_024
_MOST_OF_WINDOW = 4
"""The answer's reserve is at most this part of the window: two answers must fit into one joining."""

_OUTPUT_PER_INPUT = {Task.TRANSLATE: 1.5, Task.MAP: 1.0}
"""Tokens of answer per token of text, for tasks whose answers grow with it."""

_OVERFLOW = re.compile(
    r"context[ _](?:length|window|size|limit)|maximum context|(?:prompt|input|request|message|question|content)s?"
    r"(?: \w+){0,3} (?:too (?:long|large)|exceeds?)|too many (?:input )?tokens|exceed\w*(?: \w+){0,4} tokens?"
    r"|token limit|tokens? exceeds?|reduce the length|input token count|longer than the (?:model|context)"
    r"|n_ctx|max_model_len|request too large",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d.])|(?<![\d.])\d{3,9}(?![\d.])")


def window_of(model: Model, task: Task, *, is_ollama: bool = False, cap: int | None = None) -> Window:
    """The effective window of a model for a task. ``cap``: the context that a refusal has taught."""
    served = model.served_context or (UNSET_OLLAMA_CONTEXT if is_ollama else None)
    context = model.context_window or served or cap or UNKNOWN_CONTEXT
    whole = min(context, served or context, cap or context)
    answer = _reserve(whole, model.max_output_tokens)
    limits = {
        (WindowLimit.CONTEXT if model.context_window or served or cap else WindowLimit.ASSUMED): context - answer,
        WindowLimit.INPUT: model.max_input_tokens,
        WindowLimit.SERVED: None if served is None else served - answer,
        WindowLimit.LEARNED: None if cap is None else cap - answer,
    }
    known = {name: limit for name, limit in limits.items() if limit is not None}
    bound_by = min(known, key=lambda name: known[name])
    window = Window(max(0, int(known[bound_by] * USABLE)), answer, bound_by)
    return window if task not in _OUTPUT_PER_INPUT else _shared(window, whole, model.max_output_tokens, task)


def output_per_input(task: Task) -> float | None:
    """Tokens of answer that are kept free for each token of text; None: the answer does not grow with the text."""
    return _OUTPUT_PER_INPUT.get(task)


def is_overflow(words: str, status: int | None) -> bool:
    """Whether a refusal says that the question was too long."""
    return status == 413 or (status in (None, 400, 413, 422, 429, 500) and _OVERFLOW.search(words) is not None)


def stated_limit(words: str, sent: int) -> int | None:
    """The limit that a refusal states, where it is smaller than what was sent; the largest of such figures."""
    figures = [int(figure.replace(",", "")) for figure in _FIGURES.findall(words)]
    return max((figure for figure in figures if _LEAST_OUTPUT // 4 <= figure < sent), default=None)


def _reserve(whole: int, max_output: int | None) -> int:
    """Tokens kept free for an answer; of an unknown limit of output a quarter of the window is believed."""
    output = max_output or max(_LEAST_OUTPUT, whole // 4)
    reserve = min(_MOST_RESERVE, max(_LEAST_RESERVE, whole * 15 // 100))
    return max(1, min(output, reserve, whole // _MOST_OF_WINDOW))


def _shared(window: Window, whole: int, max_output: int | None, task: Task) -> Window:
    """Where the answer grows with the text, both share the window, and the answer keeps to its own limit."""
    per = _OUTPUT_PER_INPUT[task]
    free = min(window.usable + int(window.answer * USABLE), int(whole * USABLE))
    text = min(window.usable, int(free / (1 + per)))
    answer = max(1, min(int(text * per), max_output or max(_LEAST_OUTPUT, whole // 4)))
    return Window(min(text, int(answer / per)) or 1, answer, window.bound_by)
