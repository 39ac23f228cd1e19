"""Where the checkout's parts lie, for tests that look at the code itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
PACKAGE = APP / "modelward"
PACKAGING = ROOT / "packaging"
TESTS = ROOT / "tests"
GUI_FOLDERS = frozenset({"ui", "gui", "flows"})


def is_gui_test(path: Path) -> bool:
    """Whether a test file lies where Qt is allowed, so that its coroutines run on Modelward's own loop."""
    return path.is_relative_to(TESTS) and path.relative_to(TESTS).parts[0] in GUI_FOLDERS


def modules() -> list[Path]:
    """Every Python file of the program."""
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """The name that a file of the program is imported by."""
    return ".".join(path.relative_to(APP).with_suffix("").parts).removesuffix(".__init__")


def own_files() -> Iterator[Path]:
    """Every file that the project itself wrote: no environment, no cache, no history."""
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name == ".ci" or not (name.startswith(".") or name == "__pycache__")]
        yield from (Path(folder, name) for name in names)
