"""A fresh store for each test, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import modelward
from modelward.store.engine import Database


@pytest.fixture(params=["sqlite", "postgres"])
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a store can be made: a file's path, or the URL of an empty PostgreSQL database."""
    if request.param == "sqlite":
        return tmp_path / "data" / "modelward.db"
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture
async def database(store_address: Path | str) -> AsyncIterator[Database]:
    """An open, empty store; closed after the test."""
    opened = await Database.open(store_address)
    yield opened
    await opened.close()


def start_python(program: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """A Python process of its own that can import Modelward and the test harness; talk to it through its pipes."""
    folders = [str(Path(modelward.__file__).parents[1]), str(Path(__file__).parents[1])]
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
