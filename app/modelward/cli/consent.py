"""Asking a person before something costs money."""

from __future__ import annotations

import sys

import typer

from modelward.core.errors import UsageError


def ask_to_go_on(cost: str) -> None:
    """Go on where a person says so; ``cost`` in words. Raises UsageError where nobody can be asked, or says no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{cost} Nobody can be asked here.", todo="Give --yes to go on.")
    # Nothing else runs meanwhile: the answer is waited for here.
    if not typer.confirm("Go on?", err=True):
        raise UsageError("Nothing was sent.")
