"""Replacing a file: the old or the new, never neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelward.core.atomic import replace_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(folder: Path) -> None:
    new, old = folder / "new", folder / "old"
    old.write_bytes(b"before")
    old.chmod(0o644)
    for file in (new, old):
        replace_file(file, b"after")
    assert (new.read_bytes(), old.read_bytes()) == (b"after", b"after")
    assert (new.stat().st_mode & 0o777, old.stat().st_mode & 0o777) == (0o600, 0o644)
    assert sorted(item.name for item in folder.iterdir()) == ["new", "old"]


def test_a_failed_replacement_leaves_the_old_and_no_litter(open_folder: Path, as_another_user: None) -> None:
    file = next(open_folder.iterdir())
    with pytest.raises(PermissionError):
        replace_file(file, b"after")
    assert [(item.name, item.read_bytes()) for item in open_folder.iterdir()] == [(file.name, b"somebody's")]


def test_a_replacement_that_fails_at_the_last_step_leaves_no_litter(folder: Path) -> None:
    (folder / "taken" / "within").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        replace_file(folder / "taken", b"after")
    assert [item.name for item in folder.iterdir()] == ["taken"]
