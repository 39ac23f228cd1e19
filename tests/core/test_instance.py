"""The lock of a data folder, between real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelward.core.errors import FolderError, StoreBusyError
from modelward.core.instance import FILE_NAME, InstanceLock

HOLD = """
import sys
from pathlib import Path
from modelward.core.instance import InstanceLock
lock = InstanceLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""

HOLD_WITH_A_CHILD = HOLD.replace("print(", "import subprocess; subprocess.run(CHILD, close_fds=False); print(").replace(
    "CHILD", "[sys.executable, '-c', 'import sys; print(\"held\", flush=True); sys.stdin.read()']"
)


@contextmanager
def another_process(folder: Path, program: str = HOLD) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock of a folder until its input ends."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def refusal(folder: Path) -> str:
    with pytest.raises(StoreBusyError) as caught:
        InstanceLock(folder).acquire()
    assert caught.value.exit_code == 4
    assert caught.value.todo
    return str(caught.value)


def test_a_second_process_is_refused_and_told_who_holds_the_store(tmp_path: Path) -> None:
    with another_process(tmp_path) as process:
        told = refusal(tmp_path)
        assert f"Process {process.pid} on {os.uname().nodename} (since {datetime.now(UTC).astimezone():%Y-}" in told
        assert str(tmp_path / FILE_NAME) in told


def test_the_lock_is_free_when_its_process_was_killed(tmp_path: Path) -> None:
    with another_process(tmp_path) as process:
        process.kill()
        process.wait()
        assert (tmp_path / FILE_NAME).read_text().startswith(f"{process.pid} ")
        lock = InstanceLock(tmp_path)
        lock.acquire()
        lock.release()


def test_the_lock_is_free_when_its_process_has_ended(tmp_path: Path) -> None:
    with another_process(tmp_path) as process:
        process.communicate()
        lock = InstanceLock(tmp_path)
        lock.acquire()
        lock.release()
        assert process.returncode == 0


def test_two_locks_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    first = InstanceLock(tmp_path)
    first.acquire()
    first.acquire()
    assert f"Process {os.getpid()} " in refusal(tmp_path)
    first.release()
    first.release()
    second = InstanceLock(tmp_path)
    second.acquire()
    second.release()
    assert (tmp_path / FILE_NAME).read_bytes() == b""


def test_a_refused_start_leaves_the_holder_its_lock(tmp_path: Path) -> None:
    with another_process(tmp_path):
        refusal(tmp_path)
        assert f"holds {tmp_path / FILE_NAME}" in refusal(tmp_path)


def test_another_folder_is_another_store(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with another_process(tmp_path):
        lock = InstanceLock(tmp_path / "other")
        lock.acquire()
        lock.release()
        assert refusal(tmp_path)


@pytest.mark.parametrize("link", ["elsewhere", "elsewhere/../elsewhere"])
def test_one_folder_under_two_names_is_one_store(tmp_path: Path, link: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "folder")
    with another_process(tmp_path / "folder"):
        assert refusal(tmp_path / link)


@pytest.mark.parametrize("left", [b"", b"\x00" * 5000, b"{", b"1 2", b"x never here", b"1 2020-01-01 a b", b"\xff"])
def test_whatever_text_a_file_holds_it_can_be_locked_and_named(tmp_path: Path, left: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(left)
    lock = InstanceLock(tmp_path)
    lock.acquire()
    assert f"Process {os.getpid()} " in refusal(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(left)
    assert "A process that has not signed" in refusal(tmp_path)
    lock.release()


def test_the_time_of_the_holder_comes_from_its_clock(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path, clock=lambda: datetime(2020, 5, 17, 12, tzinfo=UTC))
    lock.acquire()
    assert "(since 2020-05-17 " in refusal(tmp_path)
    lock.release()


def test_a_child_that_outlives_its_killed_parent_does_not_keep_the_lock(tmp_path: Path) -> None:
    with another_process(tmp_path, HOLD_WITH_A_CHILD) as process:
        assert refusal(tmp_path)
        process.kill()
        process.wait()
        lock = InstanceLock(tmp_path)
        lock.acquire()
        lock.release()


def test_a_released_lock_is_free_at_once_though_a_fork_still_has_the_file(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path)
    lock.acquire()
    assert lock._held is not None
    with os.fdopen(os.dup(lock._held.fileno()), "rb"):
        lock.release()
        again = InstanceLock(tmp_path)
        again.acquire()
        again.release()


def test_a_folder_in_the_way_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(FolderError, match="cannot be made or written"):
        InstanceLock(tmp_path).acquire()
    with pytest.raises(FolderError, match="cannot be made or written"):
        InstanceLock(tmp_path / "missing").acquire()


def test_another_users_lock_file_can_be_locked_though_not_signed(open_folder: Path, as_another_user: None) -> None:
    lock = InstanceLock(open_folder)
    lock.acquire()
    assert "A process that has not signed" in refusal(open_folder)
    lock.release()
    assert (open_folder / FILE_NAME).read_bytes() == b"somebody's"
