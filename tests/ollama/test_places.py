"""Where the models lie, on each system, and what a chosen folder means that is not there."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from modelward.core.setting_groups import OllamaSettings
from modelward.ollama import appsetting, places, units
from modelward.ollama.model import FolderSource, Place
from modelward.ollama.places import Machine

NONE = OllamaSettings()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def home(root: Path) -> Path:
    folder = root / "home" / "me"
    folder.mkdir(parents=True)
    return folder


def _models(folder: Path) -> Path:
    (folder / "manifests").mkdir(parents=True)
    (folder / "blobs").mkdir()
    return folder


def _find(root: Path, home: Path, server: Path | None = None, system: str = "linux", **environ: str) -> Place | None:
    told = {"HOME": str(home), "USERPROFILE": str(home), **environ}
    return places.find(NONE, told, server, Machine(system, root))


def _app(database: Path, chosen: object, *, journal: str = "delete") -> None:
    database.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(database, isolation_level=None)) as made:
        made.execute(f"PRAGMA journal_mode={journal}")
        made.execute("CREATE TABLE settings (id INTEGER PRIMARY KEY, models TEXT)")
        made.execute("INSERT INTO settings (models) VALUES (?)", (chosen,))


def test_nothing_is_found_where_nothing_is(root: Path, home: Path) -> None:
    assert _find(root, home) is None


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_usual_folder_is_in_the_persons_home(root: Path, home: Path, system: str) -> None:
    folder = _models(home / ".ollama" / "models")
    assert _find(root, home, system=system) == Place(folder, FolderSource.DEFAULT, is_there=True, can_write=True)


@pytest.mark.parametrize("quoted", ["{}", " {} ", '"{}"', "'{}'", ' "{}" '])
def test_the_variable_is_read_as_ollama_reads_it(root: Path, home: Path, tmp_path: Path, quoted: str) -> None:
    folder = _models(tmp_path / "my models")
    place = _find(root, home, OLLAMA_MODELS=quoted.format(folder))
    assert place == Place(folder, FolderSource.SETTING, is_there=True, can_write=True)


def test_the_setting_counts_before_all_else(root: Path, home: Path, tmp_path: Path) -> None:
    _models(home / ".ollama" / "models")
    chosen = OllamaSettings(models=str(tmp_path / "unplugged"))
    place = places.find(chosen, {"HOME": str(home)}, home / ".ollama" / "models", Machine("linux", root))
    assert place == Place(tmp_path / "unplugged", FolderSource.SETTING, is_there=False, can_write=False)


def test_an_empty_variable_is_none(root: Path, home: Path) -> None:
    folder = _models(home / ".ollama" / "models")
    place = _find(root, home, OLLAMA_MODELS=' "" ')
    assert place is not None
    assert place.folder == folder


def test_the_folder_that_a_server_gives_away_counts_before_usual_ones(root: Path, home: Path, tmp_path: Path) -> None:
    _models(home / ".ollama" / "models")
    folder = _models(tmp_path / "served")
    assert _find(root, home, folder) == Place(folder, FolderSource.SERVER, is_there=True, can_write=True)


def test_a_server_in_a_container_has_its_folder_elsewhere_and_no_other_is_taken_for_it(root: Path, home: Path) -> None:
    _models(home / ".ollama" / "models")
    place = _find(root, home, Path("/nowhere/.ollama/models"))
    assert place is not None
    assert (place.source, place.is_there) == (FolderSource.SERVER, False)
    assert "not on this machine" in place.detail


# ---------------------------------------------------------------- the app


@pytest.mark.parametrize(
    ("system", "database"),
    [
        ("win32", "AppData/Local/Ollama/db.sqlite"),
        ("darwin", "Library/Application Support/Ollama/db.sqlite"),
        ("linux", ".ollama/db.sqlite"),
    ],
)
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_the_apps_own_setting_is_read_and_its_folder_left_as_it_is(
    root: Path, home: Path, tmp_path: Path, system: str, database: str, journal: str
) -> None:
    folder = _models(tmp_path / "elsewhere #1?")
    _app(home / database, str(folder), journal=journal)
    before = sorted((home / database).parent.iterdir())
    assert _find(root, home, system=system) == Place(folder, FolderSource.APP, is_there=True, can_write=True)
    assert sorted((home / database).parent.iterdir()) == before


def test_windows_names_the_apps_folder_in_a_variable(root: Path, home: Path, tmp_path: Path) -> None:
    folder = _models(tmp_path / "elsewhere")
    _app(tmp_path / "local" / "Ollama" / "db.sqlite", str(folder))
    place = _find(root, home, system="win32", LOCALAPPDATA=str(tmp_path / "local"))
    assert place is not None
    assert place.source is FolderSource.APP


def test_what_the_running_app_wrote_last_is_seen(home: Path) -> None:
    database = home / "db.sqlite"
    _app(database, "/old", journal="wal")
    with closing(sqlite3.connect(database, isolation_level=None)) as app:
        app.execute("UPDATE settings SET models = '/new'")
        assert Path(f"{database}-wal").stat().st_size
        assert appsetting.models_folder(database) == "/new"


@pytest.mark.parametrize("server_fell_back", [True, False])
def test_the_apps_silent_fallback_is_not_taken_for_the_library(
    root: Path, home: Path, tmp_path: Path, server_fell_back: bool
) -> None:
    usual = _models(home / ".ollama" / "models")
    _app(home / "Library/Application Support/Ollama/db.sqlite", str(tmp_path / "unplugged"))
    place = _find(root, home, usual if server_fell_back else None, system="darwin")
    assert place is not None
    assert (place.folder, place.source, place.is_there) == (tmp_path / "unplugged", FolderSource.APP, False)
    assert "not plugged in" in place.detail
    assert str(usual) in place.detail


@pytest.mark.parametrize("chosen", ["", None, 7, b"\xff", "relative/folder", "x" * 5000, "/a\nb"])
def test_an_odd_setting_of_the_app_is_none(root: Path, home: Path, chosen: object) -> None:
    folder = _models(home / ".ollama" / "models")
    _app(home / ".ollama" / "db.sqlite", chosen)
    place = _find(root, home)
    assert place is not None
    assert (place.folder, place.source) == (folder, FolderSource.DEFAULT)


@pytest.mark.parametrize("content", [b"", b"no database" * 500, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_database_of_the_app_is_none(home: Path, content: bytes) -> None:
    (home / "db.sqlite").write_bytes(content)
    assert appsetting.models_folder(home / "db.sqlite") == ""


def test_an_app_without_the_table_or_without_rows_has_chosen_nothing(home: Path) -> None:
    with closing(sqlite3.connect(home / "db.sqlite", isolation_level=None)) as made:
        made.execute("CREATE TABLE other (x)")
        assert appsetting.models_folder(home / "db.sqlite") == ""
        made.execute("CREATE TABLE settings (models TEXT)")
        assert appsetting.models_folder(home / "db.sqlite") == ""


# ---------------------------------------------------------------- services


@pytest.mark.parametrize(
    "folder", ["usr/share/ollama/.ollama/models", "var/lib/ollama/.ollama/models", "var/lib/ollama"]
)
def test_the_homes_of_services_are_known(root: Path, home: Path, folder: str) -> None:
    _models(root / folder)
    place = _find(root, home)
    assert place is not None
    assert (place.folder, place.source) == (root / folder, FolderSource.SERVICE)


def test_the_folder_of_a_container_is_known(root: Path, home: Path) -> None:
    folder = _models(root / "root/.ollama/models")
    place = _find(root, home)
    assert place is not None
    assert place.folder == folder


def test_an_empty_folder_of_a_service_does_not_hide_the_persons_models(root: Path, home: Path) -> None:
    (root / "usr/share/ollama/.ollama/models").mkdir(parents=True)
    folder = _models(home / ".ollama" / "models")
    place = _find(root, home)
    assert place is not None
    assert place.folder == folder
    assert place.detail == ""


def test_a_second_store_is_told(root: Path, home: Path) -> None:
    _models(root / "usr/share/ollama/.ollama/models")
    own = _models(home / ".ollama" / "models")
    place = _find(root, home)
    assert place is not None
    assert place.source is FolderSource.SERVICE
    assert str(own) in place.detail


def _unit(file: Path, *lines: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[Service]\n" + "\n".join(lines) + "\n")


def test_a_units_folder_is_read_and_what_amends_it_counts(root: Path, home: Path, tmp_path: Path) -> None:
    _unit(root / "usr/lib/systemd/system/ollama.service", "Environment=OLLAMA_MODELS=/packaged")
    assert units.models_folder(root, home) == Path("/packaged")
    _unit(root / "etc/systemd/system/ollama.service", 'Environment="PATH=/bin" "OLLAMA_MODELS=/own unit"', "# x")
    assert units.models_folder(root, home) == Path("/own unit")
    folder = _models(tmp_path / "big")
    _unit(root / "etc/systemd/system/ollama.service.d/override.conf", f'Environment="OLLAMA_MODELS={folder}"')
    assert _find(root, home) == Place(folder, FolderSource.SERVICE, is_there=True, can_write=True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Environment=", None),
        ('Environment="OLLAMA_HOST=0.0.0.0"', Path("/before")),
        ("#Environment=OLLAMA_MODELS=/x", Path("/before")),
        ("Environment=OLLAMA_MODELS=relative", None),
        ('Environment="OLLAMA_MODELS=/unclosed', Path("/before")),
        ("Environment=OLLAMA_HOST=x \\\n  OLLAMA_MODELS=/next-line", Path("/next-line")),
        ("no line of a unit", Path("/before")),
    ],
)
def test_a_unit_is_read_as_systemd_reads_it(root: Path, home: Path, line: str, told: Path | None) -> None:
    _unit(root / "etc/systemd/system/ollama.service", "Environment=OLLAMA_MODELS=/before")
    _unit(root / "etc/systemd/system/ollama.service.d/10.conf", line)
    assert units.models_folder(root, home) == told


def test_a_unit_that_is_no_text_or_no_file_tells_nothing(root: Path, home: Path) -> None:
    folder = root / "etc/systemd/system/ollama.service.d"
    folder.mkdir(parents=True)
    (folder / "a.conf").write_bytes(b"\xff\0" * 100)
    (folder / "b.conf").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "c.conf")
    assert units.models_folder(root, home) is None


def test_the_persons_own_service_is_known(root: Path, home: Path) -> None:
    _unit(home / ".config/systemd/user/ollama.service", "Environment=OLLAMA_MODELS=/mine")
    assert units.models_folder(root, home) == Path("/mine")


def test_a_folder_that_may_not_be_written_is_told(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _models(home / ".ollama" / "models")
    real = os.access
    closed = folder / "blobs"
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed and real(path, mode))
    place = _find(root, home)
    assert place is not None
    assert (place.is_there, place.can_write) == (True, False)


def test_a_folder_behind_a_closed_home_is_there(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.stat

    def closed(path: Path, **more: bool) -> os.stat_result:
        if path == Path("/closed/models"):
            raise PermissionError(13, "Permission denied")
        return real(path, **more)

    monkeypatch.setattr(Path, "stat", closed)
    place = _find(root, home, Path("/closed/models"))
    assert place is not None
    assert (place.is_there, place.can_write) == (True, False)
