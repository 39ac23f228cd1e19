"""Nothing in the project says where packages are fetched from: that is the business of whoever installs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.tree import own_files

# Put together, so that this file does not name what it forbids.
HOSTS = ["pypi" + ".org", "python" + "hosted", "ana" + "conda.org", "registry" + ".npmjs", "crates" + ".io"]
FETCHED = re.compile(
    "|".join([*map(re.escape, HOSTS), r"index-" + r"url", r"https?://\S+(?:/simple\b|\.whl\b|\.tar\.gz\b)"])
)


def _named_in(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return []
    return [f"{path}:{number}" for number, line in enumerate(text.splitlines(), 1) if FETCHED.search(line)]


def test_no_file_names_a_registry() -> None:
    assert [place for path in own_files() for place in _named_in(path)] == []


@pytest.mark.parametrize("line", ["--index-" + "url x", "https://host/x-1.0" + ".whl", f"see {HOSTS[0]}/project"])
def test_a_named_registry_is_found(line: str, tmp_path: Path) -> None:
    planted = tmp_path / "requirements.txt"
    planted.write_text(f"fine\n{line}\n", "utf-8")
    assert _named_in(planted) == [f"{planted}:2"]
