"""Where Ollama keeps its models on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from modelward.catalog.fields import clip
from modelward.core.setting_groups import OllamaSettings
from modelward.ollama import appsetting, units
from modelward.ollama.model import FolderSource, Place
from modelward.ollama.placing import may_write

_VARIABLE = "OLLAMA_MODELS"
# Homes of a service: of Ollama's own installer, and of the packages of some systems (Arch keeps models at the top).
_SERVICE_FOLDERS = ("usr/share/ollama/.ollama/models", "var/lib/ollama/.ollama/models", "var/lib/ollama")
_CONTAINER_FOLDER = "root/.ollama/models"
_VOLUME_FOLDER = "var/lib/docker/volumes/ollama/_data/models"
"""Where the volume lies that Ollama's own words for Docker make; open to root alone."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What is looked at: ``system`` as ``sys.platform`` calls it, and the folder under which its files lie."""

    system: str = sys.platform
    root: Path = Path("/")


def find(
    settings: OllamaSettings,
    environ: Mapping[str, str],
    server_folder: Path | None = None,
    machine: Machine | None = None,
) -> Place | None:
    """Where the models lie, from the surest sign to the usual places; None where nothing is known of any. Blocking.

    ``server_folder``: what a running server of this machine gave away. A folder that somebody chose counts even while
    it is not there (``is_there`` is False): to look elsewhere would make all models seem deleted.
    """
    seen = machine or Machine()
    if told := chosen(settings, environ):
        return _place(Path(told).expanduser(), FolderSource.SETTING)
    usual = _home(environ, seen) / ".ollama" / "models"
    of_app = _of_app(environ, seen)
    if of_app and not _is_there(of_app) and server_folder in (None, usual):
        detail = (
            "Ollama's app is set to this folder, which is not there, perhaps because its disk is not plugged in. "
            f"Meanwhile Ollama uses {clip(usual, 300)} without saying so."
        )
        return _place(of_app, FolderSource.APP, detail)
    if server_folder is not None:
        missing = "" if _is_there(server_folder) else "The server names this folder, but it is not on this machine."
        return _place(server_folder, FolderSource.SERVER, missing)
    return _of_app_or_usual(of_app, environ, usual, seen)


def chosen(settings: OllamaSettings, environ: Mapping[str, str]) -> str:
    """The folder that our settings or OLLAMA_MODELS name, which no server is asked about; empty where neither does."""
    return tidy(settings.models or environ.get(_VARIABLE, ""))


def others(folder: Path, environ: Mapping[str, str], machine: Machine | None = None) -> tuple[Path, ...]:
    """Other folders on this machine in which models lie, as far as we may read there. Blocking.

    Of services, of the person, of the app, of containers: a blob there has the same name and the same bytes.
    """
    seen = machine or Machine()
    usual = _home(environ, seen) / ".ollama" / "models"
    known = [_of_app(environ, seen), usual]
    if seen.system == "linux":
        known.append(units.models_folder(seen.root, _home(environ, seen)))
        known += [seen.root / each for each in (*_SERVICE_FOLDERS, _CONTAINER_FOLDER, _VOLUME_FOLDER)]
    found = {os.path.realpath(each): each for each in reversed(known) if each is not None and _may_read(each)}
    found.pop(os.path.realpath(folder), None)
    return tuple(reversed(found.values()))


def tidy(text: str) -> str:
    """A path as Ollama reads it from a variable: without spaces around it, and without quotes around that."""
    return text.strip().strip("\"'")


def _of_app_or_usual(of_app: Path | None, environ: Mapping[str, str], usual: Path, machine: Machine) -> Place | None:
    if of_app is not None:
        return _place(of_app, FolderSource.APP)
    of_unit = units.models_folder(machine.root, _home(environ, machine)) if machine.system == "linux" else None
    if of_unit is not None:
        return _place(of_unit, FolderSource.SERVICE)
    # Of several, the first with models in it; a folder that an installer made and nobody filled comes last.
    candidates = [place for place in _usual_places(usual, machine) if place.is_there]
    best = next((place for place in candidates if _has_models(place.folder)), next(iter(candidates), None))
    others = [clip(place.folder, 300) for place in candidates if place is not best and _has_models(place.folder)]
    if best is None or not others:
        return best
    detail = f"There are models in {' and in '.join(others)} too; the settings can choose another folder."
    return _place(best.folder, best.source, detail)


def _usual_places(usual: Path, machine: Machine) -> Iterator[Place]:
    if machine.system == "linux":
        for folder in _SERVICE_FOLDERS:
            place = _place(machine.root / folder, FolderSource.SERVICE)
            # The last is a home too, in which models lie only on some systems.
            if folder != _SERVICE_FOLDERS[-1] or _has_models(place.folder):
                yield place
    yield _place(usual, FolderSource.DEFAULT)
    container = machine.root / _CONTAINER_FOLDER
    if machine.system == "linux" and container != usual and _has_models(container):
        yield _place(container, FolderSource.DEFAULT)


def _of_app(environ: Mapping[str, str], machine: Machine) -> Path | None:
    home = _home(environ, machine)
    match machine.system:
        case "win32":
            local = environ.get("LOCALAPPDATA", "")
            database = (Path(local) if local else home / "AppData" / "Local") / "Ollama" / "db.sqlite"
        case "darwin":
            database = home / "Library" / "Application Support" / "Ollama" / "db.sqlite"
        case _:
            database = home / ".ollama" / "db.sqlite"
    told = tidy(appsetting.models_folder(database))
    return Path(told) if told and Path(told).is_absolute() else None


def _home(environ: Mapping[str, str], machine: Machine) -> Path:
    told = environ.get("USERPROFILE" if machine.system == "win32" else "HOME", "")
    try:
        return Path(told) if told else Path.home()
    except RuntimeError:  # a service user without a home
        return machine.root


def _place(folder: Path, source: FolderSource, detail: str = "") -> Place:
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - resolving would hide a link to a disk that is gone
    is_there = _is_there(absolute)
    return Place(absolute, source, is_there, is_there and may_write(absolute), detail)


def _is_there(folder: Path) -> bool:
    try:
        folder.stat()
    except PermissionError:
        return True  # of a service's user, behind its closed home: reading it says why it cannot be read
    except (OSError, ValueError):
        return False
    return folder.is_dir()


def _is_open(folder: Path) -> bool:
    return os.access(folder, os.X_OK)


def _has_models(folder: Path) -> bool:
    return _is_open(folder) and any((folder / name).is_dir() for name in ("manifests", "manifests-v2"))


def _may_read(folder: Path) -> bool:
    blobs = folder / "blobs"
    return _has_models(folder) and blobs.is_dir() and os.access(blobs, os.R_OK | os.X_OK)
