"""Copies proven in turns, made anew where they are damaged, and a vault whose disk is away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.ollama_library import digest_of
from harness.vaults import Kit, damage
from modelward.core.errors import FolderError
from modelward.core.progress import JobCancelled, Progress
from modelward.ollama.hashing import ClosedError
from modelward.ollama.vault import Vault

DAY = 24


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


def with_models(kit: Kit, count: int = 7) -> None:
    for number in range(count):
        kit.shelf.add(f"m{number}", bytes([number]) * 1000)
    kit.back_up()


# ---------------------------------------------------------------- turns


def test_every_copy_has_its_turn_within_a_week_of_shares(kit: Kit) -> None:
    with_models(kit)
    kit.later(7 * DAY)
    seen = []
    for _ in range(8):
        seen.append(kit.vault.verify(Progress(), share=1 / 7).good)
        kit.later(DAY)
    assert frozenset().union(*seen) == kit.objects()
    assert all(len(part) < len(kit.objects()) for part in seen)


def test_what_was_copied_or_proven_this_week_has_no_turn(kit: Kit) -> None:
    with_models(kit)
    assert kit.vault.verify(Progress(), share=1).good == frozenset()
    kit.later(7 * DAY)
    assert kit.vault.verify(Progress(), share=1).good == kit.objects()
    assert kit.vault.verify(Progress(), share=1).good == frozenset()


def test_the_copy_that_was_longest_unproven_comes_first(kit: Kit) -> None:
    kit.shelf.add("old", b"old" * 1000)
    kit.back_up()
    kit.later(DAY)
    kit.shelf.add("new", b"new" * 1000)
    kit.back_up()
    kit.later(8 * DAY)
    proven = kit.vault.verify(Progress(), share=0.01)
    assert proven.good <= {layer.digest for layer in kit.version("old").manifest.layers}


def test_a_version_says_since_when_all_its_copies_are_proven(kit: Kit) -> None:
    kit.shelf.add("a", b"first" * 1000, license="MIT")
    kit.back_up()
    copied = kit.now
    kit.later(8 * DAY)
    kit.vault.verify(Progress(), share=0.01)
    assert kit.version("a").verified_at == copied
    kit.vault.verify(Progress())
    assert kit.version("a").verified_at == kit.now


def test_a_version_with_a_damaged_copy_is_proven_since_never(kit: Kit) -> None:
    kit.shelf.add("a", b"weights" * 100, license="MIT")
    kit.shelf.add("b", b"others" * 100, license="MIT")
    kit.back_up()
    damage(kit.object(digest_of(b"weights" * 100)))
    kit.vault.verify(Progress())
    assert kit.version("a").verified_at is None
    assert kit.version("b").verified_at == kit.now
    assert list(kit.vault.lacking()) == [kit.version("a")]


def test_dates_that_cannot_be_read_only_mean_that_all_is_proven_sooner(kit: Kit) -> None:
    with_models(kit, 2)
    kit.later(7 * DAY)
    for content in (b"", b"[]", b"{", b'{"sha256:x": 3, "y": "never"}', b"\xff", b"[" * 100_000):
        (kit.folder / "proofs.json").write_bytes(content)
        assert kit.vault.verify(Progress(), share=1).good == kit.objects()


def test_proving_that_is_ended_early_keeps_what_it_found(kit: Kit) -> None:
    with_models(kit)
    kit.later(1)
    left = 5

    def wait() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise ClosedError

    proven = kit.vault.verify(Progress(), wait=wait)
    assert not proven.is_whole
    told = json.loads((kit.folder / "proofs.json").read_text())
    assert {digest for digest, at in told.items() if at == kit.now.isoformat("T", "microseconds")} == proven.good
    assert 0 < len(proven.good) < len(kit.objects())


def test_proving_can_be_cancelled(kit: Kit) -> None:
    with_models(kit)
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        kit.vault.verify(progress)


# ---------------------------------------------------------------- damaged copies


def test_a_damaged_copy_is_made_anew_from_the_models_that_have_it_whole(kit: Kit) -> None:
    kit.shelf.add("a", b"weights" * 100)
    kit.back_up()
    digest = digest_of(b"weights" * 100)
    damage(kit.object(digest))
    assert kit.vault.verify(Progress()).bad == (digest,)
    assert kit.vault.renew([digest], [kit.home / "none", kit.shelf.folder], Progress()) == (digest,)
    assert (kit.vault.lacking(), kit.vault.verify(Progress()).bad, kit.debris()) == ({}, (), [])


def test_a_lost_copy_is_made_anew_too(kit: Kit) -> None:
    kit.shelf.add("a", b"weights" * 100)
    kit.back_up()
    digest = digest_of(b"weights" * 100)
    kit.object(digest).unlink()
    assert kit.vault.lacking() == {kit.version("a"): (digest,)}
    assert kit.vault.renew([digest], [kit.shelf.folder], Progress()) == (digest,)
    assert kit.vault.lacking() == {}


def test_a_source_that_is_damaged_too_replaces_nothing(kit: Kit) -> None:
    kit.shelf.add("a", b"weights" * 100)
    kit.back_up()
    digest = digest_of(b"weights" * 100)
    damage(kit.object(digest))
    damage(kit.shelf.blob(digest), at=99)
    kit.vault.verify(Progress())
    before = kit.object(digest).read_bytes()
    assert kit.vault.renew([digest], [kit.shelf.folder], Progress()) == ()
    assert (kit.object(digest).read_bytes(), kit.debris()) == (before, [])


# ---------------------------------------------------------------- a disk that is away


def away(kit: Kit) -> Vault:
    """The vault as it is opened after its disk was taken away: its folder is there, and empty."""
    known = kit.vault.folder.identity
    kit.folder.rename(kit.home / "disk")
    kit.folder.mkdir()
    return Vault(kit.folder, keep=5, compress=False, clock=lambda: kit.now, known=known)


def test_every_vault_has_a_name_of_its_own(kit: Kit, tmp_path: Path) -> None:
    with_models(kit, 1)
    other = Kit(tmp_path / "other", vault=tmp_path / "other-vault")
    with_models(other, 1)
    assert kit.vault.folder.identity
    assert kit.vault.folder.identity != other.vault.folder.identity


def test_nothing_is_written_into_the_empty_place_of_a_vault_whose_disk_is_away(kit: Kit) -> None:
    with_models(kit, 1)
    vault = kit.vault = away(kit)
    for verb in (
        kit.back_up,
        vault.versions,
        lambda: vault.verify(Progress()),
        lambda: vault.renew([], [], Progress()),
    ):
        with pytest.raises(FolderError, match="is its disk connected"):
            verb()
    assert list(kit.folder.iterdir()) == []
    assert "is its disk connected" in vault.state(None).problem


def test_the_disk_that_comes_back_is_the_vault_again(kit: Kit) -> None:
    with_models(kit, 1)
    vault = away(kit)
    kit.folder.rmdir()
    assert "is its disk connected" in vault.state(None).problem
    (kit.home / "disk").rename(kit.folder)
    assert (vault.state(None).problem, len(vault.versions())) == ("", 1)


def test_another_vault_on_another_disk_may_take_the_place(kit: Kit) -> None:
    with_models(kit, 1)
    vault = Vault(kit.folder, keep=5, compress=False, known="another")
    assert len(vault.versions()) == 1
