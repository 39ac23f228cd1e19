"""The inside of the sandbox: locks itself in, then runs a stranger's code and says what it gave.

A program of its own, started by :mod:`.sandbox` as ``python -I -S -B``; it imports nothing of ours. The order is
everything: read what to run, import what the code may use, take every right away, see that they are gone, and only
then touch the code. The wall is the kernel's (seccomp): the process keeps the right to compute, to ask for memory that
cannot be executed, to look at the clock and to write to one pipe. Whatever the code does to this interpreter, it stays
behind that wall.

What a call should have given is not known in here. The code can therefore break this program, but it cannot forge a
right answer without computing it.
"""

from __future__ import annotations

import ast
import ctypes
import errno
import importlib
import io
import json
import os
import platform
import resource
import signal
import sys
from types import TracebackType
from typing import Any, Self

CHANNEL = 1
"""The pipe on which results go out, one JSON object a line."""

_MODULES = (
    "abc",
    "array",
    "base64",
    "bisect",
    "calendar",
    "cmath",
    "collections",
    "collections.abc",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "fnmatch",
    "fractions",
    "functools",
    "graphlib",
    "heapq",
    "html",
    "inspect",
    "itertools",
    "math",
    "numbers",
    "operator",
    "pprint",
    "queue",
    "random",
    "re",
    "shlex",
    "statistics",
    "string",
    "struct",
    "textwrap",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "unicodedata",
    "urllib.parse",
    "warnings",
    "weakref",
    "_strptime",
    "encodings.ascii",
    "encodings.latin_1",
)
"""What the code may import besides what this program itself needs. Nothing can be read from the disk afterwards."""

_LONGEST_WORDS = 300

# From <linux/prctl.h>, <linux/seccomp.h>, <linux/audit.h> and <linux/filter.h>.
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_FILTER_MODE = 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _THIRD_ARGUMENT = 0, 4, 16, 32
_PROT_EXEC = 4

# System calls by their numbers: what is always let in, those whose third argument asks for executable memory, write.
_MACHINES: dict[str, tuple[int, tuple[int, ...], tuple[int, ...], int]] = {
    "x86_64": (
        0xC000003E,
        # In this order: munmap, brk, rt_sigaction, rt_sigprocmask, rt_sigreturn, sched_yield, mremap, madvise,
        # nanosleep, getpid, exit, gettimeofday, sigaltstack, time, futex, restart_syscall, clock_gettime,
        # clock_getres, clock_nanosleep, exit_group and getrandom.
        (11, 12, 13, 14, 15, 24, 25, 28, 35, 39, 60, 96, 131, 201, 202, 219, 228, 229, 230, 231, 318),
        (9, 10),
        1,
    ),
    "aarch64": (
        0xC00000B7,
        # The same, but for time, which this machine does not have.
        (215, 214, 134, 135, 139, 124, 216, 233, 101, 172, 93, 169, 132, 98, 128, 113, 114, 115, 94, 278),
        (222, 226),
        64,
    ),
}


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def _filter(machine: str) -> list[tuple[int, int, int, int]]:
    """The kernel's list of what is let in; a call that is not in it fails with EPERM."""
    architecture, free, mapping, write = _MACHINES[machine]
    steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    for number in free:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for number in mapping:
        steps += [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, _THIRD_ARGUMENT), (_ANY_BIT, 0, 1, _PROT_EXEC)]
        steps += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    steps += [(_EQUAL, 0, 3, write), (_LOAD, 0, 0, _FIRST_ARGUMENT), (_EQUAL, 0, 1, CHANNEL), (_RETURN, 0, 0, _ALLOW)]
    return [*steps, (_RETURN, 0, 0, _REFUSE)]


