"""``backup create | list | verify | restore | prune``."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.backups import flip
from harness.commands import Run

MODEL = "openai/gpt-5-mini"
CREATED = ["id", "path", "kind", "createdAt", "sizeBytes", "sha256", "verified"]


def created(run: Run, *arguments: str) -> dict[str, object]:
    ran = run("backup", "create", "--json", *arguments)
    assert ran.code == 0, ran.err
    document: dict[str, object] = json.loads(ran.out)
    return document


def rpm(run: Run) -> object:
    return json.loads(run("catalog", "show", MODEL, "--json").out)["rpm"]


def test_create_prints_exactly_the_agreed_keys(run: Run, filled_home: Path) -> None:
    document = created(run, "--note", "before the big import")
    assert list(document) == CREATED
    assert document["kind"] == "manual"
    assert document["verified"] is True
    assert Path(str(document["path"])).stat().st_size == document["sizeBytes"]
    made = datetime.fromisoformat(str(document["createdAt"]))
    assert made.utcoffset() == timedelta(0)


def test_list_says_state_reasons_and_note(run: Run, filled_home: Path) -> None:
    document = created(run, "--note", "mine")
    (listed,) = json.loads(run("backup", "list", "--json").out)
    assert {key: listed[key] for key in CREATED} == document
    assert listed["state"] == "good"
    assert "manual" in listed["reasons"]
    assert listed["note"] == "mine"
    told = run("backup", "list")
    assert str(document["id"]) in told.out
    assert "verified" in told.out
    assert "1 backup, " in told.err


def test_an_unknown_kind_is_wrong_use(run: Run, filled_home: Path) -> None:
    ran = run("backup", "create", "--kind", "weekly")
    assert ran.code == 2
    assert "hourly, manual, pre-operation" in ran.err


def test_an_hourly_copy_of_an_unchanged_store_is_the_one_that_is_there(run: Run, filled_home: Path) -> None:
    assert created(run, "--kind", "hourly")["id"] == created(run, "--kind", "hourly")["id"]


def test_a_copy_that_cannot_be_made_is_refused_protection(
    run: Run, filled_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", "utf-8")
    monkeypatch.setenv("BACKUP_DIR", str(in_the_way))
    ran = run("backup", "create")
    assert ran.code == 3
    assert str(in_the_way) in ran.err


def test_a_large_import_is_refused_where_the_store_cannot_be_copied_first(
    run: Run, filled_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [{"id": f"x-{number}", "object": "model", "created": 1, "owned_by": "me"} for number in range(101)]
    (tmp_path / "list.json").write_text(json.dumps({"object": "list", "data": rows}), "utf-8")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", "utf-8")
    monkeypatch.setenv("BACKUP_DIR", str(in_the_way))
    ran = run("catalog", "import", str(tmp_path / "list.json"), "--provider", "me")
    assert ran.code == 3
    assert "was not begun" in ran.err
    assert run("catalog", "list", "--provider", "me", "--json").out == ""
    monkeypatch.delenv("BACKUP_DIR")
    assert run("catalog", "import", str(tmp_path / "list.json"), "--provider", "me").code == 0


def test_a_damaged_copy_is_found_and_said(run: Run, filled_home: Path) -> None:
    document = created(run)
    assert run("backup", "verify").code == 0
    flip(Path(str(document["path"])), 1000)
    ran = run("backup", "verify", str(document["id"]), "--json")
    assert ran.code == 1
    (checked,) = json.loads(ran.out)
    assert (checked["state"], checked["verified"]) == ("damaged", False)
    assert checked["trouble"]
    assert checked["todo"]
    told = run("backup", "verify")
    assert told.code == 1
    assert "damaged" in told.out
    assert run("backup", "restore", str(document["id"]), "--yes").code == 3


def test_an_id_that_no_copy_has_is_wrong_use(run: Run, filled_home: Path) -> None:
    for arguments in (("verify", "../../etc/passwd"), ("restore", "nothing", "--yes")):
        ran = run("backup", *arguments)
        assert ran.code == 2
        assert "There is no backup" in ran.err


def test_restore_asks_for_consent_where_nobody_can_be_asked(run: Run, filled_home: Path) -> None:
    document = created(run)
    ran = run("backup", "restore", str(document["id"]))
    assert ran.code == 2
    assert "--yes" in ran.err
    assert len(json.loads(run("backup", "list", "--json").out)) == 1


def test_restore_brings_the_copy_back_and_keeps_what_was(run: Run, filled_home: Path) -> None:
    run("catalog", "set", MODEL, "rpm", "10")
    document = created(run)
    run("catalog", "set", MODEL, "rpm", "99")
    ran = run("backup", "restore", str(document["id"]), "--yes", "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert report["restored"]["id"] == document["id"]
    assert rpm(run) == 10
    back = run("backup", "restore", report["keptAs"], "--yes")
    assert back.code == 0, back.err
    assert rpm(run) == 99


def test_a_damaged_store_is_brought_back_by_command(run: Run, filled_home: Path) -> None:
    run("catalog", "set", MODEL, "rpm", "10")
    document = created(run)
    store = filled_home / "data" / "modelward.db"
    store.write_bytes(b"garbage" * 1000)
    ran = run("backup", "restore", str(document["id"]), "--yes")
    assert ran.code == 0, ran.err
    assert rpm(run) == 10
    assert [path.read_bytes() for path in store.parent.glob("modelward.db.damaged-*")] == [b"garbage" * 1000]


def on_a_terminal(home: Path, answer: str, *arguments: str) -> tuple[int, str]:
    """The exit code and what was shown to a person who types one answer."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "MODELWARD_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-m", "modelward", *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, f"{answer}\n".encode())
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # how Linux ends a terminal whose other side is gone
            pass
        code = process.wait()
    os.close(ours)
    return code, shown.decode()


