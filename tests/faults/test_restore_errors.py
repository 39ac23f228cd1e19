"""A disk that fails in the middle of a restore: told in words, the store is yesterday's or today's, the next one works.

The errors are injected into system calls by strace, where it is installed and may trace.
The long version: sh packaging/test.sh tests/faults -m faults
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import modelward
from harness.restore_kills import Household

STRACE = shutil.which("strace")
FEW = (
    "fsync:error=EIO:when=5",
    "fdatasync:error=EIO:when=3+",
    "pwrite64:error=ENOSPC:when=300+",
    "rename:error=EIO:when=1",
    "write:error=ENOSPC:when=8",
)
MANY = [
    f"{call}:error={error}:when={when}"
    for call, error in (
        ("fsync", "EIO"),
        ("fdatasync", "EIO"),
        ("pwrite64", "ENOSPC"),
        ("pwrite64", "EIO"),
        ("write", "ENOSPC"),
        ("rename", "EIO"),
        ("ftruncate", "EIO"),
    )
    for when in ("1", "2", "3", "4", "5", "6", "8", "1+", "3+", "5+", "10+", "20+", "100+", "300+", "600+", "900+")
]

PROGRAM = "from harness.restore_kills import attempt; attempt()"


def traceable() -> bool:
    return STRACE is not None and not subprocess.run([STRACE, "-qq", "-o", "/dev/null", "true"], check=False).returncode


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Household:
    """A home with a store and two copies; copy it, do not use it."""
    if not traceable():
        pytest.skip("errors of the disk are NOT tested: strace is missing or may not trace here")
    made = Household(tmp_path_factory.mktemp("filled"))
    made.fill()
    return made


def met(filled: Household, home: Path, fault: str) -> bool:
    """Whether a restore met this fault; afterwards all must be as promised."""
    shutil.copytree(filled.paths.data.parent, home, dirs_exist_ok=True)
    household = Household(home)
    household.copies, household.now = filled.copies, filled.now
    log = home / "calls"
    folders = [str(Path(modelward.__file__).parents[1]), str(Path(__file__).parents[1])]
    call = fault.partition(":")[0]
    options = ["-f", "-qq", "-o", str(log), "-e", f"trace={call}", "-e", f"inject={fault}"]
    done = subprocess.run(
        [str(STRACE), *options, sys.executable, "-c", PROGRAM, str(home), household.other],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 3}, f"{fault}: {done.stderr}"
    wrong = household.judge()
    assert wrong == [], f"{fault}: {wrong}"
    return "(INJECTED)" in log.read_text()


@pytest.mark.parametrize("fault", FEW)
def test_a_failing_disk_leaves_yesterday_or_today_and_is_told(filled: Household, home: Path, fault: str) -> None:
    assert met(filled, home, fault)


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_a_disk_that_fails_at_any_call_leaves_yesterday_or_today(filled: Household, tmp_path: Path) -> None:
    assert sum(met(filled, tmp_path / str(number), fault) for number, fault in enumerate(MANY)) > len(MANY) // 2
