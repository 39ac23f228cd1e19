"""What a second start does: it finds that the store is held, and leaves the stage to the first window."""

from __future__ import annotations

import contextlib
import sys

from modelward.core.errors import FolderError, KnownError, StoreBusyError
from modelward.core.instance import InstanceLock
from modelward.core.paths import Paths


def look_for_first(paths: Paths) -> None:
    """Raises StoreBusyError where another Modelward holds the store, so that no window flashes up in vain.

    What else is wrong with the folder is found again, and told in the window, when the desk opens.
    """
    lock = InstanceLock(paths.data)
    with contextlib.suppress(FolderError):
        lock.acquire()
        lock.release()


def leave_to_first(paths: Paths, error: StoreBusyError) -> int:
    """Asks the window that holds the store to come forward; the exit code of this second start."""
    from modelward.ui.shell.single import ring

    if ring(paths.data):
        return 0
    say(error)
    return error.exit_code


def say(error: KnownError) -> None:
    """Tells an error where the program was started from."""
    sys.stderr.write(f"modelward: {error}\n")
