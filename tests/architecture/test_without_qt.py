"""The whole program but its window runs without Qt."""

from __future__ import annotations

import subprocess
import sys

from harness.tree import dotted, modules

# Alembic runs its environment file; that file cannot be imported by itself.
NOT_IMPORTABLE = "modelward.store.migrations.env"

PROBE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    loaded = {"PySide6", "shiboken6", "qasync", "pyqtgraph"} & set(sys.modules)
    if loaded:
        sys.exit(f"{name} loads {sorted(loaded)}")
print("clean")
"""


def test_no_module_outside_the_window_loads_qt() -> None:
    names = [dotted(path) for path in modules()]
    faceless = [name for name in names if not name.startswith("modelward.ui") and name != NOT_IMPORTABLE]
    assert "modelward.core.errors" in faceless

    outcome = subprocess.run(
        [sys.executable, "-c", PROBE, *faceless], capture_output=True, text=True, timeout=60, check=False
    )

    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "clean\n", "")
