"""Verifying real model folders: at a glance, whole, in part, held, ended, and while others change them."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.ollama_library import Shelf
from modelward.core.progress import JobCancelled, Progress
from modelward.ollama import digests, library, proofs
from modelward.ollama.examining import Examination
from modelward.ollama.hashing import BLOCK, Gate
from modelward.ollama.integrity import Integrity, due
from modelward.ollama.model import BlobState, Library, ModelCheck, Verdict, VerifyReport
from modelward.ollama.proofs import Proof
from modelward.ollama.store import CheckStore
from modelward.ollama.throttle import Load, Throttle
from modelward.store.engine import Database

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Three models of which two share their weights, and a stub of the cloud."""
    shelf = Shelf(tmp_path / "models")
    shelf.add("llama3.2:3b", system="Be brief.")
    shelf.add("me/tuned", shelf.digest("llama3.2:3b"), system="Be kind.")
    shelf.add("other", 3 * BLOCK + 1)
    shelf.add("far:cloud", remote=True)
    return shelf


@pytest.fixture
async def checks(tmp_path: Path) -> AsyncIterator[CheckStore]:
    database = await Database.open(tmp_path / "data" / "modelward.db")
    yield CheckStore(database)
    await database.close()


@pytest.fixture
def integrity(checks: CheckStore) -> Integrity:
    return Integrity(checks)


def told(report: VerifyReport) -> dict[str, Verdict]:
    return {str(check.model.name): check.verdict for check in report.checks}


ALL_INTACT = {
    "far:cloud": Verdict.REMOTE,
    "llama3.2:3b": Verdict.INTACT,
    "me/tuned:latest": Verdict.INTACT,
    "other:latest": Verdict.INTACT,
}


def of(report: VerifyReport, name: str) -> ModelCheck:
    return next(check for check in report.checks if str(check.model.name) == name)


def but(verdict: Verdict, *names: str) -> dict[str, Verdict]:
    return ALL_INTACT | dict.fromkeys(names, verdict)


async def test_what_was_never_hashed_is_unproven_until_every_byte_was_read(shelf: Shelf, integrity: Integrity) -> None:
    books = library.read(shelf.folder)
    assert told(await integrity.quick(books)) == but(Verdict.UNPROVEN, "llama3.2:3b", "me/tuned:latest", "other:latest")
    report = await integrity.verify(books, Progress())
    assert told(report) == ALL_INTACT
    assert all(check.proven_at for check in report.checks if check.verdict is Verdict.INTACT)
    assert told(await integrity.quick(books)) == ALL_INTACT


async def test_a_blob_that_models_share_is_hashed_once(shelf: Shelf, integrity: Integrity) -> None:
    progress = Progress()
    report = await integrity.verify(library.read(shelf.folder), progress)
    every = sum(path.stat().st_size for path in shelf.blobs.iterdir())
    assert report.hashed_bytes == every
    assert (progress.state.done, progress.state.total, progress.state.unit) == (every, every, "bytes")


async def test_what_is_unchanged_is_not_hashed_again_unless_asked_for(shelf: Shelf, integrity: Integrity) -> None:
    books = library.read(shelf.folder)
    await integrity.verify(books, Progress())
    assert (await integrity.verify(books, Progress(), everything=False)).hashed_bytes == 0
    shelf.age(shelf.blob(shelf.digest("other")), seconds=60)
    assert told(await integrity.quick(books)) == but(Verdict.UNPROVEN, "other:latest")
    report = await integrity.verify(books, Progress(), everything=False)
    assert (told(report), report.hashed_bytes) == (ALL_INTACT, 3 * BLOCK + 1)


async def test_one_flipped_bit_under_an_unchanged_size_and_time_is_found_and_shared(
    shelf: Shelf, integrity: Integrity
) -> None:
    books = library.read(shelf.folder)
    await integrity.verify(books, Progress())
    shelf.flip(shelf.digest("llama3.2:3b"), silently=True)
    report = await integrity.verify(books, Progress())
    assert told(report) == but(Verdict.DAMAGED, "llama3.2:3b", "me/tuned:latest")
    (llama, tuned) = report.bad
    short = digests.short(shelf.digest("llama3.2:3b"))
    assert f"Blob {short} (weights, 4,096 B) is damaged." in llama.detail
    assert "shared with me/tuned:latest" in llama.detail
    assert "shared with llama3.2:3b" in tuned.detail
    assert told(await integrity.quick(books)) == told(report), "and it is remembered"


