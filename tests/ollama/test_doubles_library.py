"""The model folders that tests build are real ones, and their damage is what it says."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.gguf_writer import gguf_head, tiny_gguf
from harness.ollama_gguf import GgufError, decode, glance
from harness.ollama_library import Shelf, digest_of


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models")


def test_a_model_lies_where_ollama_looks_for_it_and_its_blobs_are_their_digests(shelf: Shelf) -> None:
    digest = shelf.add("llama3.2:3b", license=["MIT", "Notice"], params={"num_ctx": 8192}, system="Be short.")

    path = shelf.folder / "manifests" / "registry.ollama.ai" / "library" / "llama3.2" / "3b"
    assert digest == digest_of(path.read_bytes())
    told = json.loads(path.read_bytes())
    kinds = [layer["mediaType"].rpartition(".")[2] for layer in told["layers"]]
    assert kinds == ["model", "template", "license", "license", "system", "params"]
    for layer in (told["config"], *told["layers"]):
        content = shelf.blob(layer["digest"]).read_bytes()
        assert (digest_of(content), len(content)) == (layer["digest"], layer["size"])


def test_names_of_other_hosts_and_namespaces_have_their_folders(shelf: Shelf) -> None:
    shelf.add("me/tuned")
    shelf.add("127.0.0.1:5000/library/t:latest")

    assert shelf.names() == ("127.0.0.1:5000/library/t:latest", "registry.ollama.ai/me/tuned:latest")


def test_the_same_model_is_the_same_bytes_everywhere_and_equal_blobs_lie_there_once(tmp_path: Path) -> None:
    one, two = Shelf(tmp_path / "one"), Shelf(tmp_path / "two")
    for shelf in (one, two):
        shelf.add("a:1")
        shelf.add("b:1", shelf.digest("a:1"))

    assert one.snapshot() == two.snapshot()
    assert len(list(one.blobs.iterdir())) == len({*one.digests("a:1"), *one.digests("b:1")}) == 3


@pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])
def test_in_the_coming_layout_the_manifest_is_a_blob_too(shelf: Shelf, link: str) -> None:
    shelf.add("llama3.2:3b")
    digest = shelf.add("llama3.2:3b", v2=True, link=link)

    path = shelf.folder / "manifests-v2" / "ollama.com" / "library" / "llama3.2" / "3b"
    assert path.read_bytes() == shelf.blob(digest).read_bytes()
    assert path.is_symlink() is (link == "symlink")
    assert path.samefile(shelf.blob(digest)) is (link != "copy")
    assert not shelf.manifest("llama3.2:3b").exists()
    assert shelf.digest("llama3.2:3b") in shelf.digests("llama3.2:3b")


def test_every_damage_is_found_by_hash_and_only_there(shelf: Shelf) -> None:
    for number in range(5):
        shelf.add(f"m{number}:1", license=f"of {number}")
    hit = [shelf.digest(f"m{number}:1") for number in range(5)]
    assert shelf.damaged() == ()

    shelf.flip(hit[0], 17)
    shelf.truncate(hit[1])
    shelf.empty(hit[2])
    shelf.zero(hit[3])
    shelf.delete(hit[4])

    assert set(shelf.damaged()) == set(hit[:4])
    assert [shelf.blob(digest).stat().st_size for digest in hit[:4]] == [4096, 10, 0, 4096]
    assert not shelf.blob(hit[4]).exists()


def test_two_flips_of_one_bit_are_none_and_silent_damage_leaves_the_time(shelf: Shelf) -> None:
    shelf.add("m:1")
    weights = shelf.digest("m:1")
    before = shelf.blob(weights).stat().st_mtime_ns

    shelf.flip(weights, silently=True)
    assert shelf.damaged() == (weights,)
    assert shelf.blob(weights).stat().st_mtime_ns == before
    shelf.flip(weights)
    assert shelf.damaged() == ()


def test_a_blob_that_lies_there_is_left_as_it_is_also_where_it_is_damaged(shelf: Shelf) -> None:
    shelf.add("m:1")
    shelf.flip(shelf.digest("m:1"))

    shelf.add("m:1")

    assert shelf.damaged() == (shelf.digest("m:1"),)


def test_odd_things_lie_where_ollama_or_others_leave_them(shelf: Shelf) -> None:
    shelf.add("llama3.2:3b")
    partial = shelf.partial(number=2)
    shelf.ds_store("llama3.2:3b")
    shelf.backup_file("llama3.2:3b")
    shelf.dangling("llama3.2:gone")

    assert json.loads(Path(f"{shelf.blob(partial)}-partial-2").read_bytes()) == {
        "N": 2,
        "Offset": 0,
        "Size": 100_004,
        "Completed": 60_000,
    }
    assert Path(f"{shelf.blob(partial)}-partial").stat().st_size == 100_004
    assert sorted(path.name for path in shelf.manifest("llama3.2:3b").parent.iterdir()) == [
        ".DS_Store",
        "3b",
        "3b.bak",
        "gone",
    ]
    assert all(path.exists() for path in shelf.temporaries())


def test_big_weights_are_written_in_blocks_of_which_no_two_are_alike(shelf: Shelf) -> None:
    digest = shelf.put(5 << 20, seed="big")

    raw = shelf.blob(digest).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == digest.removeprefix("sha256:")
    assert len({raw[start : start + (1 << 20)] for start in range(0, len(raw), 1 << 20)}) == 5


def test_a_tiny_model_is_whole_and_a_sized_one_true_to_its_last_byte(shelf: Shelf) -> None:
    tiny = shelf.blob(shelf.put(tiny_gguf()))
    shelf.add("sized:1", 50_000)
    sized = shelf.blob(shelf.digest("sized:1"))

    whole = decode(tiny)
    assert whole.architecture == "llama"
    assert whole.keys["llama.context_length"] == 2048
    assert len(whole.keys["tokenizer.ggml.tokens"]) == 286
    assert len(whole.tensors) == 12
    last = whole.tensors[-1]
    assert whole.data_start + last["offset"] + 4 * 64 * 32 == tiny.stat().st_size
    assert decode(sized).keys["llama.context_length"] == 131_072
    assert sized.stat().st_size == 50_000
    assert tiny_gguf("a") != tiny_gguf("b")
    assert gguf_head(10) == b""


def test_one_byte_less_is_noticed_by_the_strict_reader_alone(shelf: Shelf) -> None:
    shelf.add("sized:1", 50_000)
    digest = shelf.digest("sized:1")
    shelf.truncate(digest, 49_999)

    assert glance(shelf.blob(digest)) is not None
    with pytest.raises(GgufError, match=r"offset\+size \(50000\) exceeds file size \(49999\)"):
        decode(shelf.blob(digest))


def test_a_folder_can_be_built_by_hand(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness.ollama_library", str(tmp_path / "m"), "--size", "64KiB", "--strays"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": "tests:app"})

    assert "registry.ollama.ai/library/made-4:4b" in told.stdout.splitlines()
    shelf = Shelf(tmp_path / "m")
    assert shelf.damaged() == ()
    assert shelf.read("me/tuned:latest")["layers"][0]["size"] == 16 * 1024
