"""Runs a model's code where it can do no harm, and says what each call gave. What is right, the caller decides.

The code runs in a process of its own (:mod:`.sandbox_child`) that has no file, no connection, no variable of the
environment and no way to another process, and that is ended when its time is over. Linux alone gives a process the
means to lock itself in without rights of its own; elsewhere nothing is run.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MACHINES = frozenset({"x86_64", "aarch64"})
"""Processors whose system calls the filter knows."""

MAX_CODE = 100_000
"""Longest code that is run, in characters."""

_MAX_OUTPUT = 1_000_000
_START_SECONDS = 20.0
_CHILD = Path(__file__).with_name("sandbox_child.py")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may take. ``seconds``: by the clock, from the first line of the code on, and of the processor.

    ``memory``: bytes on top of what the interpreter itself has.
    """

    seconds: float = 5.0
    memory: int = 256 * 1024**2


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call gave: a value as the child encoded it, or the names of the error's classes and its words."""

    value: object = None
    raised: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run. ``outcomes`` stand in the order of the calls and may be fewer; ``stopped`` says why, in words.

    ``refusal``: why nothing was run, which says nothing about the code.
    """

    outcomes: tuple[Outcome, ...] = ()
    stopped: str = ""
    refusal: str = ""


def refusal() -> str:
    """Why code cannot be run on this machine; empty where it can."""
    if sys.platform != "linux":
        return "Code is run on Linux only: this system has no lock that Modelward knows to hold."
    if platform.machine() not in MACHINES:
        return f"Code is run on {' and '.join(sorted(MACHINES))} only, and this is {platform.machine()}."
    if getattr(sys, "frozen", False) or not sys.executable:
        return "Code cannot be run: there is no Python to run it beside the program."
    return ""


def run(code: str, cases: Sequence[str], limits: Limits = LIMITS) -> Run:
    """Run the code, then each case: statements of which the last is an expression. Blocks for ``limits`` at most."""
    if why := refusal():
        return Run(refusal=why)
    if len(code) > MAX_CODE:
        return Run(stopped=f"The code has more than {MAX_CODE:,} characters.")
    request = {"code": code, "cases": list(cases), "seconds": int(limits.seconds) + 1, "memory": limits.memory}
    with tempfile.TemporaryDirectory(prefix="modelward-") as folder:
        try:
            process = _started(json.dumps(request).encode(), folder)
        except OSError as error:
            return Run(refusal=f"Python could not be started ({error.strerror}).")
        with process:
            try:
                output, stopped = _listen(process, limits.seconds)
            finally:
                _end(process)
    return _read(output, stopped or _ended(process.returncode), len(cases))


def _started(request: bytes, folder: str) -> subprocess.Popen[bytes]:
    """The child, with what to run as its whole input. A file in memory cannot block as a pipe can."""
    source = os.memfd_create("request")
    try:
        os.write(source, request)
        os.lseek(source, 0, os.SEEK_SET)
        return subprocess.Popen(  # noqa: S603 - what is started is this very Python
            [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(_CHILD)],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd=folder,
            start_new_session=True,
            bufsize=0,
        )
    finally:
        os.close(source)


def _listen(process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, str]:
    """What the child says until it ends, says too much or takes too long; and in words, why it had to stop."""
    assert process.stdout is not None
    channel = process.stdout.fileno()
    said = bytearray()
    deadline = time.monotonic() + _START_SECONDS
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    is_running = False
    while (left := deadline - time.monotonic()) > 0:
        if not poll.poll(left * 1000):
            break
        piece = os.read(channel, 65536)
        said += piece
        if not piece:
            return bytes(said), ""
        if len(said) > _MAX_OUTPUT:
            return bytes(said), "The code gave more than can be read."
        if not is_running and b"\n" in said:
            is_running = True
            deadline = time.monotonic() + seconds
    return bytes(said), f"The code ran for more than {seconds:g} seconds."


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it may have started."""
    with contextlib.suppress(ProcessLookupError):  # it ended by itself
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ended(status: int) -> str:
    if status >= 0:
        return "The code ended the program before its answers were asked for."
    if -status in {signal.SIGXCPU, signal.SIGKILL}:
        return "The code took more time or memory than it may."
    return f"The code crashed the interpreter (signal {-status})."


def _read(output: bytes, stopped: str, expected: int) -> Run:
    """What the child's lines say. The first is its lock's; what comes behind a line that is out of place is dropped."""
    first, *lines = output.split(b"\n")
    lock = _object(first)
    if lock.get("locked") is not True:
        why = str(lock.get("why") or "it gave no answer")[:300]
        return Run(refusal=f"Code cannot be run here, because the sandbox could not be locked: {why}.")
    outcomes: list[Outcome] = []
    for line in lines[:-1]:
        record = _object(line)
        if "broke" in record:
            return Run(stopped=_outcome(record["broke"]).words or "The code could not be run.")
        if record.get("case") != len(outcomes) or len(outcomes) == expected:
            return Run(tuple(outcomes), "The code wrote into the sandbox's own answers.")
        outcomes.append(_outcome(record))
    return Run(tuple(outcomes), "" if len(outcomes) == expected else stopped)


def _object(line: bytes) -> dict[str, object]:
    """A line that should be a JSON object; an empty one where it is not."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _outcome(record: object) -> Outcome:
    if not isinstance(record, dict):
        return Outcome(raised=("unreadable",))
    raised = record.get("raised")
    if "value" in record or not isinstance(raised, list):
        return Outcome(record.get("value"))
    return Outcome(raised=tuple(map(str, raised[:20])) or ("unknown",), words=str(record.get("words", ""))[:300])
