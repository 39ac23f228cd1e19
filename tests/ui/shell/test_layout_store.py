"""The file in which the window remembers how it looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from modelward.ui.shell.layout_store import LayoutStore


def test_what_is_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "config" / "layout.ini"
    first = LayoutStore(file)
    first.keep("window/geometry", QByteArray(b"\x00\x01geometry"))
    first.keep("window/tab", "health, „ümlaut“")
    first.save()
    second = LayoutStore(file)
    assert second.state("window/geometry") == QByteArray(b"\x00\x01geometry")
    assert second.text("window/tab") == "health, „ümlaut“"


def test_what_was_never_kept_is_empty(tmp_path: Path) -> None:
    store = LayoutStore(tmp_path / "layout.ini")
    assert store.state("window/geometry").isEmpty()
    assert store.text("window/tab", "catalog") == "catalog"


@pytest.mark.parametrize("damage", [b"\x00\xff{}[[[\n===", b"window/geometry", b"\xfe\xff" * 5000])
def test_a_damaged_file_is_set_aside_and_the_layout_starts_anew(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "layout.ini"
    file.write_bytes(damage)
    store = LayoutStore(file)
    assert store.text("window/tab", "catalog") == "catalog"
    store.keep("window/tab", "health")
    store.save()
    assert LayoutStore(file).text("window/tab") == "health"
    assert (tmp_path / "layout.ini.damaged").read_bytes() == damage


def test_a_value_of_the_wrong_type_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "layout.ini"
    file.write_text("[window]\ngeometry=not a geometry\ntab=1, 2, 3\n")
    store = LayoutStore(file)
    assert store.state("window/geometry").isEmpty()
    assert store.text("window/tab", "catalog") == "catalog"


def test_a_place_that_cannot_be_written_costs_only_the_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "config").write_text("a file where a folder is due")
    store = LayoutStore(tmp_path / "config" / "layout.ini")
    store.keep("window/tab", "health")
    store.save()
    assert store.text("window/tab") == "health"
    assert "could not be saved" in caplog.text
