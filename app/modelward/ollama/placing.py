"""Files put into a model folder: proven before, in one step, and belonging to whoever the folder belongs to."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from modelward.core import durable
from modelward.core.errors import FolderError, InputError
from modelward.core.progress import Progress
from modelward.core.units import size as spelled
from modelward.ollama import digests, files
from modelward.ollama.copying import Meter, move, writer
from modelward.ollama.intake import SourceFile, corrupt, opened_source

FILE_MODE, FOLDER_MODE = 0o644, 0o755
"""As Ollama gives them."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SPARE = 16 * 1024 * 1024


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system says about a file of the models into a FolderError that names it."""
    try:
        yield
    except OSError as error:
        why = f"{os.strerror(error.errno)}." if error.errno else f"{error}."
        todo = "Look whether you may write there, and whether the disk is in order."
        if error.errno in _FULL:
            todo = "Free some space on the models' disk."
        raise FolderError(f"{error.filename or path} cannot be changed.", why=why, todo=todo) from error


def filled(error: FolderError) -> FolderError | None:
    """The words for a disk of the models that has no room left; None where an error says something else."""
    if not (isinstance(error.__cause__, OSError) and error.__cause__.errno in _FULL):
        return None
    return FolderError(
        "The models' disk filled up while a blob was written to it.",
        why=f"{os.strerror(error.__cause__.errno or 0)}. What was there is as it was.",
        todo="Free some space on that disk.",
    )


def require_room(folder: Path, needed: int) -> None:
    """Raises FolderError where so many bytes do not fit."""
    with told(folder):
        free = shutil.disk_usage(folder).free
    if needed + _SPARE > free:
        raise FolderError(
            f"The models' disk has no room for {spelled(needed)}.",
            why=f"{spelled(free)} are free, and what is there now stays until the new is proven.",
            todo="Free some space on that disk.",
        )


def is_whole(path: Path, digest: str, progress: Progress) -> bool:
    """Whether a file's bytes hash to a digest; what is missing, or cannot be read, is not whole."""
    with suppress(OSError), files.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        return move(file, None, Meter(progress, size), size=size).digest == digest
    return False


def copy_whole(source: Path, digest: str, target: Path, progress: Progress) -> bool:
    """Write a proven copy to a new file; False where the source cannot be read or is not what its name says.

    Raises FolderError where it cannot be written. No file is left but a proven one.
    """
    with suppress(InputError), opened_source(source) as file, told(target), durable.create(target) as out:
        try:
            size = os.fstat(file.fileno()).st_size
            moved = move(SourceFile(file, digest), writer(out), Meter(progress, size), size=size)
            if moved.digest != digest:
                raise corrupt(digest, f"{source} is not what its name says.")
            durable.flush(out)
        except BaseException:
            target.unlink()
            raise
        return True
    return False


def put_blob(models: Path, digest: str, staged: Path) -> None:
    """Give a staged, proven file its place. Its time is now: Ollama removes blobs without a model after an hour."""
    place = digests.blob_file(models, digest)
    with told(place):
        staged.chmod(FILE_MODE)
        os.utime(staged)
        make_folder(place.parent)
        hand_over(staged, place.parent)
        staged.replace(place)
        durable.flush_folder(place.parent)


def put_manifest(models: Path, place: Path, raw: bytes, stage: Path) -> None:
    """Put a manifest in its place by renaming; its blobs must lie there. ``stage``: a folder on the same disk.

    In the newer layout it is a blob itself, to which its place links.
    """
    with told(place):
        make_folder(place.parent)
        new = stage / "manifest.new"
        new.unlink(missing_ok=True)
        if place.is_relative_to(models / "manifests-v2"):
            _link_v2(models, place, raw, new)
        else:
            _write(new, raw)
        hand_over(new, place.parent)
        new.replace(place)
        durable.flush_folder(place.parent)


def _link_v2(models: Path, place: Path, raw: bytes, new: Path) -> None:
    """A link to the manifest's blob, else a second name for it, else a copy: in the order that Ollama has."""
    blob = digests.blob_file(models, digests.of(raw))
    if not is_whole(blob, digests.of(raw), Progress()):
        _write(new, raw)
        put_blob(models, digests.of(raw), new)
    try:
        new.symlink_to(os.path.relpath(blob, place.parent))
    except OSError:
        try:
            new.hardlink_to(blob)
        except OSError:
            _write(new, raw)


def _write(path: Path, raw: bytes) -> None:
    with durable.create(path) as file:
        file.write(raw)
        durable.flush(file)
    path.chmod(FILE_MODE)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, belonging to the owner of the one that was there."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(FOLDER_MODE, exist_ok=True)
        hand_over(folder, folder.parent)
        durable.flush_folder(folder.parent)


def hand_over(path: Path, like: Path) -> None:
    """Let root's work belong to the folder's owner: a service under its own user could not change it otherwise."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = like.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def may_write(models: Path) -> bool:
    """Whether files can be put into a model folder by us."""
    if not os.access(models, os.W_OK | os.X_OK):
        return False
    folders = [models / "blobs", models / "manifests"]
    return all(os.access(folder, os.W_OK | os.X_OK) for folder in folders if folder.exists())
