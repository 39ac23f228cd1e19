"""The compressed form: whole, bounded, and told apart from anything else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelward.backups import archive
from modelward.core.errors import InputError
from modelward.core.progress import JobCancelled, Progress

MIB = 1 << 20


def packed(folder: Path, content: bytes) -> Path:
    raw, made = folder / "raw", folder / "made.zst"
    raw.write_bytes(content)
    with raw.open("rb") as source, made.open("wb") as target:
        told = archive.pack(source, target, Progress())
    assert told == tuple(
        archive.Sum(len(whole), hashlib.sha256(whole).hexdigest()) for whole in (made.read_bytes(), content)
    )
    return made


def unpacked(path: Path, most: int = 64 * MIB) -> tuple[archive.Sum, archive.Sum, bytes]:
    target_path = path.with_name("unpacked")
    with path.open("rb") as source, target_path.open("wb") as target:
        packed_sum, content = archive.unpack(source, target, Progress(), most=most)
    return packed_sum, content, target_path.read_bytes()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=5000), st.integers(1, 700))
def test_what_was_packed_comes_back(tmp_path: Path, seed: bytes, times: int) -> None:
    content = seed * times
    made = packed(tmp_path, content)
    told, of_content, found = unpacked(made)
    assert found == content
    assert told.sha256 == hashlib.sha256(made.read_bytes()).hexdigest()
    assert of_content == archive.Sum(len(content), hashlib.sha256(content).hexdigest())


def test_an_archive_bomb_stops_at_the_size_that_was_told(tmp_path: Path) -> None:
    bomb = packed(tmp_path, bytes(40 * MIB))
    assert bomb.stat().st_size < MIB // 100
    with pytest.raises(InputError, match="more than it should"):
        unpacked(bomb, most=5 * MIB)
    assert (tmp_path / "unpacked").stat().st_size <= 5 * MIB


def test_a_frame_that_asks_for_much_memory_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    greedy = tmp_path / "greedy.zst"
    with (
        greedy.open("wb") as target,
        zstandard.ZstdCompressor(compression_params=parameters).stream_writer(target) as out,
    ):
        out.write(os.urandom(MIB))
    with pytest.raises(InputError, match="cannot be decompressed"):
        unpacked(greedy)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zst"
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match="cannot be decompressed"):
        unpacked(path)
    with path.open("rb") as file, pytest.raises(InputError, match="cannot be decompressed"):
        archive.announced_size(file)


def test_the_head_of_an_archive_announces_the_size_of_its_content(tmp_path: Path) -> None:
    made = packed(tmp_path, b"x" * 12345)
    with made.open("rb") as file:
        assert archive.announced_size(file) == 12345
        assert file.tell() == 0


@pytest.mark.parametrize("more", [b"more", zstandard.ZstdCompressor().compress(b"more")])
def test_what_is_behind_the_archive_never_passes(tmp_path: Path, more: bytes) -> None:
    made = packed(tmp_path, b"content")
    before = hashlib.sha256(made.read_bytes()).hexdigest()
    with made.open("ab") as file:
        file.write(more)
    try:
        told, _content, _found = unpacked(made)
    except InputError:
        return
    assert told.sha256 == hashlib.sha256(made.read_bytes()).hexdigest() != before


@pytest.mark.parametrize("change", ["other", "shorter", "longer", "none"])
def test_an_archive_is_compared_with_its_original_byte_for_byte(tmp_path: Path, change: str) -> None:
    content = os.urandom(2 * MIB + 3)
    made = packed(tmp_path, content)
    other = {"other": content[:-1] + b"x", "shorter": content[:-1], "longer": content + b"x", "none": b""}[change]
    with made.open("rb") as source, (tmp_path / "raw").open("rb") as original:
        assert archive.compare(source, original, Progress()).size == made.stat().st_size
    (tmp_path / "raw").write_bytes(other)
    with made.open("rb") as source, (tmp_path / "raw").open("rb") as original, pytest.raises(InputError):
        archive.compare(source, original, Progress())


def test_packing_and_unpacking_can_be_cancelled(tmp_path: Path) -> None:
    made = packed(tmp_path, os.urandom(3 * MIB))
    progress = Progress()
    progress.cancel()
    with made.open("rb") as source, (tmp_path / "x").open("wb") as target, pytest.raises(JobCancelled):
        archive.unpack(source, target, progress, most=4 * MIB)
    with made.open("rb") as source, (tmp_path / "x").open("wb") as target, pytest.raises(JobCancelled):
        archive.pack(source, target, progress)


def test_bytes_are_counted_on_the_way(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(os.urandom(3 * MIB + 5))
    progress = Progress()
    with raw.open("rb") as source, (tmp_path / "x").open("wb") as target:
        archive.pack(source, target, progress)
    assert (progress.state.done, progress.state.total, progress.state.unit) == (3 * MIB + 5, 3 * MIB + 5, "bytes")
