"""Proof: whatever is not what was written is found, and said in words."""

from __future__ import annotations

import hashlib
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard

from harness.backups import Change, TurnedClock, backed_up, flip
from modelward.backups import metadata, sqlite_copy, verify
from modelward.backups.model import Backup, Meta, State
from modelward.backups.service import BackupService
from modelward.core.errors import InputError
from modelward.core.paths import Paths
from modelward.core.progress import Progress

FLIPS = 1000


def forge(backup: Backup, **changes: Any) -> None:
    assert backup.meta is not None
    backup.meta_path.write_bytes(metadata.encode(replace(backup.meta, **changes)))


def with_database(backup: Backup, content: bytes) -> dict[str, Any]:
    """Put another database into a copy; what metadata that fit it would say."""
    packed = zstandard.ZstdCompressor(write_checksum=True).compress(content)
    backup.path.write_bytes(packed)
    digest = hashlib.sha256(content).hexdigest()
    return {
        "size_bytes": len(packed),
        "sha256": hashlib.sha256(packed).hexdigest(),
        "content_bytes": len(content),
        "content_sha256": digest,
        "fingerprint": digest,
    }


def database_in(backup: Backup) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(backup.path.read_bytes()).read()


async def verdict(service: BackupService, backup: Backup) -> Backup:
    (checked,), changes = await service.verify([backup.id], Progress())
    assert changes
    assert [each.state for each in await service.list() if each.id == backup.id] == [checked.state]
    return checked


async def test_every_flipped_bit_is_found(service: BackupService, paths: Paths, tmp_path: Path) -> None:
    backup = await backed_up(service)
    assert backup.meta is not None
    dice = random.Random(5)
    missed = []
    victim = tmp_path / backup.path.name
    for _ in range(FLIPS):
        offset, bit = dice.randrange(backup.size_bytes), dice.randrange(8)
        shutil.copy(backup.path, victim)
        flip(victim, offset, bit)
        try:
            verify.prove(victim, backup.meta, paths.data / "scratch", Progress())
            missed.append((offset, bit))
        except InputError:
            continue
    assert missed == []


async def test_a_flipped_bit_is_remembered_until_the_copy_is_whole_again(service: BackupService) -> None:
    backup = await backed_up(service)
    flip(backup.path, backup.size_bytes // 2)
    checked = await verdict(service, backup)
    assert checked.state is State.DAMAGED
    assert checked.trouble
    assert checked.todo
    flip(backup.path, backup.size_bytes // 2)
    assert (await verdict(service, backup)).state is State.GOOD


async def test_metadata_of_which_any_bit_flips_never_makes_a_damaged_copy_good(
    service: BackupService, paths: Paths
) -> None:
    backup = await backed_up(service)
    flip(backup.path, backup.size_bytes // 2)
    dice = random.Random(6)
    whole = backup.meta_path.read_bytes()
    for _ in range(100):
        backup.meta_path.write_bytes(whole)
        flip(backup.meta_path, dice.randrange(len(whole)), dice.randrange(8))
        (listed,) = await service.list()
        if listed.meta is not None and listed.state is State.GOOD:
            with pytest.raises(InputError):
                verify.prove(backup.path, listed.meta, paths.data / "scratch", Progress())
    assert len(await service.list()) == 1


async def test_damage_that_the_person_s_rows_alone_show_is_found_by_the_hash_though_sqlite_is_content(
    service: BackupService, paths: Paths
) -> None:
    backup = await backed_up(service)
    content = database_in(backup)
    spoilt = content.replace(b"128000", b"128001", 1)
    assert spoilt != content
    raw = paths.data / "spoilt.db"
    raw.write_bytes(spoilt)
    assert sqlite_copy.check(raw, Progress()).row_counts["model"] == 20
    with_database(backup, spoilt)
    assert (await verdict(service, backup)).state is State.DAMAGED


@pytest.mark.parametrize(
    "changes",
    [
        {"row_counts": {"model": 20}},
        {"schema_revision": "9999"},
        {"content_bytes": None},
        {"content_bytes": 5},
        {"content_bytes": 2**60},
        {"content_sha256": "0" * 64},
        {"sha256": "0" * 64},
        {"content_sha256": None},
    ],
    ids=str,
)
async def test_metadata_that_say_something_else_are_found(service: BackupService, changes: dict[str, Any]) -> None:
    backup = await backed_up(service)
    forge(backup, **changes)
    assert (await verdict(service, backup)).state is State.DAMAGED


async def test_a_database_that_sqlite_finds_damaged_is_found_even_where_every_hash_fits(service: BackupService) -> None:
    backup = await backed_up(service)
    content = bytearray(database_in(backup))
    content[4096 * 3 : 4096 * 4] = bytes(4096)
    forge(backup, **with_database(backup, bytes(content)))
    checked = await verdict(service, backup)
    assert checked.state is State.DAMAGED
    assert "SQLite says" in checked.trouble


async def test_an_archive_bomb_with_forged_metadata_is_refused_by_its_hash_before_it_is_opened(
    service: BackupService, paths: Paths
) -> None:
    backup = await backed_up(service)
    forge(backup, size_bytes=backup.size_bytes, content_bytes=100)
    checked = await verdict(service, backup)
    assert "more than it should" in checked.trouble
    assert list((paths.data / "scratch").iterdir()) == []


async def test_a_copy_on_a_disk_that_is_read_only_can_be_proven(
    service: BackupService, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = await backed_up(service)
    before = backup.meta_path.read_bytes()
    monkeypatch.setattr(type(service.folder), "is_writable", lambda _self: False)
    (checked,), _changes = await service.verify([backup.id], Progress())
    assert checked.state is State.GOOD
    flip(backup.path, 100)
    (checked,), _changes = await service.verify([backup.id], Progress())
    assert checked.state is State.DAMAGED
    assert backup.meta_path.read_bytes() == before


async def test_what_was_proven_says_when(service: BackupService, clock: TurnedClock, change: Change) -> None:
    from datetime import timedelta

    backup = await backed_up(service)
    clock.turn(timedelta(days=3))
    checked = await verdict(service, backup)
    assert checked.meta is not None
    assert checked.meta.verified_at == clock.now
    assert (await service.health()).last_verified_at == clock.now


async def test_a_copy_is_taken_out_for_a_restore_only_when_it_is_proven(service: BackupService, tmp_path: Path) -> None:
    backup = await backed_up(service)
    meta: Meta | None = backup.meta
    assert meta is not None
    verify.extract(backup.path, meta, tmp_path / "out.db", Progress())
    assert hashlib.sha256((tmp_path / "out.db").read_bytes()).hexdigest() == meta.content_sha256
    flip(backup.path, 200)
    with pytest.raises(InputError):
        verify.extract(backup.path, meta, tmp_path / "other.db", Progress())
