"""A model in one file: written, unpacked by any tar, taken in, and every bad file refused."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.ollama_library import Shelf, digest_of
from harness.vaults import Kit, blobs_of, damage
from modelward.core.errors import FolderError, InputError
from modelward.core.progress import JobCancelled, Progress
from modelward.ollama import library, names, parcel

MIB = 1 << 20


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    kit = Kit(tmp_path)
    kit.shelf.add("llama3.2:3b", 5 * MIB, license="MIT")
    kit.shelf.add("me/tuned:v1", 5000, system="Be kind.")
    kit.back_up()
    return kit


@pytest.fixture
def other(tmp_path: Path) -> Kit:
    """A vault that has nothing yet."""
    home = tmp_path / "other"
    home.mkdir()
    return Kit(home)


def exported(kit: Kit, name: str, *, compress: bool = False) -> Path:
    file = kit.home / "model.tar"
    size = parcel.export_version(kit.vault, kit.version(name), file, Progress(), compress=compress)
    assert file.stat().st_size == size
    return file


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("name", ["llama3.2:3b", "me/tuned:v1"])
def test_what_was_exported_is_taken_in_byte_for_byte(kit: Kit, other: Kit, name: str, compress: bool) -> None:
    file = exported(kit, name, compress=compress)
    taken = parcel.take_in(other.vault, file, Progress())
    assert [(str(each.name), each.manifest.raw) for each in taken] == [(name, kit.shelf.manifest(name).read_bytes())]
    assert other.vault.verify(Progress()).bad == ()
    assert other.objects() == set(kit.shelf.digests(name))
    assert other.debris() == []


@pytest.mark.parametrize("compress", [False, True])
def test_plain_tar_unpacks_it_into_a_model_folder_that_works(kit: Kit, tmp_path: Path, compress: bool) -> None:
    if compress and shutil.which("zstd") is None:
        pytest.skip("unpacking a compressed file by tar is NOT tested: zstd is missing")
    folder = tmp_path / "unpacked"
    folder.mkdir()
    subprocess.run(["tar", "-xf", exported(kit, "llama3.2:3b", compress=compress), "-C", folder], check=True)
    read = library.read(folder)
    assert [str(model.name) for model in read.models] == ["llama3.2:3b"]
    assert (read.strays, read.problems) == ((), ())
    assert Shelf(folder).damaged() == ()
    assert Shelf(folder).digests("llama3.2:3b") == kit.shelf.digests("llama3.2:3b")
    assert Shelf(folder).blob(kit.shelf.digest("llama3.2:3b")).stat().st_mode & 0o777 == 0o644


def test_the_manifest_is_the_last_file(kit: Kit) -> None:
    with tarfile.open(exported(kit, "me/tuned:v1")) as file:
        paths = file.getnames()
    assert paths[-1] == "manifests/registry.ollama.ai/me/tuned/v1"
    assert all(path.startswith("blobs/sha256-") for path in paths[:-1])


def test_a_file_that_tar_made_of_a_model_folder_is_taken_in(kit: Kit, other: Kit) -> None:
    file = kit.home / "all.tar"
    subprocess.run(["tar", "-cf", file, "-C", kit.shelf.folder, "."], check=True)
    assert len(parcel.take_in(other.vault, file, Progress())) == 2
    for form in ("ustar", "pax", "gnu"):
        subprocess.run(
            ["tar", f"--format={form}", "-cf", file, "-C", kit.shelf.folder, "blobs", "manifests"], check=True
        )
        assert len(parcel.take_in(other.vault, file, Progress())) == 2
    assert len(other.vault.versions()) == 2


def test_a_model_is_exported_straight_out_of_the_library(kit: Kit, other: Kit) -> None:
    file = kit.home / "model.tar"
    name = names.parse("llama3.2:3b")
    parcel.export_model(kit.shelf.folder, name, kit.read("llama3.2:3b"), file, Progress())
    assert len(parcel.take_in(other.vault, file, Progress())) == 1
    kit.shelf.flip(kit.shelf.digest("llama3.2:3b"))
    before = file.read_bytes()
    with pytest.raises(InputError, match="Source corrupt"):
        parcel.export_model(kit.shelf.folder, name, kit.read("llama3.2:3b"), file, Progress())
    assert file.read_bytes() == before
    assert not file.with_name("model.tar.part").exists()


def test_an_export_of_a_damaged_copy_is_refused_and_leaves_no_file(kit: Kit) -> None:
    damage(kit.object(kit.shelf.digest("llama3.2:3b")), at=MIB)
    with pytest.raises(InputError, match="Source corrupt"):
        exported(kit, "llama3.2:3b")
    assert list(kit.home.glob("model.tar*")) == []


def test_an_export_to_where_nothing_can_be_written_is_told(kit: Kit) -> None:
    version = kit.version("me/tuned:v1")
    for file in (kit.home / "missing" / "x.tar", kit.home / "models"):
        with pytest.raises(FolderError):
            parcel.export_version(kit.vault, version, file, Progress())
    assert list(kit.home.glob("*.part")) == []


def test_an_export_that_is_cancelled_leaves_no_file(kit: Kit) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        parcel.export_version(kit.vault, kit.version("llama3.2:3b"), kit.home / "model.tar", progress)
    assert list(kit.home.glob("model.tar*")) == []


def test_a_damaged_copy_in_the_vault_is_healed_by_taking_a_file_in(kit: Kit) -> None:
    file = exported(kit, "llama3.2:3b")
    digest = kit.shelf.digest("llama3.2:3b")
    damage(kit.object(digest))
    assert kit.vault.verify(Progress()).bad == (digest,)
    assert parcel.take_in(kit.vault, file, Progress())[0].id == kit.version("llama3.2:3b").id
    assert kit.vault.verify(Progress()).bad == ()


# ---------------------------------------------------------------- bad files

WEIGHTS = b"the weights"
CONFIG = b'{"model_format": "gguf"}'
BLOB = f"blobs/{digest_of(WEIGHTS)}".replace(":", "-")
CONFIG_BLOB = f"blobs/{digest_of(CONFIG)}".replace(":", "-")
MANIFEST = "manifests/registry.ollama.ai/library/a/latest"
RAW = json.dumps(
    {
        "schemaVersion": 2,
        "config": {"mediaType": "c", "digest": digest_of(CONFIG), "size": len(CONFIG)},
        "layers": [{"mediaType": "m", "digest": digest_of(WEIGHTS), "size": len(WEIGHTS)}],
    }
).encode()
GOOD = [(BLOB, WEIGHTS), (CONFIG_BLOB, CONFIG), (MANIFEST, RAW)]


def member(path: str, content: bytes = b"", **said: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(path)
    info.size = len(content)
    for key, value in said.items():
        setattr(info, key, value)
    return info, content


def packed(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """A tar file of anything whatever."""
    written = io.BytesIO()
    for info, content in members:
        written.write(info.tobuf(tarfile.GNU_FORMAT))
        written.write(content + bytes(-len(content) % 512))
    return written.getvalue() + bytes(1024)


def with_more(*more: tuple[tarfile.TarInfo, bytes]) -> bytes:
    return packed([*(member(*each) for each in GOOD), *more])


def without(path: str) -> bytes:
    return packed([member(*each) for each in GOOD if each[0] != path])


def with_manifest(raw: bytes, path: str = MANIFEST) -> bytes:
    return packed([member(*GOOD[0]), member(*GOOD[1]), member(path, raw)])


def lying(info: tarfile.TarInfo, size: int) -> bytes:
    """A member that claims another size than it has."""
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT) + b"x" * 600


def wanting_memory(content: bytes) -> bytes:
    """A whole file, packed so that unpacking it asks for 128 MiB."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return compressor.compress(content) + compressor.flush()


