"""The stores that these tests use."""

from __future__ import annotations

from harness.stores import database, store_address

__all__ = ["database", "store_address"]