@pytest.mark.parametrize(
    ("damage", "verdict"),
    [
        (Shelf.truncate, Verdict.DAMAGED),
        (Shelf.empty, Verdict.DAMAGED),
        (Shelf.delete, Verdict.MISSING),
    ],
)
async def test_cut_emptied_and_deleted_blobs_are_found_at_a_glance(
    shelf: Shelf, integrity: Integrity, damage: Callable[[Shelf, str], None], verdict: Verdict
) -> None:
    damage(shelf, shelf.digest("other"))
    books = library.read(shelf.folder)
    assert told(await integrity.quick(books))["other:latest"] is verdict
    assert told(await integrity.verify(books, Progress())) == but(verdict, "other:latest")


async def test_a_model_whose_manifest_is_empty_is_unreadable_and_costs_the_others_nothing(
    shelf: Shelf, integrity: Integrity
) -> None:
    shelf.cut_manifest("other")
    report = await integrity.verify(library.read(shelf.folder), Progress())
    assert told(report) == but(Verdict.UNREADABLE, "other:latest")


async def test_a_folder_or_a_pipe_in_a_blob_s_place_is_unreadable(shelf: Shelf, integrity: Integrity) -> None:
    for name, make in (("other", Path.mkdir), ("llama3.2:3b", os.mkfifo)):
        shelf.delete(shelf.digest(name))
        make(shelf.blob(shelf.digest(name)))
    report = await integrity.verify(library.read(shelf.folder), Progress())
    assert told(report) == but(Verdict.UNREADABLE, "llama3.2:3b", "me/tuned:latest", "other:latest")
    assert "a folder or a device" in of(report, "other:latest").detail


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="nothing here fails to be read")
async def test_a_disk_that_fails_is_told_as_such_and_not_as_damage(shelf: Shelf, integrity: Integrity) -> None:
    blob = shelf.blob(shelf.digest("other"))
    blob.unlink()
    blob.symlink_to("/proc/self/mem")  # a plain file, and reading its start is an I/O error
    report = await integrity.verify(library.read(shelf.folder), Progress())
    assert told(report) == but(Verdict.UNREADABLE, "other:latest")
    assert "It cannot be read: Input/output error." in of(report, "other:latest").detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_blob_that_we_may_not_read_is_unreadable_and_remembered_so(shelf: Shelf, integrity: Integrity) -> None:
    books = library.read(shelf.folder)
    shelf.blob(shelf.digest("other")).chmod(0)
    assert told(await integrity.verify(books, Progress())) == but(Verdict.UNREADABLE, "other:latest")
    assert told(await integrity.quick(books)) == but(Verdict.UNREADABLE, "other:latest")


async def test_a_manifest_that_states_a_wrong_size_does_not_condemn_bytes_that_are_right(
    shelf: Shelf, integrity: Integrity
) -> None:
    raw = shelf.manifest("other").read_bytes()
    shelf.write_manifest("other", raw.replace(str(3 * BLOCK + 1).encode(), b"7"))
    report = await integrity.verify(library.read(shelf.folder), Progress())
    assert told(report) == ALL_INTACT
    assert "wrong size" in of(report, "other:latest").detail


async def test_random_damage_is_always_found(shelf: Shelf, integrity: Integrity) -> None:
    books = library.read(shelf.folder)
    blobs = sorted(path for path in shelf.blobs.iterdir() if path.name[7:] not in shelf.digest("far:cloud", "config"))
    chance = random.Random(7)
    for _ in range(60):
        path = chance.choice(blobs)
        good, digest = path.read_bytes(), path.name.replace("-", ":")
        damage = chance.choice(["flip", "cut", "delete"])
        at = chance.randrange(len(good))
        if damage == "flip":
            shelf.flip(digest, at, silently=chance.random() < 0.5)
        elif damage == "cut":
            shelf.truncate(digest, at, silently=chance.random() < 0.5)
        else:
            shelf.delete(digest)
        report = await integrity.verify(books, Progress(), everything=chance.random() < 0.5)
        wrong = {each.layer.digest for check in report.bad for each in check.layers if each.check.state in BAD}
        assert wrong == {digest}
        path.write_bytes(good)
    assert told(await integrity.verify(books, Progress(), everything=False)) == ALL_INTACT


