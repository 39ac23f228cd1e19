"""How a command runs: settings, log, desk, event loop, progress on a terminal, exit code."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn, ParamSpec, TypeVar

import typer

from modelward.cli.output import say, tell_error
from modelward.cli.progress_line import ProgressLine
from modelward.core.errors import KnownError, StoreBusyError
from modelward.core.log import Log
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.settings import Loaded, load
from modelward.desk import Desk

P = ParamSpec("P")
T = TypeVar("T")

INTERRUPTED = 130
Work = Callable[[Desk, Progress], Awaitable[T]]


def locate() -> Paths:
    """The person's folders."""
    return Paths.locate()


def settings() -> Loaded:
    """The effective settings, each with its origin."""
    return load(locate(), os.environ)


def command(function: Callable[P, None]) -> Callable[P, None]:
    """A command: what the world does wrong becomes words on standard error and an exit code."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
            sys.stdout.flush()
        except KnownError as error:
            tell_error(error)
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            _leave_broken_pipe()
        except KeyboardInterrupt:
            say("modelward: interrupted.")
            raise typer.Exit(INTERRUPTED) from None

    return run


def with_desk(work: Work[T], *, fills: bool = True) -> T:
    """Run ``work`` as the owner of the store, filled on its first use. Raises StoreBusyError (exit code 4).

    Without ``fills`` the store is taken as it is found.
    """
    return asyncio.run(_run(work, may_read=False, fills=fills))


def with_reader(work: Work[T], *, fills: bool = True) -> T:
    """Run ``work`` that only reads: beside a running Modelward, where there is one. For ``fills`` see with_desk."""
    return asyncio.run(_run(work, may_read=True, fills=fills))


async def _run(work: Work[T], *, may_read: bool, fills: bool = True) -> T:
    log = Log()
    paths, loaded = locate(), settings()
    log.configure(loaded.settings.log.level, paths.logs, console_level="ERROR")
    task = asyncio.current_task()
    assert task is not None
    # SIGTERM ends a command as Ctrl+C does: the work is cancelled, the store closed.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        desk = await _open(paths, loaded, may_read=may_read)
        try:
            with ProgressLine() as line:
                progress = Progress(line.show)
                line.watch(progress)
                for notice in desk.notices:
                    tell_error(notice)
                if fills and not desk.is_reader:
                    await desk.fill(progress)
                return await work(desk, progress)
        finally:
            await desk.close()
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        log.stop()


async def _open(paths: Paths, loaded: Loaded, *, may_read: bool) -> Desk:
    try:
        return await Desk.open(paths, loaded)
    except StoreBusyError:
        if not may_read:
            raise
        return await Desk.open(paths, loaded, reader=True)


def _leave_broken_pipe() -> NoReturn:
    """Whoever read our output went away (as ``head`` does): end quietly, without a complaint at shutdown."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(0)
