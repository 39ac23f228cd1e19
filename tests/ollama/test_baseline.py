"""The list of checksums, checked by coreutils themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.ollama_library import Shelf
from modelward.core.errors import FolderError
from modelward.ollama import baseline, library

pytestmark = pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum here")


def _checked(file: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["sha256sum", "-c", "--strict", file], cwd="/", capture_output=True, check=False)


@pytest.fixture(params=["models", "with space", "new\nline", "back\\slash", "caf\u00e9", os.fsdecode(b"no\xfftext")])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / request.param)
    shelf.add("llama3.2:3b", system="Be brief.")
    shelf.add("me/tuned", shelf.digest("llama3.2:3b"), newline=True)
    shelf.add("other", v2=True)
    return shelf


def test_sha256sum_finds_every_blob_and_manifest_as_listed(shelf: Shelf, tmp_path: Path) -> None:
    file = baseline.write(library.read(shelf.folder), tmp_path)
    assert file.name == "model_checksums.sha256"
    checked = _checked(file)
    assert (checked.returncode, checked.stderr) == (0, b"")
    files = [path for root in ("blobs", "manifests", "manifests-v2") for path in (shelf.folder / root).rglob("*")]
    assert checked.stdout.count(b": OK\n") == sum(path.is_file() for path in files)


def test_sha256sum_finds_what_is_damaged_and_what_is_missing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    shelf.add("llama3.2:3b", system="Be brief.")
    shelf.flip(shelf.digest("llama3.2:3b"))
    shelf.delete(shelf.digest("llama3.2:3b", "system"))
    checked = _checked(baseline.write(library.read(shelf.folder), tmp_path))
    assert checked.returncode == 1
    assert checked.stdout.count(b": FAILED\n") == 1
    assert checked.stdout.count(b": FAILED open or read\n") == 1


def test_a_list_that_says_the_same_already_is_left(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    shelf.add("llama3.2:3b")
    before = baseline.write(library.read(shelf.folder), tmp_path).stat()
    assert baseline.write(library.read(shelf.folder), tmp_path).stat() == before
    shelf.add("other")
    after = baseline.write(library.read(shelf.folder), tmp_path).stat()
    assert after.st_ino != before.st_ino


def test_a_list_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    with pytest.raises(FolderError, match="model_checksums"):
        baseline.write(library.read(shelf.folder), tmp_path / "not there")
