"""No answer's code gets a file, a connection, a variable, a process, or more than its seconds and memory."""

from __future__ import annotations

import errno
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from modelward.benchmarks import sandbox, sandbox_child
from modelward.benchmarks.checks import Case, Code
from modelward.benchmarks.code_answers import code as graded
from modelward.benchmarks.sandbox import Limits, Outcome

pytestmark = pytest.mark.skipif(bool(sandbox.refusal()), reason="code is run on Linux alone")

QUICK = Limits(seconds=0.25, memory=64 * 1024**2)
PLANTED = "planted-canary-51c7"


@dataclass(frozen=True)
class World:
    """What there would be to get."""

    file: Path
    folder: Path
    port: int
    listener: socket.socket

    def is_untouched(self) -> bool:
        try:
            self.listener.accept()
        except BlockingIOError:
            return sorted(path.name for path in self.folder.iterdir()) == ["secret"]
        return False


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    folder = tmp_path / "world"
    folder.mkdir()
    file = folder / "secret"
    file.write_text(PLANTED, "utf-8")
    monkeypatch.setenv("PLANTED_VARIABLE", PLANTED)
    with socket.socket() as listener, file.open("rb") as held:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        os.set_inheritable(held.fileno(), True)
        os.set_inheritable(listener.fileno(), True)
        yield World(file, folder, listener.getsockname()[1], listener)


# Each must fail: it raises, gives None or -1, or gives a list of such.
LIBC = "import sys; ctypes = sys.modules['ctypes']; libc = ctypes.CDLL(None, use_errno=True)\n"
NUMBERS = {
    "x86_64": {
        "open": 2, "socket": 41, "clone": 56, "fork": 57, "execve": 59, "kill": 62, "ptrace": 101, "prctl": 157,
        "openat": 257, "process_vm_readv": 310, "seccomp": 317, "memfd_create": 319, "io_uring_setup": 425, "dup": 32,
        "userfaultfd": 323, "keyctl": 250, "ioctl": 16, "setrlimit": 160, "prlimit64": 302, "read": 0, "bpf": 321,
    },
    "aarch64": {
        "socket": 198, "clone": 220, "execve": 221, "kill": 129, "ptrace": 117, "prctl": 167, "openat": 56, "dup": 23,
        "process_vm_readv": 270, "seccomp": 277, "memfd_create": 279, "io_uring_setup": 425, "userfaultfd": 282,
        "keyctl": 219, "ioctl": 29, "setrlimit": 164, "prlimit64": 261, "read": 63, "bpf": 280,
    },
}.get(platform.machine(), {})  # fmt: skip

