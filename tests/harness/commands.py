"""Commands run in this process, as the person would type them."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from harness.planted import PLANTED
from modelward.cli.app import run_command


class Ran:
    """What came of a command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line and return its exit code and what it printed."""

    def typed(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["modelward", *arguments])
        capsys.readouterr()
        code = run_command()
        printed = capsys.readouterr()
        # Taken out of what pytest captures, so that the search after the test would not see it.
        assert PLANTED not in printed.out + printed.err, "the command printed a key"
        return Ran(code, printed.out, printed.err)

    return typed
