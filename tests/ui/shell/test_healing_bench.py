"""Whether the window notices a healing of the whole catalogue, with two local models that answer at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.lag import at_99_percent, lags
from harness.windows import OpenWindow
from modelward.catalog.model import Model
from modelward.core.progress import Progress
from modelward.healing.plausible import ASKED

pytestmark = [pytest.mark.bench, pytest.mark.usefixtures("filled_home")]

AT_MOST_LAG_MS = 16.0


def truth_of(models: list[Model]) -> dict[str, dict[str, object]]:
    """What the catalogue knows of these models, as a scripted model takes it."""
    truth: dict[str, dict[str, object]] = {}
    for model in models:
        values = {field.value: getattr(model, field.value) for field in ASKED if field.value != "capabilities"}
        known = {name: value for name, value in values.items() if value is not None}
        told = {name: float(value) if name.startswith("price") else value for name, value in known.items()}
        if model.capabilities is not None:
            told["capabilities"] = {"has": sorted(model.capabilities), "lacks": sorted(model.not_capabilities)}
        truth[model.id] = told
    return truth


@contextlib.asynccontextmanager
async def local_models(truth: Path) -> AsyncIterator[str]:
    """The address of an Ollama in a process of its own, so that only our side is measured."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "harness.local_models",
        str(truth),
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": str(Path(__file__).parents[3] / "app")},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    yield (await process.stdout.readline()).decode().strip()
    process.stdin.close()
    await process.wait()


async def test_the_window_goes_on_while_the_whole_catalogue_is_healed(
    open_window: OpenWindow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = await open_window()
    await opened.quiet()
    desk = opened.session.desk
    assert desk is not None
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps(truth_of(await desk.catalog.models())), encoding="utf-8")
    async with local_models(truth) as url:
        await desk.providers.add("ollama", url=url)
        await desk.discovery.discover(Progress(), ["ollama"])
        done = asyncio.Event()
        watching = asyncio.create_task(lags(done))
        began = time.perf_counter()
        report, _ = await desk.jobs.start("healing", "Healing", desk.heal).wait()
        seconds = time.perf_counter() - began
        done.set()
        lag = at_99_percent(await watching)
    assert report.cycle is not None
    with capsys.disabled():
        print(  # noqa: T201 — the figure is what one runs this for
            f"\n{report.cycle.cost.calls} questions about {report.total - report.cycle.complete_before:,} incomplete "
            f"models in {seconds:.1f} s; lag {lag:.1f} ms at the 99th percentile"
        )
    assert lag < AT_MOST_LAG_MS
