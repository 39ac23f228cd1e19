"""The folder of ours beside the blobs of a model folder, where repairs are made one at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelward.core.clock import Clock
from modelward.core.errors import StoreBusyError
from modelward.core.instance import InstanceLock
from modelward.ollama import placing
from modelward.ollama.quarantine import Bench, listed
from modelward.ollama.vault_lock import new_id

FOLDER = ".modelward"
_BLOBS = "blobs"
_LOCK = "repair.lock"


class Workshop:
    """The folder of ours beside the blobs of one model folder."""

    def __init__(self, models: Path, clock: Clock) -> None:
        self.models = models
        self.root = _beside(models / _BLOBS)
        self._clock = clock

    @contextmanager
    def held(self) -> Iterator[None]:
        """The right to repair there, against other Modelwards too. Raises StoreBusyError, FolderError."""
        with placing.told(self.root):
            placing.make_folder(self.root / "repairs")
        lock = InstanceLock(self.root, name=_LOCK, clock=self._clock)
        try:
            lock.acquire()
        except StoreBusyError as error:
            todo = "Wait until it is done, then try again."
            raise StoreBusyError("Another Modelward is at work on these models.", why=error.why, todo=todo) from error
        try:
            yield
        finally:
            lock.release()

    def begin(self) -> Bench:
        """A new repair's folder; to be called with the lock held. Raises FolderError."""
        bench = Bench(self.models, self.root / "repairs" / new_id(self._clock()), self.root / "kept")
        with placing.told(bench.folder):
            for folder in (bench.bad, bench.new):
                placing.make_folder(folder / _BLOBS)
        return bench

    def unsettled(self) -> tuple[Bench, ...]:
        """The repairs that were cut off, eldest first."""
        repairs = self.root / "repairs"
        with placing.told(repairs):
            found = listed(repairs)
        return tuple(Bench(self.models, each, self.root / "kept") for each in found if _is_own(each))


def _is_own(folder: Path) -> bool:
    """Whether it is a folder, and no link that leads out of ours."""
    return folder.is_dir() and not folder.is_symlink()


def _beside(blobs: Path) -> Path:
    """Our folder on the same disk: beside the blobs, or among them where they are the root of a disk.

    Ollama leaves folders among its blobs alone. Raises FolderError.
    """
    real = Path(os.path.realpath(blobs))
    with placing.told(real):
        is_root = real.exists() and real.stat().st_dev != real.parent.stat().st_dev
    return (real if is_root else real.parent) / FOLDER
