"""Models in a folder that belongs to somebody else: through the server where that is enough, else by hand."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.gguf_writer import tiny_gguf
from harness.ollama_library import Shelf
from harness.ollama_repairs import OURS, Clinic, clinic
from modelward.core.progress import Progress
from modelward.ollama import byhand, names
from modelward.ollama.model import ModelName, RepairMeans, RepairState, Verdict
from modelward.ollama.recovery import Recovery

NAME = "llama3.2:3b"


@pytest.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(tmp_path / "its home") as opened:
        yield opened


@pytest.fixture
def shut(kit: Clinic) -> Recovery:
    """A recovery that may not write to the model folder."""
    return kit.opened(may_write=lambda _: False)


def run(detail: str) -> list[str]:
    """Run the commands of a report, but for sudo and the program's own: those that were left out."""
    left = []
    for line in detail.partition("Run:\n")[2].splitlines():
        words = shlex.split(line)
        if words[0] == "sudo":
            subprocess.run(words[1:], check=True)
        else:
            left.append(line)
    return left


async def test_a_missing_blob_goes_from_the_vault_through_the_server(kit: Clinic, shut: Recovery) -> None:
    whole = kit.snapshot()
    kit.back_up()
    digest = kit.shelf.digest(NAME)
    kit.shelf.delete(digest)
    progress = Progress()
    report = await shut.repair(kit.read(), kit.check(NAME), progress)
    assert (report.state, report.means) == (RepairState.REPAIRED, {digest: RepairMeans.VAULT})
    assert kit.snapshot() == whole
    assert not (kit.shelf.folder / OURS).exists()
    assert list((kit.home / "scratch").iterdir()) == []


async def test_a_missing_blob_without_a_copy_is_downloaded_by_the_server(kit: Clinic, shut: Recovery) -> None:
    kit.registry.publish(kit.shelf, NAME)
    whole = kit.snapshot()
    digest = kit.shelf.digest(NAME)
    kit.shelf.delete(digest)
    report = await kit.repair(NAME, shut)
    assert (report.state, report.means) == (RepairState.REPAIRED, {digest: RepairMeans.DOWNLOAD})
    assert kit.snapshot() == whole


@pytest.mark.parametrize("is_backed_up", [True, False])
async def test_a_damaged_blob_is_moved_by_the_commands_that_are_told(
    kit: Clinic, shut: Recovery, is_backed_up: bool
) -> None:
    if is_backed_up:
        kit.back_up()
    kit.registry.publish(kit.shelf, NAME)
    whole = kit.snapshot()
    digest = kit.shelf.digest(NAME)
    kit.shelf.flip(digest)
    kit.shelf.partial(digest)
    before = kit.snapshot()
    report = await kit.repair(NAME, shut)
    assert report.state is RepairState.BY_HAND
    assert kit.snapshot() == before
    (again,) = await asyncio.to_thread(run, report.detail)
    assert again == (f"modelward ollama restore {NAME}" if is_backed_up else f"ollama pull {NAME}")
    assert kit.check(NAME).verdict is Verdict.MISSING
    after = await kit.restore(NAME, recovery=shut) if is_backed_up else await kit.repair(NAME, shut)
    assert after.state is RepairState.REPAIRED
    assert kit.snapshot() == whole


async def test_a_manifest_that_was_cut_off_is_moved_by_hand_and_pulled(kit: Clinic, shut: Recovery) -> None:
    kit.registry.publish(kit.shelf, NAME)
    whole = kit.snapshot()
    kit.shelf.cut_manifest(NAME)
    report = await kit.repair(NAME, shut)
    assert report.state is RepairState.BY_HAND
    assert await asyncio.to_thread(run, report.detail) == [f"ollama pull {NAME}"]
    assert (await kit.redownload(NAME, shut)).state is RepairState.REPAIRED
    assert kit.snapshot() == whole


async def test_a_vanished_model_is_unpacked_by_hand(kit: Clinic, shut: Recovery) -> None:
    kit.back_up()
    kit.shelf.delete_manifest(NAME)
    report = await kit.restore(NAME, recovery=shut)
    assert report.state is RepairState.BY_HAND
    export, unpack = report.detail.partition("Run:\n")[2].splitlines()
    words = shlex.split(export)
    assert words[:4] == ["modelward", "ollama", "export", NAME]
    assert shlex.split(unpack)[-2:] == ["-C", str(kit.shelf.folder)]
    assert words[4] in shlex.split(unpack)


async def test_a_version_that_the_vault_lacks_is_not_risked_by_a_download(kit: Clinic, shut: Recovery) -> None:
    kit.registry.publish(kit.shelf, NAME)
    report = await kit.redownload(NAME, shut)
    assert report.state is RepairState.FAILED
    assert "Back it up first" in report.detail
    kit.back_up()
    assert (await kit.redownload(NAME, shut)).state is RepairState.REPAIRED


@pytest.mark.parametrize("is_backed_up", [True, False])
async def test_a_server_that_says_yes_and_does_nothing_has_failed(
    kit: Clinic, shut: Recovery, is_backed_up: bool
) -> None:
    if is_backed_up:
        kit.back_up()
    kit.shelf.delete(kit.shelf.digest(NAME))
    kit.ollama.is_lying = True
    report = await kit.repair(NAME, shut)
    assert report.state is RepairState.FAILED
    assert "another folder" in report.detail
    assert report.means == {}


async def test_a_server_over_another_folder_is_found_out(kit: Clinic, shut: Recovery, tmp_path: Path) -> None:
    kit.back_up()
    other = Shelf(tmp_path / "other")
    other.add(NAME, tiny_gguf())
    kit.ollama.move(other.folder)
    kit.shelf.delete(kit.shelf.digest(NAME))
    report = await kit.repair(NAME, shut)
    assert report.state is RepairState.FAILED
    assert "OLLAMA_MODELS" in report.detail


async def test_without_a_server_nothing_can_be_done_and_nothing_is(kit: Clinic) -> None:
    kit.back_up()
    kit.shelf.delete(kit.shelf.digest(NAME))
    before = kit.snapshot()
    await kit.ollama.stop()
    for server in (kit.server, None):
        report = await kit.repair(NAME, kit.opened(server=server, may_write=lambda _: False))
        assert report.state is RepairState.FAILED
    assert kit.snapshot() == before
    assert list(kit.home.glob("scratch/*")) == []


def test_commands_are_quoted_for_the_shell(tmp_path: Path) -> None:
    odd = tmp_path / "it's $HOME; `x`"
    odd.mkdir()
    bad = odd / "a b"
    bad.write_text("kept")
    for command in byhand.move_aside(odd, [bad]):
        subprocess.run(["sh", "-c", command.removeprefix("sudo ")], check=True)
    assert (odd / OURS / "by-hand" / "a b").read_text() == "kept"
    assert byhand.pull(ModelName("h", "n", "m", "t")) == "ollama pull h/n/m:t"
    assert byhand.restore(names.parse("a")) == "modelward ollama restore a:latest"
