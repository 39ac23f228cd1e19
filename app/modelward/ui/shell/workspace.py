"""The tabs over an open desk: which is which, how they refresh, and the work that the window itself starts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from modelward.backups.model import Backup, BackupHealth, Kind
from modelward.catalog.health import Health
from modelward.catalog.model import Field, Model
from modelward.core import units
from modelward.core.changes import Changes, Room
from modelward.core.clock import utc_now
from modelward.core.errors import KnownError
from modelward.core.job import Job, JobState
from modelward.core.progress import JobCancelled, Progress
from modelward.core.timetable import HEALING
from modelward.desk import Desk, FillReport
from modelward.healing.model import CycleState, HealingReport
from modelward.healing.service import SurveyReport
from modelward.ui.catalog.tab import CatalogTab
from modelward.ui.health.figures import percent
from modelward.ui.kit.slots import spawn
from modelward.ui.kit.theme import Theme
from modelward.ui.shell.activity import Activity
from modelward.ui.shell.layout_store import LayoutStore
from modelward.ui.shell.local_models import LocalModels
from modelward.ui.shell.main_window import BACKUPS, CATALOG, HEALTH, MainWindow
from modelward.ui.shell.measuring import Measuring
from modelward.ui.shell.notices import Mood, Notice, Notices, of_known
from modelward.ui.shell.outside import Outside
from modelward.ui.shell.refresh import Refresh

if TYPE_CHECKING:
    from modelward.backups.restore import RestoreReport
    from modelward.ui.backups.tab import BackupsTab
    from modelward.ui.health.tab import HealthTab

T = TypeVar("T")

BACK_UP = "backup by hand"
"""The name of the job that a person starts."""

_FILLING = "Bringing the catalogue up to date"
Verb = Callable[[Progress], Awaitable[tuple[T, Changes]]]


class Workspace:
    """The tabs of one desk, and the status of all."""

    def __init__(
        self, desk: Desk, window: MainWindow, notices: Notices, theme: Theme, layout_store: LayoutStore
    ) -> None:
        self._desk = desk
        self._window = window
        self._notices = notices
        self._theme = theme
        self._layout_store = layout_store
        self.activity = Activity(desk.jobs, window.status)
        self.refresh = Refresh(self._reload)
        window.search_requested.connect(self._on_search_requested)
        window.files_dropped.connect(self._on_files_dropped)
        self.catalog = CatalogTab(desk.catalog, desk.jobs, theme, layout_store, window.pages)
        self.catalog.changed.connect(self.refresh.tell)
        self.catalog.show_filling(is_filling=True)  # as every start does
        self.health: HealthTab | None = None
        self.backups: BackupsTab | None = None
        self.outside = Outside(
            desk, window, notices, theme, self.catalog, follow=self._follow, changed=self.refresh.tell
        )
        self.local_models = LocalModels(
            desk, window, notices, theme, layout_store, follow=self._follow, changed=self.refresh.tell
        )
        self.measuring = Measuring(desk, window, theme, layout_store, self.refresh.tell)
        self._unsubscribe = desk.jobs.subscribe(self._on_job)
        self._scheduled = {row.entry.name for row in desk.schedule.rows()}

    def show_catalog(self) -> None:
        """Puts the Catalogue tab, once it has its rows, into the window."""
        self._window.set_page(CATALOG, self.catalog)

    async def show_health(self, models: Sequence[Model]) -> None:
        """Builds the Health tab on these models."""
        from modelward.ui.health.tab import HealthTab

        tab = HealthTab(self._desk, self._theme, self._layout_store)
        await tab.finish()
        self.health = tab
        tab.changed.connect(self.refresh.tell)
        tab.heal_requested.connect(self.heal)
        tab.zero_burn_requested.connect(self.outside.turn_zero_burn)
        tab.set_requested.connect(self._on_health_set_requested)
        tab.counted.connect(self._on_health_counted)
        tab.filter_requested.connect(self._on_health_filter_requested)
        tab.model_requested.connect(self._on_health_model_requested)
        tab.survey_requested.connect(self.survey)
        await tab.show_models(models)
        self._window.set_page(HEALTH, tab)

    async def show_backups(self) -> None:
        """Builds the Backups tab."""
        from modelward.ui.backups.tab import BackupsTab

        tab = self.backups = BackupsTab(self._desk, self._theme, self._layout_store)
        tab.changed.connect(self.refresh.tell)
        tab.judged.connect(self._on_backups_judged)
        tab.verbs.restored.connect(self._on_restored)
        await tab.reload()
        self._window.set_page(BACKUPS, tab)

    async def show_local_models(self) -> None:
        """Builds the Ollama tab."""
        await self.local_models.show()

    async def show_measurements(self) -> None:
        """Builds the Benchmarks tab."""
        await self.measuring.show()

    async def show_outside(self) -> None:
        """Shows how providers and budgets stand."""
        await self.outside.show()

    def offer_backup(self) -> None:
        """Offers the newest good backup where the store was missing or damaged."""
        if self.backups is not None and self._desk.offer is not None:
            self._window.show_tab(BACKUPS)
            spawn(self.backups.verbs.offer(self._desk.offer.backup), "offer")

    async def fill(self) -> None:
        """Runs the job that brings the catalogue up to date with what lies on this machine."""
        if self.backups is not None:
            self.backups.refresh_times()  # the schedule has begun
        await self._follow("fill", _FILLING, self._desk.fill, self._tell_fill)
        await self.refresh.settled()
        self.catalog.show_filling(is_filling=False)

    def heal(self) -> None:
        """Starts a healing cycle, as the schedule does; what came of it is followed as there."""
        self._desk.jobs.start(HEALING, "Heal", self._desk.heal)

    def survey(self) -> None:
        """Starts the job that reads the names of all models anew."""
        if self.health is not None and not self.health.is_surveying:
            self.health.show_surveying(is_running=True)
            spawn(self._survey(self.health))

    def back_up(self) -> None:
        """Starts the job that makes a copy by hand, without asking for a note."""

        async def work(progress: Progress) -> tuple[Backup, Changes]:
            return await self._desk.backups.create(Kind.MANUAL, reason="by hand", progress=progress)

        spawn(self._follow(BACK_UP, "Backing up the store", work, self._tell_backup))

    async def close(self) -> None:
        """Ends what follows the desk, before the desk ends."""
        self._unsubscribe()
        self.outside.close()
        self.local_models.close()
        self.measuring.close()
        if self.health is not None:
            self.health.stop()
        if self.backups is not None:
            self.backups.stop()
        await self.refresh.close()
        self.activity.close()

    async def _survey(self, tab: HealthTab) -> None:
        try:
            await self._follow("survey", "Surveying the catalogue", self._desk.surveys.run, self._tell_survey)
        finally:
            tab.show_surveying(is_running=False)

    async def _follow(self, name: str, title: str, verb: Verb[T], tell: Callable[[T], None]) -> None:
        try:
            result, changes = await self._desk.jobs.start(name, title, verb).wait()
        except JobCancelled:
            # What was filed before the cancel stays, and is shown.
            self.refresh.tell(Changes.everything())
            return
        except KnownError as error:
            self._notices.add(of_known(error))
            self.refresh.tell(Changes.everything())
            return
        self.refresh.tell(changes)
        tell(result)

    def _on_job(self, job: Job[Any]) -> None:
        # What a tab or this class started, it follows itself; what the clock started, nobody else does.
        if job.name in self._scheduled and job.state in (JobState.DONE, JobState.FAILED):
            spawn(self._take(job))

    async def _take(self, job: Job[Any]) -> None:
        try:
            result = await job.wait()
        except KnownError:
            self.refresh.tell(Changes.of(Room.BACKUPS))  # a failed backup is shown there
            raise
        match result:
            case (told, Changes() as changes):
                self.refresh.tell(changes)
                self.outside.tell_scheduled(job.name, told)
                self.local_models.tell_scheduled(job.name, told)
                if isinstance(told, HealingReport):
                    self._tell_healing(told)

    async def _reload(self, changes: Changes) -> None:
        if Room.CATALOG in changes:
            await self.catalog.reload(changes)
            if self.health is not None:
                await self.health.show_models(await self._desk.catalog.models())
        if self.health is not None and (Room.CATALOG in changes or Room.HEALING in changes):
            self.health.reload()
        # Also where only the catalogue changed: a copy may have been made before, and a restore would change more.
        await self.outside.reload(changes)
        if Room.OLLAMA in changes:
            await self.local_models.reload()
        if self.backups is not None and (Room.CATALOG in changes or Room.BACKUPS in changes):
            await self.backups.reload()
        await self.measuring.reload(changes)

    def _tell_fill(self, report: FillReport) -> None:
        for failed in report.raw_files.failed:
            what = f"{failed.path.name} in the raw folder was not read."
            self._notices.add(Notice(Mood.ATTENTION, what, str(failed.error)))
        if report.reference.added:
            self._notices.add(
                Notice(Mood.WELL, f"{report.reference.added:,} models were added.", "; ".join(report.reference.origins))
            )
        self._tell_rule_problems(report.survey)

    def _tell_survey(self, report: SurveyReport) -> None:
        self._notices.add(
            Notice(
                Mood.WELL,
                f"Surveyed {report.surveyed:,} models: {report.changed:,} know more than before.",
                f"{report.recognised:,} were recognised by their names.",
            )
        )
        self._tell_rule_problems(report)

    def _tell_backup(self, _backup: Backup) -> None:
        self._notices.add(Notice(Mood.WELL, "A backup was made and verified."))

    def _tell_healing(self, report: HealingReport) -> None:
        from modelward.healing.care import HEALTHY

        if HEALTHY in report.notes:
            self._notices.add(Notice(Mood.WELL, HEALTHY))
        if report.cycle is not None and report.cycle.state is CycleState.SKIPPED:
            self._notices.add(
                Notice(Mood.ATTENTION, "Healing was skipped: no backup could be made.", report.cycle.error)
            )

    def _tell_rule_problems(self, report: SurveyReport) -> None:
        for problem in report.problems:
            self._notices.add(Notice(Mood.ATTENTION, "A rule of the Surveyor is left out.", problem))

    def _on_health_counted(self, health: Health) -> None:
        share = percent(health.completion_rate)
        self._window.status.show_completion(
            f"Complete {share}", f"{health.complete:,} of {health.total:,} models have all that is required"
        )

    def _on_backups_judged(self, health: BackupHealth) -> None:
        from modelward.ui.backups.wording import last_backup_text

        moment = health.last_success_at
        explained = f"The newest verified backup holds the store of {units.local_time(moment)}" if moment else ""
        self._window.status.show_backup(last_backup_text(moment, utc_now()), explained)

    def _on_restored(self, report: RestoreReport) -> None:
        # The start's own work, which nobody could start again by hand.
        if _FILLING in report.stopped:
            spawn(self.fill())

    def _on_health_filter_requested(self, provider: str, field: Field) -> None:
        self.catalog.show_filter(provider=provider or None, missing=field)
        self._window.show_tab(CATALOG)

    def _on_health_set_requested(self, model_id: str, field: Field) -> None:
        spawn(self.catalog.verbs.set_value(model_id, field), "set a value")

    def _on_health_model_requested(self, model_id: str) -> None:
        self.catalog.show_model(model_id)
        self._window.show_tab(CATALOG)

    def _on_search_requested(self) -> None:
        self._window.show_tab(CATALOG)
        self.catalog.focus_search()

    def _on_files_dropped(self, files: list[Path]) -> None:
        self._window.show_tab(CATALOG)
        self.catalog.import_files(files)
