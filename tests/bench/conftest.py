"""The filled store that the measurements use."""

from __future__ import annotations

from harness.desks import filled_home, reference_home

__all__ = ["filled_home", "reference_home"]
