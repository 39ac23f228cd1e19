"""A process that is killed while it restores: the next start finds yesterday's or today's store, whole, and goes on.

The long version: sh packaging/test.sh tests/faults -m faults
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.restore_kills import STEPS, STEPS_OF_DAMAGED
from harness.stores import start_python

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="victims are forked")

SEED = 20261120
FEW = 3
MANY = 220


def killed(home: Path, count: int) -> list[dict[str, object]]:
    process = start_python("from harness.restore_kills import main; main()", home, str(count), str(SEED))
    told, _ = process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in told.splitlines()]


def wrong(results: list[dict[str, object]], count: int) -> list[dict[str, object]]:
    """The results that break the promise, after checking that none is missing."""
    assert len(results) == 1 + len(STEPS) + len(STEPS_OF_DAMAGED) + count
    return [result for result in results if result["wrong"]]


def test_a_kill_at_every_step_and_at_some_moments_leaves_yesterday_or_today(home: Path) -> None:
    assert wrong(killed(home, FEW), FEW) == []


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_hundreds_of_kills_leave_yesterday_or_today(home: Path) -> None:
    assert wrong(killed(home, MANY), MANY) == []
