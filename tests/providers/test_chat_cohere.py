"""What is Cohere's own."""

from __future__ import annotations

import pytest

from harness.chats import ASK, read_out
from modelward.core.errors import ServerFailedError
from modelward.providers.cohere_answer import CohereAnswer, usage_of
from modelward.providers.model import Ended, EndReason, Event, ReasoningPart, Usage


def read(*bodies: object) -> list[Event]:
    return read_out(CohereAnswer("Cohere", ASK), *bodies)


def end(reason: str, **rest: object) -> dict[str, object]:
    return {"type": "message-end", "delta": {"finish_reason": reason, **rest}}


def test_the_plan_for_tools_is_a_thought() -> None:
    plan = {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I will look."}}}
    assert read(plan, end("COMPLETE")) == [ReasoningPart("I will look."), Ended(EndReason.STOP, "COMPLETE")]


@pytest.mark.parametrize("reason", ["ERROR", "TIMEOUT"])
def test_an_answer_that_the_server_gave_up_is_an_error_in_its_own_words(reason: str) -> None:
    with pytest.raises(ServerFailedError, match="the model went away"):
        read(end(reason, error="the model went away"))


def test_the_words_of_an_error_are_shown_without_what_does_no_good() -> None:
    with pytest.raises(ServerFailedError) as raised:
        read(end("ERROR", error="bad\x1b[31m key sk-planted-key-7f3a-cohere-0000 " + "x" * 5000))
    assert "\x1b" not in raised.value.why
    assert "7f3a" not in raised.value.why
    assert len(raised.value.why) < 400


def test_what_is_billed_counts_and_else_what_was_counted() -> None:
    billed = {"billed_units": {"input_tokens": 5.0, "output_tokens": 2.0}, "tokens": {"input_tokens": 90}}
    assert usage_of(billed) == Usage(input_tokens=5, output_tokens=2)
    counted = {"billed_units": {"output_tokens": 2.0}, "tokens": {"input_tokens": 90.0, "output_tokens": 9.0}}
    assert usage_of(counted) == Usage(input_tokens=90, output_tokens=2)
    assert usage_of({"billed_units": [], "tokens": None}) is None
