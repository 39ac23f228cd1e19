"""A disk that fails in the middle of a copy: told in words, nothing is lost, and the next run works.

The errors are injected into system calls by strace, where it is installed and may trace.
The long version: sh packaging/test.sh tests/faults -m faults
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import modelward
from harness.kills import Household

STRACE = shutil.which("strace")
FEW = (
    "fsync:error=EIO:when=1",
    "fsync:error=EIO:when=2",
    "fsync:error=EIO:when=4",
    "pwrite64:error=ENOSPC:when=30+",
    "write:error=ENOSPC:when=3+",
    "rename:error=EIO:when=1",
    "rename:error=EIO:when=2",
)
MANY = [
    f"{call}:error={error}:when={when}"
    for call, error in (
        ("fsync", "EIO"),
        ("fdatasync", "EIO"),
        ("pwrite64", "ENOSPC"),
        ("write", "ENOSPC"),
        ("rename", "EIO"),
    )
    for when in ("1", "2", "3", "4", "5", "6", "8", "1+", "2+", "3+", "4+", "10+", "50+", "100+", "150+")
]

PROGRAM = "from harness.kills import attempt; attempt()"


def traceable() -> bool:
    return STRACE is not None and not subprocess.run([STRACE, "-qq", "-o", "/dev/null", "true"], check=False).returncode


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a store and copies; copy it, do not use it."""
    if not traceable():
        pytest.skip("errors of the disk are NOT tested: strace is missing or may not trace here")
    home = tmp_path_factory.mktemp("filled")
    Household(home).fill()
    return home


def met(filled: Path, home: Path, fault: str) -> bool:
    """Whether a copy met this fault; afterwards all must be as promised."""
    shutil.copytree(filled, home, dirs_exist_ok=True)
    household = Household(home)
    with closing(sqlite3.connect(household.paths.database)) as store:
        household.acknowledged = int(store.execute("SELECT value FROM state WHERE key = 'number'").fetchone()[0])
        store.execute("DELETE FROM raw_file")
        store.execute("INSERT INTO state VALUES ('changed', 'yes')")
        store.commit()
    log = home / "calls"
    folders = [str(Path(modelward.__file__).parents[1]), str(Path(__file__).parents[1])]
    call = fault.partition(":")[0]
    done = subprocess.run(
        [
            str(STRACE),
            "-f",
            "-qq",
            "-o",
            str(log),
            "-e",
            f"trace={call}",
            "-e",
            f"inject={fault}",
            sys.executable,
            "-c",
            PROGRAM,
            str(home),
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 3}, f"{fault}: {done.stderr}"
    wrong = list(household.judge())
    assert wrong == [], f"{fault}: {wrong}"
    return "(INJECTED)" in log.read_text()


@pytest.mark.parametrize("fault", FEW)
def test_a_failing_disk_costs_the_copy_alone_and_is_told(filled: Path, home: Path, fault: str) -> None:
    assert met(filled, home, fault)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_a_disk_that_fails_at_any_call_costs_the_copy_alone(filled: Path, tmp_path: Path) -> None:
    assert sum(met(filled, tmp_path / str(number), fault) for number, fault in enumerate(MANY)) > len(MANY) // 2
