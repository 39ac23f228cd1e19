"""What the tests of the core share: acting as a user without rights."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelward.core.instance import FILE_NAME

NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everyone may enter, with a lock file that only its owner may write."""
    folder = Path(tempfile.mkdtemp(prefix="modelward-", dir="/tmp"))
    folder.chmod(0o755)
    (folder / FILE_NAME).write_bytes(b"somebody's")
    (folder / FILE_NAME).chmod(0o444)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def as_another_user(open_folder: Path) -> Iterator[None]:
    """Root could write everywhere; during the test the process acts for somebody who owns nothing."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(user)
