"""The hang guard: a teardown that never ends shows every thread's stack and ends the run."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Generator

import pytest

TEARDOWN_SECONDS = 60
_STDERR = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    # Taken here because pytest's capture stands aside during configuration: this is the terminal, not a capture file.
    config.stash[_STDERR] = os.dup(2)


def pytest_unconfigure(config: pytest.Config) -> None:
    os.close(config.stash[_STDERR])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    # pytest-timeout is disarmed by now, and a wakeup that Qt lost makes Runner.close() wait for ever.
    faulthandler.dump_traceback_later(TEARDOWN_SECONDS, exit=True, file=item.config.stash[_STDERR])
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