STEALING = {
    "reads a file": "open({file!r}).read()",
    "reads a file through os": "__import__('os').read(__import__('os').open({file!r}, 0), 99)",
    "reads /etc/passwd": "open('/etc/passwd').read()",
    "reads a file through io": "__import__('io').FileIO({file!r}).read()",
    "reads its own environment in /proc": "open('/proc/self/environ', 'rb').read()",
    "reads the parent's environment in /proc": "open('/proc/{parent}/environ', 'rb').read()",
    "reads its own memory through /proc": "open('/proc/self/mem', 'rb').read(1)",
    "reads the environment": "dict(__import__('os').environ) or None",
    "reads the environment of C": LIBC + "libc.getenv.restype = ctypes.c_char_p\nlibc.getenv(b'PLANTED_VARIABLE')",
    "lists a folder": "__import__('os').listdir({folder!r})",
    "looks whether a file is there": "__import__('os').path.exists({file!r}) or None",
    "writes a file": "open({folder!r} + '/new', 'w').write('x')",
    "writes into its own folder": "open('new', 'w').write('x')",
    "deletes a file": "__import__('os').unlink({file!r})",
    "makes a folder": "__import__('os').mkdir({folder!r} + '/new')",
    "links a file": "__import__('os').symlink({file!r}, {folder!r} + '/new')",
    "changes a file's mode": "__import__('os').chmod({file!r}, 0)",
    "reads its input": "__import__('os').read(0, 99)",
    "reads every open descriptor": (
        "import os\ndef one(fd):\n    try:\n        return os.read(fd, 99)\n    except OSError:\n        return None\n"
        "[one(fd) for fd in range(64)]"
    ),
    "writes to every other descriptor": (
        "import os\ndef one(fd):\n    try:\n        return os.write(fd, b'x')\n    except OSError:\n        pass\n"
        "[one(fd) for fd in range(64) if fd != 1]"
    ),
    "imports socket": "import socket\nsocket.create_connection(('127.0.0.1', {port}))",
    "imports what was not let in": "import sqlite3",
    "imports from the disk again": (
        "import sys, importlib.machinery as m\nsys.path.insert(0, {folder!r})\n"
        "sys.meta_path[:] = [m.PathFinder]\nimport sqlite3\nsqlite3"
    ),
    "starts a program": "__import__('os').system('touch {folder}/new') == 0 or None",
    "starts a program through posix": "__import__('posix').posix_spawn('/bin/sh', ['sh'], dict())",
    "replaces itself by a program": "__import__('os').execv('/bin/sh', ['sh', '-c', 'touch {folder}/new'])",
    "forks": "__import__('os').fork()",
    "forks a terminal": "__import__('os').forkpty()",
    "starts a thread": "import threading\nthreading.Thread(target=print).start()",
    "kills the parent": "__import__('os').kill({parent}, 9)",
    "asks who the parent is, and kills it": "import os\nos.kill(os.getppid(), 9)",
    "kills its group": "__import__('os').killpg(0, 9)",
    "raises its own limits": "__import__('resource').setrlimit(0, (100, 100)) or 1",
    "leaves its folder": "__import__('os').chdir('/') or 1",
    "asks who it is": "__import__('os').getlogin()",
    "makes a pipe": "__import__('os').pipe()",
    "copies a descriptor": "__import__('os').dup(1)",
    "maps memory that can be executed": (
        LIBC + "mmap = libc.mmap\nmmap.restype = ctypes.c_ssize_t\n"
        "mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0))"
    ),
    "makes memory executable": (
        LIBC + "libc.mmap.restype = ctypes.c_void_p\n"
        "at = libc.mmap(None, ctypes.c_size_t(4096), 3, 0x22, -1, ctypes.c_long(0))\n"
        "libc.mprotect(ctypes.c_void_p(at), ctypes.c_size_t(4096), 5)"
    ),
    "sets the locked rights free": LIBC + "libc.prctl(38, 0, 0, 0, 0)",
    "takes another filter": LIBC + "libc.prctl(22, 0, 0, 0, 0)",
    "sets an alarm": "import signal\nsignal.setitimer(0, 0.001)\n1",
}  # fmt: skip


def test_the_kernel_refuses_every_other_call(world: World) -> None:
    code = LIBC + "def call(number): return libc.syscall(number, *[ctypes.c_long(0)] * 4), ctypes.get_errno()"
    run = sandbox.run(code, [f"call({number})" for number in NUMBERS.values()], QUICK)
    answers = dict(zip(NUMBERS, (outcome.value for outcome in run.outcomes), strict=True))
    assert {
        name for name, got in answers.items() if got != {"tuple": [{"int": "-1"}, {"int": str(errno.EPERM)}]}
    } == set()
    assert world.is_untouched()


def _is_nothing(value: object) -> bool:
    if isinstance(value, dict) and value.keys() == {"list"}:
        return all(map(_is_nothing, value["list"]))
    return value in (None, {"int": "-1"}, False)


@pytest.mark.parametrize("deed", STEALING)
def test_code_gets_nothing_of_the_world(deed: str, world: World) -> None:
    text = STEALING[deed]
    for name, value in (("file", str(world.file)), ("folder", str(world.folder))):
        text = text.replace(f"{{{name}!r}}", repr(value)).replace(f"{{{name}}}", value)
    text = text.replace("{port}", str(world.port)).replace("{parent}", str(os.getpid()))
    steps = text.splitlines()
    body = "\n".join(f"    {step}" for step in steps[:-1])
    last = steps[-1] if "import" not in steps[-1].split() else f"{steps[-1]}; return 1"
    run = sandbox.run(f"def deed():\n{body}\n    {'' if '; return' in last else 'return '}{last}", ["deed()"], QUICK)
    assert run.refusal == ""
    (outcome,) = run.outcomes
    assert outcome.raised or _is_nothing(outcome.value), outcome
    assert not {"SyntaxError", "NameError"} & {*outcome.raised}, outcome
    assert PLANTED not in repr(outcome)
    assert world.is_untouched()


