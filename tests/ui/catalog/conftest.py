"""The Catalogue tab that these tests use."""

from __future__ import annotations

from harness.catalog_tab import eventually, make_tab, service, tab

__all__ = ["eventually", "make_tab", "service", "tab"]
