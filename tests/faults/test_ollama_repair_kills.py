"""A process that is killed while it brings models back: nothing good is lost, and the next run ends well.

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
FEW = 8
MANY = 200


def killed(home: Path, count: int, seed: int = SEED) -> list[dict[str, object]]:
    with start_python("from harness.ollama_repair_kills import serve; serve()", home) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        process = start_python("from harness.ollama_repair_kills import main; main()", home, str(count), str(seed), url)
        told, _ = process.communicate()
        server.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in told.splitlines()]


def wrong(results: list[dict[str, object]], count: int) -> list[dict[str, object]]:
    """The results that break the promise, after checking that none is missing."""
    assert sum(bool(result["killed"]) for result in results) == count
    return [result for result in results if result["wrong"]]


def test_a_few_kills_leave_the_models_and_the_vault_whole(home: Path) -> None:
    assert wrong(killed(home, FEW), FEW) == []


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_hundreds_of_kills_leave_the_models_and_the_vault_whole(home: Path) -> None:
    assert wrong(killed(home, MANY), MANY) == []
