"""The Surveyor at work on the catalogue: what the names of models tell, filed as facts."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from modelward.catalog.model import Fact, Source, split_id
from modelward.catalog.store import CatalogStore
from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.core.paths import Paths, resources
from modelward.core.progress import Progress
from modelward.healing.surveyor import Surveyor, load
from modelward.healing.zoning import RuleProblem

log = logging.getLogger(__name__)

_SURVEYED = "survey.rules"


@dataclass(frozen=True, slots=True)
class SurveyReport:
    """What a survey found: names looked at, names recognised, models that know more than before."""

    surveyed: int = 0
    recognised: int = 0
    changed: int = 0
    problems: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """What ``survey --json`` prints."""
        return {
            "surveyed": self.surveyed,
            "recognised": self.recognised,
            "changed": self.changed,
            "ruleProblems": list(self.problems),
        }


def load_surveyor(paths: Paths) -> tuple[Surveyor, tuple[RuleProblem, ...]]:
    """The Surveyor with the rules that come with the program and the person's own."""
    return load(resources() / "zoning", paths.zoning)


class SurveyService:
    """Files what the rules tell of the models in the catalogue."""

    def __init__(self, store: CatalogStore, paths: Paths, *, clock: Clock = utc_now) -> None:
        self._store = store
        self._paths = paths
        self._clock = clock
        self._loading = asyncio.Lock()
        self._loaded: tuple[str, Surveyor, tuple[RuleProblem, ...]] | None = None

    async def run(
        self, progress: Progress | None = None, ids: Collection[str] | None = None
    ) -> tuple[SurveyReport, Changes]:
        """Survey the whole catalogue, or only the models of these ids.

        What the rules said before of these models is replaced by what they say now.
        """
        surveyor, problems = await self._surveyor()
        if ids is None:
            ids = [model.id for model in await self._store.models()]
        found = await asyncio.to_thread(self._findings, surveyor, ids)
        facts = [fact for of_model in found.values() for fact in of_model]

        def told(done: int, total: int) -> None:
            if progress is not None:
                progress.update(done=done, total=total, unit="models", text="Reading the names of models")

        merged = await self._store.replace_source(Source.SURVEY, facts, ids=ids, now=self._clock(), progress=told)
        recognised = sum(1 for of_model in found.values() if of_model)
        report = SurveyReport(len(ids), recognised, len(merged.changed), tuple(map(str, problems)))
        return report, Changes.of(Room.CATALOG, merged.changed) if merged.changed else Changes.nothing()

    async def tell(self, ids: Collection[str]) -> Mapping[str, tuple[Fact, ...]]:
        """What the rules of today say of the models of these ids, which is filed nowhere."""
        if not ids:
            return {}
        surveyor, _ = await self._surveyor()
        return await asyncio.to_thread(self._findings, surveyor, ids)

    async def fingerprint(self) -> str:
        """A digest of all rules: it changes when one does."""
        return await asyncio.to_thread(_fingerprint, self._folders)

    async def run_if_rules_changed(self, progress: Progress) -> tuple[SurveyReport, Changes]:
        """Survey the whole catalogue where the rules are others than at the last survey."""
        rules = await asyncio.to_thread(_fingerprint, self._folders)
        if await self._store.state(_SURVEYED) == rules:
            return SurveyReport(), Changes.nothing()
        report, changes = await self.run(progress)
        await self._store.set_state(_SURVEYED, rules)
        return report, changes

    @property
    def _folders(self) -> list[Path]:
        return [resources() / "zoning", self._paths.zoning]

    async def _surveyor(self) -> tuple[Surveyor, tuple[RuleProblem, ...]]:
        """The Surveyor with today's rules; they are read anew only where a file changed, as that takes a third of a
        second and every list of a provider brings new models.
        """
        async with self._loading:
            rules = await asyncio.to_thread(_fingerprint, self._folders)
            if self._loaded is None or self._loaded[0] != rules:
                surveyor, problems = await asyncio.to_thread(load_surveyor, self._paths)
                for problem in problems:
                    log.warning("A rule is left out. %s", problem)
                self._loaded = rules, surveyor, problems
            return self._loaded[1:]

    def _findings(self, surveyor: Surveyor, ids: Collection[str]) -> dict[str, tuple[Fact, ...]]:
        now = self._clock()
        return {id_: surveyor.survey(*split_id(id_)).facts(now) for id_ in ids}


def _fingerprint(folders: list[Path]) -> str:
    """A digest of all rule files: it changes when a rule does."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.glob("*.yaml")):
        digest.update(f"{path.name}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