BAD = {BlobState.DAMAGED, BlobState.MISSING}


# ---------------------------------------------------------------- while others change it


class At:
    """A clock that does something when it is asked for the time the n-th time: that is when a blob is begun."""

    def __init__(self, calls: int, act: Callable[[], object]) -> None:
        self._left = calls
        self._act = act

    def __call__(self) -> datetime:
        self._left -= 1
        if self._left == 0:
            self._act()
        return NOW


async def test_a_model_deleted_while_it_is_verified_is_told_as_such(shelf: Shelf, checks: CheckStore) -> None:
    digest = shelf.digest("other")

    def delete() -> None:
        shelf.delete_manifest("other")
        shelf.delete(digest)

    # The first asking is for what is due; the next is before the largest blob is opened.
    report = await Integrity(checks, clock=At(2, delete)).verify(library.read(shelf.folder), Progress())
    assert told(report) == but(Verdict.UNPROVEN, "other:latest")
    assert "removed or exchanged" in of(report, "other:latest").detail


async def test_a_blob_that_alone_vanishes_while_it_is_verified_is_missing(shelf: Shelf, checks: CheckStore) -> None:
    digest = shelf.digest("other")
    integrity = Integrity(checks, clock=At(2, lambda: shelf.delete(digest)))
    report = await integrity.verify(library.read(shelf.folder), Progress())
    assert told(report) == but(Verdict.MISSING, "other:latest")
    assert "It was removed while models were verified." in report.bad[0].detail


