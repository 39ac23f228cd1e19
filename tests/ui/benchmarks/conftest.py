"""The Benchmarks tab over measurements in a real store, and a server that answers."""

from __future__ import annotations

from harness.benchmarks_tab import bench
from harness.catalog_tab import eventually
from harness.desks import desk, filled_home, paths, reference_home
from harness.windows import open_window

__all__ = ["bench", "desk", "eventually", "filled_home", "open_window", "paths", "reference_home"]
