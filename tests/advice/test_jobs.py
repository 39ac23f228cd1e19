"""Running divided jobs: parts at once, joined, resumed, within the budget, and never over the window."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from pathlib import Path

import pytest

from harness.chat_doubles import OPENAI
from harness.dividing import MODEL, Place, Worker, open_place
from harness.facts import fact
from harness.spending import NOON
from harness.stores import database
from harness.texts import CODE, ENGLISH, book
from harness.wire import Reply, Seen, WireServer
from modelward.advice.division_model import Asking, JobReport, JobState, Task
from modelward.catalog.model import Field
from modelward.core.errors import BadValueError, FolderError, InputError
from modelward.core.progress import Progress
from modelward.providers.model import EndReason
from modelward.spending.model import EntryState, Purpose
from modelward.store.engine import Database

__all__ = ["database"]

Open = Callable[..., AbstractAsyncContextManager[Place]]
LISTING = "".join(
    f"- ship number {number} lay in harbour {number % 7} since the year {1700 + number}\n" for number in range(1_500)
)


@pytest.fixture
def store_address(tmp_path: Path) -> Path:
    """SQLite alone: what is asked of the store itself is tested on both kinds."""
    return tmp_path / "data" / "modelward.db"


@pytest.fixture
def opened(database: Database, wire: WireServer, tmp_path: Path) -> Open:
    """Opens a place with a worker, and facts of its own."""
    return lambda worker, **facts: open_place(
        database, wire, tmp_path, worker, **({"context_window": worker.window} | facts)
    )


@pytest.fixture
async def place(opened: Open) -> AsyncIterator[Place]:
    """A place whose model has a context of 8,192."""
    async with opened(Worker(window=8_192)) as made:
        yield made


async def kept(place: Place, content: str = LISTING, **asking: object) -> int:
    """A job that is planned and kept; its result goes to out.md."""
    asked = Asking(**{"model_id": MODEL, "file": place.text(content), **asking})  # type: ignore[arg-type]
    return await place.division.keep(await place.division.plan(asked, Progress()), place.folder / "out.md")


async def run(place: Place, job: int) -> JobReport:
    return (await place.division.run(job, Progress()))[0]


def result(place: Place) -> str:
    return (place.folder / "out.md").read_text("utf-8")


# ---------------------------------------------------------------- whole jobs


async def test_every_item_is_worked_on_once_and_the_results_stand_in_order(place: Place) -> None:
    place.worker.answer = lambda part: part.replace("ship", "boat")
    report = await run(place, await kept(place, task=Task.MAP, brief="Call them boats."))
    assert report.state is JobState.DONE
    assert report.coverage == 1.0
    assert report.done == report.parts > 8
    assert [line for line in result(place).splitlines() if line] == LISTING.replace("ship", "boat").splitlines()
    assert place.worker.refused == 0


async def test_no_call_of_a_summary_exceeds_the_window_however_long_the_answers_are(place: Place) -> None:
    place.worker.answer = lambda part: part[:3_800]
    text = book(60_000)
    report = await run(place, await kept(place, text))
    assert place.worker.refused == 0
    assert len(place.worker.parts) == report.parts
    assert len(place.worker.notes) > 2
    assert "".join(part for part in place.worker.parts).count("# The water of") >= text.count("# The water of")


async def test_summaries_are_joined_in_rounds_to_one(place: Place) -> None:
    place.worker.answer = lambda part: f"S{len(part)} " * 150
    report = await run(place, await kept(place, book(60_000)))
    assert report.state is JobState.DONE
    assert report.calls == len(place.worker.parts) + len(place.worker.notes)
    assert result(place) == (place.worker.answer(place.worker.notes[-1])) + "\n"


async def test_what_was_extracted_twice_stands_once(place: Place) -> None:
    place.worker.answer = lambda part: "\n".join(line.split()[3] for line in part.splitlines() if line) + "\nNORTH"
    report = await run(place, await kept(place, task=Task.EXTRACT, brief="Their numbers."))
    assert report.state is JobState.DONE
    assert result(place).splitlines().count("NORTH") == 1
    assert set(result(place).split()) == {str(number) for number in range(1_500)} | {"NORTH"}


async def test_the_calls_are_metered_as_work_and_the_report_knows_their_cost(place: Place) -> None:
    report = await run(place, await kept(place, task=Task.EXTRACT))
    entries = await place.spending.entries(NOON)
    assert {entry.purpose for entry in entries} == {Purpose.WORK}
    assert {entry.state for entry in entries} == {EntryState.DONE}
    assert report.cost == sum((entry.cost or Decimal(0) for entry in entries), Decimal(0)) > 0
    assert report.input_tokens == sum(place.worker.sizes)


async def test_parts_are_worked_on_at_once_but_no_more_than_four(place: Place, wire: WireServer) -> None:
    running, most, gate = 0, 0, asyncio.Event()

    async def slow(seen: Seen) -> Reply:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if most == 4:
            gate.set()
        await gate.wait()
        running -= 1
        return place.worker.reply(seen)

    wire.route("POST", "/v1/chat/completions", slow)
    await run(place, await kept(place, task=Task.EXTRACT))
    assert most == 4


async def test_usage_of_the_calls_teaches_how_the_model_counts(place: Place) -> None:
    text = book(60_000)
    before = await place.division.plan(Asking(file=place.text(text), model_id=MODEL), Progress())
    await run(place, await kept(place, text, task=Task.EXTRACT))
    after = await place.division.plan(Asking(file=place.text(text), model_id=MODEL), Progress())
    assert not before.is_calibrated
    assert after.is_calibrated
    assert after.parts < before.parts


# ---------------------------------------------------------------- what is too long


async def test_a_window_smaller_than_stated_is_learned_and_the_parts_are_halved(opened: Open) -> None:
    worker = Worker(window=3_000, answer=lambda part: part.replace("ship", "boat"))
    async with opened(worker, context_window=32_000) as place:
        report = await run(place, await kept(place, task=Task.MAP))
        assert report.state is JobState.DONE
        assert [line for line in result(place).splitlines() if line] == LISTING.replace("ship", "boat").splitlines()
        assert 0 < worker.refused <= 4  # one for each that was under way; then it is known
        planned = await place.division.plan(Asking(file=place.text(LISTING), model_id=MODEL), Progress())
        assert planned.window.usable < 3_000


async def test_a_translation_that_ends_at_its_limit_is_halved_instead_of_losing_its_end(place: Place) -> None:
    def ends(part: str) -> str:
        place.worker.end = EndReason.LENGTH if len(part) > 1_500 else EndReason.STOP
        return part.upper()[:1_500]

    place.worker.answer = ends
    report = await run(place, await kept(place, task=Task.TRANSLATE, brief="Into capitals."))
    assert report.state is JobState.DONE
    assert report.cut_off == 0
    assert [line for line in result(place).splitlines() if line] == LISTING.upper().splitlines()


async def test_a_server_that_drops_what_is_too_long_without_a_word_is_found_out(opened: Open, wire: WireServer) -> None:
    worker = Worker(answer=lambda part: part)
    async with opened(worker, context_window=32_000) as place:
        from harness.dividing import true_tokens

        heard: list[str] = []

        def reply(seen: Seen) -> Reply:
            words = "\n".join(message["content"] for message in seen.json["messages"])
            tokens = true_tokens(words)
            heard.append(words if tokens <= 2_048 else "")
            lines = [
                {"model": "w", "message": {"role": "assistant", "content": "ok"}, "done": False},
                {
                    "model": "w",
                    "message": {"role": "assistant", "content": ""},
                    "done": True,
                    "done_reason": "stop",
                    "prompt_eval_count": min(tokens, 2_048),
                    "eval_count": 1,
                },
            ]
            import json

            body = "".join(json.dumps(line) + "\n" for line in lines)
            return Reply(headers={"content-type": "application/x-ndjson"}, body=body.encode())

        wire.route("POST", "/api/chat", reply)
        await ollama(place, wire)
        job = await kept(place, task=Task.EXTRACT, model_id="ollama/w")
        report = await run(place, job)
        assert report.state is JobState.DONE
        assert all(any(line in words for words in heard) for line in LISTING.splitlines())
        assert heard.count("") <= 3


async def ollama(place: Place, wire: WireServer) -> None:
    """An Ollama with one free model that is said to serve 16,384 tokens."""
    stated = {
        "kind": "chat",
        "price_input": "0",
        "price_output": "0",
        "context_window": 32_000,
        "served_context": 16_384,
    }
    rows = [fact("ollama/w", Field(name), value) for name, value in stated.items()]
    await place.catalog.merge(rows, now=NOON)
    await place.division._providers.add("ollama", url=wire.url)


# ---------------------------------------------------------------- bad luck


async def test_a_part_that_fails_is_tried_again(place: Place) -> None:
    place.worker.failing = {"ship number 700 ": [Reply(400, body={"error": {"message": "bad luck"}})] * 2}
    report = await run(place, await kept(place, task=Task.EXTRACT))
    assert report.state is JobState.DONE
    assert place.waited == []


async def test_a_provider_that_is_overloaded_is_given_time(place: Place) -> None:
    overloaded = Reply(headers={"content-type": "text/event-stream"}, chunks=[OPENAI.failure("overloaded")])
    place.worker.failing = {"ship number 700 ": [overloaded] * 2}
    report = await run(place, await kept(place, task=Task.EXTRACT))
    assert report.state is JobState.DONE
    assert place.waited == [5.0, 5.0]


async def test_a_provider_that_asks_for_hours_is_not_waited_for(place: Place, wire: WireServer) -> None:
    later = Reply(429, headers={"retry-after": "7200"}, body={"error": {"message": "Rate limit reached"}})
    wire.route("POST", "/v1/chat/completions", later)
    report = await run(place, await kept(place, ENGLISH, task=Task.EXTRACT))
    assert report.state is JobState.INCOMPLETE
    assert "too often" in report.failed[0][1]
    assert (place.waited, len(wire.requests)) == ([], 1)


async def test_a_part_that_keeps_failing_is_named_and_the_rest_is_written(place: Place) -> None:
    place.worker.answer = lambda part: part
    refusal = Reply(400, body={"error": {"message": "that part is too odd for us"}})
    place.worker.failing = {"ship number 700 ": [refusal] * 3}
    job = await kept(place, task=Task.EXTRACT)
    report = await run(place, job)
    assert report.state is JobState.INCOMPLETE
    assert len(report.failed) == 1
    assert "too odd" in report.failed[0][1]
    assert f"part {report.failed[0][0]} of {report.parts}" in report.detail
    assert 0.8 < report.coverage < 1
    assert "ship number 700 " not in result(place)
    assert "ship number 1400 " in result(place)
    again = await run(place, job)
    assert (again.state, again.coverage, again.calls) == (JobState.DONE, 1.0, 1)
    assert "ship number 700 " in result(place)


async def test_a_refusal_or_an_empty_answer_is_no_answer(place: Place) -> None:
    place.worker.answer = lambda part: "" if "ship number 700 " in part else "fine"
    report = await run(place, await kept(place, task=Task.EXTRACT))
    assert report.state is JobState.INCOMPLETE
    assert "without a word" in report.failed[0][1]


async def test_a_provider_that_fails_for_all_pauses_the_job(place: Place, wire: WireServer) -> None:
    job = await kept(place, task=Task.EXTRACT)
    wire.route("POST", "/v1/chat/completions", Reply(401, body={"error": {"message": "Incorrect API key provided"}}))
    report = await run(place, job)
    assert report.state is JobState.PAUSED
    assert "key" in report.detail
    assert len(wire.requests) <= 4
    wire.route("POST", "/v1/chat/completions", place.worker.reply)
    assert (await run(place, job)).state is JobState.DONE


async def test_a_spent_budget_pauses_the_job_and_what_was_done_is_kept(opened: Open) -> None:
    async with opened(Worker(window=8_192), day="0.04") as place:
        job = await kept(place, task=Task.EXTRACT)
        report = await run(place, job)
        assert report.state is JobState.PAUSED
        assert report.is_over_budget
        assert "budget" in report.detail
        assert 0 < report.done < report.parts
        assert not (place.folder / "out.md").exists()
    async with opened(Worker(window=8_192)) as place:
        (seen,) = await place.division.jobs()
        assert (seen.state, seen.done) == (JobState.PAUSED, report.done)
        again = await run(place, job)
        assert again.state is JobState.DONE
        assert again.calls == again.parts - report.done


async def test_a_budget_too_small_for_calls_at_once_is_spent_one_call_after_the_other(opened: Open) -> None:
    async with opened(Worker(window=8_192), day="0.06") as place:
        report = await run(place, await kept(place, task=Task.EXTRACT))
        assert (report.state, report.coverage) == (JobState.DONE, 1.0)
        most = [entry.reserved for entry in await place.spending.entries(NOON)]
        assert sum(sorted(each for each in most if each is not None)[-4:]) > Decimal("0.06")


async def test_under_zero_burn_nothing_is_sent_to_a_model_that_costs(opened: Open, wire: WireServer) -> None:
    async with opened(Worker(window=8_192), zero_burn=True) as place:
        report = await run(place, await kept(place, task=Task.EXTRACT))
    assert report.is_over_budget
    assert wire.requests == []


async def test_a_stopped_job_goes_on_where_it_was(place: Place, wire: WireServer) -> None:
    job, seen = await kept(place), 0

    def answer(request: Seen) -> Reply:
        nonlocal seen
        seen += 1
        return place.worker.reply(request) if seen <= 3 else Reply(hang=True)

    wire.route("POST", "/v1/chat/completions", answer)
    running = asyncio.create_task(place.division.run(job, Progress()))
    await wire.until(lambda: seen >= 6)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (stopped,) = await place.division.jobs()
    assert (stopped.state, stopped.detail) == (JobState.PAUSED, "It was stopped.")
    assert stopped.done > 0
    wire.route("POST", "/v1/chat/completions", place.worker.reply)
    before = len(place.worker.parts)
    report = await run(place, job)
    assert report.state is JobState.DONE
    assert len(place.worker.parts) - before == report.parts - stopped.done


async def test_a_job_that_is_asked_to_stop_ends_its_calls_and_begins_no_more(place: Place) -> None:
    job, progress = await kept(place, task=Task.EXTRACT), Progress()
    place.worker.answer = lambda part: progress.cancel() or "fine"  # type: ignore[func-returns-value]
    with pytest.raises(asyncio.CancelledError):
        await place.division.run(job, progress)
    (stopped,) = await place.division.jobs()
    assert stopped.state is JobState.PAUSED
    assert 0 < stopped.done <= 4


async def test_a_job_that_the_end_of_the_program_cut_off_goes_on(place: Place) -> None:
    job = await kept(place)
    await place.division._store.set_state(job, JobState.RUNNING)
    (seen,) = await place.division.jobs()
    assert "ended in the middle" in seen.detail
    assert (await run(place, job)).state is JobState.DONE


async def test_joinings_that_were_made_are_not_made_again_unless_a_part_is_new(place: Place) -> None:
    place.worker.answer = lambda part: f"S{len(part)} " * 150
    place.worker.failing = {"number 700 ": [Reply(400, body={"error": {"message": "odd"}})] * 3}
    job = await kept(place)
    assert (await run(place, job)).state is JobState.INCOMPLETE
    joined = len(place.worker.notes)
    await run(place, job)
    assert len(place.worker.notes) > joined
    assert result(place).startswith("S")


async def test_progress_counts_the_parts(place: Place) -> None:
    told: list[tuple[int, int | None]] = []
    progress = Progress()
    progress._announce = lambda: told.append((progress.take().done, progress.state.total))
    report, _ = await place.division.run(await kept(place, task=Task.EXTRACT), progress)
    assert told[-1] == (report.parts, report.parts)


# ---------------------------------------------------------------- wrong use


async def test_a_text_that_was_changed_is_not_worked_on(place: Place) -> None:
    job = await kept(place)
    place.text(LISTING + "one more")
    with pytest.raises(InputError, match="was changed since it was planned"):
        await run(place, job)
    assert place.worker.parts == []


async def test_a_job_that_is_done_or_unknown_is_told_so(place: Place) -> None:
    job = await kept(place, CODE)
    assert (await run(place, job)).state is JobState.DONE
    with pytest.raises(BadValueError, match="is done"):
        await run(place, job)
    with pytest.raises(BadValueError, match="There is no job 99"):
        await run(place, 99)


async def test_a_result_that_cannot_be_written_keeps_the_answers(place: Place) -> None:
    (place.folder / "there").mkdir()
    asked = Asking(model_id=MODEL, file=place.text(ENGLISH * 40), task=Task.EXTRACT)
    output = place.folder / "there" / "out.md"
    job = await place.division.keep(await place.division.plan(asked, Progress()), output)
    (place.folder / "there").rmdir()
    with pytest.raises(FolderError, match="could not be written"):
        await run(place, job)
    (place.folder / "there").mkdir()
    report = await run(place, job)
    assert (report.state, report.calls) == (JobState.DONE, 0)
    assert output.read_text("utf-8").startswith("Seen:")
