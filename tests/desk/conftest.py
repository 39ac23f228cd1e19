"""What the desk's tests stand on."""

from __future__ import annotations

from harness.desks import desk, filled_home, paths, reference_home

__all__ = ["desk", "filled_home", "paths", "reference_home"]
