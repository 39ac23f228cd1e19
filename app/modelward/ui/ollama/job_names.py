"""What the jobs on local models are called, by which the window knows them."""

from __future__ import annotations

PREFIX = "ollama"
"""Begins the names of all of them, also of those that the clock starts."""

VERIFY_ALL = f"{PREFIX} verify all"
"""The job that proves every model."""

LOOK = f"{PREFIX} look"
"""The job that asks the server once."""
