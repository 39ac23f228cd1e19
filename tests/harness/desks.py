"""A desk over a real store; filling one from the reference source is done once a run and copied."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.desk import Desk


@pytest.fixture
def paths(home: Path) -> Paths:
    """The folders of this test's home."""
    return Paths.locate()


@pytest.fixture
async def desk(paths: Paths) -> AsyncIterator[Desk]:
    """A desk over an empty store."""
    opened = await Desk.open(paths, load(paths, os.environ))
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def reference_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store was filled from the reference source and surveyed; copy it, do not use it."""
    home = tmp_path_factory.mktemp("reference-home")

    async def fill() -> None:
        paths = Paths.locate({"MODELWARD_HOME": str(home)})
        made = await Desk.open(paths, load(paths, {}))
        await made.fill(Progress())
        await made.close()

    asyncio.run(fill())
    return home


@pytest.fixture
def filled_home(home: Path, reference_home: Path) -> Path:
    """This test's home with a filled store."""
    shutil.copytree(reference_home, home, dirs_exist_ok=True)
    return home
