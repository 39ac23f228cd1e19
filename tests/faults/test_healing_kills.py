"""A process that is killed while it heals: no fact is lost, none half-written, no call counted twice.

The long version: sh packaging/test.sh tests/faults -m faults
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.stores import start_python

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="victims are forked")

SEED = 20261121
FEW = 10
MANY = 200


def killed(home: Path, count: int) -> list[dict[str, object]]:
    process = start_python("from harness.healing_kills import main; main()", home, str(count), str(SEED))
    told, _ = process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in told.splitlines()]


def proven(results: list[dict[str, object]], count: int) -> None:
    assert len(results) == count
    assert [result for result in results if result["wrong"]] == []
    # Some died in the middle of their calls: a victim that never came so far would prove nothing.
    assert sum(result["calls"] != 0 for result in results) >= count // 4


def test_a_few_kills_during_cycles_lose_nothing(home: Path) -> None:
    proven(killed(home, FEW), FEW)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_hundreds_of_kills_during_cycles_lose_nothing(home: Path) -> None:
    proven(killed(home, MANY), MANY)
