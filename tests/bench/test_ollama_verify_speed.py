"""Verifying a model folder against the limit of the cores and against sha256sum, in one run.

``MODELWARD_BENCH_LIBRARY_MIB`` makes the library smaller or larger than 4 GiB.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from harness.ollama_verify_speed import fill_large, fill_many
from harness.stores import start_python

MIB = 1 << 20
SIZE = int(os.environ.get("MODELWARD_BENCH_LIBRARY_MIB", "4096")) * MIB  # no test sees the variable

CORES = 0.9
"""The least part of what the cores hash of what lies in their caches."""

SHA256SUM = 1.7
"""The least speed in times of sha256sum's, on two cores."""

LAG_MS = 16
MEMORY = 64 * MIB
QUICK_SECONDS = 0.1


@pytest.mark.bench
@pytest.mark.timeout(900)
@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("sha256sum")), reason="nothing to compare with")
def test_models_are_verified_at_the_speed_of_the_cores_and_nobody_is_disturbed(tmp_path: Path) -> None:
    large, many = tmp_path / "large", tmp_path / "many"
    fill_large(large, SIZE)
    fill_many(many)
    process = start_python(
        "from harness.ollama_verify_speed import main; main()", large, many, tmp_path / "data" / "modelward.db"
    )
    told, _ = process.communicate()
    shutil.rmtree(large)
    assert process.returncode == 0
    found: dict[str, float] = json.loads(told)
    limit = found["openssl"] * found["threads"]
    print(  # noqa: T201 - the figures are what one runs this for
        f"\n{SIZE / MIB:,.0f} MiB: {found['ours'] / 1e9:.2f} GB/s with {found['threads']:.0f} threads;"
        f" the cores' limit {limit / 1e9:.2f} ({found['ours'] / limit:.2f}),"
        f" sha256sum {found['sha256sum'] / 1e9:.2f} ({found['ours'] / found['sha256sum']:.2f});"
        f" lag {found['lag']:.1f} ms at the 99 %; {found['memory'] / MIB:.1f} MiB of memory;"
        f" 200 models at a glance {found['quick'] * 1000:.0f} ms"
    )
    assert found["ours"] >= CORES * limit
    if found["threads"] >= 2:
        assert found["ours"] >= SHA256SUM * found["sha256sum"]
    assert found["lag"] < LAG_MS
    assert found["memory"] < MEMORY
    assert found["quick"] < QUICK_SECONDS
