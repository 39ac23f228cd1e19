"""One door: the window, or a command."""

from __future__ import annotations

import sys

WINDOW_OPTIONS = {"--minimized"}


def main() -> int:
    """Open the window, or run the command that the arguments name; the exit code."""
    if set(sys.argv[1:]) <= WINDOW_OPTIONS:
        from modelward.ui.shell.application import run

        return run(is_minimized="--minimized" in sys.argv[1:])
    from modelward.cli.app import run_command

    return run_command()


if __name__ == "__main__":
    sys.exit(main())
