"""The making of a copy against SQLite's own, in one run: times, the event loop's lag, and memory.

On stores of gigabytes: sh packaging/test.sh tests/bench/test_backup_speed.py -m large -s
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.stores import start_python

MIB = 1 << 20
GIB = 1 << 30

COPY = 1.1
"""The most time for a consistent copy, in times of SQLite's own (which flushes it; ours is compressed before that)."""

BUSY = 2.0
"""The same while somebody commits fifty times a second."""

LAG_SECONDS = 0.016
MEMORY = 64 * MIB
LINEAR = 1.5
"""How much dearer a byte of a store four times as large may be."""


def figures(home: Path, size: int) -> dict[str, float]:
    process = start_python("from harness.backup_speed import main; main()", home, str(size))
    told, _ = process.communicate()
    assert process.returncode == 0
    found: dict[str, float] = json.loads(told)
    print(  # noqa: T201 - the figures are what one runs this for
        f"\n{size / MIB:,.0f} MiB: SQLite's own copy {found['theirs']:.2f} s; ours {found['ours']:.2f} s,"
        f" while written {found['busy']:.2f} s ({found['commits']:.0f} commits);"
        f" compressed, flushed, read back and proven {found['whole']:.2f} s;"
        f" lag {found['lag'] * 1000:.1f} ms at the 99 %; {found['memory'] / MIB:.0f} MiB of memory"
    )
    return found


def check(found: dict[str, float]) -> None:
    assert found["commits"] > 0
    assert found["ours"] <= COPY * found["theirs"]
    assert found["busy"] <= BUSY * found["theirs"]
    assert found["lag"] < LAG_SECONDS
    assert found["memory"] < MEMORY


@pytest.mark.bench
def test_a_copy_is_as_fast_as_sqlite_s_own_and_disturbs_nobody(filled_home: Path) -> None:
    found = figures(filled_home, 128 * MIB)
    check(found)


@pytest.mark.large
@pytest.mark.timeout(1800)
def test_the_cost_of_a_copy_grows_as_the_store_does_to_four_gigabytes(filled_home: Path) -> None:
    one = figures(filled_home, GIB)
    check(one)
    four = figures(filled_home, 4 * GIB)
    check(four)
    assert four["whole"] <= LINEAR * 4 * one["whole"]
    assert four["ours"] <= LINEAR * 4 * one["ours"]
