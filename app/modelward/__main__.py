"""One door: the window, or a command."""

from __future__ import annotations

import gc
import logging
import sys

WINDOW_OPTIONS = {"--minimized"}


def main() -> int:
    """Open the window, or run the command that the arguments name; the exit code."""
    if set(sys.argv[1:]) <= WINDOW_OPTIONS:
        # Collections while modules load find nothing and cost a sixth of the start; the window turns them on again.
        gc.disable()
        from modelward.ui.shell.application import run

        return run(is_minimized="--minimized" in sys.argv[1:])
    from modelward.cli.app import run_command

    try:
        return run_command()
    except Exception:  # our own fault: the whole story goes to the log, one sentence to the person
        logging.getLogger(__name__).exception("A command failed.")
        sys.stderr.write("modelward: something went wrong that is Modelward's own fault; please report it.\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
