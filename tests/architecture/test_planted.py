"""The search for planted keys after every test finds what a careless test leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.tree import ROOT

CARELESS = """
import logging
import pytest
from modelward.core.secret import Secret

KEY = "sk-planted-key-" + "7f3a"

@pytest.fixture
def home(tmp_path):
    return tmp_path

def test_writes_it_to_its_home(home):
    (home / "data.db").write_text(Secret(KEY).reveal())

def test_prints_it():
    print(Secret(KEY).reveal())

def test_logs_it():
    logging.getLogger("modelward").warning("asked with %s", Secret(KEY).reveal())

def test_keeps_it_to_itself(home):
    print(Secret(KEY))
    (home / "data.db").write_text(repr(Secret(KEY)))

def test_made_no_key(home):
    (home / "data.db").write_text(KEY)
"""
SAID = {"writes_it_to_its_home": "data.db", "prints_it": "capstdout", "logs_it": "caplog"}


@pytest.fixture(scope="module")
def careless_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of the careless tests."""
    folder: Path = tmp_path_factory.mktemp("careless")
    (folder / "test_careless.py").write_text(CARELESS, "utf-8")
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-p", "no:cacheprovider", "--tb=short"]
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", *settings, "-p", "harness.planted", str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT / "app")])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    return outcome.stdout


@pytest.mark.parametrize("deed", SAID)
def test_a_test_that_leaves_a_key_fails_and_is_told_where(deed: str, careless_run: str) -> None:
    told = careless_run.partition(f"ERROR at teardown of test_{deed}")[2].partition("planted key was found in ")[2]
    assert SAID[deed] in told.partition("\n")[0]


def test_the_others_pass(careless_run: str) -> None:
    assert "5 passed, 3 errors" in careless_run
