"""Measures verifying a model folder beside OpenSSL's own speed and ``sha256sum``, in a process of its own.

Speeds in bytes a second; the loop's lag in milliseconds; memory in bytes above that of the open store.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

from harness.backup_speed import memory
from harness.lag import at_99_percent, lags
from harness.ollama_library import Shelf
from modelward.core.progress import Progress
from modelward.ollama import library
from modelward.ollama.examining import cores
from modelward.ollama.integrity import Integrity
from modelward.ollama.model import Library, Verdict, VerifyReport
from modelward.ollama.store import CheckStore
from modelward.store.engine import Database

ROUNDS = 3
MODELS = 200
PARTS = (3, 3, 2, 2, 2, 2, 1, 1)
"""The weights of a large library, in sixteenths of its size."""

_LAYERS = ("projector", "adapter", "license")


def fill_large(folder: Path, size: int) -> None:
    """So many bytes in eight models."""
    shelf = Shelf(folder)
    for number, part in enumerate(PARTS):
        shelf.add(f"model{number}", size * part // 16)


def fill_many(folder: Path) -> None:
    """Two hundred models with a thousand blobs."""
    shelf = Shelf(folder)
    for number in range(MODELS):
        others = {kind: f"{kind} of {number}".encode() for kind in _LAYERS}
        shelf.add(f"model{number}", 4096, template=None, config={"number": number}, others=others)
    assert len(list(shelf.blobs.iterdir())) == 5 * MODELS


def openssl_speed() -> float:
    """What one core hashes of what lies in its cache."""
    command = ["openssl", "speed", "-mr", "-evp", "sha256", "-bytes", "1048576", "-seconds", "1"]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    figures = next(line for line in told.splitlines() if line.startswith("+F:"))
    return float(figures.rpartition(":")[2])


def sha256sum_speed(books: Library) -> float:
    """What ``sha256sum`` hashes of the library."""
    files = sorted((books.folder / "blobs").iterdir())
    start = time.perf_counter()
    subprocess.run(["sha256sum", *files], stdout=subprocess.DEVNULL, check=True)
    return sum(file.stat().st_size for file in files) / (time.perf_counter() - start)


async def verify(integrity: Integrity, books: Library) -> tuple[VerifyReport, float]:
    """A full verification, and the loop's lag meanwhile."""
    over = asyncio.Event()
    looking = asyncio.create_task(lags(over))
    report = await integrity.verify(books, Progress())
    over.set()
    assert {check.verdict for check in report.checks} == {Verdict.INTACT}
    return report, at_99_percent(await looking)


async def quick(integrity: Integrity, folder: Path) -> float:
    """Seconds in which an unchanged folder is read and looked over."""
    await integrity.verify(library.read(folder), Progress())
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        report = await integrity.quick(library.read(folder))
        taken.append(time.perf_counter() - start)
        assert [check.verdict for check in report.checks] == [Verdict.INTACT] * MODELS
    return min(taken)


async def measure(large: Path, many: Path, store: Path) -> dict[str, float]:
    """All figures."""
    database = await Database.open(store)
    integrity = Integrity(CheckStore(database))
    books = library.read(large)
    idle = memory("VmRSS")
    ours, delays, core, theirs = [], [], [], []
    for number in range(ROUNDS + 1):
        core.append(openssl_speed())
        report, lag = await verify(integrity, books)
        theirs.append(sha256sum_speed(books))
        if number:  # the first round fills the page cache
            ours.append(report.hashed_bytes / report.seconds)
            delays.append(lag)
    above = memory("VmHWM") - idle
    seconds = await quick(integrity, many)
    await database.close()
    return {
        "ours": max(ours),
        "openssl": max(core),
        "sha256sum": max(theirs),
        "threads": cores(),
        "lag": min(delays),
        "memory": above,
        "quick": seconds,
    }


def main() -> None:
    """Arguments: a large and a many-modelled library, and where to make a store. Writes the figures as JSON."""
    large, many, store = map(Path, sys.argv[1:])
    sys.stdout.write(json.dumps(asyncio.run(measure(large, many, store))))
