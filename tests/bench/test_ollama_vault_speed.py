"""First backups against other tools in one run, and what further ones cost.

On a library of 4 GiB: sh packaging/test.sh tests/bench/test_ollama_vault_speed.py -m large -s
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.stores import start_python

MIB = 1 << 20

COPY = 0.9
"""The least speed, in parts of copying and hashing side by side."""

OTHERS = 3.0
"""How much faster than tools that pack or cut up what they copy."""

UNCHANGED_SECONDS = 1.0
FIVE = 1.05
MEMORY = 64 * MIB


def figures(home: Path, size: int) -> dict[str, float]:
    process = start_python("from harness.vault_speed import main; main()", home, str(size))
    told, _ = process.communicate()
    assert process.returncode == 0
    found: dict[str, float] = json.loads(told)
    restic = "restic is NOT installed" if found["restic"] is None else f"restic {found['restic']:.2f} s"
    print(  # noqa: T201 - the figures are what one runs this for
        f"\n{size / MIB:,.0f} MiB: first backup {found['ours']:.2f} s ({size / MIB / found['ours']:,.0f} MiB/s);"
        f" cp and sha256sum {found['copy_and_hash']:.2f} s; tee into sha256sum {found['pipe']:.2f} s; {restic};"
        f" tar with gzip {found['tar_gzip']:.2f} s; unchanged {found['unchanged']:.3f} s;"
        f" verify {found['verify']:.2f} s;"
        f" five versions {found['five']:.4f} x one; {found['memory'] / MIB:.0f} MiB of memory"
    )
    return found


def check(found: dict[str, float]) -> None:
    assert min(found["copy_and_hash"], found["pipe"]) >= COPY * found["ours"]
    assert found["tar_gzip"] >= OTHERS * found["ours"]
    assert found["unchanged"] < UNCHANGED_SECONDS
    assert found["five"] < FIVE
    assert found["memory"] < MEMORY
    if found["restic"] is None:
        pytest.skip("speed against restic is NOT measured: it is not installed")
    assert found["restic"] >= OTHERS * found["ours"]


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_a_first_backup_is_as_fast_as_copying_and_far_faster_than_packing(tmp_path: Path) -> None:
    check(figures(tmp_path, 512 * MIB))


@pytest.mark.large
@pytest.mark.timeout(1800)
def test_the_same_holds_for_four_gigabytes(tmp_path: Path) -> None:
    check(figures(tmp_path, 4096 * MIB))
