"""The verbs of division: plan a job that no window holds, run it, go on with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from modelward.advice import choosing, planning
from modelward.advice.calibration import Calibration
from modelward.advice.cells import divide
from modelward.advice.choosing import AtHand
from modelward.advice.division_model import (
    Asking,
    Bill,
    Cell,
    Choice,
    Job,
    JobPlan,
    JobReport,
    JobSpec,
    JobState,
)
from modelward.advice.job_calls import Caller
from modelward.advice.job_prompts import LONGEST_BRIEF
from modelward.advice.job_running import Model, Room, Runner, Wait
from modelward.advice.jobs import Working
from modelward.advice.planning import Frame, frame_of
from modelward.advice.store import JobStore, Speed
from modelward.advice.textfiles import TextFile, checked_output, read_text
from modelward.advice.tokens import Count, Counter, plain
from modelward.advice.windows import output_per_input
from modelward.catalog.fields import clip
from modelward.catalog.model import Model as KnownModel
from modelward.catalog.store import CatalogStore
from modelward.core import changes
from modelward.core.changes import Changes
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import BadValueError, StoreBusyError, UnknownModelError
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.providers.service import ProviderService
from modelward.spending.gateway import Gateway
from modelward.store.engine import Database

MOST_TOKENS = 10**9
"""Of a plan without a text; what is more is a slip of the finger."""

_MOST_CHOICES = 5


class DivisionService:
    """Divides jobs into calls that fit, and makes those calls. One job runs once at a time."""

    def __init__(
        self,
        database: Database,
        catalog: CatalogStore,
        providers: ProviderService,
        gateway: Gateway,
        preferences: Preferences,
        *,
        clock: Clock = utc_now,
        wait: Wait = asyncio.sleep,
    ) -> None:
        self._store = JobStore(database)
        self._catalog = catalog
        self._providers = providers
        self._gateway = gateway
        self._preferences = preferences
        self._clock = clock
        self._wait = wait
        self._working: set[int] = set()

    async def plan(self, asking: Asking, progress: Progress) -> JobPlan:
        """How a job is divided, and what it takes; nobody is asked anything.

        Raises BadValueError (neither a file nor tokens, a brief that is too long, no model that could do it),
        UnknownModelError, InputError (the file), StoreError.
        """
        _check(asking)
        read = None
        if asking.file is not None:
            progress.update(text=f"Reading {asking.file.name}")
            read = await asyncio.to_thread(read_text, asking.file, asking.encoding, progress)
        tokens = await asyncio.to_thread(_count, plain(), asking, read)
        candidates = await self._candidates(asking)
        frames = await self._frames(candidates, asking)
        choices = [] if asking.model_id else await self._compared(frames, asking, tokens)
        frame = next((each for each in frames if choices and each.asked.model.id == choices[0].model_id), frames[0])
        return await self._planned(frame, asking, read, tuple(choices[:_MOST_CHOICES]), progress)

    async def keep(self, plan: JobPlan, output: Path) -> int:
        """Keep a plan as a job whose result is written to ``output``; its id.

        Raises BadValueError (a plan without a text; a file that is there already), FolderError, StoreError.
        """
        if plan.asking.file is None:
            raise BadValueError("A plan without a text cannot be run.", todo="Name the text with --file.")
        output = await asyncio.to_thread(checked_output, output)
        file = await asyncio.to_thread(lambda path: path.expanduser().absolute(), plan.asking.file)
        spec = JobSpec(
            task=plan.asking.task,
            brief=plan.asking.brief,
            model_id=plan.model_id,
            file=file,
            encoding=plan.encoding,
            sha256=plan.sha256,
            output=output,
            spans=tuple((cell.start, cell.core, cell.end) for cell in plan.cells),
            characters=plan.cells[-1].end,
        )
        return await self._store.add(self._clock(), spec)

    async def run(self, job_id: int, progress: Progress) -> tuple[JobReport, Changes]:
        """Run a job, or go on where it stopped; what failed is tried again.

        A spent budget, a refused key, or a provider that is away pauses it, with words. Raises BadValueError (no such
        job, or it is done), StoreBusyError (it runs), InputError (its text was changed), FolderError, StoreError.
        """
        job = await self._store.job(job_id)
        if not job.state.can_go_on:
            raise BadValueError(f"Job {job_id} is done.", why=f"Its result was written to {job.spec.output}.")
        if job_id in self._working:
            raise StoreBusyError(f"Job {job_id} runs already.")
        self._working.add(job_id)
        try:
            report = await (await self._work(job)).work(progress)
        finally:
            self._working.discard(job_id)
        return report, Changes.of(changes.Room.SPENDING)

    async def jobs(self, most: int = 100) -> list[Job]:
        """The jobs that were kept, newest first. What was cut off by the end of a program stands as running."""
        return [_seen(job, is_working=job.id in self._working) for job in await self._store.jobs(most)]

    # ------------------------------------------------------------ planning

    async def _candidates(self, asking: Asking) -> list[AtHand]:
        if asking.model_id is not None:
            return [await choosing.one(self._catalog, self._providers, await self._known(asking.model_id))]
        zero_burn = self._preferences.settings.spending.zero_burn
        found = await choosing.at_hand(self._catalog, self._providers, zero_burn=zero_burn)
        if not found:
            free = " that is known to be free, as Zero-Burn wants" if zero_burn else ""
            raise BadValueError(
                f"There is no model at hand{free}.",
                todo="Add a provider, look for models with modelward discover, or name one with --model.",
            )
        return found

    async def _frames(self, candidates: Sequence[AtHand], asking: Asking) -> list[Frame]:
        """What calls of each model may hold; those that cannot do the job are left out unless it is the only one."""
        caps = await self._store.caps([each.model.id for each in candidates], self._clock())
        found: list[Frame] = []
        problem: BadValueError | None = None
        for each in candidates:
            counter = await self._counter(each.model.id) if len(candidates) == 1 else plain()
            try:
                found.append(frame_of(each, asking, counter, caps.get(each.model.id)))
            except BadValueError as error:
                problem = error
        if not found:
            assert problem is not None
            raise problem
        return found

    async def _compared(self, frames: Sequence[Frame], asking: Asking, tokens: Count) -> list[Choice]:
        """The models that could do it: cheapest first, of the same cost those that need fewer calls."""
        choices = []
        for frame in frames:
            parts = planning.parts_of(frame, tokens)
            bill = self._bill(frame, asking, planning.same_sizes(tokens, parts, frame.most))
            choices.append(Choice(frame.asked.model.id, frame.window, parts, bill, frame.asked.is_local))
        return sorted(choices, key=_rank)

    async def _planned(
        self, frame: Frame, asking: Asking, read: TextFile | None, choices: tuple[Choice, ...], progress: Progress
    ) -> JobPlan:
        model_id = frame.asked.model.id
        counter = await self._counter(model_id)
        progress.update(text="Dividing")
        cells, tokens = await asyncio.to_thread(_cut, counter, asking, read, frame.most)
        parts = len(cells) if read is not None else planning.parts_of(frame, tokens)
        sizes = [cell.tokens for cell in cells] or planning.same_sizes(tokens, parts, frame.most)
        bill = self._bill(frame, asking, sizes, await self._store.speed(model_id))
        roomy = await self._roomy(asking, tokens) if parts > 1 else None
        return JobPlan(
            asking=asking,
            model_id=model_id,
            window=frame.window,
            text_tokens=tokens,
            overhead=frame.overhead,
            most=frame.most,
            cells=tuple(cells),
            parts=parts,
            overlap=max(0, sum(size.likely for size in sizes) - tokens.likely) if parts > 1 else 0,
            joins=planning.joins_of(frame, asking.task, parts),
            bill=bill,
            coverage=1.0 if read is None else planning.coverage_of(cells, len(read.text)),
            warnings=planning.warnings_of(frame, asking, bill, parts, roomy=roomy),
            choices=choices,
            is_calibrated=counter.is_learned,
            sha256="" if read is None else read.sha256,
            encoding="" if read is None else read.encoding,
        )

    def _bill(self, frame: Frame, asking: Asking, sizes: Sequence[Count], speed: Speed | None = None) -> Bill:
        return planning.bill_of(frame, asking.task, sizes, speed or Speed(), self._clock())

    async def _roomy(self, asking: Asking, tokens: Count) -> str | None:
        """The cheapest model at hand that could hold the whole text."""
        zero_burn = self._preferences.settings.spending.zero_burn
        found = await choosing.at_hand(self._catalog, self._providers, zero_burn=zero_burn)
        for each in found:
            try:
                frame = frame_of(each, asking, plain(), None)
            except BadValueError:
                continue
            if frame.window.is_known and frame.most >= tokens.high:
                return each.model.id
        return None

    async def _counter(self, model_id: str) -> Counter:
        """A counter with all that is known of how a model counts: from jobs, and from what was measured."""
        kept = Calibration.of_json(await self._store.learned(model_id))
        measured = await self._store.measured_texts(model_id)
        return await asyncio.to_thread(lambda: kept.saw(measured).counter())

    async def _known(self, model_id: str) -> KnownModel:
        model = await self._catalog.model(model_id)
        if model is None:
            todo = "An id is provider/name; see: modelward catalog list."
            raise UnknownModelError(f"There is no model {clip(model_id)!r} in the catalogue.", todo=todo)
        return model

    # ------------------------------------------------------------ running

    async def _work(self, job: Job) -> Working:
        spec = job.spec
        asked = await choosing.one(self._catalog, self._providers, await self._known(spec.model_id))
        counter = await self._counter(spec.model_id)
        cap = await self._store.cap(spec.model_id, self._clock())
        asking = Asking(spec.task, spec.brief)
        frame = frame_of(asked, asking, counter, cap)

        def fit(context: int) -> Room:
            smaller = frame_of(asked, asking, counter, min(context, cap or context))
            return Room(smaller.most, smaller.window.answer)

        model = Model(
            id=spec.model_id,
            room=Room(frame.most, frame.window.answer),
            fit=fit,
            cuts_off=asked.is_ollama,
            grows=output_per_input(spec.task) is not None,
            at_once=frame.at_once,
        )
        caller = Caller(self._gateway, spec.model_id, asked.tariff, self._clock)
        runner = Runner(job.id, model, counter, caller, self._store, self._clock, self._wait)
        return Working(job, self._store, runner, counter, frame.window.answer)


def _check(asking: Asking) -> None:
    if (asking.file is None) == (asking.tokens is None):
        raise BadValueError("A plan is for a file or for a number of tokens.", todo="Give one of --file and --tokens.")
    if asking.tokens is not None and not 0 < asking.tokens <= MOST_TOKENS:
        raise BadValueError(f"{clip(asking.tokens)} tokens cannot be planned.", todo=f"Give 1 to {MOST_TOKENS:,}.")
    if len(asking.brief) > LONGEST_BRIEF:
        raise BadValueError(
            f"The brief has {len(asking.brief):,} characters.",
            why=f"It is sent with every part, and may have {LONGEST_BRIEF:,}.",
            todo="Shorten it.",
        )


def _count(counter: Counter, asking: Asking, read: TextFile | None) -> Count:
    if read is not None:
        return counter.count(read.text)
    assert asking.tokens is not None
    return Count(asking.tokens, asking.tokens, asking.tokens)


def _cut(counter: Counter, asking: Asking, read: TextFile | None, most: int) -> tuple[list[Cell], Count]:
    tokens = _count(counter, asking, read)
    return ([] if read is None else divide(read.text, most, counter)), tokens


def _rank(choice: Choice) -> tuple[bool, object, bool, int, str]:
    cost = choice.bill.cost
    return cost is None, cost or 0, not choice.is_local, choice.bill.calls, choice.model_id


def _seen(job: Job, *, is_working: bool) -> Job:
    if job.state is JobState.RUNNING and not is_working and not job.detail:
        return replace(job, detail="It runs, or the program ended in the middle.")
    return job
