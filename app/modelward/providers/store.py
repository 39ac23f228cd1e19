"""Providers in the database."""

from __future__ import annotations
