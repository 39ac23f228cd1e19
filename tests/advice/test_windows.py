"""The effective window of a model, and what refusals teach."""

from __future__ import annotations

import pytest

from harness.advice import model
from modelward.advice.division_model import Task, WindowLimit
from modelward.advice.windows import is_overflow, stated_limit, window_of


def test_the_least_limit_decides_and_nine_tenths_of_it_are_used() -> None:
    window = window_of(model("a/b", context_window=200_000, max_output_tokens=8_000), Task.SUMMARISE)
    assert (window.usable, window.answer, window.bound_by) == (172_800, 8_000, WindowLimit.CONTEXT)
    narrow = model("a/b", context_window=400_000, max_output_tokens=128_000, max_input_tokens=272_000)
    window = window_of(narrow, Task.SUMMARISE)
    assert (window.usable, window.answer, window.bound_by) == (244_800, 20_000, WindowLimit.INPUT)
    served = window_of(model("a/b", served_context=16_384), Task.SUMMARISE)
    assert (served.usable, served.bound_by) == (int((16_384 - 2_457) * 0.9), WindowLimit.SERVED)


def test_what_a_refusal_taught_bounds_it_further() -> None:
    window = window_of(model("a/b"), Task.EXTRACT, cap=9_000)
    assert (window.usable, window.bound_by) == (int((9_000 - 2_048) * 0.9), WindowLimit.LEARNED)


def test_an_unknown_context_is_taken_as_32k_with_a_quarter_of_it_for_the_answer_at_most() -> None:
    window = window_of(model("a/b", context_window=None), Task.SUMMARISE)
    assert window.bound_by is WindowLimit.ASSUMED
    assert not window.is_known
    assert window.answer == 32_768 * 15 // 100
    assert window.usable == int((32_768 - window.answer) * 0.9)


def test_ollama_serves_4096_unless_it_says_otherwise() -> None:
    asked = model("ollama/b", context_window=131_072)
    assert window_of(asked, Task.SUMMARISE, is_ollama=True).usable == int((4_096 - 1_024) * 0.9)
    said = model("ollama/b", context_window=131_072, served_context=8_192)
    assert window_of(said, Task.SUMMARISE, is_ollama=True).usable == int((8_192 - 2_048) * 0.9)


@pytest.mark.parametrize("context", [512, 2_048, 8_192, 128_000, 1_000_000])
@pytest.mark.parametrize("task", list(Task))
def test_text_and_answer_never_need_more_than_the_whole_window(context: int, task: Task) -> None:
    window = window_of(model("a/b", context_window=context), task)
    assert window.usable > 0
    assert window.usable + window.answer <= context


def test_a_translation_is_as_long_as_its_text_and_keeps_to_the_limit_of_answers() -> None:
    window = window_of(model("a/b", context_window=1_000_000, max_output_tokens=6_000), Task.TRANSLATE)
    assert window.answer == 6_000
    assert window.usable == 4_000


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("This model's maximum context length is 8192 tokens.", 400),
        ("prompt is too long: 210000 tokens > 200000 maximum", 400),
        ("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", 400),
        ("Request too large for model in organization on tokens per minute (TPM): Limit 6000, Requested 8000", 413),
        ("input length exceeds context size", 500),
        ("Input is too long for requested model.", 400),
        ("", 413),
    ],
)
def test_refusals_of_what_is_too_long_are_known(words: str, status: int) -> None:
    assert is_overflow(words, status)


@pytest.mark.parametrize(
    ("words", "status"),
    [("Unknown parameter: max_tokens.", 400), ("You exceeded your current quota.", 402), ("Rate limit reached", 429)],
)
def test_other_refusals_are_no_overflow(words: str, status: int) -> None:
    assert not is_overflow(words, status)


def test_the_limit_that_a_refusal_states_is_read_and_never_more_than_was_sent() -> None:
    assert stated_limit("maximum context length is 8192 tokens, but 9,113 were sent", 9_000) == 8_192
    assert stated_limit("prompt is too long: 210,000 tokens > 200,000 maximum", 205_000) == 200_000
    assert stated_limit("too long", 9_000) is None
