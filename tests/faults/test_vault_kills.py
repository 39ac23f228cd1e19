"""A process that is killed while it backs up, sweeps, exports and takes in: nothing good is lost.

The long version: sh packaging/test.sh tests/faults -m faults
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.stores import start_python
from harness.vault_kills import STEPS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="victims are forked")

SEED = 20261121
FEW = 5
MANY = 200


def killed(home: Path, count: int) -> list[dict[str, object]]:
    process = start_python("from harness.vault_kills import main; main()", home, str(count), str(SEED))
    told, _ = process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in told.splitlines()]


def test_a_kill_at_every_step_and_at_some_moments_loses_nothing(tmp_path: Path) -> None:
    results = killed(tmp_path, FEW)
    assert [result["at"] for result in results][: len(STEPS)] == list(STEPS)
    assert len(results) == len(STEPS) + FEW
    assert [result for result in results if result["wrong"]] == []


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_hundreds_of_kills_lose_nothing(tmp_path: Path) -> None:
    results = killed(tmp_path, MANY)
    assert len(results) == len(STEPS) + MANY
    assert [result for result in results if result["wrong"]] == []
