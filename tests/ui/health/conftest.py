"""A Health tab with a healer, and the whole window for what the tab asks of the others."""

from __future__ import annotations

from harness.catalog_tab import eventually
from harness.desks import desk, filled_home, paths, reference_home
from harness.health_tab import ill
from harness.windows import open_window

__all__ = ["desk", "eventually", "filled_home", "ill", "open_window", "paths", "reference_home"]
