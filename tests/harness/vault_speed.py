"""Measures first backups beside other tools, in a process of its own: seconds, bytes, memory.

Everybody works on the same files, which the system has in its cache, on the same disk, and counts as done when all is
on the disk.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from harness.backup_speed import memory
from harness.vaults import Kit
from modelward.core.progress import Progress
from modelward.ollama import parcel

BLOBS = 8
ROUNDS = 3


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def shell(command: str, **environment: str) -> None:
    subprocess.run(
        ["bash", "-c", command], check=True, env=os.environ | environment, capture_output=True, stdin=subprocess.DEVNULL
    )


def fresh(folder: Path) -> Path:
    """An empty folder, with nothing left for the disk to do from before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.sync()
    return folder


class Rivals:
    """The other tools, each at its first copy of the same model folder."""

    def __init__(self, kit: Kit) -> None:
        self._folder = kit.shelf.folder
        self._target = kit.home / "rival"

    def copy_and_hash(self) -> float:
        """``cp`` and ``sha256sum`` side by side over every file, which is one pass over the disk."""
        target = fresh(self._target)
        blobs = shlex.quote(str(self._folder / "blobs"))
        command = f"cp {blobs}/* {target} & sha256sum {blobs}/* > /dev/null; wait; sync -f {target}"
        return timed(lambda: shell(command))

    def pipe(self) -> float:
        """``tee`` that writes and ``sha256sum`` that hashes, file after file."""
        target = fresh(self._target)
        blobs = shlex.quote(str(self._folder / "blobs"))
        command = f"for f in {blobs}/*; do tee {target}/${{f##*/}} < $f | sha256sum > /dev/null; done; sync -f {target}"
        return timed(lambda: shell(command))

    def tar_gzip(self) -> float:
        target = fresh(self._target)
        return timed(lambda: shell(f"tar -czf {target}/x.tgz -C {self._folder} . && sync -f {target}"))

    def restic(self) -> float | None:
        """None where it is not installed."""
        if shutil.which("restic") is None:
            return None
        target = fresh(self._target)
        said = {"RESTIC_PASSWORD": "x", "RESTIC_REPOSITORY": str(target), "RESTIC_CACHE_DIR": str(target / ".cache")}
        shell("restic init", **said)
        return timed(lambda: shell(f"restic backup {self._folder} && sync -f {target}", **said))

    def clean(self) -> None:
        shutil.rmtree(self._target, ignore_errors=True)


def first_backup(kit: Kit) -> float:
    shutil.rmtree(kit.folder, ignore_errors=True)
    os.sync()
    return timed(kit.back_up)


def disk_bytes(folder: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def measure(home: Path, size: int) -> dict[str, float | None]:
    """All figures: seconds, bytes of memory above idle, and parts of the space of one version."""
    kit = Kit(home)
    for number in range(BLOBS):
        kit.shelf.add(f"model{number}", size // BLOBS)
    rivals = Rivals(kit)
    kit.back_up()
    idle = memory("VmRSS")
    pairs = [(rivals.copy_and_hash(), rivals.pipe(), first_backup(kit)) for _ in range(ROUNDS)]
    above = memory("VmHWM") - idle
    unchanged = timed(lambda: _expect_nothing(kit))
    found: dict[str, float | None] = {
        "copy_and_hash": min(pair[0] for pair in pairs),
        "pipe": min(pair[1] for pair in pairs),
        "ours": min(pair[2] for pair in pairs),
        "memory": above,
        "unchanged": unchanged,
        "restic": rivals.restic(),
        "tar_gzip": rivals.tar_gzip(),
    }
    rivals.clean()
    found["export"] = timed(lambda: parcel.export_version(kit.vault, kit.version("model0"), home / "x.tar", Progress()))
    found["verify"] = timed(lambda: kit.vault.verify(Progress()))
    one = disk_bytes(kit.folder)
    for version in range(4):
        for number in range(BLOBS):
            kit.shelf.add(f"model{number}", kit.shelf.digest(f"model{number}"), system=f"Version {version}")
        kit.later(1)
        kit.back_up()
    if len(kit.vault.versions()) != 5 * BLOBS:
        raise AssertionError("not five versions of each")
    found["five"] = disk_bytes(kit.folder) / one
    return found


def _expect_nothing(kit: Kit) -> None:
    if kit.back_up().copied_bytes:
        raise AssertionError("something was copied twice")


def main() -> None:
    """Arguments: an empty folder, and how large a library to make in it. Writes the figures as JSON."""
    home, size = Path(sys.argv[1]), int(sys.argv[2])
    sys.stdout.write(json.dumps(measure(home, size)))
