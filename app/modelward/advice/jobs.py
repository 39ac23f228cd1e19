"""Running a planned job from its text to its result, and going on where it stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from modelward.advice import joining
from modelward.advice.division_model import Job, JobReport, JobSpec, JobState, Step, Task
from modelward.advice.job_prompts import cell_request, join_request
from modelward.advice.job_running import Build, Item, Runner
from modelward.advice.store import JobStore, total_cost
from modelward.advice.textfiles import read_text
from modelward.advice.tokens import Counter
from modelward.core.atomic import replace_file
from modelward.core.errors import BudgetError, FolderError, InputError, KnownError
from modelward.core.progress import Progress
from modelward.providers.model import ChatRequest

_MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result so far, and what keeps it from being whole."""

    answers: list[str]
    trouble: str = ""


class Working:
    """Works on one job with the runner that is made for it."""

    def __init__(self, job: Job, store: JobStore, runner: Runner, counter: Counter, answer: int) -> None:
        """``answer``: tokens that an answer may have."""
        self._job = job
        self._spec: JobSpec = job.spec
        self._store = store
        self._runner = runner
        self._counter = counter
        self._answer = answer

    async def work(self, progress: Progress) -> JobReport:
        """Answer the cells that are not answered, join, write the result. However it ends, the store says how.

        Raises InputError (the text is gone or another one), FolderError, StoreError. Cancelled, it is paused.
        """
        await self._store.set_state(self._job.id, JobState.RUNNING)
        try:
            state, detail, steps = await self._run(progress)
        except asyncio.CancelledError:
            await asyncio.shield(self._pause("It was stopped."))
            raise
        except KnownError as error:
            await self._pause(str(error))
            raise
        await self._store.set_state(self._job.id, state, detail)
        return self._report(state, detail, steps)

    async def _pause(self, why: str) -> None:
        await self._store.set_state(self._job.id, JobState.PAUSED, why)

    async def _run(self, progress: Progress) -> tuple[JobState, str, list[Step]]:
        items = await self._cells(progress)
        await self._ask(items, progress, "Working on the parts")
        steps = await self._store.steps(self._job.id)
        if (stop := self._stopped()) is not None:
            return JobState.PAUSED, str(stop), steps
        cells = [step for step in steps if step.level == 0]
        if not cells:
            return JobState.INCOMPLETE, f"No part could be done. {self._failures()}", steps
        outcome = await self._joined(cells, progress)
        steps = await self._store.steps(self._job.id)
        if (stop := self._stopped()) is not None:
            return JobState.PAUSED, str(stop), steps
        await asyncio.to_thread(self._write, self._result(outcome.answers))
        trouble = " ".join(filter(None, (self._failures(), outcome.trouble)))
        return (JobState.INCOMPLETE if trouble else JobState.DONE), trouble, steps

    def _stopped(self) -> KnownError | None:
        return self._runner.run.stop

    async def _cells(self, progress: Progress) -> list[Item]:
        spec = self._spec
        progress.update(text=f"Reading {spec.file.name}")
        read = await asyncio.to_thread(read_text, spec.file, spec.encoding, progress)
        if read.sha256 != spec.sha256:
            why = "The parts were cut from another text."
            raise InputError(f"{spec.file} was changed since it was planned.", why=why, todo="Plan the job anew.")
        text = read.text
        return [
            Item(0, number, text[start:core], text[core:end], self._cell_builder(number))
            for number, (start, core, end) in enumerate(spec.spans, 1)
        ]

    def _cell_builder(self, number: int) -> Build:
        spec = self._spec
        return partial(cell_request, spec.task, spec.brief, number=number, parts=spec.parts, most_output=self._answer)

    async def _ask(self, items: Sequence[Item], progress: Progress, text: str) -> None:
        """Ask for what there is no answer to yet."""
        kept = {(step.level, step.number): step.basis for step in await self._store.steps(self._job.id)}
        open_items = [item for item in items if kept.get((item.level, item.number)) != item.basis]
        progress.update(done=len(items) - len(open_items), total=len(items), unit="parts", text=text)
        try:
            await self._runner.work_on(open_items, progress)
        except* KnownError as group:
            raise _first(group) from None

    # ------------------------------------------------------------ one answer of many

    async def _joined(self, cells: Sequence[Step], progress: Progress) -> _Outcome:
        answers = [step.answer for step in cells]
        if not self._spec.task.is_joined:
            return _Outcome(answers)
        for level in range(1, _MOST_ROUNDS + 1):
            if len(answers) == 1:
                return _Outcome(answers)
            groups = joining.groups(answers, self._runner.room.text, self._counter)
            joined = await self._round(level, groups, progress)
            if joined is None:
                return _Outcome(answers, "The parts' answers could not be joined, and stand one behind the other.")
            if _tokens(joined, self._counter) >= _tokens(answers, self._counter):
                return _Outcome(answers, "Joining does not make the answers shorter: they stand one behind the other.")
            answers = joined
        return _Outcome(answers, "The answers could not be joined into one: they stand one behind the other.")

    async def _round(self, level: int, groups: Sequence[str], progress: Progress) -> list[str] | None:
        """The answers of one round; None where one of them could not be had."""
        spec = self._spec

        def build(_before: str, notes: str) -> ChatRequest:
            return join_request(spec.task, spec.brief, notes, most_output=self._answer)

        items = [Item(level, number, "", notes, build) for number, notes in enumerate(groups, 1)]
        failed = dict(self._runner.run.failed)
        await self._ask(items, progress, f"Joining, round {level}")
        self._runner.run.failed = failed
        wanted = {item.number: item.basis for item in items}
        steps = [step for step in await self._store.steps(self._job.id) if step.level == level]
        found = [step.answer for step in steps if wanted.get(step.number) == step.basis]
        return found if len(found) == len(items) else None

    def _result(self, answers: Sequence[str]) -> str:
        if self._spec.task is Task.EXTRACT:
            return joining.without_repetitions(answers)
        return joining.one_behind_the_other(answers)

    def _write(self, result: str) -> None:
        output = self._spec.output
        try:
            replace_file(output, result.encode("utf-8", "replace"))
        except OSError as error:
            todo = "Make room or another folder, then go on with the job: its answers are kept."
            why = f"{error.strerror or error}."
            raise FolderError(f"The result could not be written to {output}.", why=why, todo=todo) from None

    # ------------------------------------------------------------ what came of it

    def _failures(self) -> str:
        failed = self._runner.run.failed
        if not failed:
            return ""
        named = ", ".join(map(str, sorted(failed)[:20])) + (" …" if len(failed) > 20 else "")
        return f"Not done: {'part' if len(failed) == 1 else 'parts'} {named} of {self._spec.parts}."

    def _report(self, state: JobState, detail: str, steps: Sequence[Step]) -> JobReport:
        spans = self._spec.spans
        done = [step.number for step in steps if step.level == 0 and step.number <= len(spans)]
        covered = sum(spans[number - 1][2] - spans[number - 1][1] for number in done)
        run = self._runner.run
        return JobReport(
            job_id=self._job.id,
            state=state,
            detail=detail,
            output=self._spec.output,
            parts=len(spans),
            done=len(done),
            calls=run.calls,
            input_tokens=sum(step.input_tokens or 0 for step in steps),
            output_tokens=sum(step.output_tokens or 0 for step in steps),
            cost=total_cost(steps),
            coverage=covered / max(1, self._spec.characters),
            failed=tuple((number, str(error)) for number, error in sorted(run.failed.items())),
            cut_off=run.cut_off,
            is_over_budget=isinstance(run.stop, BudgetError),
        )


def _tokens(answers: Sequence[str], counter: Counter) -> int:
    return sum(counter.count(answer).likely for answer in answers)


def _first(group: BaseExceptionGroup[KnownError]) -> KnownError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, KnownError)
    return error
