"""Setting up and starting from a checkout: from anywhere, once, and safely when two do it at the same time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.tree import PACKAGING

ECHO = '"""Says what it was given."""\n\nimport sys\n\nprint(sys.argv[1:])\n'
LOCKS = ("requirements.lock", "requirements-dev.lock")
# What the scripts call besides the shell's own words; a Python is not among it.
COMMANDS = ("sh", "cat", "cmp", "date", "dirname", "id", "uname")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose program says what it was given and whose lock files ask for nothing, so nothing is fetched."""
    root = tmp_path / "a check out"
    shutil.copytree(PACKAGING, root / "packaging")
    for lock in LOCKS:
        (root / "packaging" / lock).write_text("# nothing\n", "utf-8")
    package = root / "app" / "modelward"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(ECHO, "utf-8")
    return root


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(home), "MODELWARD_PYTHON": sys.executable}


def _start(checkout: Path, home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["sh", str(checkout / "packaging" / "run.sh"), *arguments],
        cwd="/",
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_first_starts_at_once_set_up_one_environment(checkout: Path, home: Path) -> None:
    starts = [_start(checkout, home, "status", "two words", "*") for _ in range(2)]
    answers = [start.communicate(timeout=100) for start in starts]

    assert [start.returncode for start in starts] == [0, 0], answers
    assert [out for out, _ in answers] == ["['status', 'two words', '*']\n"] * 2
    assert sum("setting up" in err for _, err in answers) == 1
    assert sorted(path.name for path in checkout.iterdir()) == [".venv", ".venv.lock", "app", "packaging"]


def _stand_in(checkout: Path) -> Path:
    """An environment as setup.sh leaves it, with a Python that only says how it was called."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "called: $*"\n', "utf-8")
    python.chmod(0o755)
    marks = checkout / ".venv" / "modelward"
    marks.mkdir()
    (marks / "python").write_text(sys.executable + "\n", "utf-8")
    for lock in LOCKS:
        shutil.copy(checkout / "packaging" / lock, marks)
    return python


def test_a_later_start_only_starts(checkout: Path, home: Path) -> None:
    _stand_in(checkout)
    start = _start(checkout, home, "health", "--json")
    assert start.communicate(timeout=20) == ("called: -P -m modelward health --json\n", "")
    assert not (checkout / ".venv.lock").exists()


def test_a_changed_lock_file_sets_up_anew(checkout: Path, home: Path) -> None:
    _stand_in(checkout)
    (checkout / "packaging" / "requirements.lock").write_text("# another nothing\n", "utf-8")
    out, err = _start(checkout, home, "health").communicate(timeout=100)
    assert out == "['health']\n"
    assert "setting up" in err


def test_an_environment_of_other_making_is_kept(checkout: Path, home: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "precious").touch()
    _, err = _start(checkout, home, "health").communicate(timeout=100)
    (kept,) = checkout.glob(".venv.kept.*")
    assert (kept / "precious").exists()
    assert str(kept) in err


def test_a_failed_set_up_leaves_the_old_environment(checkout: Path, home: Path) -> None:
    python = _stand_in(checkout)
    (checkout / "packaging" / "requirements.lock").write_text("no-hash-here==1.0\n", "utf-8")
    start = _start(checkout, home, "health")
    _, err = start.communicate(timeout=100)
    assert start.returncode == 1
    assert "nothing was changed" in err
    assert python.exists()
    assert not (checkout / ".venv.new").exists()


def test_without_a_python_it_says_what_to_install(checkout: Path, home: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for command in COMMANDS:
        (few / command).symlink_to(str(shutil.which(command)))
    environment = {**_environment(home), "PATH": str(few)}
    del environment["MODELWARD_PYTHON"]
    outcome = subprocess.run(
        [str(few / "sh"), str(checkout / "packaging" / "run.sh")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1
    assert "apt-get install -y --no-install-recommends python3 python3-venv" in outcome.stderr


def test_a_named_python_that_does_not_serve_is_refused(checkout: Path, home: Path) -> None:
    outcome = subprocess.run(
        ["sh", str(checkout / "packaging" / "run.sh")],
        env={**_environment(home), "MODELWARD_PYTHON": "/bin/false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1
    assert "MODELWARD_PYTHON names /bin/false" in outcome.stderr