# Code, and a part of the words for why it was stopped.
GREEDY = {
    "loops for ever": ("while True: pass", "more than 0.25 seconds"),
    "sleeps for ever": ("import time\ntime.sleep(1000)", "more than 0.25 seconds"),
    "loops and catches everything": (
        "def go():\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass\ngo()",
        "seconds",
    ),
    "ignores every signal": (
        (
            "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n"
            "    except (OSError, ValueError): pass\nwhile True: pass"
        ),
        "seconds",
    ),
    "matches a pattern that explodes": ("import re\nre.match('(a+)+$', 'a' * 60 + 'b')", "seconds"),
    "counts a number that is too large": ("x = 9 ** 9 ** 9", "seconds|MemoryError"),
    "takes memory at once": ("x = bytearray(10 ** 10)", "MemoryError"),
    "takes memory bit by bit": ("x = []\nwhile True: x.append('a' * 10 ** 6 + str(len(x)))", "MemoryError"),
    "takes memory and catches it": (
        "x = []\nwhile True:\n    try: x.append(bytearray(10 ** 5))\n    except MemoryError: pass",
        "seconds",
    ),
    "recurses deeply": ("def f(): return f()\nf()", "RecursionError"),
    "recurses in C": (
        "import sys\nsys.setrecursionlimit(10 ** 9)\nx = []\nfor _ in range(10 ** 5): x = [x]\nrepr(x)",
        "",
    ),
    "nests its text deeply": ("x = " + "(" * 5000 + ")" * 5000, ""),
    "writes for ever": (
        "import os\nwhile True: os.write(1, b'x' * 65536)",
        "could not be locked|more than can be read",
    ),
    "prints for ever": ("while True: print('x' * 10000)", "seconds"),
    "ends before it is asked": ("import sys\nsys.exit(0)", "SystemExit"),
    "ends the hard way": ("import os\nos._exit(0)", "ended the program"),
    "crashes": ("import sys\nsys.modules['ctypes'].string_at(0)", "crashed the interpreter"),
    "aborts": ("import os\nos.abort()", "crashed|ended"),
    "runs when it is thrown away": (
        "class Late:\n    def __del__(self):\n        while True: pass\nlate = Late()\ndel late",
        "seconds",
    ),
}


@pytest.mark.parametrize("deed", GREEDY)
def test_code_gets_no_more_than_its_time_and_memory(deed: str) -> None:
    code, words = GREEDY[deed]
    ends_by_itself = "seconds" not in words
    run = sandbox.run(code, ["1"], replace(QUICK, seconds=30) if ends_by_itself else QUICK)
    assert run.outcomes == ()
    assert any(part in run.stopped for part in words.split("|")), run
    assert run.stopped


def test_handlers_at_the_end_and_destructors_do_not_hold_it_up() -> None:
    code = (
        "import sys, atexit\natexit.register(lambda: (_ for _ in iter(int, 1)).__next__())\n"
        "class Late:\n    def __del__(self):\n        while True: pass\nlate = Late()\n"
    )
    code = code.replace("import sys, atexit\natexit", "import sys\nsys.modules['atexit']")
    run = sandbox.run(code, ["1 + 1"], QUICK)
    assert (run.outcomes, run.stopped) == ((Outcome({"int": "2"}),), "") or "KeyError" in run.stopped


def test_a_trace_function_that_never_returns_is_stopped() -> None:
    code = "import sys\ndef trace(*_):\n    while True: pass\nsys.settrace(trace)\ndef f(): return 1\n"
    assert "seconds" in sandbox.run(code, ["f()"], QUICK).stopped


def test_no_process_is_left_behind() -> None:
    sandbox.run("while True: pass", ["1"], QUICK)
    children = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, check=False)
    assert b"sandbox_child" not in children.stdout


