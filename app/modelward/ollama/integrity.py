"""Proving that models are whole: at a glance from what is remembered, or by hashing every byte."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from modelward.backups.threads import in_thread
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import InputError
from modelward.core.progress import Progress
from modelward.ollama import files, proofs, verdicts
from modelward.ollama.examining import Examination
from modelward.ollama.hashing import Gate
from modelward.ollama.model import BlobCheck, BlobState, Library, LocalModel, ModelCheck, ModelName, VerifyReport
from modelward.ollama.proofs import Look, Proof
from modelward.ollama.rolling import REST
from modelward.ollama.store import CheckStore
from modelward.ollama.throttle import Throttle
from modelward.ollama.verdicts import Remedy, repair_helps

_PAUSE = "it is paused"
_NEVER = datetime.min.replace(tzinfo=UTC)


class Integrity:
    """Verifies the models of a library. One verification hashes at a time. Used on the loop's thread."""

    def __init__(self, checks: CheckStore, *, clock: Clock = utc_now, throttle: Throttle | None = None) -> None:
        """``throttle`` says when hashing in the background rests."""
        self._checks = checks
        self._clock = clock
        self._throttle = throttle or Throttle()
        self._turn = asyncio.Lock()
        self._gate: Gate | None = None
        self._is_paused = False

    async def quick(
        self, library: Library, names: Collection[ModelName] | None = None, *, remedy: Remedy = repair_helps
    ) -> VerifyReport:
        """What can be said of these models, or all, without hashing: one ``stat`` for each blob."""
        looks = await self._looks(library, names)
        return VerifyReport(await _judged(library, _checks(looks), names, remedy))

    async def verify(
        self,
        library: Library,
        progress: Progress,
        names: Collection[ModelName] | None = None,
        *,
        everything: bool = True,
        share: float | None = None,
        in_background: bool = False,
        remedy: Remedy = repair_helps,
    ) -> VerifyReport:
        """Hash the blobs of these models, or of all, and say how the models stand.

        ``everything``: also what is unchanged since it was hashed. ``share``: only this part of all bytes, those
        first that were never hashed or whose last hash is eldest, and none that was hashed in the last six days.
        ``in_background``: rests while the computer is needed for other work or runs on battery, and ends early where
        that lasts for two minutes. What is found is kept at once, so that nothing is lost at a cancellation.
        """
        async with self._turn:
            looks = await self._looks(library, names)
            chosen = due(looks, self._clock(), everything=everything, share=share)
            began = time.perf_counter()
            examination = Examination(chosen, self._open(progress), progress, self._clock)
            found = await self._examine(examination, library, in_background=in_background)
            seconds = time.perf_counter() - began
        judged = await _judged(library, _checks(looks) | found, names, remedy)
        return VerifyReport(judged, examination.hashed_bytes, seconds)

    async def proven(self, library: Library) -> tuple[Look, ...]:
        """The blobs that are proven now: what :meth:`carry_over` is given after a repair."""
        looks = await self._looks(library, None)
        return tuple(look for look in looks if look.check.state is BlobState.INTACT)

    async def carry_over(self, folder: Path, before: Collection[Look], whole: Collection[str]) -> None:
        """Keep proofs over a repair, which touches files: of what it read ``whole``, and of what was proven before."""
        at = self._clock()
        kept = await in_thread(lambda: proofs.carried(folder, before, whole, at))
        await self._checks.keep(folder, kept)

    def pause(self) -> None:
        """Hold hashing until :meth:`resume`, or until what hashes now was cancelled."""
        self._is_paused = True
        if self._gate:
            self._gate.hold(_PAUSE)

    def resume(self) -> None:
        """Go on with hashing."""
        self._is_paused = False
        if self._gate:
            self._gate.release(_PAUSE)

    def _open(self, progress: Progress) -> Gate:
        self._gate = Gate(progress)
        if self._is_paused:
            self._gate.hold(_PAUSE)
        return self._gate

    async def _looks(self, library: Library, names: Collection[ModelName] | None) -> list[Look]:
        known = await self._checks.of(library.folder)
        return await in_thread(lambda: proofs.look(proofs.blobs_of(library, names), known))

    async def _examine(
        self, examination: Examination, library: Library, *, in_background: bool
    ) -> dict[str, BlobCheck]:
        async def keep(found: Sequence[Proof]) -> None:
            await self._checks.keep(library.folder, found)

        gate = self._gate
        assert gate is not None
        try:
            async with self._throttle.over(gate) if in_background else contextlib.nullcontext():
                found = await examination.run(keep)
        finally:
            self._gate, self._is_paused = None, False
        return {finding.check.digest: finding.check for finding in found}


def due(looks: Collection[Look], now: datetime, *, everything: bool, share: float | None) -> list[Look]:
    """The blobs to hash: of those that can be read, all or what is not proven; of these, the part that has its turn."""
    there = [look for look in looks if look.mark is not None]
    chosen = [look for look in there if everything or look.check.state is not BlobState.INTACT]
    if share is None:
        return chosen
    turns = {look.blob.digest: _hashed_at(look) for look in chosen}
    rolling = [look for look in chosen if turns[look.blob.digest] <= now - REST]
    room = math.ceil(share * sum(look.mark.size for look in there if look.mark))
    part = []
    for look in sorted(rolling, key=lambda each: turns[each.blob.digest]):
        if room <= 0:
            break
        part.append(look)
        room -= look.mark.size if look.mark else 0
    return part


def _hashed_at(look: Look) -> datetime:
    """When the file as it is was last hashed, or that was tried."""
    proof = look.proof
    return proof.at if proof is not None and proof.mark == look.mark else _NEVER


def _checks(looks: Collection[Look]) -> dict[str, BlobCheck]:
    return {look.blob.digest: look.check for look in looks}


async def _judged(
    library: Library, checks: Mapping[str, BlobCheck], names: Collection[ModelName] | None, remedy: Remedy
) -> tuple[ModelCheck, ...]:
    """The verdicts; where something is wrong, it is no damage if Ollama removed or exchanged the model meanwhile.

    Remedies look at disks, which may sleep.
    """
    judged = await in_thread(lambda: verdicts.judge(library, checks, names, remedy=remedy))
    bad = [check.model for check in VerifyReport(judged).bad]
    gone = await in_thread(lambda: {model.name for model in bad if _has_changed(model)}) if bad else set()
    return tuple(verdicts.changed_meanwhile(check) if check.model.name in gone else check for check in judged)


def _has_changed(model: LocalModel) -> bool:
    try:
        if model.manifest is None:
            return files.time_of(model.path.stat()) != model.modified_at
        raw, _status = files.read(model.path, len(model.manifest.raw))
    except FileNotFoundError:
        return not model.path.is_symlink()
    except (OSError, InputError):
        return model.manifest is not None
    return raw != model.manifest.raw
