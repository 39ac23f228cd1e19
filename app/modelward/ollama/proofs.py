"""What the last full hash of a blob still proves, as long as its file is the same by size, times and inode."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from modelward.ollama import digests
from modelward.ollama.model import BlobCheck, BlobState, LayerKind, Library, ModelName

_MOST = 2**63 - 1
"""The largest number that a store can hold; file systems know times beyond it."""

_NEVER = "It was not hashed yet."
_CHANGED = "Its file changed since it was last hashed."

ROUTINE = frozenset({_NEVER, _CHANGED})
"""What is said of blobs with which nothing is wrong but that nobody hashed them."""


@dataclass(frozen=True, slots=True)
class Mark:
    """By what a file is known to be unchanged. Times in nanoseconds since 1970; ``inode`` is ``device:inode``."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: str

    @classmethod
    def of(cls, status: os.stat_result) -> Mark:
        """The mark of a file as the system describes it."""
        mtime_ns, ctime_ns = (max(-_MOST, min(ns, _MOST)) for ns in (status.st_mtime_ns, status.st_ctime_ns))
        return cls(status.st_size, mtime_ns, ctime_ns, f"{status.st_dev}:{status.st_ino}")


@dataclass(frozen=True, slots=True)
class Proof:
    """What reading a blob whole found, and the mark that its file had.

    ``actual``: the digest of its bytes; empty where they could not be read. ``at``: when that was, or was tried (UTC).
    """

    digest: str
    state: BlobState
    actual: str
    mark: Mark
    at: datetime
    detail: str = ""

    @property
    def check(self) -> BlobCheck:
        """The same in the words of reports."""
        checked_at = self.at if self.actual else None
        return BlobCheck(self.digest, self.state, self.mark.size, checked_at, self.actual, self.detail)


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob that models of a library need, ``user`` among them.

    ``sizes``: bytes that their manifests state; none where no manifest states any.
    """

    digest: str
    path: Path
    user: ModelName
    sizes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a blob's file.

    ``mark`` is None where there is no file to look at; ``proof`` is the last one, even of a file that changed since.
    """

    blob: Blob
    check: BlobCheck
    mark: Mark | None = None
    proof: Proof | None = None


def blobs_of(library: Library, names: Collection[ModelName] | None = None) -> list[Blob]:
    """Each blob that these models need, or all models, once."""
    found: dict[str, Blob] = {}
    for model in library.models:
        if model.manifest is None or (names is not None and model.name not in names):
            continue
        for layer in model.manifest.layers:
            # A list of manifests does not say how large those are.
            stated = frozenset({layer.size} if layer.size or layer.kind is not LayerKind.MANIFEST else ())
            known = found.get(layer.digest)
            if known is None:
                found[layer.digest] = Blob(
                    layer.digest, digests.blob_file(library.folder, layer.digest), model.name, stated
                )
            elif not stated <= known.sizes:
                found[layer.digest] = replace(known, sizes=known.sizes | stated)
    return list(found.values())


def look(blobs: Collection[Blob], proofs: Mapping[str, Proof]) -> list[Look]:
    """What can be said of these blobs at the cost of one ``stat`` each."""
    return [_look(blob, proofs.get(blob.digest)) for blob in blobs]


def carried(folder: Path, before: Collection[Look], whole: Collection[str], at: datetime) -> list[Proof]:
    """The proofs that hold after work of ours on a folder. Blocking.

    ``whole``: blobs that were read in their places. ``before``: those that were proven when it began; the proof of one
    of them goes on where nothing but the time of its last change of any kind is new, as links to it leave it.
    """
    read = [(digest, _mark_of(digests.blob_file(folder, digest))) for digest in whole]
    found = [Proof(digest, BlobState.INTACT, digest, mark, at) for digest, mark in read if mark is not None]
    for look in before:
        mark = _mark_of(look.blob.path)
        if look.proof is None or mark is None or mark == look.mark or look.blob.digest in whole:
            continue
        if replace(mark, ctime_ns=look.proof.mark.ctime_ns) == look.proof.mark:
            found.append(replace(look.proof, mark=mark))
    return found


def _mark_of(path: Path) -> Mark | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return Mark.of(status) if stat.S_ISREG(status.st_mode) else None


def _look(blob: Blob, proof: Proof | None) -> Look:
    try:
        status = blob.path.stat()
    except FileNotFoundError:
        return Look(blob, BlobCheck(blob.digest, BlobState.MISSING), proof=proof)
    except OSError as error:
        return Look(blob, unreadable(blob.digest, error), proof=proof)
    if not stat.S_ISREG(status.st_mode):
        detail = "In its place lies a folder or a device, not a file."
        return Look(blob, BlobCheck(blob.digest, BlobState.UNREADABLE, detail=detail), proof=proof)
    mark = Mark.of(status)
    if proof is not None and proof.mark == mark:
        return Look(blob, proof.check, mark, proof)
    return Look(blob, _unproven(blob, mark.size, proof), mark, proof)


def _unproven(blob: Blob, size: int, proof: Proof | None) -> BlobCheck:
    if blob.sizes and size not in blob.sizes:
        stated = " or ".join(f"{each:,}" for each in sorted(blob.sizes))
        detail = f"It has {size:,} bytes; its manifest states {stated}."
        return BlobCheck(blob.digest, BlobState.DAMAGED, size, detail=detail)
    return BlobCheck(blob.digest, BlobState.UNPROVEN, size, detail=_NEVER if proof is None else _CHANGED)


def unreadable(digest: str, error: OSError) -> BlobCheck:
    """What to say of a blob that the system does not let us read."""
    why = error.strerror or str(error)
    return BlobCheck(digest, BlobState.UNREADABLE, detail=f"It cannot be read: {why}.")
