"""Starting with the session: what the entry says, when it is written, and whose it is."""

from __future__ import annotations

import shlex
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modelward.core import autostart
from modelward.core.errors import FolderError

Apply = Callable[..., str]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "MODELWARD_HOME": str(tmp_path / "my $home%")}


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program's own command, in a folder of its own."""
    made = tmp_path / 'odd "bin' / "modelward"
    made.parent.mkdir()
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(made)])
    return made


def values(file: Path) -> dict[str, str]:
    lines = file.read_text("utf-8").splitlines()
    assert lines[0] == "[Desktop Entry]"
    return dict(line.split("=", 1) for line in lines[1:])


def launched(line: str) -> list[str]:
    """What a desktop makes of ``Exec``: the value unescaped, then split as the standard says, then its field codes."""
    unescaped = line.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\")
    # In quotes, shlex itself takes a backslash away from before a quote or another backslash alone.
    return [word.replace("\\$", "$").replace("%%", "%") for word in shlex.split(unescaped)]


def test_an_entry_starts_this_modelward_with_this_home(environ: dict[str, str], command: Path, tmp_path: Path) -> None:
    assert autostart.apply(is_wanted=True, environ=environ) == ""
    file = tmp_path / "config" / "autostart" / "modelward.desktop"
    entry = values(file)
    assert launched(entry["Exec"]) == [
        "/usr/bin/env",
        f"MODELWARD_HOME={tmp_path / 'my $home%'}",
        str(command),
        "--minimized",
    ]
    assert (entry["TryExec"], entry["Type"], entry["Name"]) == (str(command), "Application", "Modelward")
    assert entry["X-GNOME-Autostart-enabled"] == "true"
    assert Path(entry["Icon"]).is_file()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_home_of_its_own_the_command_stands_alone(command: Path, tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    autostart.apply(is_wanted=True, environ=environ)
    assert launched(values(autostart.entry_file(environ))["Exec"]) == [str(command), "--minimized"]


def test_without_a_command_its_python_starts_it(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["/no/where/__main__.py"])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    autostart.apply(is_wanted=True, environ=environ)
    words = launched(values(autostart.entry_file(environ))["Exec"])
    assert words[2:] == [str(tmp_path / "python"), "-P", "-m", "modelward", "--minimized"]


@pytest.mark.parametrize("value", [None, "", "relative/folder"])
def test_a_configuration_folder_that_is_none_counts_as_unset(
    value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    environ = {} if value is None else {"XDG_CONFIG_HOME": value}
    assert autostart.entry_file(environ) == tmp_path / ".config" / "autostart" / "modelward.desktop"


@pytest.mark.usefixtures("command")
def test_an_entry_that_stands_is_not_written_again(environ: dict[str, str]) -> None:
    autostart.apply(is_wanted=True, environ=environ)
    file = autostart.entry_file(environ)
    before = file.stat()
    assert autostart.apply(is_wanted=True, environ=environ) == ""
    assert file.stat() == before


def test_a_program_that_was_moved_is_found_again(
    environ: dict[str, str], command: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    autostart.apply(is_wanted=True, environ=environ)
    moved = command.rename(tmp_path / "modelward")
    monkeypatch.setattr(sys, "argv", [str(moved)])
    assert autostart.apply(is_wanted=True, environ=environ) == ""
    assert values(autostart.entry_file(environ))["TryExec"] == str(moved)


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Terminal=false", "Terminal=false\nHidden=true", "switched off in your desktop"),
        ("enabled=true", "enabled=false", "switched off in your desktop"),
        ("--minimized", "", "You changed the entry"),
    ],
)
def test_what_the_person_did_to_the_entry_stands_and_is_said(
    environ: dict[str, str], old: str, new: str, words: str
) -> None:
    autostart.apply(is_wanted=True, environ=environ)
    file = autostart.entry_file(environ)
    changed = file.read_text("utf-8").replace(old, new)
    file.write_text(changed, "utf-8")
    told = autostart.apply(is_wanted=True, environ=environ)
    assert words in told
    assert file.read_text("utf-8") == changed
    # Asked for once more by the person, it comes back.
    autostart.apply(is_wanted=False, environ=environ)
    assert not file.exists()
    assert autostart.apply(is_wanted=True, environ=environ) == ""


@pytest.mark.usefixtures("command")
def test_switched_off_it_is_removed_and_nothing_is_made(environ: dict[str, str], tmp_path: Path) -> None:
    autostart.apply(is_wanted=False, environ=environ)
    assert list(tmp_path.glob("config/**/*")) == []
    autostart.apply(is_wanted=True, environ=environ)
    autostart.apply(is_wanted=False, environ=environ)
    assert list(tmp_path.glob("config/autostart/*")) == []


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize("is_wanted", [True, False])
@pytest.mark.parametrize("content", [b"[Desktop Entry]\nHidden=true\n", b"\xff\xfe\0", b""])
def test_an_entry_that_is_not_ours_is_left_alone(environ: dict[str, str], content: bytes, is_wanted: bool) -> None:
    file = autostart.entry_file(environ)
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    told = autostart.apply(is_wanted=is_wanted, environ=environ)
    assert ("is not Modelward's" in told) == is_wanted
    assert file.read_bytes() == content


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize("is_wanted", [True, False])
def test_the_entry_of_a_modelward_with_another_home_is_left_alone(
    environ: dict[str, str], tmp_path: Path, is_wanted: bool
) -> None:
    autostart.apply(is_wanted=True, environ=environ)
    file = autostart.entry_file(environ)
    before = file.read_bytes()
    told = autostart.apply(is_wanted=is_wanted, environ={**environ, "MODELWARD_HOME": str(tmp_path / "other")})
    assert ("Another Modelward" in told) == is_wanted
    assert file.read_bytes() == before


@pytest.mark.usefixtures("command")
def test_a_folder_that_cannot_be_written_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where a folder is due")
    with pytest.raises(FolderError, match="autostart"):
        autostart.apply(is_wanted=True, environ=environ)