# None of these computes anything: each wants to be believed.
SECRET = 815_4711
LYING = {
    "prints a pass": "print('{\"case\": 0, \"value\": true}')\ndef f(x): return None",
    "writes a pass": 'import os\nos.write(1, b\'{"case": 0, "value": true}\\n\')\ndef f(x): return None',
    "writes all passes and ends": (
        "import os\nfor n in range(9): os.write(1, b'{\"case\": %d, \"value\": true}\\n' % n)\nos._exit(0)\n"
        "def f(x): return None"
    ),
    "equals everything": "class All:\n    def __eq__(self, other): return True\ndef f(x): return All()",
    "is a number that equals everything": (
        "class All(int):\n  __eq__ = lambda self, other: True\n  __repr__ = lambda self: '*'\ndef f(x): return All()"
    ),
    "replaces the harness's own functions": (
        "import sys\nmain = sys.modules['__main__']\nmain._encoded = lambda value: True\n"
        "main._value = lambda *_: True\ndef f(x): return True"
    ),
    "replaces json": "import sys\nsys.modules['json'].dumps = lambda *_: '{\"case\": 0}'\ndef f(x): return None",
    "looks for the right answer in the callers": (
        "import sys\ndef f(x):\n    frame, found = sys._getframe(), []\n    while frame:\n"
        "        found += [v for v in frame.f_locals.values() if isinstance(v, int)]\n        frame = frame.f_back\n"
        "    return max(found)"
    ),
    "looks for the right answer in all objects": (
        "import gc, sys\ndef f(x):\n    found = [v for o in gc.get_objects() if isinstance(o, (list, tuple))"
        " for v in o if type(v) is int and 10 ** 6 < v < 10 ** 8]\n    return found[0] if found else None"
    ).replace("import gc, sys", "import sys\ngc = sys.modules.get('gc')"),
    "decodes hidden code": (
        "import base64\nexec(base64.b64decode('aW1wb3J0IG9zCm9zLndyaXRlKDEsIGIie30iKQ=='))\ndef f(x): return None"
    ),
    "ends in the call": "import sys\ndef f(x): sys.exit(0)",
    "says that it must not be graded": (
        'import os\nos.write(1, b\'{"locked": false, "why": "not here"}\\n\')\ndef f(x): return None'
    ),
    "raises something that cannot be told": (
        "class Odd(BaseException):\n    def __str__(self): raise self\ndef f(x): raise Odd"
    ),
    "gives what has no end": "class Long(list):\n def __iter__(self):\n  while True: yield 1\ndef f(x): return Long()",
}  # fmt: skip


@pytest.mark.parametrize("deed", LYING)
def test_code_that_does_not_know_the_answer_does_not_pass(deed: str) -> None:
    check = Code("f", (Case("f(2)", SECRET), Case("f(3)", "never told"), Case("f('x')", raises="KeyError")))
    mark = graded(check, f"```python\n{LYING[deed]}\n```", QUICK)
    assert mark.score == 0, mark
    assert mark.reason


@pytest.mark.parametrize(
    "piece",
    [
        "b'[' * 900000",
        "b'\\n' * 900000",
        "b'{\"case\":0,\"value\":' + b'[' * 100000",
        "b'{\"int\":' + b'9' * 900000 + b'}\\n'",
    ],
)
def test_rubbish_on_the_channel_neither_hangs_nor_breaks_the_reader(piece: str) -> None:
    run = sandbox.run(f"import os\nos.write(1, {piece})\ndef f(): return 1", ["f()"], replace(QUICK, seconds=20))
    assert (run.outcomes, run.stopped) == ((), "The code wrote into the sandbox's own answers.")


def test_right_answers_stand_although_the_code_hangs_afterwards() -> None:
    check = Code("f", (Case("f(1)", 2), Case("f(2)", 3)))
    mark = graded(check, "def f(x):\n    while x > 1: pass\n    return x + 1", QUICK)
    assert mark.score == 0.5
    assert "seconds" in mark.reason


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        ("[1, 2.5, 'é', None, True]", {"list": [{"int": "1"}, {"float": "2.5"}, "é", None, True]}),
        ("(1,)", {"tuple": [{"int": "1"}]}),
        ("{'a': {1}}", {"dict": [["a", {"set": [{"int": "1"}]}]]}),
        ("x = 3\nx * 2", {"int": "6"}),
        ("object()", {"other": "object"}),
    ],
)
def test_what_a_call_gives_comes_back_with_its_type(steps: str, value: object) -> None:
    assert sandbox.run("", [steps]).outcomes == (Outcome(value),)


