"""The window and the homes that these tests use."""

from __future__ import annotations

from harness.catalog_tab import eventually
from harness.desks import filled_home, paths, reference_home
from harness.trays import desktop_tray
from harness.windows import open_window

__all__ = ["desktop_tray", "eventually", "filled_home", "open_window", "paths", "reference_home"]