def test_on_a_terminal_restore_shows_what_would_change_and_asks(run: Run, filled_home: Path) -> None:
    run("catalog", "set", MODEL, "rpm", "10")
    document = created(run)
    run("catalog", "set", MODEL, "rpm", "99")
    code, shown = on_a_terminal(filled_home, "n", "backup", "restore", str(document["id"]))
    assert code == 1
    assert "own values lost: 1" in shown
    assert "Nothing was changed." in shown
    assert rpm(run) == 99
    code, shown = on_a_terminal(filled_home, "y", "backup", "restore", str(document["id"]))
    assert code == 0, shown
    assert rpm(run) == 10


def test_prune_explains_every_decision_and_asks_before_it_removes_very_much(run: Run, filled_home: Path) -> None:
    hour = (datetime.now(UTC) - timedelta(hours=5)).replace(minute=0, second=0, microsecond=0)
    many_copies(run, filled_home, hour)
    ran = run("backup", "prune", "--dry-run", "--json")
    assert ran.code == 0
    report = json.loads(ran.out)
    assert [each["kept"] for each in report["decisions"]].count(False) == 5
    assert all(each["reasons"] for each in report["decisions"])
    assert report["asksFirst"] == ["hourly"]
    assert report["removed"] == []
    told = run("backup", "prune", "--dry-run")
    assert told.out.count("goes") == 5
    refused = run("backup", "prune")
    assert refused.code == 3
    assert "More than half" in refused.err
    assert len(json.loads(run("backup", "list", "--json").out)) == 8
    done = run("backup", "prune", "--yes")
    assert done.code == 0
    assert done.out.count("removed") == 5
    assert len(json.loads(run("backup", "list", "--json").out)) == 3


def many_copies(run: Run, home: Path, hour: datetime) -> None:
    """Eight copies of one hour, as after eight restarts: one that was made, under eight names."""
    made = Path(str(created(run, "--kind", "hourly")["path"]))
    meta = json.loads(made.with_name(made.name + ".meta.json").read_text("utf-8"))
    for minute in range(8):
        at = hour + timedelta(minutes=minute)
        name = f"modelward_db_hourly_{at:%Y%m%dT%H%M%SZ}.sqlite3.zst"
        os.link(made, made.with_name(name))
        told = {**meta, "file": name, "createdAt": at.isoformat(), "verifiedAt": at.isoformat(), "coveredUntil": None}
        made.with_name(f"{name}.meta.json").write_text(json.dumps(told), "utf-8")
    made.with_name(made.name + ".meta.json").unlink()
    made.unlink()


def test_copies_are_made_and_verified_beside_a_running_modelward(run: Run, filled_home: Path) -> None:
    environment = {**os.environ, "MODELWARD_HOME": str(filled_home), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-m", "modelward", "serve"], stderr=subprocess.PIPE, env=environment, text=True
    ) as serving:
        assert serving.stderr is not None
        assert "serving" in serving.stderr.readline()
        document = created(run)
        assert run("backup", "verify").code == 0
        refused = run("backup", "restore", str(document["id"]), "--yes")
        serving.terminate()
        assert serving.wait() == 0
    assert refused.code == 4