def test_honest_code_may_use_the_standard_library() -> None:
    code = (
        "import collections, datetime, decimal, functools, heapq, itertools, math, re, statistics, random\n"
        "@functools.lru_cache\ndef f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n"
    )
    run = sandbox.run(
        code, ["f(80)", "datetime.datetime.strptime('2026-01-02', '%Y-%m-%d').day", "random.random() < 1"]
    )
    assert [outcome.value for outcome in run.outcomes] == [{"int": "23416728348467685"}, {"int": "2"}, True]


def test_code_with_a_mistake_is_told_with_its_line() -> None:
    run = sandbox.run("x = 1\ndef f(:\n", ["1"])
    assert run.stopped.startswith("SyntaxError")
    assert "line 2" in run.stopped


def test_code_that_is_too_long_is_not_run() -> None:
    assert "more than" in sandbox.run("#" * (sandbox.MAX_CODE + 1), ["1"]).stopped


def test_where_the_lock_does_not_hold_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(sandbox_child.__file__).read_text("utf-8")
    broken = tmp_path / "child.py"
    # The kernel is told to let everything in, as one that does not obey would.
    broken.write_text(
        source.replace("return [*steps, (_RETURN, 0, 0, _REFUSE)]", "return [(_RETURN, 0, 0, _ALLOW)]"), "utf-8"
    )
    monkeypatch.setattr(sandbox, "_CHILD", broken)
    run = sandbox.run(f"open({str(tmp_path / 'proof')!r}, 'w')", ["1"])
    assert "does not obey" in run.refusal
    assert not (tmp_path / "proof").exists()


def test_elsewhere_nothing_is_run_and_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "Linux only" in sandbox.run("x = 1", ["x"]).refusal
    check = Code("f", (Case("f()", 1),))
    assert graded(check, "def f(): return 1").score is None


def test_an_unknown_processor_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert "riscv64" in sandbox.refusal()


# ---------------------------------------------------------------- the filter, on both processors


def _decided(steps: list[tuple[int, int, int, int]], call: bytes) -> int:
    """What the kernel decides of a system call: the little machine of <linux/filter.h>."""
    at = held = 0
    while True:
        code, if_so, if_not, value = steps[at]
        at += 1
        match code:
            case 0x20:
                (held,) = struct.unpack_from("<I", call, value)
            case 0x15:
                at += if_so if held == value else if_not
            case 0x45:
                at += if_so if held & value else if_not
            case 0x06:
                return value


def _call(architecture: int, number: int, *arguments: int) -> bytes:
    return struct.pack("<IIQ6Q", number, architecture, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])


ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
# By the tables of the kernel: architecture, write, mmap, mprotect, exit_group, futex.
TABLES = {"x86_64": (0xC000003E, 1, 9, 10, 231, 202), "aarch64": (0xC00000B7, 64, 222, 226, 94, 98)}


@pytest.mark.parametrize("machine", TABLES)
def test_the_filter_lets_in_what_computing_needs_and_nothing_else(machine: str) -> None:
    architecture, write, mmap, mprotect, exit_group, futex = TABLES[machine]
    steps = sandbox_child._filter(machine)
    assert _decided(steps, _call(architecture, write, 1, 0, 9)) == ALLOW
    assert [_decided(steps, _call(architecture, write, fd, 0, 9)) for fd in (0, 2, 3, 1 << 31)] == [REFUSE] * 4
    for number in (mmap, mprotect):
        assert [_decided(steps, _call(architecture, number, 0, 9, wish)) for wish in (0, 3, 4, 7)] == [
            ALLOW, ALLOW, REFUSE, REFUSE,
        ]  # fmt: skip
    assert {_decided(steps, _call(architecture, number)) for number in (exit_group, futex)} == {ALLOW}
    assert _decided(steps, _call(0x40000003, write, 1)) == KILL  # the 32 bit calls of the same processor
    let_in = {number for number in range(1024) if _decided(steps, _call(architecture, number, 1)) == ALLOW}
    assert len(let_in) == {"x86_64": 24, "aarch64": 23}[machine]
    assert not let_in & {NUMBERS[name] for name in NUMBERS if machine == platform.machine()}
    assert _decided(steps, _call(architecture, write | 0x40000000, 1)) == REFUSE  # x32


def test_a_child_that_its_parent_kills_says_so() -> None:
    assert "signal 11" in sandbox._ended(-signal.SIGSEGV)
    assert "time or memory" in sandbox._ended(-signal.SIGXCPU)
