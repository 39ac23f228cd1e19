"""What the commands' tests stand on."""

from __future__ import annotations

from harness.commands import run
from harness.desks import filled_home, reference_home

__all__ = ["filled_home", "reference_home", "run"]
