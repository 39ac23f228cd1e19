"""The whole window, for what the Health tab asks of the others."""

from __future__ import annotations

from harness.catalog_tab import eventually
from harness.desks import filled_home, reference_home
from harness.windows import open_window

__all__ = ["eventually", "filled_home", "open_window", "reference_home"]
