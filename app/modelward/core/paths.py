"""Where things lie: the person's folders, and the resources that come with the program."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from modelward.core.errors import FolderError

HOME_VARIABLE = "MODELWARD_HOME"
_APP = "modelward"
_PRIVATE = 0o700
_PACKAGE = Path(__file__).resolve().parents[1]


class Paths(NamedTuple):
    """The person's folders, all absolute. Nothing exists until :meth:`prepare`."""

    data: Path
    config: Path
    cache: Path
    logs: Path
    backups: Path

    @classmethod
    def locate(cls, environ: Mapping[str, str] = os.environ) -> Paths:
        """The folders under ``MODELWARD_HOME`` where it is set, else where the platform keeps such things.

        Raises FolderError for a ``MODELWARD_HOME`` that cannot be a path or names a user that does not exist.
        """
        home = environ.get(HOME_VARIABLE, "")
        return cls._under(_absolute(home)) if home.strip() else cls._of_platform()

    @classmethod
    def _under(cls, home: Path) -> Paths:
        return cls(home / "data", home / "config", home / "cache", home / "logs", home / "backups")

    @classmethod
    def _of_platform(cls) -> Paths:
        from platformdirs import PlatformDirs

        dirs = PlatformDirs(_APP, appauthor=False)
        data = dirs.user_data_path
        return cls(data, dirs.user_config_path, dirs.user_cache_path, dirs.user_log_path, data / "backups")

    @property
    def raw(self) -> Path:
        """Files lying here are imported at start."""
        return self.data / "raw"

    @property
    def zoning(self) -> Path:
        """The person's own rule files, which extend or override ours."""
        return self.config / "zoning"

    @property
    def probes(self) -> Path:
        """The person's own suites of probes; it may not exist."""
        return self.config / "probes"

    @property
    def database(self) -> Path:
        """The store's SQLite file."""
        return self.data / "modelward.db"

    @property
    def config_file(self) -> Path:
        """The person's settings."""
        return self.config / "config.yaml"

    def prepare(self) -> None:
        """Make the folders that are missing, for this person alone (mode 0700); what exists keeps its mode.

        Raises FolderError where one cannot be made or written: a read-only home, a full disk, a file in the way.
        The log and cache folders are comforts: a failure there is left to whoever writes them.
        """
        for folder in (self.data, self.config, self.backups, self.raw, self.zoning):
            _make(folder)
        for folder in (self.data, self.config, self.backups):
            _require_writable(folder)
        for folder in (self.cache, self.logs):
            try:
                _make(folder)
            except FolderError:
                continue


def resources() -> Path:
    """The folder of rules, probes, themes and licences that come with the program."""
    return _shipped("resources")


def icons() -> Path:
    """The folder of the program's own icons."""
    return _shipped("icons")


def _shipped(name: str) -> Path:
    """Inside the package where it was installed from a wheel, else beside ``app/`` in a checkout."""
    packaged = _PACKAGE / name
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / name


def _absolute(home: str) -> Path:
    try:
        return Path(home).expanduser().absolute()
    except (RuntimeError, ValueError) as error:
        raise FolderError(
            f"{HOME_VARIABLE} names a folder that cannot exist: {home!r}.",
            why=str(error),
            todo="Set it to a folder of yours, or unset it.",
        ) from error


def _make(folder: Path) -> None:
    """Make a folder and its missing parents, each of them private."""
    missing = []
    try:
        current = folder
        while not current.exists() and current != current.parent:
            missing.append(current)
            current = current.parent
        for each in reversed(missing):
            each.mkdir(_PRIVATE, exist_ok=True)
    except (OSError, ValueError) as error:
        raise folder_error(folder, error) from error
    if not folder.is_dir():
        raise FolderError(
            f"The folder {folder} cannot be made.",
            why="A file of that name is in the way.",
            todo=f"Move the file away, or set {HOME_VARIABLE} to another folder.",
        )


def _require_writable(folder: Path) -> None:
    """Write one byte and remove it: permissions, read-only mounts, quotas and full disks all show here."""
    probe = folder / f".probe-{os.getpid()}"
    try:
        try:
            probe.write_bytes(b"\n")
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise folder_error(folder, error) from error


_TODO = {
    errno.ENOSPC: "Free some space on that disk and try again.",
    errno.EDQUOT: "Free some of your quota on that disk and try again.",
    errno.ENOTDIR: "A file stands where a folder is needed: move it away.",
    errno.ENAMETOOLONG: f"Choose a shorter path in {HOME_VARIABLE}.",
}


def folder_error(path: Path, error: OSError | ValueError) -> FolderError:
    """What the system said about a folder or file that could not be made or written, with the next step."""
    code = error.errno if isinstance(error, OSError) else None
    why = os.strerror(code) if code is not None else str(error)
    todo = _TODO.get(code or 0, f"Give yourself the right to write there, or set {HOME_VARIABLE} to another folder.")
    return FolderError(f"{path} cannot be made or written.", why=f"{why}.", todo=todo)
