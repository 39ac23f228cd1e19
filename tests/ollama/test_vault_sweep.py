"""What no version needs goes, two passes and two days later; all else stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.ollama_library import digest_of
from harness.vaults import Kit, blobs_of
from modelward.core.errors import InputError
from modelward.core.progress import Progress
from modelward.ollama.model import Manifest, ModelName, VaultVersion
from modelward.ollama.retention import surplus
from modelward.ollama.sweep import Swept

NAME = ModelName("registry.ollama.ai", "library", "a", "latest")


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    """A vault with a version that was deleted, and one that stands."""
    kit = Kit(tmp_path)
    kit.shelf.add("gone", b"gone")
    kit.shelf.add("kept", b"kept")
    kit.back_up()
    kit.vault.delete(kit.version("gone").id)
    return kit


GONE, KEPT = digest_of(b"gone"), digest_of(b"kept")


def test_an_object_that_nobody_needs_goes_a_day_later_into_the_trash_and_two_days_later_for_good(kit: Kit) -> None:
    kit.later(23)
    assert kit.vault.sweep() == Swept()
    kit.later(2)
    assert kit.vault.sweep().trashed == 1
    assert not kit.vault.has(GONE)
    assert (kit.folder / ".trash" / GONE[7:]).read_bytes() == b"gone"
    kit.later(23)
    assert kit.vault.sweep().removed == 0
    kit.later(2)
    assert kit.vault.sweep().removed == 1
    assert list((kit.folder / ".trash").iterdir()) == []
    assert kit.vault.has(KEPT)


def test_what_is_needed_again_comes_back_from_the_trash_without_being_copied(kit: Kit) -> None:
    kit.later(25)
    kit.vault.sweep()
    report = kit.back_up()
    assert (len(report.made), report.copied_bytes) == (1, 0)
    assert kit.vault.verify(Progress()).bad == ()


def test_a_sweep_brings_back_what_a_version_needs(kit: Kit) -> None:
    path = kit.object(KEPT)
    path.rename(kit.folder / ".trash" / path.name)
    assert kit.vault.sweep().rescued == 1
    assert kit.vault.has(KEPT)


def test_a_version_that_cannot_be_read_stops_the_sweep_before_anything_is_touched(kit: Kit) -> None:
    kit.later(1000)
    path = kit.folder / "snapshots" / f"{kit.version('kept').id}.json"
    path.write_bytes(path.read_bytes()[:-9])
    before = kit.contents()
    with pytest.raises(InputError, match=path.name[:26]):
        kit.vault.sweep()
    assert kit.contents() == before


def test_hidden_files_that_other_systems_leave_do_not_stop_the_sweep(kit: Kit) -> None:
    (kit.folder / "snapshots" / "._01M7YW7HNA9T9YHVV46XQXWCX1.json").write_bytes(b"\0\5\x16\7")
    kit.later(25)
    assert kit.vault.sweep().trashed == 1


def test_what_a_running_backup_needs_is_not_swept(kit: Kit) -> None:
    kit.later(1000)
    with kit.vault.intake() as intake:
        intake.pin([GONE])
        assert kit.opened().sweep().trashed == 0
        assert kit.vault.has(GONE)
    assert kit.vault.sweep().trashed == 1


def test_what_a_dead_backup_left_is_cleared_and_pins_nothing(kit: Kit) -> None:
    kit.later(1000)
    (kit.folder / "intents" / "DEAD").write_text(f"{GONE}\nnonsense\n")
    (kit.folder / "intents" / "DEAD.lock").touch()
    (kit.folder / "parts" / "DEAD.1.part").write_bytes(b"half")
    (kit.folder / "snapshots" / "X.json.part").write_bytes(b"half")
    assert kit.vault.sweep().trashed == 1
    assert kit.debris() == []


def test_the_unfinished_files_of_a_running_backup_are_left_alone(kit: Kit) -> None:
    part = kit.folder / "parts"
    with kit.vault.intake():
        name = next((kit.folder / "intents").glob("*.lock")).name.removesuffix(".lock")
        (part / f"{name}.1.part").write_bytes(b"half")
        kit.opened().sweep()
        assert [path.name for path in part.iterdir()] == [f"{name}.1.part"]


def test_a_version_that_was_deleted_while_it_was_swept_around_can_be_found_in_the_trash(kit: Kit) -> None:
    assert [path.suffix for path in (kit.folder / ".trash").iterdir()] == [".json"]


def test_room_can_be_made_at_once_by_two_sweeps_without_grace(kit: Kit) -> None:
    kit.later(0.01)
    kit.vault.sweep(timedelta(0))
    assert kit.vault.sweep(timedelta(0)).freed_bytes >= 4
    assert kit.objects() == blobs_of(kit.vault.versions())


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("abc"), st.integers(0, 4)),
        st.tuples(st.just("delete"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("later"), st.integers(1, 40), st.just(0)),
        st.tuples(st.just("sweep"), st.just(0), st.just(0)),
        st.tuples(st.just("back up"), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps)
def test_whatever_happens_every_version_stays_whole(tmp_path_factory: pytest.TempPathFactory, steps: list) -> None:  # type: ignore[type-arg]
    kit = Kit(tmp_path_factory.mktemp("life"), keep=2)
    for verb, which, what in [*steps, ("back up", 0, 0), ("sweep", 0, 0)]:
        if verb == "add":
            kit.shelf.add(which, f"weights {what}".encode())
        elif verb == "delete" and (versions := kit.vault.versions()):
            kit.vault.delete(versions[which % len(versions)].id)
        elif verb == "later":
            kit.later(which)
        elif verb == "sweep":
            kit.vault.sweep()
        elif verb == "back up":
            kit.back_up()
    versions = kit.vault.versions()
    assert kit.vault.verify(Progress()).bad == ()
    assert blobs_of(versions) <= kit.objects()
    assert {kit.shelf.read(name)["config"]["digest"] for name in kit.shelf.names()} <= blobs_of(versions)
    assert all(sum(each.name == version.name for each in versions) <= 2 for version in versions)


def version(number: int, digest: int, seen: int) -> VaultVersion:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=seen)
    return VaultVersion(f"{number:026}", NAME, Manifest(b"", f"sha256:{digest}", ()), at, at)


@given(
    seen=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 50)), max_size=15),
    keep=st.integers(1, 6),
    current=st.integers(0, 9),
)
def test_the_rule_keeps_the_version_of_now_and_the_last_seen(
    seen: list[tuple[int, int]], keep: int, current: int
) -> None:
    versions = [version(number, digest, at) for number, (digest, at) in enumerate(seen)]
    gone = surplus(versions, keep, f"sha256:{current}")
    left = [each for each in versions if each not in gone]
    digests = {each.manifest.digest for each in left}
    assert not any(each.manifest.digest == f"sha256:{current}" for each in gone)
    assert len(digests) <= keep
    assert surplus(left, keep, f"sha256:{current}") == ()
    newest = max(versions, key=lambda each: (each.last_seen_at, each.id), default=None)
    assert newest is None or newest in left or keep == 1
