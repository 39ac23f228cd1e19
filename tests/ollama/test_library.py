"""Reading a model folder: both layouts, all that may lie in it, and that nothing in it is written."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from harness.ollama_library import CONFIG_TYPE, LAYER_TYPE, Shelf, digest_of
from modelward.core.errors import FolderError
from modelward.ollama import library, manifests, strays, tags
from modelward.ollama.model import LayerKind, Library, LocalModel, StrayKind


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models")


def _names(read: Library) -> list[str]:
    return [str(model.name) for model in read.models]


def _model(read: Library, name: str) -> LocalModel:
    return next(model for model in read.models if str(model.name) == name)


def _strays(read: Library) -> dict[str, StrayKind]:
    return {stray.path.name: stray.kind for stray in read.strays}


def test_a_model_is_told_with_its_blobs_and_its_config(shelf: Shelf) -> None:
    digest = shelf.add("llama3.2:3b", params={"num_ctx": 8192}, license=["one", "two"])
    model = _model(library.read(shelf.folder), "llama3.2:3b")
    assert model.manifest is not None
    assert model.manifest.digest == digest
    assert model.manifest.raw == shelf.manifest("llama3.2:3b").read_bytes()
    assert [layer.kind for layer in model.manifest.layers] == [
        "config",
        "model",
        "template",
        "license",
        "license",
        "params",
    ]
    assert (model.config.family, model.config.quantization, model.config.num_ctx) == ("llama", "Q4_K_M", 8192)
    assert model.path == shelf.manifest("llama3.2:3b")
    assert not model.problem


def test_reading_writes_nothing(shelf: Shelf) -> None:
    shelf.add("a")
    shelf.add("b", v2=True)
    shelf.temporaries()
    shelf.cut_manifest("a")
    before = shelf.snapshot()
    library.read(shelf.folder)
    assert shelf.snapshot() == before


def test_names_in_every_odd_form_are_read_in_order(shelf: Shelf) -> None:
    odd = ["hf.co/someone/Model-GGUF:Q4_K_M", "127.0.0.1:5000/library/t:latest", "_x:_", "me/tuned:v1.0"]
    for name in [*odd, "a" * 80 + ":" + "b" * 80, "Qwen3:8B", "qwen3:8b"]:
        shelf.add(name)
    assert set(odd) < set(_names(library.read(shelf.folder)))
    assert {"Qwen3:8B", "qwen3:8b"} < set(_names(library.read(shelf.folder)))


def test_a_shared_blob_is_known_by_all_its_models(shelf: Shelf) -> None:
    shelf.add("a:1")
    shelf.add("a:2", shelf.digest("a:1"), system="other")
    read = library.read(shelf.folder)
    assert [str(name) for name in read.users_of(shelf.digest("a:1"))] == ["a:1", "a:2"]


def test_an_empty_folder_has_no_models(tmp_path: Path) -> None:
    assert library.read(tmp_path) == Library(tmp_path, ())


# ---------------------------------------------------------------- the newer layout


@pytest.mark.parametrize("link", ["symlink", "hardlink", "copy"])
def test_a_manifest_that_is_a_blob_is_read_however_it_is_linked(shelf: Shelf, link: str) -> None:
    digest = shelf.add("me/tuned:v1", v2=True, link=link)
    model = _model(read := library.read(shelf.folder), "me/tuned:v1")
    assert model.is_v2
    assert model.manifest is not None
    assert model.manifest.layers[-1].digest == digest
    assert model.manifest.layers[-1].kind is LayerKind.MANIFEST
    assert read.strays == ()


def test_a_copied_manifest_needs_no_blob_of_its_own(shelf: Shelf) -> None:
    digest = shelf.add("a", v2=True, link="copy")
    shelf.delete(digest)
    model = _model(library.read(shelf.folder), "a:latest")
    assert model.manifest is not None
    assert LayerKind.MANIFEST not in {layer.kind for layer in model.manifest.layers}


def test_the_newer_layout_counts_and_what_the_older_names_is_kept(shelf: Shelf) -> None:
    shelf.add("a", weights=b"old")
    raw = shelf.manifest("a").read_bytes()
    shelf.add("a", weights=b"new", v2=True)
    shelf.write_manifest("a", raw)
    read = library.read(shelf.folder)
    assert _names(read) == ["a:latest"]
    assert read.users_of(digest_of(b"new"))
    assert read.strays == ()


def test_both_ways_to_write_the_public_host_are_one_model(shelf: Shelf) -> None:
    shelf.add("ollama.com/library/a")
    assert _names(library.read(shelf.folder)) == ["a:latest"]
    shelf.add("h:80/library/a", v2=True)
    assert _names(library.read(shelf.folder)) == ["h:80/library/a:latest", "a:latest"]


def test_a_linked_manifest_whose_bytes_were_changed_is_told(shelf: Shelf) -> None:
    digest = shelf.add("a", v2=True)
    blob = shelf.blob(digest)
    blob.write_bytes(blob.read_bytes() + b" ")
    model = _model(library.read(shelf.folder), "a:latest")
    assert model.manifest is None
    assert "not those of the blob" in model.problem


def test_a_list_of_manifests_has_the_blobs_of_all_of_them(shelf: Shelf) -> None:
    children = []
    for runner in ("mlx", "ggml"):
        weights, config = shelf.put(runner.encode()), shelf.put(b'{"model_family":"qwen3"}')
        told = {
            "config": {"mediaType": CONFIG_TYPE, "digest": config, "size": 24},
            "layers": [{"mediaType": LAYER_TYPE + "model", "digest": weights, "size": len(runner)}],
        }
        children.append({"digest": shelf.put(json.dumps(told).encode()), "runner": runner})
    raw = json.dumps({"mediaType": manifests.LIST_TYPE, "manifests": children}).encode()
    shelf._write_v2("a", raw, "symlink")
    model = _model(read := library.read(shelf.folder), "a:latest")
    assert model.manifest is not None
    assert {digest_of(b"mlx"), digest_of(b"ggml")} < {layer.digest for layer in model.manifest.layers}
    assert model.config.family == "qwen3"
    assert read.strays == ()
    lists = [layer for layer in model.manifest.layers if layer.kind is LayerKind.MANIFEST]
    assert all(layer.size == shelf.blob(layer.digest).stat().st_size for layer in lists)


# ---------------------------------------------------------------- the cloud


def test_a_stub_of_the_cloud_is_remote_and_no_problem(shelf: Shelf) -> None:
    shelf.add("gpt-oss:120b-cloud", remote=True)
    model = _model(library.read(shelf.folder), "gpt-oss:120b-cloud")
    assert model.is_remote
    assert not model.problem
    assert model.config.remote_host == "https://ollama.com:443"


def test_a_stub_stays_remote_when_its_config_is_gone(shelf: Shelf) -> None:
    shelf.add("gpt-oss:120b-cloud", remote=True)
    shelf.delete(shelf.digest("gpt-oss:120b-cloud", "config"))
    assert _model(library.read(shelf.folder), "gpt-oss:120b-cloud").is_remote


def test_a_model_with_weights_is_not_remote_whatever_its_tag(shelf: Shelf) -> None:
    shelf.add("mine:cloud")
    assert not _model(library.read(shelf.folder), "mine:cloud").is_remote


# ---------------------------------------------------------------- what no model needs


def test_files_that_no_model_needs_are_told_apart(shelf: Shelf) -> None:
    shelf.add("a")
    orphan, partial = shelf.orphan(), shelf.partial()
    shelf.temporaries()
    shelf.ds_store("a")
    shelf.foreign("blobs/notes.txt")
    shelf.foreign("manifests/README")
    shelf.foreign("mine/elsewhere.gguf")
    shelf.foreign("manifests-v2/ollama.com/library/a/.manifest-123")
    hexadecimal = partial.removeprefix("sha256:")
    told = _strays(read := library.read(shelf.folder))
    assert told.pop(next(name for name in told if name.endswith(".tmp"))) is StrayKind.PARTIAL
    assert told == {
        orphan.replace(":", "-"): StrayKind.ORPHAN,
        f"sha256-{hexadecimal}-partial": StrayKind.PARTIAL,
        f"sha256-{hexadecimal}-partial-0": StrayKind.PARTIAL,
        "sha256-1234567890": StrayKind.TEMPORARY,
        "COPY3141592653": StrayKind.TEMPORARY,
        "Q4_K_M2718281828": StrayKind.TEMPORARY,
        ".manifest-123": StrayKind.TEMPORARY,
        ".DS_Store": StrayKind.MANIFEST,
        "notes.txt": StrayKind.FOREIGN,
        "README": StrayKind.FOREIGN,
    }
    assert {stray.digest for stray in read.strays if stray.path.name.startswith(f"sha256-{hexadecimal}")} == {partial}
    assert read.is_whole
    assert read.problems == ()


def test_a_copy_beside_a_manifest_is_a_model_as_ollama_takes_it(shelf: Shelf) -> None:
    shelf.add("a")
    shelf.backup_file("a")
    assert _names(library.read(shelf.folder)) == ["a:latest", "a:latest.bak"]


def test_no_blob_is_called_an_orphan_while_a_manifest_cannot_be_read(shelf: Shelf) -> None:
    shelf.add("a")
    shelf.orphan()
    shelf.cut_manifest("a")
    read = library.read(shelf.folder)
    assert StrayKind.ORPHAN not in _strays(read).values()
    assert "no blob can be called useless" in " ".join(read.problems)


def test_a_blob_with_an_old_name_is_no_stray(shelf: Shelf) -> None:
    shelf.foreign(f"blobs/{digest_of(b'x')}", b"x")
    read = library.read(shelf.folder)
    assert read.strays == ()
    assert "old name" in read.problems[0]


# ---------------------------------------------------------------- bad manifests


@pytest.mark.parametrize("size", [0, 1, 200])
def test_a_manifest_that_was_cut_off_costs_only_its_own_model(shelf: Shelf, size: int) -> None:
    shelf.add("good")
    shelf.add("bad")
    shelf.cut_manifest("bad", size)
    read = library.read(shelf.folder)
    assert _model(read, "good:latest").manifest is not None
    assert _model(read, "bad:latest").manifest is None
    assert "cannot be read" in _model(read, "bad:latest").problem


@pytest.mark.parametrize("content", [b"\0" * 512, b"\xff" * 9, b"<html>", b'{"layers":[{"digest":"sha256:../x"}]}'])
def test_a_hostile_manifest_costs_only_its_own_model(shelf: Shelf, content: bytes) -> None:
    shelf.add("good")
    shelf.write_manifest("bad", content)
    read = library.read(shelf.folder)
    assert [bool(model.problem) for model in read.models] == [True, False]


def test_a_huge_manifest_is_not_read(shelf: Shelf) -> None:
    shelf.add("good")
    shelf.write_manifest("bad", b"")
    os.truncate(shelf.manifest("bad"), 2**40)
    read = library.read(shelf.folder)
    assert "too large" in _model(read, "bad:latest").problem
    assert _model(read, "good:latest").manifest is not None


def test_manifests_that_are_huge_together_are_not_all_kept(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.add("a")
    shelf.add("b")
    monkeypatch.setattr(library, "MOST_MANIFEST_BYTES", shelf.manifest("a").stat().st_size + 10)
    assert sorted(bool(model.problem) for model in library.read(shelf.folder).models) == [False, True]


def test_a_dangling_link_is_a_model_with_a_problem(shelf: Shelf) -> None:
    shelf.add("good")
    shelf.dangling("bad")
    read = library.read(shelf.folder)
    assert "leads nowhere" in _model(read, "bad:latest").problem
    assert _model(read, "good:latest").manifest is not None


def test_a_link_in_a_circle_is_a_model_with_a_problem(shelf: Shelf) -> None:
    shelf.add("good")
    path = shelf.dangling("bad")
    path.unlink()
    path.symlink_to(path.name)
    read = library.read(shelf.folder)
    assert _model(read, "bad:latest").problem
    assert _model(read, "good:latest").manifest is not None


def test_a_link_out_of_the_folder_is_not_followed(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add("good")
    secret = tmp_path / "secret"
    shutil.copy(shelf.manifest("good"), secret)
    path = shelf.dangling("bad")
    path.unlink()
    path.symlink_to(secret)
    assert "leads out of the model folder" in _model(library.read(shelf.folder), "bad:latest").problem


def test_folders_moved_to_another_disk_behind_links_are_read(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add("a")
    shelf.add("b", v2=True)
    for name in ("blobs", "manifests", "manifests-v2"):
        (shelf.folder / name).rename(tmp_path / name)
        (shelf.folder / name).symlink_to(tmp_path / name)
    read = library.read(shelf.folder)
    assert _names(read) == ["a:latest", "b:latest"]
    assert all(model.manifest for model in read.models)


def test_a_folder_that_leads_back_into_itself_ends(shelf: Shelf) -> None:
    shelf.add("a")
    (shelf.manifests / "loop").symlink_to(shelf.manifests)
    read = library.read(shelf.folder)
    assert _names(read) == ["a:latest"]
    assert "leads back" in read.problems[0]


def test_links_that_make_many_of_few_folders_end(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.add("a")
    monkeypatch.setattr(tags, "MOST_ENTRIES", 100)
    for number in range(100):
        (shelf.manifests / f"host{number}").symlink_to(shelf.manifest("a").parents[2])
    read = library.read(shelf.folder)
    assert len(read.models) <= 100
    assert not read.is_whole


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes among files.")
def test_a_pipe_is_not_waited_for(shelf: Shelf) -> None:
    shelf.add("a")
    os.mkfifo(shelf.manifest("a").with_name("pipe"))
    shelf.delete(shelf.digest("a", "config"))
    os.mkfifo(shelf.blob(shelf.digest("a", "config")))
    read = library.read(shelf.folder)
    assert "not a file" in _model(read, "a:pipe").problem
    assert _model(read, "a:latest").config.family is None


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="Such names cannot be made here.")
def test_names_that_are_no_text_are_strays(shelf: Shelf) -> None:
    shelf.add("a")
    folder = os.fsencode(shelf.manifest("a").parent)
    for name in (b"\xff\xfe", b"\x1b[2J", b"with space", b"-x", b"caf\xc3\xa9"):
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(shelf.blobs) + b"/\xff")).write_bytes(b"x")
    read = library.read(shelf.folder)
    assert _names(read) == ["a:latest"]
    assert sorted(stray.kind for stray in read.strays) == [StrayKind.FOREIGN, *[StrayKind.MANIFEST] * 5]


def test_a_folder_in_the_place_of_a_tag_is_passed_over(shelf: Shelf) -> None:
    shelf.add("a")
    shelf.foreign("manifests/registry.ollama.ai/library/a/deeper/latest")
    assert _names(library.read(shelf.folder)) == ["a:latest"]


def test_a_time_that_no_calendar_has_costs_nothing(shelf: Shelf) -> None:
    shelf.add("a")
    os.utime(shelf.manifest("a"), (-(2**40), -(2**40)))
    assert _names(library.read(shelf.folder)) == ["a:latest"]


def test_more_strays_than_can_be_told_are_counted(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strays, "MOST_STRAYS", 3)
    for number in range(5):
        shelf.foreign(f"blobs/{number}.txt")
    read = library.read(shelf.folder)
    assert len(read.strays) == 3
    assert "2 more files" in read.problems[0]


# ---------------------------------------------------------------- folders that cannot be read


def test_a_folder_that_is_not_there_is_an_error_and_not_an_empty_library(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="cannot be read"):
        library.read(tmp_path / "gone")


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("x")
    with pytest.raises(FolderError):
        library.read(tmp_path / "models")
    (tmp_path / "manifests").write_text("x")
    with pytest.raises(FolderError, match="list of Ollama's models"):
        library.read(tmp_path)


def test_a_folder_that_goes_away_while_it_is_read_is_an_error(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.add("a")

    def unplugged(*_: object, **__: object) -> None:
        shutil.rmtree(shelf.folder, ignore_errors=True)

    monkeypatch.setattr(tags, "find", unplugged)
    with pytest.raises(FolderError):
        library.read(shelf.folder)


def test_a_folder_that_is_exchanged_while_it_is_read_is_an_error(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.add("a")
    find = tags.find

    def unplugged(*told: object, **more: object) -> None:
        if shelf.folder.with_name("disk").exists():
            find(*told, **more)  # type: ignore[arg-type]
            return
        shelf.folder.rename(shelf.folder.with_name("disk"))
        Shelf(shelf.folder)  # an empty one, as the place where a disk was plugged in

    monkeypatch.setattr(tags, "find", unplugged)
    with pytest.raises(FolderError, match="exchanged"):
        library.read(shelf.folder)


def test_a_list_of_models_that_goes_away_while_it_is_read_is_an_error(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.add("a")
    monkeypatch.setattr(tags, "find", lambda *_, **__: shutil.rmtree(shelf.manifests, ignore_errors=True))
    with pytest.raises(FolderError, match="went away"):
        library.read(shelf.folder)


def test_a_model_deleted_while_it_is_read_is_not_told(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.add("a")
    shelf.add("b")
    find = tags.find

    def then_deleted(*told: object, **more: object) -> None:
        find(*told, **more)  # type: ignore[arg-type]
        shelf.manifest("a").unlink(missing_ok=True)

    monkeypatch.setattr(tags, "find", then_deleted)
    assert _names(library.read(shelf.folder)) == ["b:latest"]


@pytest.mark.parametrize("what", ["manifests/registry.ollama.ai/me", "blobs"])
def test_a_closed_folder_is_told_and_costs_only_what_lies_in_it(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    shelf.add("a")
    shelf.add("me/b")
    shelf.orphan()
    _close(monkeypatch, shelf.folder / what)
    read = library.read(shelf.folder)
    assert "a:latest" in _names(read)
    assert read.is_whole is (what == "blobs")
    assert any("cannot be read" in problem for problem in read.problems)
    assert StrayKind.ORPHAN not in _strays(read).values()


@pytest.mark.parametrize("what", [".", "manifests", "manifests-v2"])
def test_a_closed_list_of_models_is_an_error_and_not_an_empty_library(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    shelf.add("a")
    shelf.add("b", v2=True)
    _close(monkeypatch, shelf.folder / what)
    with pytest.raises(FolderError, match="cannot be read"):
        library.read(shelf.folder)


def _close(monkeypatch: pytest.MonkeyPatch, closed: Path) -> None:
    # Not by its mode: root reads closed folders too.
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)


def test_no_weights_are_opened_and_no_file_twice(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        shelf.add(f"m{number}", 10, system=str(number), params={"num_ctx": number + 1})
    opened: list[object] = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *more: (opened.append(path), real(path, *more))[1])
    library.read(shelf.folder)
    assert len(opened) == 20 * 3  # manifest, config, parameters; no weights
