"""How long twenty providers take, one of them silent, and whether the window notices."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.lag import at_99_percent, lags
from harness.twenty_providers import MODELS, PROVIDERS, SILENT, seconds_of
from harness.windows import OpenWindow
from modelward.core.progress import Progress
from modelward.desk import Desk

pytestmark = [pytest.mark.bench, pytest.mark.usefixtures("filled_home")]

AT_MOST_RATIO = 1.2
AT_MOST_LAG_MS = 16.0


@contextlib.asynccontextmanager
async def twenty_providers() -> AsyncIterator[list[tuple[str, str]]]:
    """Their titles and addresses; they run in a process of their own, so that only our side is measured."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "harness.twenty_providers",
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    lines = [(await process.stdout.readline()).decode().split() for _ in range(PROVIDERS)]
    yield [(title, url) for title, url in lines]
    process.stdin.close()
    await process.wait()


async def filed(desk: Desk) -> int:
    """How many of the twenty stand in the catalogue with all of their models."""
    return sum(state.provider.listed_models == MODELS for state in await desk.providers.mine())


async def test_one_silent_provider_holds_back_none_of_nineteen_and_the_window_goes_on(
    open_window: OpenWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = await open_window()
    await opened.quiet()
    desk, workspace = opened.session.desk, opened.session.workspace
    assert desk is not None
    assert workspace is not None
    async with twenty_providers() as providers:
        for title, url in providers:
            await desk.providers.add(title, url=url, kind="vllm", title=title)
        done = asyncio.Event()
        watching = asyncio.create_task(lags(done))
        began = time.perf_counter()
        job = desk.jobs.start("discovery", "Look for new models", lambda progress: _discover(desk, progress))
        while await filed(desk) < PROVIDERS - 1:  # noqa: ASYNC110 - as often as a person could see it
            await asyncio.sleep(0.02)
        seconds = time.perf_counter() - began
        done.set()
        lag = at_99_percent(await watching)
        job.cancel()
        await job.ended()
    slowest = max(seconds_of(number) for number in range(PROVIDERS) if number != SILENT)
    with capsys.disabled():
        print(  # noqa: T201 — the figure is what one runs this for
            f"\n{PROVIDERS - 1} of {PROVIDERS} providers in the catalogue after {seconds:.2f} s, the slowest healthy "
            f"one answers after {slowest:.2f} s: {seconds / slowest:.2f} x; lag {lag:.1f} ms at the 99th percentile"
        )
    assert seconds / slowest < AT_MOST_RATIO
    assert lag < AT_MOST_LAG_MS


async def _discover(desk: Desk, progress: Progress) -> object:
    return await desk.discovery.discover(progress)
