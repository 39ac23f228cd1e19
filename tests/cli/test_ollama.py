"""``ollama …``: what the commands print, what they leave, and their exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.commands import Run
from harness.gguf_writer import tiny_gguf
from harness.ollama_library import Shelf
from harness.stores import start_python
from harness.vaults import damage
from modelward.core.clock import utc_now
from modelward.desk import Desk

LLAMA, TUNED = "llama3.2:3b", "me/tuned:latest"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Two models of an Ollama that does not run."""
    made = Shelf(tmp_path / "models")
    for name in (LLAMA, "me/tuned"):
        made.add(name, tiny_gguf(name))
    monkeypatch.setenv("OLLAMA_MODELS", str(made.folder))
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    return made


@pytest.fixture
def beside(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the store."""
    program = """
import asyncio, os, sys
from modelward.core.paths import Paths
from modelward.core.settings import load
from modelward.core.clock import utc_now
from modelward.desk import Desk
async def hold():
    paths = Paths.locate()
    desk = await Desk.open(paths, load(paths, os.environ))
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await desk.close()
asyncio.run(hold())
"""
    with start_python(program) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.communicate("\n", timeout=30)


@pytest.fixture
def server(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Ollama's double over the shelf, in a process of its own."""
    program = "from harness.ollama_by_hand import main; main()"
    with start_python(program, "--models", shelf.folder) as process:
        assert process.stdout is not None
        url = process.stdout.readline().partition(" ")[0]
        monkeypatch.setenv("OLLAMA_HOST", url)
        yield url
        process.terminate()


async def nothing(desk: Desk, progress: object) -> None: ...


def parsed(text: str) -> list[dict[str, object]]:
    found = json.loads(text)
    assert isinstance(found, list)
    return found


def test_whole_models_exit_with_0_and_a_damaged_one_with_1(run: Run, shelf: Shelf) -> None:
    assert run("ollama", "verify").code == 0
    shelf.flip(shelf.digest(LLAMA), silently=True)
    ran = run("ollama", "verify", "--json")
    assert (ran.code, ran.err) == (1, "")
    llama, tuned = parsed(ran.out)
    assert (llama["model"], llama["verdict"], tuned["verdict"]) == (LLAMA, "damaged", "intact")
    layers = llama["layers"]
    assert isinstance(layers, list)
    assert {"digest", "state", "sizeBytes"} <= set(layers[0])
    assert [layer["state"] for layer in layers if layer["digest"] == shelf.digest(LLAMA)] == ["damaged"]
    assert run("ollama", "verify", TUNED).code == 0


def test_a_health_check_looks_and_hashes_nothing(run: Run, shelf: Shelf) -> None:
    ran = run("ollama", "verify", "--quick", "--json")
    assert (ran.code, {each["verdict"] for each in parsed(ran.out)}) == (0, {"unproven"})
    shelf.truncate(shelf.digest(LLAMA))
    assert run("ollama", "verify", "--quick").code == 1


def test_a_health_check_where_there_is_no_ollama_finds_nothing_wrong(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    assert (run("ollama", "verify", "--quick").code, run("ollama", "status").code) == (0, 0)
    ran = run("ollama", "verify")
    assert ran.code == 1
    assert str(tmp_path / "none") in ran.err


def test_the_way_from_a_copy_to_damage_to_the_repair(run: Run, shelf: Shelf) -> None:
    copied = json.loads(run("ollama", "backup", "--all", "--json").out)
    assert {each["model"] for each in copied["made"]} == {LLAMA, TUNED}
    assert (copied["refused"], copied["copiedBytes"] > 0) == ({}, True)
    assert [each["model"] for each in parsed(run("ollama", "backups", "--json").out)] == [LLAMA, TUNED]

    shelf.flip(shelf.digest(LLAMA))
    rehearsed = run("ollama", "repair", "--dry-run")
    assert (rehearsed.code, "vault" in rehearsed.out) == (1, True)
    assert shelf.damaged() != ()

    ran = run("ollama", "repair", "--json")
    (repaired,) = parsed(ran.out)
    assert (ran.code, repaired["model"], repaired["state"]) == (0, LLAMA, "repaired")
    assert shelf.damaged() == ()
    assert run("ollama", "repair").out == "Nothing to repair.\n"


def test_what_cannot_be_repaired_exits_with_1(run: Run, shelf: Shelf) -> None:
    shelf.flip(shelf.digest(LLAMA))
    before = shelf.snapshot()
    ran = run("ollama", "repair")
    assert (ran.code, LLAMA in ran.out) == (1, True)
    assert {path: digest for path, digest in shelf.snapshot().items() if not path.startswith(".modelward")} == before


def test_a_model_goes_into_a_file_and_comes_back_from_it(run: Run, shelf: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "tuned.tar.zst"
    written = json.loads(run("ollama", "export", "me/tuned", str(file), "--compress", "--json").out)
    assert written == {"path": str(file), "sizeBytes": file.stat().st_size}
    shelf.delete_manifest("me/tuned")
    assert run("ollama", "import", str(file)).code == 0
    shelf.delete_manifest("me/tuned")
    restored = json.loads(run("ollama", "restore", str(file), "--json").out)
    assert (restored["model"], restored["state"]) == (TUNED, "repaired")
    shelf.delete_manifest("me/tuned")
    assert run("ollama", "restore", "me/tuned").code == 0
    assert run("ollama", "verify").code == 0


def test_one_maintenance_run_says_whether_anything_is_wrong(
    run: Run, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = run("ollama", "watch", "--run-once", "--json")
    report = json.loads(ran.out)
    assert ran.code == 0, ran.err
    assert ([each["verdict"] for each in report["models"]], len(report["backup"]["made"])) == (["intact"] * 2, 2)
    monkeypatch.setenv("MODELWARD__OLLAMA__REPAIR", "false")
    shelf.flip(shelf.digest(LLAMA))
    ran = run("ollama", "watch", "--run-once")
    assert (ran.code, f"{LLAMA} is damaged" in ran.err) == (1, True)
    status = json.loads(run("ollama", "status", "--json").out)
    assert [(alert["kind"], alert["subject"]) for alert in status["alerts"]] == [("checksum failure", LLAMA)]
    assert {each["model"]: each["copies"] for each in status["models"]} == {LLAMA: 1, TUNED: 1}
    monkeypatch.setattr(Desk, "fill", nothing)  # reading the reference catalogues would take seconds
    page = run("status").out
    assert f"{LLAMA} is damaged" in page
    assert "Ollama     does not answer; models: 1 damaged, 1 intact." in page


def test_a_wish_is_kept(run: Run, shelf: Shelf) -> None:
    assert run("ollama", "protect", "me/tuned", "--off").code == 0
    models = json.loads(run("ollama", "status", "--json").out)["models"]
    assert {each["model"]: each["isProtected"] for each in models} == {LLAMA: True, TUNED: False}


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "--deep", "--quick"],
        ["verify", "no-such-model"],
        ["backup"],
        ["backup", "--all", LLAMA],
        ["restore", "../../etc/passwd:"],
        ["watch", "--interval", "0"],
        ["protect", "nobody:1b"],
    ],
)
def test_wrong_use_exits_with_2_and_changes_nothing(run: Run, shelf: Shelf, arguments: list[str]) -> None:
    before = shelf.snapshot()
    ran = run("ollama", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err
    assert shelf.snapshot() == before


def test_beside_a_running_modelward_it_proves_and_changes_nothing(
    run: Run, shelf: Shelf, beside: subprocess.Popen[str]
) -> None:
    shelf.flip(shelf.digest(LLAMA))
    assert run("ollama", "verify").code == 1
    assert run("ollama", "verify", "--quick").code == 0
    assert run("ollama", "backup", "--all").code == 4


def test_the_guard_runs_until_it_is_asked_to_stop(shelf: Shelf, home: Path) -> None:
    program = """
import sys
sys.argv = ["modelward", "ollama", "watch", "--json"]
from modelward.__main__ import main
sys.exit(main())
"""
    with start_python(program) as process:
        assert process.stdout is not None
        report = json.loads(process.stdout.readline())
        assert len(report["models"]) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert (home / "data" / "model-metrics.json").exists()


def test_its_help_loads_no_part_of_the_guard() -> None:
    heavy = ("modelward.ollama.service", "modelward.ollama.vault", "modelward.net.client", "httpx", "psutil")
    program = f"""
import sys
sys.argv = ["modelward", "ollama", "--help"]
from modelward.__main__ import main
code = main()
assert code == 0
print([name for name in {heavy!r} if name in sys.modules])
"""
    with start_python(program) as process:
        out, _ = process.communicate(timeout=60)
    assert out.endswith("[]\n")
    for name in ("status", "verify", "backup", "backups", "restore", "import", "repair", "watch", "export", "protect"):
        assert f"  {name} " in out


def test_copies_are_proven_and_made_anew_by_hand(run: Run, shelf: Shelf, home: Path) -> None:
    run("ollama", "backup", "--all")
    digest = shelf.digest(LLAMA)
    damage(home / "vault" / "objects" / digest[7:9] / digest[7:])
    ran = run("ollama", "verify", "--vault", "--json")
    assert (ran.code, json.loads(ran.out)["renewed"]) == (0, [digest])
    damage(home / "vault" / "objects" / digest[7:9] / digest[7:])
    shelf.flip(digest)
    ran = run("ollama", "verify", "--vault")
    assert (ran.code, f"{LLAMA}, copied" in ran.out, f"lacks blob {digest[7:19]}" in ran.out) == (1, True, True)
    assert run("ollama", "verify", "--vault", "--deep").code == 2
    assert run("ollama", "verify", "--vault", LLAMA).code == 2


def test_a_vault_whose_disk_is_away_stays_empty_until_a_new_one_is_begun(run: Run, shelf: Shelf, home: Path) -> None:
    run("ollama", "backup", "--all")
    vault = home / "vault"
    vault.rename(home / "disk")
    vault.mkdir()
    for command in (["backup", "--all"], ["backups"], ["verify", "--vault"], ["restore", LLAMA]):
        ran = run("ollama", *command)
        assert (ran.code, "is its disk connected?" in ran.err, list(vault.iterdir())) == (1, True, []), command
    assert "is its disk connected?" in run("ollama", "status").out
    assert run("ollama", "backup", "--all", "--new-vault").code == 0
    assert len(parsed(run("ollama", "backups", "--json").out)) == 2
    assert run("ollama", "backup", "--all", "--new-vault").code == 2


def test_files_that_no_model_needs_are_summed_up_and_listed_where_asked_for(run: Run, shelf: Shelf) -> None:
    for number in range(8):
        shelf.orphan(b"%d" % number * 500)
    ran = run("ollama", "status")
    assert ran.err.count("\n") == 1
    assert "8 blobs that no model needs (4,000 B), such as " in ran.err
    assert run("ollama", "status", "--strays").err.count("sha256-") == 8
    assert len(json.loads(run("ollama", "status", "--json").out)["strays"]) == 8


def test_a_load_test_that_could_not_be_made_is_no_success(run: Run, shelf: Shelf) -> None:
    ran = run("ollama", "verify", "--deep", LLAMA)
    assert (ran.code, ", not loaded" in ran.out, "could not be reached" in ran.err) == (1, True, True)


def test_files_and_folders_that_are_not_there_are_told_as_such(run: Run, shelf: Shelf, tmp_path: Path) -> None:
    ran = run("ollama", "restore", str(tmp_path / "none.tar"))
    assert (ran.code, "There is no file" in ran.err) == (2, True)
    ran = run("ollama", "export", LLAMA, str(tmp_path / "none" / "m.tar"))
    assert (ran.code, "There is no folder" in ran.err) == (1, True)
    ran = run("ollama", "export", LLAMA, str(tmp_path))
    assert (ran.code, "is a folder" in ran.err) == (1, True)
    assert "Did you mean" not in run("ollama", "verify", "nope").err


def test_the_catalogue_shows_what_the_folder_and_the_server_tell_of_a_model(
    run: Run, shelf: Shelf, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "fill", nothing)  # reading the reference catalogues would take seconds
    tools = "{{ if .Tools }}{{ .Tools }}{{ end }}{{ .Prompt }}"
    shelf.add("me/tuned", tiny_gguf("me/tuned"), template=tools, params={"num_ctx": 4096})
    fields = (("Capabilities", "tools"), ("Quantization", "Q4_K_M"), ("Parameters", "parameters"))

    def shown() -> dict[str, str]:
        page = run("catalog", "show", f"ollama/{TUNED}").out.split("\n\n")
        return {paragraph.partition(":")[0]: paragraph for paragraph in page}

    assert run("discover", "ollama").code == 0
    told = shown()
    for field, value in fields:
        assert value in told[field].splitlines()[0]
        assert f"provider (Ollama API) · as of {utc_now():%Y-}" in told[field]
        assert f"{server}/api/tags" in told[field]
    assert run("ollama", "watch", "--run-once").code == 0
    told = shown()
    for field, value in (*fields, ("Served context", "4,096 tokens")):
        assert value in told[field].splitlines()[0]
        assert "provider (Ollama model folder)" in told[field]
        assert "differs" not in told[field]


def test_a_server_that_answers_is_not_told_to_be_down_by_what_was_seen_before(
    run: Run, shelf: Shelf, server: str
) -> None:
    def answers_with(instead: str | None) -> None:
        body = json.dumps({"instead": instead}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{server}/double", data=body)).close()

    run("ollama", "watch", "--run-once")
    answers_with("html")
    for _ in range(2):
        run("ollama", "watch", "--run-once")
    assert "does not answer" in run("ollama", "status").err
    answers_with(None)
    ran = run("ollama", "status")
    assert ("Ollama 0." in ran.out, "does not answer" in ran.err) == (True, False)
