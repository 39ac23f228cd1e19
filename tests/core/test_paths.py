"""The folders: where they are, that they are private, and what is said when they cannot be."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from modelward.core.errors import FolderError
from modelward.core.paths import Paths, folder_error, icons, resources


def test_one_variable_puts_everything_under_one_folder(tmp_path: Path) -> None:
    paths = Paths.locate({"MODELWARD_HOME": str(tmp_path)})
    everything = (paths.data, paths.config, paths.cache, paths.logs, paths.backups, paths.raw, paths.zoning)
    assert [
        folder for folder in (*everything, paths.database, paths.config_file) if tmp_path not in folder.parents
    ] == []
    assert len(set(everything)) == 7
    assert (paths.raw.parent, paths.zoning.parent, paths.database.parent) == (paths.data, paths.config, paths.data)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_it_the_platform_says_where_things_lie(
    value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    paths = Paths.locate({} if value is None else {"MODELWARD_HOME": value})
    assert paths.data == tmp_path / "data" / "modelward"
    assert paths.config == tmp_path / "config" / "modelward"
    assert paths.cache == tmp_path / "cache" / "modelward"
    assert paths.logs.is_relative_to(tmp_path / "state" / "modelward")
    assert paths.backups == paths.data / "backups"


def test_a_relative_home_does_not_move_with_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    paths = Paths.locate({"MODELWARD_HOME": "my home"})
    monkeypatch.chdir("/")
    assert paths.data == tmp_path / "my home" / "data"


def test_a_home_may_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Paths.locate({"MODELWARD_HOME": "~/m"}).data == tmp_path / "m" / "data"
    with pytest.raises(FolderError, match="MODELWARD_HOME"):
        Paths.locate({"MODELWARD_HOME": "~nobody-of-that-name/m"})


def test_prepared_folders_are_private_and_made_once(tmp_path: Path) -> None:
    paths = Paths.locate({"MODELWARD_HOME": str(tmp_path / "a" / "b")})
    paths.prepare()
    paths.prepare()
    made = [path for path in (tmp_path / "a").rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "a", *made]} == {0o700}
    assert {path.name for path in made} == {"b", "data", "config", "cache", "logs", "backups", "raw", "zoning"}
    assert [path for path in (tmp_path / "a").rglob("*") if path.is_file()] == []


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "data").mkdir(mode=0o750)
    Paths.locate({"MODELWARD_HOME": str(tmp_path)}).prepare()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o750
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def refusal(home: Path) -> FolderError:
    with pytest.raises(FolderError) as caught:
        Paths.locate({"MODELWARD_HOME": str(home)}).prepare()
    assert caught.value.why
    assert caught.value.todo
    return caught.value


@pytest.mark.parametrize("place", ["", "data", "config", "data/raw"])
def test_a_file_in_the_way_is_named_and_left_alone(tmp_path: Path, place: str) -> None:
    file = tmp_path / "mine" / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("mine")
    assert str(file) in refusal(tmp_path / "mine").what
    assert file.read_text() == "mine"


def test_a_home_that_may_not_be_written_is_named(open_folder: Path, as_another_user: None) -> None:
    told = refusal(open_folder / "home")
    assert (str(open_folder / "home") in told.what, told.why) == (True, "Permission denied.")


def test_prepared_folders_that_became_read_only_are_named(open_folder: Path) -> None:
    paths = Paths.locate({"MODELWARD_HOME": str(open_folder)})
    paths.prepare()
    for folder in (open_folder, paths.data, paths.config, paths.raw, paths.zoning, paths.backups):
        folder.chmod(0o555)
    user = os.geteuid()
    os.seteuid(65534) if user == 0 else None
    try:
        assert str(paths.data) in refusal(open_folder).what
    finally:
        os.seteuid(user)
        for folder in (open_folder, paths.data, paths.config, paths.raw, paths.zoning, paths.backups):
            folder.chmod(0o755)


def test_a_full_disk_is_told_before_anything_is_begun(tmp_path: Path) -> None:
    paths = Paths.locate({"MODELWARD_HOME": str(tmp_path)})
    paths.prepare()
    (paths.data / f".probe-{os.getpid()}").symlink_to("/dev/full")
    told = refusal(tmp_path)
    assert (told.why, "Free some space" in told.todo) == ("No space left on device.", True)


def test_logs_and_cache_are_comforts(tmp_path: Path) -> None:
    for name in ("cache", "logs"):
        (tmp_path / name).write_text("in the way")
    paths = Paths.locate({"MODELWARD_HOME": str(tmp_path)})
    paths.prepare()
    assert paths.data.is_dir()


@pytest.mark.parametrize("home", ["/proc/modelward", "a\0b", "/" + "x" * 300])
def test_a_home_that_cannot_exist_is_told(home: str) -> None:
    with pytest.raises(FolderError) as caught:
        Paths.locate({"MODELWARD_HOME": home}).prepare()
    assert caught.value.todo


def test_each_reason_has_its_next_step(tmp_path: Path) -> None:
    steps = {folder_error(tmp_path, OSError(code, "")).todo for code in (errno.ENOSPC, errno.EDQUOT, errno.EACCES)}
    assert len(steps) == 3


def test_what_is_shipped_is_found_in_a_checkout() -> None:
    top = Path(__file__).parents[2]
    assert (resources(), icons()) == (top / "resources", top / "icons")
