"""``modelward serve``: the schedules without a window."""

from __future__ import annotations

import asyncio
import signal

from modelward.cli.output import say
from modelward.cli.session import command, with_desk
from modelward.core.progress import Progress
from modelward.desk import Desk


@command
def serve() -> None:
    """Run the schedules without a window until SIGINT or SIGTERM."""
    with_desk(_until_asked_to_stop)
    say("modelward: stopped.")


async def _until_asked_to_stop(desk: Desk, _: Progress) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, asked.set)
    desk.start()
    say("modelward: serving. Stop with Ctrl+C.")
    await asked.wait()