BAD: dict[str, bytes] = {
    "nothing": b"",
    "noise": bytes(range(256)) * 20,
    "zeros": bytes(10240),
    "html": b"<!DOCTYPE html><p>Not found" * 100,
    "cut in a header": packed([member(*each) for each in GOOD])[:700],
    "cut in a blob": packed([member(*each) for each in GOOD])[:515],
    "no end": packed([member(*each) for each in GOOD])[:-1024],
    "a path upwards": with_more(member("../evil", b"x")),
    "a path upwards in the middle": with_more(member("blobs/../../evil", b"x")),
    "an absolute path": with_more(member("/etc/cron.d/evil", b"x")),
    "a path of windows": with_more(member("blobs\\..\\evil", b"x")),
    "a drive": with_more(member("C:/evil", b"x")),
    "a control character": with_more(member("blobs/a\x1b[2J", b"x")),
    "a folder upwards": with_more(member("../up", type=tarfile.DIRTYPE)),
    "another place": with_more(member("notes/readme", b"x")),
    "a file in blobs": with_more(member("blobs/readme", b"x")),
    "a key": with_more(member("id_ed25519", b"x")),
    "a symbolic link": with_more(member(BLOB + "0", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
    "a hard link": with_more(member(BLOB, type=tarfile.LNKTYPE, linkname=CONFIG_BLOB)),
    "a device": with_more(member(BLOB, type=tarfile.CHRTYPE)),
    "a pipe": with_more(member(BLOB, type=tarfile.FIFOTYPE)),
    "a sparse file": with_more(member("blobs/x", b"", type=tarfile.GNUTYPE_SPARSE)),
    "a file twice": with_more(member(*GOOD[0])),
    "a blob in two spellings": with_more(member(BLOB.upper().replace("BLOBS/SHA", "blobs/sha"), WEIGHTS)),
    "a model twice": with_more(member(MANIFEST.replace("/a/", "/A/"), RAW)),
    "wrong bytes": packed([member(BLOB, b"x" + WEIGHTS[1:]), member(*GOOD[1]), member(*GOOD[2])]),
    "a missing blob": without(BLOB),
    "no manifest": without(MANIFEST),
    "a manifest that is none": with_manifest(b"{"),
    "an empty manifest": with_manifest(b""),
    "a hostile digest": with_manifest(RAW.replace(digest_of(WEIGHTS).encode(), b"sha256:../../x")),
    "another size": with_manifest(RAW.replace(b'"size": 11', b'"size": 12')),
    "a list": with_manifest(
        json.dumps(
            {
                "mediaType": "application/vnd.ollama.manifest.list.v2+json",
                "manifests": [{"mediaType": "m", "digest": digest_of(WEIGHTS)}],
            }
        ).encode()
    ),
    "a name that is none": with_manifest(RAW, "manifests/registry.ollama.ai/library/a/-x"),
    "too deep": with_manifest(RAW, MANIFEST + "/more"),
    "too flat": with_manifest(RAW, "manifests/a/latest"),
    "a huge manifest": packed([member(*GOOD[0])])[:-1024] + lying(tarfile.TarInfo(MANIFEST), 2**40),
    "a huge blob": lying(tarfile.TarInfo(BLOB), 2**61),
    "a size beyond belief": lying(tarfile.TarInfo(BLOB), 2**70),
    "a negative size": lying(tarfile.TarInfo(BLOB), -512),
    "a huge name": lying(member("x", type=tarfile.GNUTYPE_LONGNAME)[0], 2**40),
    "a huge extended header": lying(member("x", type=tarfile.XHDTYPE)[0], 2**33),
    "an odd extended header": packed([member("x", b"99 path=short\n", type=tarfile.XHDTYPE), member(*GOOD[0])]),
    "an extended path upwards": packed([member("x", b"16 path=../evil\n", type=tarfile.XHDTYPE), member("y", b"x")]),
    "a size that an extended header hides": packed(
        [member("x", b"12 size=-1\n\n", type=tarfile.XHDTYPE), member(*GOOD[0])]
    ),
    "broken compression": b"\x28\xb5\x2f\xfd" + bytes(range(200)),
    "cut compression": zstandard.compress(packed([member(*each) for each in GOOD]))[:-20],
    "compression that wants memory": wanting_memory(packed([member(*each) for each in GOOD])),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_words_and_nothing_is_half_done(other: Kit, bad: bytes) -> None:
    file = other.home / "bad.tar"
    file.write_bytes(bad)
    with pytest.raises((InputError, FolderError)) as refused:
        parcel.take_in(other.vault, file, Progress())
    assert refused.value.todo
    assert "\x1b" not in str(refused.value)
    assert other.objects() == set()
    assert other.vault.versions() == ()
    assert other.debris() == []
    assert sorted(path.name for path in other.home.iterdir()) == ["bad.tar", "models", "vault"]


def test_the_same_file_without_the_fault_is_taken_in(other: Kit) -> None:
    file = other.home / "good.tar"
    for good in (packed([member(*each) for each in GOOD]), zstandard.compress(with_more())):
        file.write_bytes(good)
        assert [str(each.name) for each in parcel.take_in(other.vault, file, Progress())] == ["a:latest"]
        assert other.vault.verify(Progress()).bad == ()


def test_a_blob_that_no_model_needs_is_left_out(other: Kit) -> None:
    file = other.home / "more.tar"
    file.write_bytes(with_more(member(f"blobs/{digest_of(b'more')}".replace(":", "-"), b"more")))
    parcel.take_in(other.vault, file, Progress())
    assert other.objects() == blobs_of(other.vault.versions())


def test_a_file_that_is_not_there_or_no_file_is_told(other: Kit) -> None:
    for path in (other.home / "missing.tar", other.home):
        with pytest.raises(InputError, match="cannot be read"):
            parcel.take_in(other.vault, path, Progress())


def changed(content: bytes, at: int, byte: int) -> bytes:
    at %= len(content)
    return content[:at] + bytes([byte]) + content[at + 1 :]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, 10**6), byte=st.integers(0, 255), cut=st.none() | st.integers(0, 10**6))
@example(at=156, byte=ord("L"), cut=None)
def test_a_file_with_any_byte_changed_or_cut_off_gives_the_model_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: int | None
) -> None:
    kit = Kit(tmp_path_factory.mktemp("fuzz"))
    whole = changed(packed([member(*each) for each in GOOD]), at, byte)
    file = kit.home / "fuzz.tar"
    file.write_bytes(whole if cut is None else whole[: cut % len(whole)])
    try:
        taken = parcel.take_in(kit.vault, file, Progress())
    except (InputError, FolderError):
        taken = ()
    assert kit.vault.verify(Progress()).bad == ()
    assert {layer.digest for each in taken for layer in each.manifest.layers} == kit.objects()
    assert kit.debris() == []
