"""Jobs: one at a time or the latest, told as they go, ended when asked, awaited at shutdown."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelward.core.errors import InputError
from modelward.core.jobs import Job, JobCancelled, Jobs, JobState, Mode, Progress, ProgressState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
async def jobs() -> AsyncIterator[Jobs]:
    made = Jobs()
    yield made
    await made.stop()


class Gate:
    """Work that runs until it is let go, and counts how often it began."""

    def __init__(self, result: str = "done") -> None:
        self.result = result
        self.begun = 0
        self.entered = asyncio.Event()
        self.open = asyncio.Event()

    async def work(self, progress: Progress) -> str:
        self.begun += 1
        self.entered.set()
        await self.open.wait()
        return self.result


async def test_a_job_gives_what_its_work_returns(jobs: Jobs) -> None:
    times = iter([NOON, NOON + timedelta(seconds=5)])
    own = Jobs(clock=lambda: next(times))
    gate = Gate("figures")
    job = own.start("survey", "Survey", gate.work)
    assert (job.state, own.running, job.started_at) == (JobState.WAITING, (job,), None)
    await gate.entered.wait()
    assert (job.state, job.started_at) == (JobState.RUNNING, NOON)
    gate.open.set()
    assert await job.wait() == "figures"
    assert (job.state, job.error, job.ended_at) == (JobState.DONE, None, NOON + timedelta(seconds=5))
    assert (own.running, own.recent) == ((), (job,))
    await own.stop()


async def test_five_clicks_start_one_job(jobs: Jobs) -> None:
    gate = Gate()
    started = [jobs.start("heal", "Heal", gate.work) for _click in range(5)]
    gate.open.set()
    assert [await job.wait() for job in started] == ["done"] * 5
    assert (len(set(started)), gate.begun) == (1, 1)


async def test_a_name_is_free_again_once_its_job_has_ended(jobs: Jobs) -> None:
    gate = Gate()
    gate.open.set()
    first = jobs.start("heal", "Heal", gate.work)
    await first.wait()
    second = jobs.start("heal", "Heal", gate.work)
    await second.wait()
    assert (first is second, gate.begun, jobs.recent) == (False, 2, (second, first))


async def test_jobs_of_different_names_run_side_by_side(jobs: Jobs) -> None:
    one, two = Gate(), Gate()
    jobs.start("one", "One", one.work)
    jobs.start("two", "Two", two.work)
    await one.entered.wait()
    await two.entered.wait()
    assert [job.state for job in jobs.running] == [JobState.RUNNING] * 2


async def test_the_latest_wins_only_when_the_former_has_ended(jobs: Jobs) -> None:
    events: list[str] = []

    async def slow_to_stop(progress: Progress) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _round in range(5):
                await asyncio.sleep(0)
            events.append("first ended")

    async def second(progress: Progress) -> None:
        events.append("second began")

    former = jobs.start("search", "Search", slow_to_stop)
    await asyncio.sleep(0)
    latest = jobs.start("search", "Search", second, mode=Mode.LATEST_WINS)
    await latest.wait()
    assert (events, former.state) == (["first ended", "second began"], JobState.CANCELLED)


async def test_of_many_latest_starts_only_the_last_runs_and_never_two_at_once(jobs: Jobs) -> None:
    running: set[int] = set()
    begun: list[int] = []

    def numbered(number: int) -> Any:
        async def work(progress: Progress) -> int:
            assert not running
            running.add(number)
            begun.append(number)
            try:
                await (asyncio.Event().wait() if number < 9 else asyncio.sleep(0))
            finally:
                await asyncio.sleep(0)
                running.discard(number)
            return number

        return work

    started = [jobs.start("search", "Search", numbered(0), mode=Mode.LATEST_WINS)]
    await asyncio.sleep(0)
    started += [jobs.start("search", "Search", numbered(n), mode=Mode.LATEST_WINS) for n in range(1, 10)]
    assert await started[-1].wait() == 9
    assert begun == [0, 9]
    assert [job.state for job in started[:-1]] == [JobState.CANCELLED] * 9


async def test_a_start_during_the_winding_up_of_a_cancelled_job_is_a_new_job(jobs: Jobs) -> None:
    gate = Gate()
    cancelled = jobs.start("heal", "Heal", gate.work)
    await gate.entered.wait()
    cancelled.cancel()
    again = jobs.start("heal", "Heal", gate.work)
    gate.open.set()
    assert await again.wait() == "done"
    assert (again is cancelled, cancelled.state) == (False, JobState.CANCELLED)


async def test_a_job_cancelled_before_its_first_step_is_cancelled_all_the_same(jobs: Jobs) -> None:
    gate = Gate()
    job = jobs.start("heal", "Heal", gate.work)
    job.cancel()
    with pytest.raises(JobCancelled):
        await job.wait()
    assert (job.state, gate.begun, jobs.running, jobs.recent) == (JobState.CANCELLED, 0, (), (job,))


async def test_cancelling_twice_or_after_the_end_changes_nothing(jobs: Jobs) -> None:
    async def two_steps(progress: Progress) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("tidied")

    steps: list[str] = []
    job = jobs.start("heal", "Heal", two_steps)
    await asyncio.sleep(0)
    job.cancel()
    await asyncio.sleep(0)
    job.cancel()
    await job.ended()
    job.cancel()
    assert (steps, job.state) == (["tidied"], JobState.CANCELLED)


async def test_a_cancellation_that_comes_too_late_leaves_the_job_done(jobs: Jobs) -> None:
    async def shielded(progress: Progress) -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "kept"
        return "never"

    job = jobs.start("save", "Save", shielded)
    await asyncio.sleep(0)
    job.cancel()
    assert await job.wait() == "kept"


async def test_whoever_stops_waiting_does_not_stop_the_job(jobs: Jobs) -> None:
    gate = Gate()
    job = jobs.start("heal", "Heal", gate.work)
    waiter = asyncio.create_task(job.wait())
    await gate.entered.wait()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    gate.open.set()
    assert await job.wait() == "done"


async def test_a_bug_is_logged_whole_and_kept(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(progress: Progress) -> None:
        raise ZeroDivisionError("by hand")

    job = jobs.start("heal", "Heal everything", broken)
    with pytest.raises(ZeroDivisionError, match="by hand"):
        await job.wait()
    (record,) = caplog.records
    assert (job.state, type(job.error), record.levelno) == (JobState.FAILED, ZeroDivisionError, logging.ERROR)
    assert record.exc_info is not None
    assert "Heal everything" in record.message


async def test_a_known_error_is_a_warning_without_a_traceback(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    async def unreadable(progress: Progress) -> None:
        raise InputError("The file is empty.", todo="Choose another.")

    job = jobs.start("import", "Import", unreadable)
    await job.ended()
    (record,) = caplog.records
    assert (job.state, record.levelno, record.exc_info) == (JobState.FAILED, logging.WARNING, None)
    assert record.message == "Import failed: The file is empty. Choose another."


async def test_work_that_fails_before_it_awaits_anything_fails_its_job(jobs: Jobs) -> None:
    def not_even_a_coroutine(progress: Progress) -> Any:
        raise InputError("No.")

    job = jobs.start("import", "Import", not_even_a_coroutine)
    await job.ended()
    assert job.state is JobState.FAILED


async def test_subscribers_hear_of_every_state_and_of_the_last_progress(jobs: Jobs) -> None:
    heard: list[tuple[JobState, int]] = []
    jobs.subscribe(lambda job: heard.append((job.state, job.progress.done)))

    async def counting(progress: Progress) -> None:
        for number in range(1, 1001):
            progress.update(done=number, total=1000)
            await asyncio.sleep(0)

    await jobs.start("count", "Count", counting).wait()
    states = list(dict.fromkeys(state for state, _done in heard))
    assert states == [JobState.WAITING, JobState.RUNNING, JobState.DONE]
    assert heard[-1] == (JobState.DONE, 1000)
    assert len(heard) < 100


async def test_progress_said_in_the_quiet_time_is_told_after_it(jobs: Jobs) -> None:
    told = asyncio.Event()
    gate = Gate()

    async def work(progress: Progress) -> str:
        progress.update(done=1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        progress.update(done=2, text="second")
        return await gate.work(progress)

    heard: list[ProgressState] = []

    def listen(job: Job[Any]) -> None:
        heard.append(job.progress)
        if job.progress.done == 2:
            told.set()

    jobs.subscribe(listen)
    job = jobs.start("count", "Count", work)
    await told.wait()
    assert job.state is JobState.RUNNING
    assert {state.done for state in heard} == {0, 1, 2}
    gate.open.set()
    await job.wait()


async def test_who_unsubscribes_hears_no_more(jobs: Jobs) -> None:
    heard: list[JobState] = []
    unsubscribe = jobs.subscribe(lambda job: heard.append(job.state))
    gate = Gate()
    gate.open.set()
    job = jobs.start("heal", "Heal", gate.work)
    unsubscribe()
    unsubscribe()
    await job.wait()
    assert heard == [JobState.WAITING]


async def test_a_listener_that_fails_harms_neither_the_job_nor_the_others(
    jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(job: Job[Any]) -> None:
        raise ZeroDivisionError

    heard: list[JobState] = []
    jobs.subscribe(broken)
    jobs.subscribe(lambda job: heard.append(job.state))
    gate = Gate()
    gate.open.set()
    assert await jobs.start("heal", "Heal", gate.work).wait() == "done"
    assert heard == [JobState.WAITING, JobState.RUNNING, JobState.DONE]
    assert len(caplog.records) == 3


async def test_only_the_last_fifty_jobs_are_remembered(jobs: Jobs) -> None:
    gate = Gate()
    gate.open.set()
    for number in range(60):
        await jobs.start(f"job {number}", "Job", gate.work).wait()
    assert [job.name for job in jobs.recent] == [f"job {number}" for number in range(59, 9, -1)]


class TestThreads:
    async def test_work_in_a_thread_tells_its_progress_and_its_result(self, jobs: Jobs) -> None:
        main = threading.current_thread()
        heard: list[threading.Thread] = []
        jobs.subscribe(lambda job: heard.append(threading.current_thread()))

        def hashing(progress: Progress) -> str:
            for number in range(10_000):
                progress.update(done=number + 1, total=10_000, unit="bytes")
                progress.checkpoint()
            return threading.current_thread().name

        job = jobs.start("hash", "Hash", lambda progress: jobs.run_blocking(hashing, progress))
        assert (await job.wait()).startswith("job")
        assert job.progress == ProgressState(10_000, 10_000, "bytes", "")
        assert set(heard) == {main}

    async def test_a_cancelled_thread_stops_at_its_checkpoint_before_the_job_ends(self, jobs: Jobs) -> None:
        entered = threading.Event()
        ended = threading.Event()

        def copying(progress: Progress) -> None:
            entered.set()
            try:
                while True:
                    progress.checkpoint()
            finally:
                ended.set()

        job = jobs.start("copy", "Copy", lambda progress: jobs.run_blocking(copying, progress))
        await asyncio.to_thread(entered.wait)
        job.cancel()
        with pytest.raises(JobCancelled):
            await job.wait()
        assert (ended.is_set(), job.state) == (True, JobState.CANCELLED)

    async def test_a_failure_while_stopping_is_not_hidden(self, jobs: Jobs) -> None:
        entered = threading.Event()

        def copying(progress: Progress) -> None:
            entered.set()
            while not progress.is_cancelled:
                pass
            raise InputError("The copy is damaged.")

        job = jobs.start("copy", "Copy", lambda progress: jobs.run_blocking(copying, progress))
        await asyncio.to_thread(entered.wait)
        job.cancel()
        await job.ended()
        assert (job.state, str(job.error)) == (JobState.FAILED, "The copy is damaged.")

    async def test_blocking_work_that_waits_for_a_thread_never_begins_when_cancelled(self, jobs: Jobs) -> None:
        release = threading.Event()
        begun: list[str] = []

        def busy(progress: Progress) -> None:
            release.wait()

        def never(progress: Progress) -> None:
            begun.append("never")

        crowd = [jobs.start(f"busy {n}", "Busy", lambda progress: jobs.run_blocking(busy, progress)) for n in range(4)]
        late = jobs.start("late", "Late", lambda progress: jobs.run_blocking(never, progress))
        for _round in range(3):
            await asyncio.sleep(0)
        late.cancel()
        asyncio.get_running_loop().call_later(1, release.set)  # so that a failure here is no hang
        await late.ended()
        assert not release.is_set()
        release.set()
        for job in crowd:
            await job.wait()
        assert (late.state, begun) == (JobState.CANCELLED, [])


class TestStopping:
    async def test_stopping_ends_and_awaits_everything(self) -> None:
        jobs = Jobs()
        tidied: list[str] = []

        async def tidy(progress: Progress) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                tidied.append("tidied")

        started = [jobs.start(f"job {number}", "Job", tidy) for number in range(3)]
        await asyncio.sleep(0)
        await jobs.stop()
        assert tidied == ["tidied"] * 3
        assert [job.state for job in started] == [JobState.CANCELLED] * 3
        await jobs.stop()

    async def test_nothing_starts_after_the_stop(self) -> None:
        jobs = Jobs()
        await jobs.stop()
        with pytest.raises(RuntimeError, match="after the jobs were stopped"):
            jobs.start("late", "Late", Gate().work)

    async def test_a_job_that_does_not_stop_is_named_and_not_waited_for(self, caplog: pytest.LogCaptureFixture) -> None:
        jobs = Jobs()
        gate = Gate()

        async def stubborn(progress: Progress) -> None:
            while not gate.open.is_set():
                try:
                    await gate.open.wait()
                except asyncio.CancelledError:
                    continue

        job = jobs.start("stubborn", "The stubborn one", stubborn)
        await asyncio.sleep(0)
        await jobs.stop(patience_seconds=0.01)
        assert [record.message for record in caplog.records] == ["The stubborn one did not stop within 0.01 seconds."]
        gate.open.set()
        await job.ended()
        assert job.state is JobState.DONE


class TestProgress:
    def test_what_is_left_out_stays(self) -> None:
        progress = Progress()
        progress.update(done=1, total=4, unit="files", text="Reading")
        progress.update(done=2)
        progress.update(text="")
        assert progress.state == ProgressState(2, 4, "files", "")

    @pytest.mark.parametrize(
        ("done", "total", "fraction"), [(1, 4, 0.25), (0, 0, 1.0), (5, 4, 1.0), (-1, 4, 0.0), (3, None, None)]
    )
    def test_the_fraction_lies_between_nothing_and_all(self, done: int, total: int | None, fraction: float) -> None:
        assert ProgressState(done, total).fraction == fraction

    def test_a_change_is_announced_once_until_it_is_taken(self) -> None:
        announced: list[str] = []
        progress = Progress(lambda: announced.append("news"))
        for number in range(100):
            progress.update(done=number)
        assert (announced, progress.is_news) == (["news"], True)
        assert progress.take().done == 99
        progress.update(done=100)
        assert announced == ["news", "news"]

    def test_a_checkpoint_stops_nothing_until_it_is_asked_to(self) -> None:
        progress = Progress()
        progress.checkpoint()
        progress.cancel()
        with pytest.raises(JobCancelled):
            progress.checkpoint()
        assert issubclass(JobCancelled, asyncio.CancelledError)
