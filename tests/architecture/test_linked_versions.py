"""The versions that run are the ones the project was built on, and Qt's binding keeps its references."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement

from harness.tree import PACKAGING, ROOT

# PySide6 6.12.0 gives up one reference too many to None in every void call and to True in every emit on CPython 3.11:
# after some thousand calls the interpreter aborts. (3.12 and later never free these objects and hide it.)
PROBE = """
import sys
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

class Bell(QObject):
    rang = Signal(bool)

application, calls = QApplication([]), 400
widget, bell = QWidget(), Bell()
bell.rang.connect(lambda value: None)
before = [sys.getrefcount(value) for value in (None, True, False)]
for _ in range(calls):
    widget.setVisible(False)
    bell.rang.emit(True)
after = [sys.getrefcount(value) for value in (None, True, False)]
lost = [b - a for b, a in zip(before, after)]
print("kept" if max(lost) < calls // 4 else f"references lost to None, True, False: {lost}")
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal there: their counts mean nothing")
def test_qts_binding_keeps_its_references_to_none_and_true() -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (outcome.stdout, outcome.returncode) == ("kept\n", 0), outcome.stderr


def test_qt_and_its_binding_are_of_one_release() -> None:
    import PySide6
    import shiboken6
    from PySide6.QtCore import qVersion

    assert PySide6.__version__ == shiboken6.__version__ == qVersion()


def _requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(text) for text in [*project["dependencies"], *project["optional-dependencies"]["postgres"]]]


@pytest.mark.parametrize("requirement", _requirements(), ids=lambda requirement: requirement.name)
def test_each_installed_version_is_the_locked_one_and_allowed(requirement: Requirement) -> None:
    lock = (PACKAGING / "requirements.lock").read_text("utf-8")
    locked = re.search(rf"^{re.escape(requirement.name)}==(\S+)", lock, re.MULTILINE | re.IGNORECASE)
    assert locked, f"{requirement.name} is not in the lock file: run packaging/lock.sh"
    assert requirement.specifier.contains(locked[1])
    assert version(requirement.name) == locked[1]


def test_the_tests_run_on_the_very_versions_that_people_run() -> None:
    pins = [
        set(re.findall(r"^(\S+==\S+)", (PACKAGING / name).read_text("utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] < pins[1]
