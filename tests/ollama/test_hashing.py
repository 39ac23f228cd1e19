"""One file hashed, and the gate between its blocks."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modelward.core.progress import JobCancelled, Progress
from modelward.ollama.hashing import BLOCK, ChangedError, ClosedError, Gate, hash_file

MIB = 1 << 20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(os.urandom(3 * BLOCK))
    return path


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_a_digest_is_that_of_every_byte(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    path = tmp_path / "blob"
    path.write_bytes(content)
    told: list[int] = []
    hashed = hash_file(path, bytearray(BLOCK), told.append)
    assert hashed.digest == "sha256:" + hashlib.sha256(content).hexdigest()
    assert hashed.mark.size == sum(told) == size


def _write(path: Path) -> None:
    with path.open("r+b") as out:
        out.write(b"x")


def _grow(path: Path) -> None:
    with path.open("ab") as out:
        out.write(b"x")


def _exchange(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


@pytest.mark.parametrize("meddle", [_write, _grow, _exchange, Path.unlink])
def test_what_changes_while_it_is_read_proves_nothing(file: Path, meddle: Callable[[Path], None]) -> None:
    meddlings = iter([meddle])

    def passed(_count: int) -> None:
        for each in meddlings:
            each(file)

    with pytest.raises(ChangedError):
        hash_file(file, bytearray(BLOCK), passed)


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(OSError, match=r"It is no file|Is a directory"):
            hash_file(tmp_path / name, bytearray(BLOCK), lambda _count: None)


def _is_in_memory(path: Path, offset: int) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.preadv(descriptor, [bytearray(1)], offset, os.RWF_NOWAIT) == 1
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)


@pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="only Linux tells what it has in memory")
def test_a_file_leaves_memory_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    with path.open("wb") as out:
        out.write(bytes(80 * MIB))
        out.flush()
        os.fsync(out.fileno())
    hash_file(path, bytearray(BLOCK), lambda _count: None)
    assert _is_in_memory(path, 8 * MIB), "what was there is left there"
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)
    if _is_in_memory(path, 72 * MIB):  # asking makes the system read on from there
        pytest.skip("this file system keeps everything in memory")
    hash_file(path, bytearray(BLOCK), lambda _count: None)
    assert not _is_in_memory(path, 8 * MIB), "what was not is not left there"


def test_a_gate_opens_when_the_last_reason_is_released() -> None:
    gate = Gate(Progress())
    assert gate.wait() is False
    gate.hold("one")
    gate.hold("one")
    gate.hold("other")
    gate.release("one")
    assert gate.is_held
    gate.release("other")
    assert not gate.is_held


def _held() -> tuple[Gate, Progress, threading.Event]:
    """A gate held for a pause, its progress, and what is set when something waits there."""
    waits = threading.Event()
    progress = Progress(waits.set)
    gate = Gate(progress)
    gate.hold("it is paused")
    return gate, progress, waits


def test_hashing_waits_at_a_held_gate_says_why_and_goes_on() -> None:
    gate, progress, waits = _held()
    with ThreadPoolExecutor(1) as pool:
        waited = pool.submit(gate.wait)
        waits.wait()
        assert not waited.done()
        assert progress.state.text == "Hashing waits: it is paused"
        gate.release("it is paused")
        assert waited.result() is True


@pytest.mark.parametrize(("ending", "error"), [("close", ClosedError), ("cancel", JobCancelled)])
def test_what_waits_at_a_gate_can_be_ended(ending: str, error: type[BaseException]) -> None:
    gate, progress, waits = _held()
    with ThreadPoolExecutor(1) as pool:
        waited = pool.submit(gate.wait)
        waits.wait()
        (gate.close if ending == "close" else progress.cancel)()
        with pytest.raises(error):
            waited.result()
