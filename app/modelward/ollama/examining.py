"""Many blobs hashed by one thread for each core, largest first; a finding is kept as soon as it is there."""

from __future__ import annotations

import asyncio
import mmap
import os
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from modelward.core.clock import Clock
from modelward.core.progress import JobCancelled, Progress
from modelward.ollama import proofs
from modelward.ollama.digests import short
from modelward.ollama.hashing import BLOCK, Buffer, ChangedError, ClosedError, Gate, hash_file
from modelward.ollama.model import BlobCheck, BlobState
from modelward.ollama.proofs import Look, Proof

MOST_THREADS = 8
"""More would outrun any disk: one core hashes about two thousand million bytes a second."""

Keep: TypeAlias = Callable[[Sequence[Proof]], Awaitable[None]]

_TELL_EVERY = 8 * 1024 * 1024
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of hashing a blob; ``proof`` is worth keeping, None where nothing was proven."""

    check: BlobCheck
    proof: Proof | None = None


class Examination:
    """The hashing of some blobs, once."""

    def __init__(self, looks: Collection[Look], gate: Gate, progress: Progress, clock: Clock) -> None:
        self._waiting = deque(sorted(looks, key=lambda look: -_size(look)))
        self._gate = gate
        self._meter = _Meter(progress, looks)
        self._progress = progress
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._found: asyncio.Queue[Finding | None] = asyncio.Queue()

    @property
    def hashed_bytes(self) -> int:
        """Bytes that were read and hashed so far."""
        return self._meter.read

    async def run(self, keep: Keep) -> list[Finding]:
        """What was found, until all is hashed or the gate is closed; ``keep`` is given proofs as they come.

        A cancelled caller goes on when the threads have stopped, and what was found by then is kept.
        """
        threads = min(len(self._waiting), cores())
        findings: list[Finding] = []
        with ThreadPoolExecutor(max(1, threads), thread_name_prefix="hashing") as pool:
            workers = [self._loop.run_in_executor(pool, self._work) for _ in range(threads)]
            try:
                await self._collect(threads, findings, keep)
            except BaseException:
                self._gate.close()
                await asyncio.gather(*workers)
                await _keep(keep, self._ready())
                raise
            await asyncio.gather(*workers)
        self._progress.checkpoint()
        return findings

    async def _collect(self, threads: int, findings: list[Finding], keep: Keep) -> None:
        while threads:
            batch = [await self._found.get(), *self._ready()]
            threads -= batch.count(None)
            findings += [finding for finding in batch if finding]
            await _keep(keep, batch)

    def _ready(self) -> list[Finding | None]:
        return [self._found.get_nowait() for _ in range(self._found.qsize())]

    def _work(self) -> None:
        buffer = mmap.mmap(-1, BLOCK)  # begins at a page: the system copies into it two percent faster
        try:
            while self._waiting:
                self._gate.wait()
                try:
                    look = self._waiting.popleft()
                except IndexError:
                    return
                self._tell(self._examined(look, buffer))
        except (JobCancelled, ClosedError):
            pass
        finally:
            self._tell(None)

    def _tell(self, finding: Finding | None) -> None:
        self._loop.call_soon_threadsafe(self._found.put_nowait, finding)

    def _examined(self, look: Look, buffer: Buffer) -> Finding:
        digest = look.blob.digest
        try:
            for _ in range(_TRIES):
                self._meter.begin(look)
                try:
                    return self._hashed(look, buffer)
                except ChangedError:
                    continue
        except FileNotFoundError:
            return Finding(BlobCheck(digest, BlobState.MISSING, detail="It was removed while models were verified."))
        except OSError as error:
            return self._unreadable(look, error)
        finally:
            self._meter.end(look)
        detail = "It changes while it is read: a download, a copy or a repair is at work on it. Verify it later."
        return Finding(BlobCheck(digest, BlobState.UNPROVEN, look.check.size, detail=detail))

    def _hashed(self, look: Look, buffer: Buffer) -> Finding:
        digest, at = look.blob.digest, self._clock()

        def passed(count: int) -> None:
            self._meter.passed(look, count)
            if self._gate.wait():
                self._meter.tell()

        hashed = hash_file(look.blob.path, buffer, passed)
        if hashed.digest == digest:
            return _proven(Proof(digest, BlobState.INTACT, hashed.digest, hashed.mark, at))
        detail = f"Its bytes are not those of its name: they hash to {short(hashed.digest)}."
        return _proven(Proof(digest, BlobState.DAMAGED, hashed.digest, hashed.mark, at, detail))

    def _unreadable(self, look: Look, error: OSError) -> Finding:
        """A disk that fails here would fail again: what it said is kept until the file changes."""
        check = proofs.unreadable(look.blob.digest, error)
        if look.mark is None:
            return Finding(check)
        return _proven(Proof(look.blob.digest, check.state, "", look.mark, self._clock(), check.detail))


class _Meter:
    """How far all is, told in bytes and with the blob that was begun first."""

    def __init__(self, progress: Progress, looks: Collection[Look]) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._open: dict[str, int] = {}
        self._users = {look.blob.digest: look.blob.user for look in looks}
        self._ended = self._told = self.read = 0
        self._left = len(looks)
        progress.update(done=0, total=sum(map(_size, looks)), unit="bytes")

    def begin(self, look: Look) -> None:
        """This blob is read, from its start."""
        with self._lock:
            self._open[look.blob.digest] = 0
        self.tell()

    def passed(self, look: Look, count: int) -> None:
        """So many more of its bytes were hashed."""
        with self._lock:
            self.read += count
            self._open[look.blob.digest] += count
            is_due = self.read - self._told >= _TELL_EVERY
        if is_due:
            self.tell()

    def end(self, look: Look) -> None:
        """This blob is done with."""
        with self._lock:
            self._open.pop(look.blob.digest)
            self._ended += _size(look)
            self._left -= 1
        self.tell()

    def tell(self) -> None:
        """Say how far all is."""
        with self._lock:
            self._told = self.read
            done = self._ended + sum(self._open.values())
            text = self._text(next(iter(self._open), ""))
        self._progress.update(done=done, text=text)

    def _text(self, digest: str) -> str:
        if not digest:
            return "Hashing"
        return f"Hashing {short(digest)} of {self._users[digest]} ({self._left} left)"


def cores() -> int:
    """How many threads hash at once: one for each core that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_THREADS)


async def _keep(keep: Keep, batch: Iterable[Finding | None]) -> None:
    found = [finding.proof for finding in batch if finding and finding.proof]
    if found:
        await keep(found)


def _proven(proof: Proof) -> Finding:
    return Finding(proof.check, proof)


def _size(look: Look) -> int:
    return look.mark.size if look.mark else 0
