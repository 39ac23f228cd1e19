"""How victims of the kill tests die: at a step that the log names, or at any moment.

Each moment is a function that is called in the victim with 0, and in its killer with the victim's process number.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress


class KillAt(logging.Handler):
    """Ends the process at the named step, as a power cut would."""

    def __init__(self, step: str) -> None:
        super().__init__(logging.DEBUG)
        self._step = f"step {step}"

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


def at_step(room: str, step: str) -> Callable[[int], None]:
    """The victim kills itself when it comes to that step, of which ``room`` ("modelward.backups") logs."""

    def before(victim: int) -> None:
        if victim == 0:
            logger = logging.getLogger(room)
            logger.setLevel(logging.DEBUG)
            logger.addHandler(KillAt(step))

    return before


def at_any_moment(dice: random.Random, longest_seconds: float) -> Callable[[int], None]:
    """The victim is killed after a random time."""

    def before(victim: int) -> None:
        if victim:
            time.sleep(dice.uniform(0, longest_seconds))
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)

    return before
