"""The vault: what is copied, what is refused, what comes back."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from harness.ollama_library import Shelf, digest_of
from harness.vaults import Kit, damage
from modelward.core.errors import BadValueError, FolderError, InputError
from modelward.core.progress import JobCancelled, Progress
from modelward.ollama import names
from modelward.ollama.copying import Meter
from modelward.ollama.model import CopyMeans

MIB = 1 << 20


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(tmp_path)


def fetched(kit: Kit, digest: str, name: str = "back") -> bytes:
    target = kit.home / name
    kit.vault.fetch(digest, target, Progress())
    return target.read_bytes()


def test_every_blob_of_every_model_comes_back_byte_for_byte(kit: Kit) -> None:
    kit.shelf.add("llama3.2:3b", 9 * MIB, license="MIT")
    kit.shelf.add("me/tuned", 5000, system="Be kind.", newline=True)
    report = kit.back_up()
    assert {str(version.name) for version in report.made} == {"llama3.2:3b", "me/tuned:latest"}
    assert report.refused == {}
    for digest in {*kit.shelf.digests("llama3.2:3b"), *kit.shelf.digests("me/tuned")}:
        assert fetched(kit, digest, digest[7:]) == kit.shelf.blob(digest).read_bytes()
    assert kit.version("me/tuned").manifest.raw == kit.shelf.manifest("me/tuned").read_bytes()
    assert kit.debris() == []


def test_a_blob_is_fetched_with_the_time_of_now_for_all_to_read(kit: Kit) -> None:
    kit.shelf.add("a", b"weights")
    for path in kit.shelf.blobs.iterdir():
        kit.shelf.age(path, seconds=90 * 86400)
    kit.back_up()
    kit.vault.fetch(digest_of(b"weights"), kit.home / "back", Progress())
    found = (kit.home / "back").stat()
    assert found.st_mode & 0o777 == 0o644
    assert abs(found.st_mtime - (kit.home / "models").stat().st_ctime) < 3600


def test_an_unchanged_library_costs_no_byte(kit: Kit) -> None:
    kit.shelf.add("a", 10_000)
    kit.back_up()
    before = kit.contents()
    report = kit.back_up()
    assert (report.made, report.copied_bytes, [str(name) for name in report.covered]) == ((), 0, ["a:latest"])
    assert kit.contents() == before


def test_a_version_that_is_still_there_is_told_to_be_seen_and_takes_no_place(kit: Kit) -> None:
    kit.shelf.add("a", 10_000)
    first = kit.back_up().made[0]
    kit.later(1)
    kit.back_up()
    assert [version.id for version in kit.vault.versions()] == [first.id]
    assert kit.version("a").last_seen_at == kit.now
    assert kit.version("a").created_at == first.created_at


def test_objects_are_named_by_their_digest_and_cannot_be_written(kit: Kit) -> None:
    kit.shelf.add("a", b"weights")
    kit.back_up()
    name = hashlib.sha256(b"weights").hexdigest()
    path = kit.folder / "objects" / name[:2] / name
    assert path.read_bytes() == b"weights"
    assert path.stat().st_mode & 0o777 == 0o444
    assert path.stat().st_nlink == 1
    assert kit.shelf.blob(digest_of(b"weights")).stat().st_nlink == 1


def test_what_models_share_is_kept_once(kit: Kit) -> None:
    weights = kit.shelf.put(b"w" * 100_000)
    for number in range(5):
        kit.shelf.add("a", weights, system=f"Version {number}")
        kit.back_up()
        kit.later(1)
    assert len(kit.vault.versions()) == 5
    assert kit.vault.state(None).size < 1.05 * 100_000


def test_a_damaged_source_is_refused_in_words_and_the_others_go_on(kit: Kit) -> None:
    kit.shelf.add("bad", 6 * MIB)
    kit.shelf.add("good", 5000)
    kit.shelf.flip(kit.shelf.digest("bad"), silently=True)
    report = kit.back_up()
    assert [str(version.name) for version in report.made] == ["good:latest"]
    assert "Source corrupt" in report.refused[names.parse("bad")]
    assert not kit.vault.has(kit.shelf.digest("bad"))
    assert kit.debris() == []


@pytest.mark.parametrize("harm", ["truncate", "delete", "folder", "pipe"])
def test_a_source_that_is_no_whole_file_is_refused(kit: Kit, harm: str) -> None:
    kit.shelf.add("bad", 5000)
    digest = kit.shelf.digest("bad")
    blob = kit.shelf.blob(digest)
    if harm == "truncate":
        kit.shelf.truncate(digest)
    else:
        kit.shelf.delete(digest)
    if harm == "folder":
        blob.mkdir()
    if harm == "pipe":
        os.mkfifo(blob)
    report = kit.back_up()
    assert list(report.refused) == [names.parse("bad")]
    assert not kit.vault.has(digest)


def test_a_source_that_rots_never_replaces_the_good_copy(kit: Kit) -> None:
    kit.shelf.add("a", b"the good weights")
    kit.back_up()
    digest = kit.shelf.digest("a")
    kit.shelf.flip(digest, silently=True)
    assert kit.back_up().refused == {}
    assert fetched(kit, digest) == b"the good weights"


def test_a_damaged_object_is_found_and_replaced_from_a_good_source(kit: Kit) -> None:
    kit.shelf.add("a", b"the good weights" * 1000)
    kit.back_up()
    digest = kit.shelf.digest("a")
    damage(kit.object(digest))
    assert kit.vault.has(digest)
    assert kit.vault.verify(Progress()).bad == (digest,)
    assert not kit.vault.has(digest)
    kit.back_up()
    assert kit.vault.verify(Progress()).bad == ()
    assert fetched(kit, digest) == b"the good weights" * 1000


def test_a_damaged_object_stays_damaged_where_the_source_is_damaged_too(kit: Kit) -> None:
    kit.shelf.add("a", b"the good weights" * 1000)
    kit.back_up()
    digest = kit.shelf.digest("a")
    damage(kit.object(digest))
    kit.shelf.flip(digest)
    kit.vault.verify(Progress())
    assert list(kit.back_up().refused) == [names.parse("a")]
    assert kit.object(digest).exists()


def test_an_object_that_is_cut_off_is_replaced_without_being_asked(kit: Kit) -> None:
    kit.shelf.add("a", b"the good weights" * 1000)
    kit.back_up()
    digest = kit.shelf.digest("a")
    kit.object(digest).chmod(0o600)
    os.truncate(kit.object(digest), 100)
    kit.back_up()
    assert fetched(kit, digest) == b"the good weights" * 1000


def test_a_damaged_copy_is_not_handed_out(kit: Kit) -> None:
    kit.shelf.add("a", 5 * MIB)
    kit.back_up()
    digest = kit.shelf.digest("a")
    damage(kit.object(digest), at=4 * MIB + 5)
    with pytest.raises(InputError, match="damaged"):
        kit.vault.fetch(digest, kit.home / "back", Progress())
    assert not (kit.home / "back").exists()
    assert not kit.vault.has(digest)


def test_a_copy_that_is_not_there_is_told_and_no_file_is_in_its_way(kit: Kit) -> None:
    kit.shelf.add("a", b"weights")
    kit.back_up()
    with pytest.raises(InputError, match="no good copy"):
        kit.vault.fetch(digest_of(b"others"), kit.home / "back", Progress())
    (kit.home / "back").write_text("mine")
    with pytest.raises(FolderError):
        kit.vault.fetch(digest_of(b"weights"), kit.home / "back", Progress())
    assert (kit.home / "back").read_text() == "mine"


@pytest.mark.parametrize("digest", ["sha256:../../etc/passwd", "", "sha256:" + "0" * 63, "md5:" + "0" * 64])
def test_what_is_no_digest_leads_nowhere(kit: Kit, digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        kit.vault.has(digest)


def test_only_the_models_that_were_asked_for_are_copied_and_stubs_of_the_cloud_are_none(kit: Kit) -> None:
    kit.shelf.add("a", 100)
    kit.shelf.add("b", 200)
    kit.shelf.add("c:cloud", remote=True)
    assert [str(version.name) for version in kit.back_up("a").made] == ["a:latest"]
    report = kit.back_up()
    assert ([str(version.name) for version in report.made], report.refused) == (["b:latest"], {})


def test_a_manifest_that_cannot_be_read_is_refused_with_its_reason(kit: Kit) -> None:
    kit.shelf.add("a", 100)
    kit.shelf.cut_manifest("a")
    assert "empty" in kit.back_up().refused[names.parse("a")]


def test_a_model_in_the_newer_layout_is_copied_too(kit: Kit) -> None:
    kit.shelf.add("a", 100, v2=True)
    assert len(kit.back_up().made) == 1
    assert kit.vault.verify(Progress()).bad == ()


def test_a_backup_that_is_cancelled_leaves_nothing_unfinished(kit: Kit) -> None:
    kit.shelf.add("a", 9 * MIB)
    progress = Progress()

    class Watching(Progress):
        def update(self, **said: object) -> None:  # type: ignore[override]
            super().update(**said)  # type: ignore[arg-type]
            if self.state.done:
                self.cancel()

    progress = Watching()
    with pytest.raises(JobCancelled):
        kit.back_up(progress=progress)
    assert kit.debris() == []
    assert kit.vault.versions() == ()
    assert len(kit.back_up().made) == 1


def test_progress_is_told_in_bytes_and_names_the_blob(kit: Kit) -> None:
    kit.shelf.add("a", 5 * MIB)
    progress = Progress()
    kit.back_up(progress=progress)
    state = progress.state
    assert (state.unit, state.done, state.fraction) == ("bytes", state.total, 1.0)
    assert state.total is not None
    assert state.total > 5 * MIB
    assert "blob" in state.text


# ---------------------------------------------------------------- compression


def test_what_gets_smaller_is_kept_compressed_and_comes_back_as_it_was(tmp_path: Path) -> None:
    kit = Kit(tmp_path, compress=True)
    kit.shelf.add("text", b"all work and no play " * 500_000)
    kit.shelf.add("random", os.urandom(50_000))
    kit.back_up()
    digest = kit.shelf.digest("text")
    assert kit.object(digest).suffix == ".zst"
    assert kit.object(kit.shelf.digest("random")).suffix == ""
    assert kit.vault.verify(Progress()).bad == ()
    assert fetched(kit, digest) == kit.shelf.blob(digest).read_bytes()
    assert kit.back_up().copied_bytes == 0


def test_a_compressed_copy_is_found_whether_or_not_new_ones_are_compressed(tmp_path: Path) -> None:
    kit = Kit(tmp_path, compress=True)
    kit.shelf.add("text", b"all work and no play " * 500)
    kit.back_up()
    kit.vault = kit.opened(compress=False)
    assert kit.back_up().copied_bytes == 0


@pytest.mark.parametrize("harm", ["cut", "flip"])
def test_a_compressed_copy_that_is_damaged_is_replaced(tmp_path: Path, harm: str) -> None:
    kit = Kit(tmp_path, compress=True)
    kit.shelf.add("text", b"all work and no play " * 5000)
    kit.back_up()
    digest = kit.shelf.digest("text")
    path = kit.object(digest)
    if harm == "cut":
        path.chmod(0o600)
        os.truncate(path, path.stat().st_size - 5)
    else:
        damage(path, at=60)
    assert kit.vault.verify(Progress()).bad == (digest,)
    kit.vault = kit.opened(compress=False)
    kit.back_up()
    assert kit.vault.verify(Progress()).bad == ()
    assert [each.name for each in path.parent.iterdir()] == [digest[7:]]
    assert fetched(kit, digest) == kit.shelf.blob(digest).read_bytes()


# ---------------------------------------------------------------- versions


def test_only_so_many_versions_are_kept_and_the_newest_are(tmp_path: Path) -> None:
    kit = Kit(tmp_path, keep=3)
    made = []
    for number in range(6):
        kit.shelf.add("a", f"weights {number}".encode())
        made += kit.back_up().made
        kit.later(1)
    assert [version.id for version in kit.vault.versions()] == [version.id for version in reversed(made[3:])]


def test_a_version_that_comes_back_takes_the_place_it_had(tmp_path: Path) -> None:
    kit = Kit(tmp_path, keep=2)
    for content in (b"one", b"two", b"one", b"three"):
        kit.shelf.add("a", content)
        kit.back_up()
        kit.later(0.1)
    assert {version.manifest.layers[1].digest for version in kit.vault.versions()} == {
        digest_of(b"one"),
        digest_of(b"three"),
    }


def test_versions_of_one_model_push_out_none_of_another(tmp_path: Path) -> None:
    kit = Kit(tmp_path, keep=1)
    kit.shelf.add("a", b"a")
    kit.shelf.add("b", b"b")
    kit.back_up()
    for number in range(3):
        kit.later(1)
        kit.shelf.add("b", f"b{number}".encode())
        kit.back_up("b")
    assert len(kit.vault.versions(names.parse("a"))) == 1
    assert len(kit.vault.versions(names.parse("B"))) == 1


def test_a_version_that_is_deleted_by_hand_is_gone_and_another_id_is_refused(kit: Kit) -> None:
    kit.shelf.add("a", b"a")
    made = kit.back_up().made[0]
    for wrong in ("", "../vault", "01M7YW7HNA9T9YHVV46XQXWCX1"):
        with pytest.raises(BadValueError):
            kit.vault.delete(wrong)
    kit.vault.delete(made.id)
    assert kit.vault.versions() == ()
    assert kit.audit() == ["back up", "delete"]


def test_a_version_says_when_all_of_it_was_proven(kit: Kit) -> None:
    kit.shelf.add("a", b"a")
    assert kit.back_up().made[0].verified_at == kit.now
    kit.later(5)
    kit.vault.verify(Progress())
    assert kit.version("a").verified_at == kit.now


# ---------------------------------------------------------------- the vault itself


def test_a_vault_of_a_newer_format_is_refused_and_not_touched(kit: Kit) -> None:
    kit.shelf.add("a", b"a")
    kit.back_up()
    (kit.folder / "vault.json").write_text(json.dumps({"format": 2}))
    before = kit.contents()
    with pytest.raises(InputError, match="newer"):
        kit.back_up()
    with pytest.raises(InputError, match="newer"):
        kit.vault.sweep()
    assert "newer" in kit.vault.state(None).problem
    assert kit.contents() == before


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": "1"}', '{"format": true}', "[" * 10_000])
def test_a_vault_that_does_not_say_its_format_is_refused(kit: Kit, content: str) -> None:
    kit.shelf.add("a", b"a")
    kit.back_up()
    (kit.folder / "vault.json").write_text(content)
    with pytest.raises(InputError, match="cannot be read"):
        kit.back_up()


def test_a_folder_with_other_things_in_it_does_not_become_a_vault(kit: Kit) -> None:
    kit.folder.mkdir()
    (kit.folder / "taxes.ods").write_text("mine")
    kit.shelf.add("a", b"a")
    with pytest.raises(FolderError, match="not empty"):
        kit.back_up()
    assert [path.name for path in kit.folder.iterdir()] == ["taxes.ods"]


def test_the_folder_of_a_disk_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    kit = Kit(tmp_path, vault=tmp_path / "mnt" / "disk" / "vault")
    kit.shelf.add("a", b"a")
    with pytest.raises(FolderError, match="not there"):
        kit.back_up()
    assert not (tmp_path / "mnt").exists()
    assert "not there" in kit.vault.state(None).problem


def test_a_vault_that_was_never_made_is_empty_and_no_error(kit: Kit) -> None:
    state = kit.vault.state(kit.shelf.folder)
    assert (state.versions, state.size, state.problem, state.is_same_disk) == ((), 0, "", True)
    assert kit.vault.versions() == ()
    assert kit.vault.verify(Progress()).bad == ()
    kit.vault.sweep()
    assert not kit.folder.exists()


@pytest.mark.parametrize(
    "harm",
    [
        lambda told: told | {"version": 2},
        lambda told: told | {"id": "../../x"},
        lambda told: told | {"manifest": "!!"},
        lambda told: told | {"manifest": told["manifest"][:40]},
        lambda told: told | {"layers": told["layers"][1:]},
        lambda told: told | {"layers": [{**told["layers"][0], "digest": "sha256:../x"}]},
        lambda told: told | {"layers": 7},
        lambda told: told | {"model": {**told["model"], "tag": "../x"}},
        lambda told: told | {"lastSeen": "soon"},
        lambda told: told | {"lastSeen": "2026-11-20T12:00:00"},
        lambda told: {key: value for key, value in told.items() if key != "model"},
        lambda told: [],
    ],
)
def test_a_version_that_cannot_be_read_is_told_and_the_others_are_shown(kit: Kit, harm: object) -> None:
    kit.shelf.add("a", b"a")
    kit.shelf.add("b", b"b")
    made = kit.back_up().made
    path = kit.folder / "snapshots" / f"{made[0].id}.json"
    path.write_text(json.dumps(harm(json.loads(path.read_text()))))  # type: ignore[operator]
    state = kit.vault.state(None)
    assert [version.id for version in state.versions] == [made[1].id]
    assert made[0].id in state.problem


def test_copies_say_that_they_have_bytes_of_their_own_where_files_cannot_share_them(kit: Kit) -> None:
    kit.shelf.add("a", b"a" * 5000)
    made = kit.back_up().made[0]
    shared = list(kit.folder.rglob("*.shared"))
    assert made.means is (CopyMeans.REFLINK if shared else CopyMeans.COPY)


def test_a_backup_by_itself_leaves_room_on_the_disk(kit: Kit) -> None:
    digest = "sha256:" + "0" * 64
    free = os.statvfs(kit.home).f_bavail * os.statvfs(kit.home).f_frsize
    kit.shelf.blob(digest).touch()
    os.truncate(kit.shelf.blob(digest), max(free - (1 << 30), 1 << 20))
    kit.shelf.add("large", digest)
    kit.shelf.add("small", 100)
    report = kit.back_up(by_itself=True)
    assert "to stay free" in report.refused[names.parse("large")]
    assert kit.objects().isdisjoint({digest})


def test_what_does_not_fit_is_refused_before_a_byte_is_written(kit: Kit) -> None:
    digest = "sha256:" + "0" * 64
    free = os.statvfs(kit.home).f_bavail * os.statvfs(kit.home).f_frsize
    kit.shelf.blob(digest).touch()
    os.truncate(kit.shelf.blob(digest), free + (1 << 30))
    kit.shelf.add("large", digest)
    assert "no room" in kit.back_up().refused[names.parse("large")]


def test_a_line_of_the_log_that_was_cut_off_does_not_spoil_the_next(kit: Kit) -> None:
    kit.shelf.add("a", b"a")
    kit.back_up()
    log = kit.folder / "audit.jsonl"
    with log.open("a") as file:
        file.write('{"at": "20')
    kit.later(1)
    kit.shelf.add("b", b"b")
    kit.back_up()
    lines = log.read_text().splitlines()
    assert json.loads(lines[0])["subject"] == "a:latest"
    assert json.loads(lines[-1])["subject"] == "b:latest"
    assert len(lines) == 3


def test_two_programs_copy_the_same_model_at_once(kit: Kit) -> None:
    kit.shelf.add("a", 9 * MIB)
    kit.vault.folder.prepare()
    with kit.vault.intake() as other:
        other.pin([kit.shelf.digest("a")])
        layer = next(layer for layer in kit.read("a").layers if layer.size == 9 * MIB)
        part = other.copy(layer, kit.shelf.blob(layer.digest), Meter(Progress(), None))
        assert len(kit.back_up().made) == 1
        other.admit(part)
    assert kit.vault.verify(Progress()).bad == ()
    assert kit.debris() == []


def test_what_was_copied_of_a_damaged_source_takes_no_room_while_the_others_go_on(kit: Kit) -> None:
    kit.shelf.add("a", 9 * MIB)
    kit.shelf.flip(kit.shelf.digest("a"))
    kit.vault.folder.prepare()
    with kit.vault.intake() as intake:
        layer = next(layer for layer in kit.read("a").layers if layer.size == 9 * MIB)
        with pytest.raises(InputError, match="Source corrupt"):
            intake.copy(layer, kit.shelf.blob(layer.digest), Meter(Progress(), None))
        assert list((kit.folder / "parts").iterdir()) == []


def test_versions_sort_by_time(kit: Kit) -> None:
    ids = []
    for number in range(3):
        kit.shelf.add("a", f"{number}".encode())
        ids += [version.id for version in kit.back_up().made]
        kit.now += timedelta(milliseconds=2)
    assert ids == sorted(ids)
    assert len({len(version_id) for version_id in ids}) == 1


def test_a_shelf_is_never_written(kit: Kit) -> None:
    kit.shelf.add("a", 9 * MIB)
    before = Shelf(kit.shelf.folder).snapshot()
    kit.back_up()
    kit.vault.verify(Progress())
    kit.vault.sweep()
    assert kit.shelf.snapshot() == before
