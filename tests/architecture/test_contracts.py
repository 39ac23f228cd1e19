"""The import contracts of pyproject.toml hold, and a breach of any of them is caught."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.tree import PACKAGE, ROOT

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"

# the contract, the file that breaks it, and the line that does
BREACHES = [
    ("Rooms import only downwards", "core/planted.py", "import modelward.catalog.model"),
    ("every room has its place", "parlour.py", "import modelward.core.errors"),
    ("Qt lives under ui alone", "catalog/planted.py", "from PySide6.QtCore import QObject"),
    ("Qt lives under ui alone", "core/planted.py", "def hidden():\n    import qasync"),
    ("Charts are drawn in ui/kit/plots", "ui/health/planted.py", "import pyqtgraph"),
    ("SQL lives in the store", "healing/planted.py", "from sqlalchemy.orm import Session"),
    ("Migrations live in the store alone", "catalog/planted.py", "import alembic.command"),
    ("HTTP lives in net", "healing/planted.py", "import httpx"),
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), str(folder / "app")])
    return subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the program and its contracts, to break."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "app" / "modelward", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_contracts_hold() -> None:
    outcome = _lint(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "0 broken" in outcome.stdout


@pytest.mark.parametrize(("contract", "file", "line"), BREACHES)
def test_a_planted_breach_is_caught(contract: str, file: str, line: str, copy: Path) -> None:
    planted = copy / "app" / "modelward" / file
    planted.write_text(f'"""A planted breach."""\n\n{line}\n', encoding="utf-8")

    outcome = _lint(copy)

    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    broken = [text for text in outcome.stdout.splitlines() if " BROKEN" in text]
    assert [contract in text for text in broken] == [True]
    assert planted.stem in outcome.stdout
