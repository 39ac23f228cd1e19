"""What can be done with measurements in the window: measure, prove, star, export, take in, write a routing table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from modelward.advice.model import Query, SweetSpot
from modelward.advice.routing import Router
from modelward.advice.searching import SearchReport
from modelward.benchmarks.model import Batch, BatchState
from modelward.catalog.fields import clip
from modelward.catalog.model import Kind, Model, Status
from modelward.core import units
from modelward.core.changes import Changes, Room
from modelward.core.errors import KnownError
from modelward.core.jobs import JobCancelled
from modelward.core.progress import Progress
from modelward.desk import Desk
from modelward.providers.model import Provider
from modelward.ui.benchmarks import search_words, wording
from modelward.ui.benchmarks.bench_dialog import BenchDialog
from modelward.ui.benchmarks.job_names import DIVIDE, EXPORT, IMPORT, MEASURE, PROVE, SEARCH
from modelward.ui.benchmarks.model_picker import Choice
from modelward.ui.benchmarks.needs_dialog import NeedsDialog
from modelward.ui.benchmarks.search_dialog import SearchDialog
from modelward.ui.kit import dialogs
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.theme import Tone

T = TypeVar("T")
Work = Callable[[Progress], Awaitable[tuple[T, Changes]]]

_DATA = "Tables (*.csv);;Documents (*.json)"
_FOREIGN = "Results of GuideLLM or llama-bench (*.json *.jsonl);;All files (*)"
_ROUTERS = "LiteLLM (*.yaml);;LiteLLM as JSON (*.json)"
_WHICH = "Its id in the catalogue, such as ollama/qwen3:8b. Empty: as the file itself names it."
_GOOD_ENOUGH = "benchmarks.good_enough"


class BenchVerbs(QObject):
    """The verbs of the Benchmarks tab. ``changed`` carries what a verb changed, ``started`` the id of a batch that
    begins or goes on, ``ended`` one that has ended; results are told in the notice bar."""

    changed = Signal(Changes)
    started = Signal(int)
    ended = Signal(int)

    def __init__(self, desk: Desk, notice: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._benchmarks = desk.benchmarks
        self._notice = notice
        self._window = window

    # ------------------------------------------------------------ measuring

    async def bench(self, ticked: Sequence[str], workload: str, *, is_proposal: bool = False) -> None:
        """Asks what is to be measured, and starts it. ``is_proposal``: nobody chose what is ticked, so that it is left
        out where it cannot be asked."""
        favourites = await self._benchmarks.favourites()
        mine = {each.provider.id: each.provider for each in await self._desk.providers.mine() if each.provider.enabled}
        models = await self._desk.catalog.models()
        choices = [_choice(each, mine.get(each.provider), favourites) for each in models if _can_be_measured(each)]
        if is_proposal:
            at_hand = {each.model_id for each in choices if each.is_at_hand}
            ticked = [id_ for id_ in ticked if id_ in at_hand]
        dialog = BenchDialog(
            self._benchmarks, choices, ticked, await self._benchmarks.workloads(), workload, self._window
        )
        plan = dialog.plan if await dialogs.finished(dialog) else None
        if plan is not None:
            await self.run(await self._benchmarks.start(plan))

    async def run(self, batch_id: int) -> None:
        """Carries a batch out, or goes on with it."""
        self.started.emit(batch_id)
        try:
            batch = await self._run(
                MEASURE, "Measuring models", lambda progress: self._benchmarks.run(batch_id, progress)
            )
        finally:
            self.ended.emit(batch_id)
        if batch is not None and batch.state is not BatchState.PAUSED:  # the card of the run says that
            self._tell_batch(batch)

    def cancel(self) -> None:
        """Ends the run, or the proving, that is under way."""
        for job in self._desk.jobs.running:
            if job.name in (MEASURE, PROVE):
                job.cancel()

    async def prove(self, model_id: str) -> None:
        """Says what proving would ask and cost, and does it."""
        try:
            plan = await self._benchmarks.plan_proofs([model_id])
        except KnownError as error:
            self._tell_error(error)
            return
        name = wording.name_of(model_id)
        if not plan.subjects:
            why = next(iter(plan.refused.values()), "Nothing is claimed of it that could be proven.")
            self._notice.tell(f"{name} cannot be asked.", clip(why, 300), tone=Tone.ATTENTION)
            return
        cost = "It is free." if not plan.most_usd else f"It costs {units.money(plan.most_usd)} at most."
        text = f"Up to {wording.many(plan.calls, 'call')} about: {wording.unproven_text(plan.subjects)}. {cost}"
        if not await dialogs.confirm(self._window, f"Prove what {name} can do?", text, "Prove"):
            return
        proofs = await self._run(
            PROVE, f"Proving {name}", lambda progress: self._benchmarks.prove([model_id], progress)
        )
        if proofs is not None:
            proven = sum(each.proof.value == "proven" for each in proofs)
            why = f"{proven:,} of {wording.many(len(proofs), 'claim')} proven."
            self._notice.tell(f"{name} was asked.", why, tone=Tone.WELL)

    async def star(self, model_ids: Sequence[str], *, on: bool) -> None:
        """Measures these models by the clock, or no longer."""
        changes = Changes.nothing()
        try:
            for id_ in model_ids:
                changes |= await self._benchmarks.set_favourite(id_, on=on)
        except KnownError as error:
            self._tell_error(error)
        self.changed.emit(changes or Changes.of(Room.BENCHMARKS))

    # ------------------------------------------------------------ files

    async def export(self, model_ids: Sequence[str], workload: str | None) -> None:
        """Asks for a file, and writes the calls into it."""
        path = await dialogs.save_file(self._window, "Export measurements", "measurements.csv", _DATA, "csv")
        if path is None:
            return

        async def work(_progress: Progress) -> tuple[int, Changes]:
            return await self._benchmarks.export(path, model_ids, workload), Changes.nothing()

        written = await self._run(EXPORT, "Exporting measurements", work)
        if written is not None:
            self._notice.tell(f"{wording.many(written, 'call')} exported.", str(path), tone=Tone.WELL)

    async def take_in(self) -> None:
        """Asks for files of other tools, and keeps what they measured."""
        for path in await dialogs.open_files(self._window, "Import measurements", _FOREIGN):
            await self._take_in(path)

    async def _take_in(self, path: Path) -> None:
        ids = {each.id for each in await self._desk.catalog.models()}
        told = await dialogs.ask_text(
            self._window,
            f"Which model does {clip(path.name, 60)} measure?",
            _WHICH,
            "Import",
            check=lambda text: "" if not text or text in ids else "There is no such model in the catalogue.",
        )
        if told is None:
            return
        found = await self._run(
            f"{IMPORT} {path}",
            f"Importing {clip(path.name, 80)}",
            lambda progress: self._benchmarks.import_file(path, progress, {"": told} if told else {}),
        )
        if found is None:
            return
        what = f"{wording.many(found.calls, 'call')} of {clip(found.tool, 40)} imported from {clip(path.name, 80)}."
        known = f"{wording.many(found.known, 'call')} stood here before." if found.known else ""
        notes = [known, *(clip(each, 200) for each in found.problems[:6])]
        self._notice.tell(
            what, "\n".join(each for each in notes if each), tone=Tone.ATTENTION if found.problems else Tone.WELL
        )

    # ------------------------------------------------------------ advice

    async def ask_needs(self, query: Query) -> Query | None:
        """Asks what a model must have; None when the person leaves."""
        dialog = NeedsDialog(query, self._window)
        return dialog.query if await dialogs.finished(dialog) else None

    async def set_threshold(self, value: float) -> None:
        """From which quality on a model is good enough."""
        preferences = self._desk.preferences
        if preferences.is_overruled(_GOOD_ENOUGH):
            words = f"It is set by the {preferences.origin(_GOOD_ENOUGH)}."
            self._notice.tell(words, "Change it there.", tone=Tone.ATTENTION)
        else:
            try:
                await preferences.change(_GOOD_ENOUGH, value)
            except KnownError as error:
                self._tell_error(error)
        self.changed.emit(Changes.of(Room.BENCHMARKS))

    async def search(self, query: Query) -> None:
        """Asks how the cheapest model that is good enough is searched, searches it by measuring, and tells."""
        advice = self._desk.advice
        dialog = SearchDialog(advice, query, self._window)
        plan = dialog.plan if await dialogs.finished(dialog) else None
        if plan is None:
            return

        async def work(progress: Progress) -> tuple[tuple[SearchReport, SweetSpot], Changes]:
            report, changes = await advice.search(plan, progress)
            return (report, await advice.sweet_spot(plan.query, plan.threshold)), changes

        title = f"Searching the sweet spot of {wording.use_case_title(plan.query.use_case).lower()}"
        found = await self._run(SEARCH, title, work)
        if found is not None:
            what, why, tone = search_words.ended_text(*found)
            self._notice.tell(what, why, tone=tone)

    async def export_routing(self, query: Query) -> None:
        """Asks for a file, and writes which model serves which use case."""
        path = await dialogs.save_file(self._window, "Export the routing table", "routing.yaml", _ROUTERS, "yaml")
        if path is None:
            return
        try:
            table = await self._desk.advice.routing_table(query)
            await self._desk.advice.export_routing(table, path, Router.LITELLM)
        except KnownError as error:
            self._tell_error(error)
            return
        without = ", ".join(wording.use_case_title(each).lower() for each in table.without)
        why = f"{path}\nNobody was measured for: {without}." if without else str(path)
        self._notice.tell(f"{wording.many(len(table.routes), 'route')} written.", why, tone=Tone.WELL)

    async def plan_job(self) -> None:
        """Plans a job that no window holds, and runs it when the person wants so."""
        from modelward.ui.benchmarks.division_dialog import DivisionDialog

        mine = {each.provider.id for each in await self._desk.providers.mine() if each.provider.enabled}
        models = [each for each in await self._desk.catalog.models() if each.provider in mine]
        ids = sorted(each.id for each in models if _can_be_measured(each))
        dialog = DivisionDialog(self._desk.division, ids, self._window)
        plan = dialog.plan if await dialogs.finished(dialog) else None
        if plan is None or plan.asking.file is None:
            return
        name = f"{plan.asking.file.stem}.{plan.asking.task.value}.md"
        output = await dialogs.save_file(self._window, "Where is the result written?", name)
        if output is None:
            return
        try:
            job_id = await self._desk.division.keep(plan, output)
        except KnownError as error:
            self._tell_error(error)
            return
        title = f"Working through {clip(plan.asking.file.name, 60)}"
        report = await self._run(
            f"{DIVIDE} {job_id}", title, lambda progress: self._desk.division.run(job_id, progress)
        )
        if report is not None:
            what = f"{report.done:,} of {wording.many(report.parts, 'part')} done, {report.coverage:.0%} of the text."
            tone = Tone.WELL if report.done == report.parts else Tone.ATTENTION
            detail = clip(report.detail, 300)
            again = "" if report.done == report.parts else f"Go on with: modelward plan run {report.job_id}"
            self._notice.tell(what, "\n".join(part for part in (str(report.output), detail) if part), again, tone=tone)

    # ------------------------------------------------------------ parts

    async def _run(self, name: str, title: str, work: Work[T]) -> T | None:
        """The result of a job; None where it failed, which is told, or was cancelled."""
        try:
            result, changes = await self._desk.jobs.start(name, title, work).wait()
        except JobCancelled:
            self.changed.emit(Changes.of(Room.BENCHMARKS))
            return None
        except KnownError as error:
            self._tell_error(error)
            self.changed.emit(Changes.of(Room.BENCHMARKS))
            return None
        if changes:
            self.changed.emit(changes)
        return result

    def _tell_batch(self, batch: Batch) -> None:
        what, why, tone = wording.ended_text(batch)
        self._notice.tell(what, why, tone=tone)

    def _tell_error(self, error: KnownError) -> None:
        self._notice.tell(error.what, error.why, error.todo)


def _can_be_measured(model: Model) -> bool:
    return model.status is not Status.RETIRED and model.kind in (Kind.CHAT, None)


def _choice(model: Model, provider: Provider | None, favourites: frozenset[str]) -> Choice:
    return Choice(
        model.id,
        model.price_input,
        model.price_output,
        is_local=provider is not None and provider.known.is_local,
        is_favourite=model.id in favourites,
        is_at_hand=provider is not None,
    )
