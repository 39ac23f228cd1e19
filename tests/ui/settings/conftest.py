"""The settings over a real desk, and servers that answer as a test wants."""

from __future__ import annotations

from harness.catalog_tab import eventually
from harness.desks import desk, paths
from harness.settings import settings, sheet
from harness.wire import wire

__all__ = ["desk", "eventually", "paths", "settings", "sheet", "wire"]