def _limit(seconds: int, memory: int) -> None:
    """Bound time and memory, and forbid files, further processes and memory dumps."""
    with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123 - pathlib would be imported for one line
        mapped = int(stream.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        resource.setrlimit(kind, (0, 0))


def _lock(seconds: int, memory: int) -> None:
    """Take every right away that computing does not need. Raises OSError where the kernel does not do it."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    steps = _filter(platform.machine())
    program = _Program(len(steps), (_Instruction * len(steps))(*(_Instruction(*step) for step in steps)))
    _limit(seconds, memory)
    for option, first, second in (
        (_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0),
        (_PR_SET_DUMPABLE, 0, 0),
        (_PR_SET_NO_NEW_PRIVS, 1, 0),
        (_PR_SET_SECCOMP, _FILTER_MODE, ctypes.addressof(program)),
    ):
        if prctl(option, first, second, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl({option}) failed: {os.strerror(ctypes.get_errno())}")
    _see_that_it_holds()


def _see_that_it_holds() -> None:
    """A lock is believed when the door was tried."""
    try:
        os.open("/", os.O_RDONLY)
    except PermissionError:
        return
    raise OSError(errno.ENOSYS, "the kernel took the filter and does not obey it")


class _Nowhere(io.TextIOBase):
    """Where the code's own output goes."""

    def write(self, text: str) -> int:
        return len(text)


class _NoMore:
    """The last finder of modules: what was not imported before the lock does not exist."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        raise ImportError(f"{name} cannot be used here", name=name)


class _Guard:
    """Keeps whatever its block raises, exits of the program included: the code must not end what tells of it."""

    error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: TracebackType | None) -> bool:
        self.error = error
        return True


def _tell(record: dict[str, object]) -> None:
    line = json.dumps(record).encode() + b"\n"
    while line:
        line = line[os.write(CHANNEL, line) :]


def _encoded(value: Any) -> object:
    """A value as JSON that keeps its type; what has no such form is told by its type's name."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return {"int" if isinstance(value, int) else "float": repr(value)}
    if isinstance(value, dict):
        return {"dict": [[_encoded(key), _encoded(each)] for key, each in value.items()]}
    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            return {"set" if kind is frozenset else kind.__name__: [_encoded(each) for each in value]}
    return {"other": type(value).__name__[:_LONGEST_WORDS]}


def _said(error: BaseException) -> dict[str, object]:
    names = [each.__name__ for each in type(error).__mro__]
    words = f"{names[0]}: {error}"
    if isinstance(error, SyntaxError) and error.lineno:
        words += f" (line {error.lineno})"
    return {"raised": names, "words": words[:_LONGEST_WORDS]}


def _told_of(error: BaseException) -> dict[str, object]:
    """What is told of an error; its own words may fail too."""
    with _Guard():
        return _said(error)
    return {"raised": [], "words": "an error that cannot be told"}


def _value(steps: str, names: dict[str, object]) -> object:
    """Run statements; the value of the last one, an expression, is the result."""
    tree = ast.parse(steps)
    last = tree.body.pop()
    if not isinstance(last, ast.Expr):
        raise SyntaxError("the last line of a case is an expression")
    exec(compile(tree, "<case>", "exec"), names)  # noqa: S102 - that is what this program is for
    return eval(compile(ast.Expression(last.value), "<case>", "eval"), names)  # noqa: S307


def _run(code: str, cases: list[str]) -> None:
    names: dict[str, object] = {"__name__": "answer"}
    with _Guard() as guard:
        exec(compile(code, "<answer>", "exec"), names)  # noqa: S102
    if guard.error is not None:
        _tell({"broke": _told_of(guard.error)})
        return
    for number, steps in enumerate(cases):
        with _Guard() as guard:
            _tell({"case": number, "value": _encoded(_value(steps, names))})
        if guard.error is not None:
            _tell({"case": number, **_told_of(guard.error)})


def _main() -> None:
    request = json.loads(sys.stdin.buffer.read())
    os.close(0)
    for name in _MODULES:
        importlib.import_module(name)
    os.environ.clear()  # the interpreter sets a locale of its own
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), _Nowhere(), _Nowhere()
    sys.meta_path[:] = [_NoMore()]
    try:
        _lock(request["seconds"], request["memory"])
    except (OSError, KeyError, ValueError) as error:
        _tell({"locked": False, "why": str(error)})
        return
    _tell({"locked": True})
    _run(request["code"], request["cases"])


if __name__ == "__main__":
    with _Guard():
        _main()
    # Not sys.exit: the code may have left handlers and destructors behind.
    os._exit(0)
