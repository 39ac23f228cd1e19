"""Bringing models back: from the vault, from another folder, by download; proven by hash, and no worse if it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import FolderError, KnownError, NetworkError, StoreBusyError
from modelward.core.progress import Progress
from modelward.ollama import busy, downloading, outlook, placing, ways
from modelward.ollama.digests import short
from modelward.ollama.loading import LoadState, sweep_proofs, try_load
from modelward.ollama.mending import Mending
from modelward.ollama.model import (
    BlobState,
    Layer,
    Library,
    ModelCheck,
    ModelName,
    RepairReport,
    RepairState,
    VaultVersion,
    Verdict,
)
from modelward.ollama.server import OllamaServer
from modelward.ollama.sources import Sources
from modelward.ollama.story import UNTOUCHED, Story
from modelward.ollama.vault import Vault
from modelward.ollama.ways import Aim
from modelward.ollama.without_rights import WithoutRights
from modelward.ollama.workshop import Workshop

logger = logging.getLogger(__name__)

_BAD_BLOBS = frozenset({BlobState.DAMAGED, BlobState.MISSING, BlobState.UNREADABLE})
_BAD = frozenset({Verdict.DAMAGED, Verdict.MISSING, Verdict.UNREADABLE})

Way = Callable[[Mending], Awaitable[Aim]]


class Recovery:
    """Repairs, restores and downloads models, one at a time, against other Modelwards too.

    ``scratch``: a folder of ours for files on their way to a server whose folder we may not write. ``elsewhere``:
    other folders of models on this machine. Verbs do not raise for what the world does wrong: reports tell it.
    """

    def __init__(
        self,
        vault: Vault | None,
        server: OllamaServer | None,
        scratch: Path,
        *,
        elsewhere: Sequence[Path] = (),
        clock: Clock = utc_now,
        wait: busy.Wait = asyncio.sleep,
        may_write: Callable[[Path], bool] = placing.may_write,
    ) -> None:
        self._vault = vault
        self._sources = Sources(vault, elsewhere)
        self._server = server
        self._clock = clock
        self._wait = wait
        self._may_write = may_write
        self._without_rights = WithoutRights(self._sources, server, scratch)

    def plan(self, library: Library, check: ModelCheck) -> tuple[str, ...]:
        """What a repair would do, in words; nothing is changed, and no bytes are read. Blocking."""
        if check.verdict not in _BAD:
            return ()
        can_write = self._may_write(library.folder)
        return outlook.plan(library, check.model, bad_layers(check), self._sources, can_write=can_write)

    async def repair(self, library: Library, check: ModelCheck, progress: Progress) -> RepairReport:
        """Mend what a check found wrong with one model."""
        model, bad, story = check.model, bad_layers(check), Story(check.model.name)
        if check.verdict not in _BAD:
            return story.told(RepairState.NOTHING)
        try:
            if refusal := await self._refusal(library, check):
                return story.failed(refusal, UNTOUCHED)
            if locked := outlook.locked(library, check):
                return self._filed("repair", story.told(RepairState.BY_HAND, locked))
            if not self._may_write(library.folder):
                return self._filed("repair", await self._without_rights.repair(library, model, bad, story, progress))
        except FolderError as error:
            return self._filed("repair", story.failed(error))
        intact = [each.layer.digest for each in check.layers if each.check.state is BlobState.INTACT]
        return await self._at_bench(
            "repair", library, story, progress, lambda work: ways.mend(work, model, bad, intact)
        )

    async def restore(self, library: Library, version: VaultVersion, progress: Progress) -> RepairReport:
        """Put a version from the vault into its place, whatever is there; what would be lost by it is kept first."""
        story = Story(version.name)
        if not self._may_write(library.folder):
            try:
                report = await self._without_rights.restore(library, version, story, progress)
            except FolderError as error:
                report = story.failed(error)
            return self._filed("restore", report)
        return await self._at_bench(
            "restore", library, story, progress, lambda work: ways.restore(work, version, self._vault)
        )

    async def redownload(self, library: Library, name: ModelName, progress: Progress) -> RepairReport:
        """Fetch a model anew through Ollama, and prove what came; what would be lost by it is kept first."""
        story = Story(name)
        if not self._may_write(library.folder):
            return self._filed("download", await self._without_rights.download(library, name, story, progress))
        return await self._at_bench(
            "download", library, story, progress, lambda work: ways.fetch_anew(work, name, self._vault)
        )

    async def finish_cut_off(self, folder: Path) -> tuple[str, ...]:
        """Finish or roll back what was cut off in a model folder, in words; that of another at work is left."""
        if self._server is not None:
            with suppress(NetworkError):
                await sweep_proofs(self._server)
        try:
            workshop = Workshop(folder, self._clock)
            if not await in_thread(workshop.unsettled):
                return ()
            with workshop.held():
                return await in_thread(lambda: _settled(workshop))
        except (StoreBusyError, FolderError) as error:
            return (f"A repair that was cut off could not be finished. {error}",)

    async def _refusal(self, library: Library, check: ModelCheck) -> str:
        """Why it is not the time to touch a model; empty where it is."""
        model = check.model
        wanted = [(layer.digest, layer.size) for layer in bad_layers(check)]
        unread = model.path if model.manifest is None else None
        if await busy.is_busy(library.folder, wanted, unread, self._clock(), self._wait):
            return f"Somebody is at work on {model.name} right now. Try again when it is done."
        now = await in_thread(lambda: downloading.manifest_at(model.path))
        if now != model.manifest and (now is None or model.manifest is None or now.raw != model.manifest.raw):
            return f"{model.name} was changed or removed since it was verified. Verify it again."
        return ""

    async def _at_bench(self, verb: str, library: Library, story: Story, progress: Progress, way: Way) -> RepairReport:
        try:
            workshop = Workshop(library.folder, self._clock)
            with workshop.held():
                for step in await in_thread(lambda: _settled(workshop)):
                    story.say(step)
                bench = await in_thread(workshop.begin)
                work = Mending(library, bench, self._sources, self._server, story, progress)
                report = await self._worked(work, story, way)
        except (StoreBusyError, FolderError) as error:
            return self._filed(verb, story.failed(error))
        if report.state is RepairState.REPAIRED:
            report = await self._load_tested(story, report, progress)
        return self._filed(verb, report)

    async def _worked(self, work: Mending, story: Story, way: Way) -> RepairReport:
        """Go a way, and settle the bench whatever comes. Raises FolderError where that cannot be done now."""
        errors: list[KnownError | str] = []
        aim: Aim | None = None
        whole: frozenset[str] = frozenset()
        try:
            aim = await way(work)
        except KnownError as error:
            errors.append(error)
        finally:
            whole = await in_thread(lambda: work.bench.settle(Progress(), frozenset(work.proven)))
        report = await self._judged(work, story, aim, whole, errors)
        return replace(report, whole=whole - work.assumed)

    async def _judged(
        self, work: Mending, story: Story, aim: Aim | None, whole: frozenset[str], errors: Sequence[KnownError | str]
    ) -> RepairReport:
        if aim is None:
            return story.failed(*errors, *work.problems)
        if not aim.blobs:
            return story.told(RepairState.NOTHING, "Every blob is whole.")
        now = await in_thread(lambda: downloading.manifest_of(work.library.folder, aim.name))
        due = aim.blobs if now is None else aim.blobs & {layer.digest for layer in now.blobs}
        if now is None or not due <= whole or aim.manifest not in ("", now.digest):
            missing = ", ".join(short(digest) for digest in sorted(due - whole))
            return story.failed(f"What is there now is not whole: {missing or 'its manifest'}.", *work.problems)
        return story.told(RepairState.REPAIRED)

    async def _load_tested(self, story: Story, report: RepairReport, progress: Progress) -> RepairReport:
        if self._server is None:
            return report
        progress.update(text=f"Loading {story.name} into Ollama")
        result = await try_load(self._server, story.name)
        story.say("Ollama loads it." if result.state is LoadState.LOADS else result.detail)
        state = RepairState.RESTART if result.state is LoadState.STALE else report.state
        told = story.told(state, "" if result.state is LoadState.LOADS else result.detail)
        return replace(told, whole=report.whole)

    def _filed(self, verb: str, report: RepairReport) -> RepairReport:
        """Write a line into the vault's log, where there is a vault."""
        if self._vault is not None and self._vault.folder.is_there and report.state is not RepairState.NOTHING:
            is_bad = report.state in (RepairState.FAILED, RepairState.BY_HAND)
            with suppress(KnownError, OSError):
                self._vault.record(verb, str(report.name), f"{report.state}. {report.detail}".strip(), is_bad=is_bad)
        logger.info("%s of %s: %s %s", verb, report.name, report.state, report.detail)
        return report


def bad_layers(check: ModelCheck) -> tuple[Layer, ...]:
    """The blobs that a check found bad, each once."""
    bad = {each.layer.digest: each.layer for each in check.layers if each.check.state in _BAD_BLOBS}
    return tuple(bad.values())


def _settled(workshop: Workshop) -> tuple[str, ...]:
    """Settle what was cut off; the workshop is held. Blocking."""
    told = []
    for bench in workshop.unsettled():
        whole = bench.settle(Progress())
        told.append(f"A repair that was cut off was settled: {len(whole)} blobs are whole, the rest is as it was.")
    return tuple(told)
