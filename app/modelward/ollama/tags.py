"""The files in which Ollama keeps its models' names: found in both layouts of the folder, whatever else lies there."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from modelward.catalog.fields import clip
from modelward.core.errors import BadValueError, FolderError
from modelward.ollama import files, names
from modelward.ollama.model import ModelName, Stray, StrayKind

MOST_ENTRIES = 100_000
"""Files and folders among the manifests that are looked at; links may make endlessly many of few."""

_DEPTH = 4  # host, namespace, model, tag


@dataclass(frozen=True, slots=True)
class Tag:
    """A file that stands for a model. ``is_link``: it is a symbolic link."""

    name: ModelName
    path: Path
    is_v2: bool
    is_link: bool


@dataclass(slots=True)
class Tags:
    """What was found. ``is_whole`` is False where a folder could not be read: there may be more models."""

    tags: list[Tag] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_whole: bool = True
    seen: int = 0


def find(root: Path, found: Tags, *, is_v2: bool) -> None:
    """Add what lies below ``manifests`` or ``manifests-v2``; nothing where there is no such folder.

    Raises FolderError where it is there and cannot be read.
    """
    try:
        identity = _identity(root)
        with os.scandir(root):
            pass
    except FileNotFoundError:
        return
    except OSError as error:
        raise FolderError(
            f"The list of Ollama's models in {clip(root, 300)} cannot be read.",
            why=f"{error.strerror}.",
            todo="Look whether it is a folder that you may read, and whether its disk is in order.",
        ) from error
    _Walk(root, found, is_v2=is_v2).enter(root, (identity,))


class _Walk:
    def __init__(self, root: Path, found: Tags, *, is_v2: bool) -> None:
        self._root = root
        self._found = found
        self._is_v2 = is_v2

    def enter(self, folder: Path, above: tuple[tuple[int, int], ...]) -> None:
        """Look into a folder; ``above`` are those that it lies in, itself last."""
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._found.seen += 1
                    if self._found.seen > MOST_ENTRIES:
                        self._give_up()
                        return
                    self._look(entry, above)
        except FileNotFoundError:
            return  # deleted just now
        except OSError as error:
            self._missed(f"{self._place(folder)}: The folder cannot be read: {error.strerror}.")

    def _look(self, entry: os.DirEntry[str], above: tuple[tuple[int, int], ...]) -> None:
        try:
            is_folder = entry.is_dir()
        except OSError:  # links in a circle
            is_folder = False
        if len(above) == _DEPTH:
            if not is_folder:
                self._tag(entry)
        elif is_folder:
            self._descend(entry, above)
        else:
            self._stray(entry, StrayKind.FOREIGN)

    def _descend(self, entry: os.DirEntry[str], above: tuple[tuple[int, int], ...]) -> None:
        path = Path(entry.path)
        identity = (0, 0)
        if entry.is_symlink():
            try:
                identity = _identity(path)
            except OSError:
                return
            if identity in above:
                self._found.problems.append(f"{self._place(path)}: A link leads back to a folder that it lies in.")
                return
        self.enter(path, (*above, identity))

    def _tag(self, entry: os.DirEntry[str]) -> None:
        path = Path(entry.path)
        try:
            name = names.of_path(self._relative(path), is_v2=self._is_v2)
        except BadValueError:
            is_half_done = self._is_v2 and entry.name.startswith(".manifest-")
            self._stray(entry, StrayKind.TEMPORARY if is_half_done else StrayKind.MANIFEST)
        else:
            self._found.tags.append(Tag(name, path, self._is_v2, entry.is_symlink()))

    def _stray(self, entry: os.DirEntry[str], kind: StrayKind) -> None:
        if (stray := stray_of(entry, kind)) is not None:
            self._found.strays.append(stray)

    def _give_up(self) -> None:
        if self._found.seen == MOST_ENTRIES + 1:
            self._missed(f"There are more than {MOST_ENTRIES:,} files among the manifests; the rest is not looked at.")

    def _missed(self, problem: str) -> None:
        self._found.problems.append(problem)
        self._found.is_whole = False

    def _relative(self, path: Path) -> PurePath:
        return path.relative_to(self._root)

    def _place(self, path: Path) -> str:
        return clip(path.relative_to(self._root.parent), 300)


def stray_of(entry: os.DirEntry[str], kind: StrayKind, digest: str = "") -> Stray | None:
    """A file as a stray; None where it is gone by now. A link counts as itself, not as what it leads to."""
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return Stray(kind, Path(entry.path), found.st_size, files.time_of(found), digest)


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
