"""How all stands: reads the folder, the vault and the store, and writes nothing but proofs of what was hashed."""

from __future__ import annotations

import difflib
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.core.clock import Clock
from modelward.core.errors import BadValueError, KnownError, NetworkError
from modelward.core.progress import Progress
from modelward.ollama import answers, standing, verdicts
from modelward.ollama import names as spelling
from modelward.ollama.guarding import Guarded
from modelward.ollama.integrity import Integrity
from modelward.ollama.loading import LoadState, try_load
from modelward.ollama.model import (
    Library,
    ModelCheck,
    ModelName,
    Overview,
    Place,
    Sample,
    ServerLook,
    VaultState,
    VaultVersion,
    Verdict,
    VerifyReport,
)
from modelward.ollama.store import WatchStore
from modelward.ollama.surroundings import Surroundings, no_folder

_MOST_ASKED = 50
"""So many models are asked for in one run; each takes the server some milliseconds."""


class Overviews:
    """Looks at everything. What the world does wrong becomes a problem in words where an overview is asked for."""

    def __init__(self, around: Surroundings, store: WatchStore, integrity: Integrity, clock: Clock) -> None:
        self._around = around
        self._store = store
        self._integrity = integrity
        self._clock = clock

    async def overview(self, look: ServerLook) -> Overview:
        """See :meth:`.OllamaService.overview`."""
        problems: list[str] = []
        place = await self._around.place()
        guarded = await self._store.guarded()
        library = await self._readable(place, problems) if place is not None else None
        if place is not None and place.detail:
            problems.insert(0, place.detail)
        vault = await self._vault(place)
        report = VerifyReport(())
        if library is not None and place is not None:
            remedy = await self._around.remedies(place, vault.versions)
            report = await self._integrity.quick(library, remedy=remedy)
        folder = _folder(library, place, guarded)
        mine = {each.name: each for each in guarded if each.library == str(folder)}
        checks = (*report.checks, *self._gone(mine.values(), library, folder, vault.versions))
        last = await self._store.last(look.url)
        protect_all = self._around.settings.protect_all
        return Overview(
            place,
            look,
            standing.standings(checks, vault, mine, last, protect_all=protect_all),
            vault,
            library.strays if library else (),
            await self._store.open_alerts(),
            (*problems, *(library.problems if library else ())),
        )

    async def verified(
        self,
        progress: Progress,
        names: Collection[ModelName] | None = None,
        *,
        quick: bool = False,
        deep: bool = False,
    ) -> VerifyReport:
        """See :meth:`.OllamaService.verify`."""
        place = await self._around.place()
        guarded = await self._store.guarded()
        folder = _folder(None, place, guarded)
        if folder is None:
            if quick:
                return VerifyReport(())
            raise no_folder()
        library = await self._library(place, guarded, is_quiet=quick)
        mine = [each for each in guarded if each.library == str(folder)]
        versions = (await self._vault(place)).versions
        gone = [each for each in self._gone(mine, library, folder, versions) if _is_chosen(each, names)]
        if library is None or place is None:
            return VerifyReport(tuple(gone))
        remedy = await self._around.remedies(place, versions)
        if quick:
            report = await self._integrity.quick(library, remedy=remedy)
        else:
            report = await self._integrity.verify(library, progress, names, remedy=remedy)
        checks = [check for check in report.checks if _is_chosen(check, names)]
        if deep:
            checks = [await self._loaded(check, progress) for check in checks]
        return replace(report, checks=(*checks, *gone))

    async def named(self, texts: Iterable[str]) -> tuple[ModelName, ...]:
        """See :meth:`.OllamaService.named`."""
        known = await self._names()
        return tuple(_named(text, known) for text in texts)

    async def _names(self) -> frozenset[ModelName]:
        """The models that are here, that were, and that the vault holds."""
        found = {each.name for each in await self._store.guarded()}
        place = await self._around.place()
        if place is not None and (library := await self._readable(place, [])):
            found |= {model.name for model in library.models}
        return frozenset(found | {version.name for version in (await self._vault(place)).versions})

    async def guarded(self, names: Collection[ModelName], folder: str, *, on: bool) -> list[Guarded]:
        """What to remember where a person decides whether these models are guarded."""
        known = {each.name: each for each in await self._store.guarded() if each.library == folder}
        now = self._clock()
        new = {name: Guarded(folder, name, on, "", now, now) for name in names}
        return [replace(known.get(name, new[name]), is_protected=on) for name in names]

    async def asked(self, look: ServerLook) -> list[Sample]:
        """How quickly the server tells of each model that it lists."""
        return [await self._asked(name) for name in sorted(look.listed)[:_MOST_ASKED]]

    async def _asked(self, name: str) -> Sample:
        at, started = self._clock(), time.monotonic()
        try:
            await self._around.server.capabilities(name)
        except NetworkError as error:
            return Sample(at, name, False, None, str(error))
        return Sample(at, name, True, answers.milliseconds(time.monotonic() - started))

    async def _loaded(self, check: ModelCheck, progress: Progress) -> ModelCheck:
        if check.verdict not in (Verdict.INTACT, Verdict.UNPROVEN):
            return check
        progress.update(text=f"Loading {check.model.name}")
        result = await try_load(self._around.server, check.model.name)
        if result.state is LoadState.UNTRIED:
            return replace(check, detail=result.detail)
        if result.state is LoadState.STALE:
            return replace(check, loads=False, detail=result.detail)
        return verdicts.loaded(check, loads=result.state is LoadState.LOADS, why=result.detail)

    async def _readable(self, place: Place, problems: list[str]) -> Library | None:
        try:
            return await self._around.library_at(place)
        except KnownError as error:
            problems.append(str(error))
            return None

    async def _library(self, place: Place | None, guarded: Sequence[Guarded], *, is_quiet: bool) -> Library | None:
        """None where the folder is not there, and once was, or need not have been. Raises FolderError otherwise."""
        if place is None:
            return None
        was_there = any(each.library == str(place.folder) for each in guarded)
        if not place.is_there and (was_there or is_quiet):
            return None
        return await self._around.library_at(place)

    async def _vault(self, place: Place | None) -> VaultState:
        vault, folder = await self._around.vault(), place.folder if place and place.is_there else None
        return await in_thread(lambda: vault.state(folder))

    def _gone(
        self,
        guarded: Iterable[Guarded],
        library: Library | None,
        folder: Path | None,
        versions: Sequence[VaultVersion],
    ) -> list[ModelCheck]:
        """The verdicts on models that should be there and are not."""
        present = {model.name for model in library.models} if library else set()
        if folder is None or (library is not None and not library.is_whole):
            return []
        held: Mapping[str, Sequence[VaultVersion]] = standing.held_versions(versions)
        protect_all = self._around.settings.protect_all
        return [
            standing.gone(each.name, folder, held.get(spelling.key(each.name), ()))
            for each in guarded
            if each.name not in present and each.is_kept(protect_all=protect_all)
        ]


def _folder(library: Library | None, place: Place | None, guarded: Sequence[Guarded]) -> Path | None:
    """The folder that is spoken of: where there is none any more, the one in which models were seen last."""
    if library is not None:
        return library.folder
    if place is not None:
        return place.folder
    last = max(guarded, key=lambda each: each.last_seen_at, default=None)
    return Path(last.library) if last else None


def _is_chosen(check: ModelCheck, names: Collection[ModelName] | None) -> bool:
    return names is None or check.model.name in names


def _named(text: str, known: Collection[ModelName]) -> ModelName:
    name = spelling.parse(text)
    found = spelling.match(name, known)
    if found is not None:
        return found
    short = {str(each).removesuffix(":latest"): str(each) for each in known}
    close = [short[each] for each in difflib.get_close_matches(str(name).removesuffix(":latest"), short, 3)]
    guess = f"Did you mean {' or '.join(close)}?" if close else "List them: modelward ollama status"
    raise BadValueError(f"There is no model {name}, neither here nor in the vault.", todo=guess)
