"""What these tests stand on."""

from __future__ import annotations

from harness.stores import database, store_address

__all__ = ["database", "store_address"]
