"""The Ollama tab over a real model folder, and the whole window for what it tells outside the tab."""

from __future__ import annotations

from harness.catalog_tab import eventually
from harness.desks import desk, filled_home, paths, reference_home
from harness.ollama_tab import kept, server, shelf
from harness.windows import open_window

__all__ = ["desk", "eventually", "filled_home", "kept", "open_window", "paths", "reference_home", "server", "shelf"]