class Busy(Gate):
    """A gate beside which somebody writes a file, so often, whenever a block of it was read."""

    def __init__(self, path: Path, times: int) -> None:
        super().__init__(Progress())
        self._path = path
        self._times = times

    def wait(self) -> bool:
        if self._times:
            self._times -= 1
            status = self._path.stat()
            os.utime(self._path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
        return super().wait()


@pytest.mark.parametrize(("times", "state"), [(2, BlobState.INTACT), (1000, BlobState.UNPROVEN)])
async def test_a_blob_that_changes_while_it_is_read_is_read_once_more_and_then_left(
    shelf: Shelf, times: int, state: BlobState
) -> None:
    books = library.read(shelf.folder)
    looks = proofs.look([blob for blob in proofs.blobs_of(books) if blob.digest == shelf.digest("other")], {})
    kept: list[Proof] = []

    async def keep(found: object) -> None:
        assert isinstance(found, list)
        kept.extend(found)

    gate = Busy(shelf.blob(shelf.digest("other")), times)
    (finding,) = await Examination(looks, gate, Progress(), lambda: NOW).run(keep)
    assert finding.check.state is state
    assert len(kept) == (state is BlobState.INTACT), "what proves nothing is not kept"


# ---------------------------------------------------------------- held, ended, in part


async def test_what_was_hashed_before_a_cancellation_is_kept(tmp_path: Path, checks: CheckStore) -> None:
    shelf = Shelf(tmp_path / "many")
    for number in range(50):
        shelf.add(f"model{number}", 1000 + number, template=None)
    books, progress = library.read(shelf.folder), Progress()
    with pytest.raises(JobCancelled):
        await Integrity(checks, clock=At(20, progress.cancel)).verify(books, progress)
    kept = len(await checks.of(shelf.folder))
    assert 16 <= kept < 50
    report = await Integrity(checks).verify(books, Progress(), everything=False)
    assert {check.verdict for check in report.checks} == {Verdict.INTACT}
    assert len(await checks.of(shelf.folder)) == 51


async def test_a_caller_that_is_cancelled_leaves_no_thread_and_no_turn_behind(
    shelf: Shelf, integrity: Integrity
) -> None:
    books, loop, waits = library.read(shelf.folder), asyncio.get_running_loop(), asyncio.Event()
    progress = Progress(lambda: loop.call_soon_threadsafe(waits.set))
    integrity.pause()
    verifying = asyncio.create_task(integrity.verify(books, progress))
    await waits.wait()
    verifying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await verifying
    assert told(await integrity.verify(books, Progress())) == ALL_INTACT, "and the pause ended with it"


async def test_hashing_that_is_paused_waits_and_goes_on_when_it_is_resumed(shelf: Shelf, integrity: Integrity) -> None:
    books, loop, told_ = library.read(shelf.folder), asyncio.get_running_loop(), asyncio.Event()
    progress = Progress(lambda: loop.call_soon_threadsafe(told_.set))
    integrity.pause()
    verifying = asyncio.create_task(integrity.verify(books, progress))
    while "paused" not in progress.state.text:
        await told_.wait()
        told_.clear()
        progress.take()
    assert (progress.state.done, verifying.done()) == (0, False)
    integrity.resume()
    assert told(await verifying) == ALL_INTACT


async def test_in_the_background_nothing_is_hashed_on_battery_and_what_is_known_is_told(
    shelf: Shelf, checks: CheckStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelward.ollama.throttle.PATIENCE", 2)
    integrity = Integrity(checks, throttle=Throttle(lambda: Load(on_battery=True), every_seconds=0))
    books = library.read(shelf.folder)
    report = await integrity.verify(books, Progress(), in_background=True)
    assert report.hashed_bytes == 0
    assert told(report)["other:latest"] is Verdict.UNPROVEN
    assert told(await integrity.verify(books, Progress())) == ALL_INTACT, "a person does not wait for the mains"


async def test_only_the_models_asked_for_are_hashed_and_told_of(shelf: Shelf, integrity: Integrity) -> None:
    books = library.read(shelf.folder)
    other = next(model.name for model in books.models if model.name.model == "other")
    report = await integrity.verify(books, Progress(), {other})
    assert told(report) == {"other:latest": Verdict.INTACT}
    assert told(await integrity.quick(books)) == but(Verdict.UNPROVEN, "llama3.2:3b", "me/tuned:latest")


def _ripe(books: Library, ages: dict[str, float]) -> list[proofs.Look]:
    """Looks at a library whose blobs were hashed so many days ago; not at all where no days are given."""
    known = {
        look.blob.digest: Proof(
            look.blob.digest,
            BlobState.INTACT,
            look.blob.digest,
            look.mark,
            NOW - timedelta(days=ages[look.blob.digest]),
        )
        for look in proofs.look(proofs.blobs_of(books), {})
        if look.mark and look.blob.digest in ages
    }
    return proofs.look(proofs.blobs_of(books), known)


def test_a_rolling_part_takes_the_never_hashed_first_then_the_eldest_up_to_its_share(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    digests = {number: shelf.put(1000, seed=str(number)) for number in range(14)}
    shelf.add("one", digests[0], template=None, config={}, others={f"k{n}": digests[n] for n in range(1, 14)})
    ages = {digests[n]: float(n) for n in range(1, 14)} | {shelf.digest("one", "config"): 0.0}
    looks = _ripe(library.read(shelf.folder), ages)
    part = [look.blob.digest for look in due(looks, NOW, everything=True, share=1 / 7)]
    assert part == [digests[0], digests[13], digests[12]]
    whole = [look.blob.digest for look in due(looks, NOW, everything=True, share=1)]
    assert whole == [digests[0], *(digests[n] for n in range(13, 5, -1))], "what was hashed this week has no turn"


async def test_in_a_week_of_daily_sevenths_everything_is_hashed_once(tmp_path: Path, checks: CheckStore) -> None:
    shelf = Shelf(tmp_path / "models")
    for number in range(21):
        shelf.add(f"m{number}", 10_000, template=None)
    books, every = library.read(shelf.folder), sum(path.stat().st_size for path in shelf.blobs.iterdir())
    hashed = []
    for day in range(14):
        today = NOW + timedelta(days=day)
        report = await Integrity(checks, clock=lambda today=today: today).verify(books, Progress(), share=1 / 7)
        hashed.append(report.hashed_bytes)
        if day >= 6:
            assert {check.verdict for check in report.checks} == {Verdict.INTACT}
            assert all(check.proven_at and check.proven_at > today - timedelta(days=8) for check in report.checks)
    assert every <= sum(hashed[:7]) <= 1.2 * every
    assert max(hashed) <= every / 7 + 10_000


async def test_a_reader_verifies_and_writes_nothing(shelf: Shelf, checks: CheckStore) -> None:
    reader = await Database.open(checks._database.place, reader=True)  # type: ignore[arg-type]
    try:
        books = library.read(shelf.folder)
        assert told(await Integrity(CheckStore(reader)).verify(books, Progress())) == ALL_INTACT
        assert await checks.of(shelf.folder) == {}
    finally:
        await reader.close()
