"""``health``, ``status``, ``survey`` and ``config``."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from harness.commands import Run


def test_health_prints_exactly_the_agreed_keys(run: Run, filled_home: Path) -> None:
    ran = run("health", "--json")
    report = json.loads(ran.out)
    assert list(report) == ["total", "complete", "incomplete", "completionRate", "missingFields"]
    assert report["complete"] + report["incomplete"] == report["total"]
    assert report["completionRate"] == pytest.approx(report["complete"] / report["total"], abs=1e-4)
    assert set(report["missingFields"]) == {"contextWindow", "capabilities", "price"}


def test_health_says_in_words_what_is_missing_and_where(run: Run, filled_home: Path) -> None:
    ran = run("health")
    assert "complete: " in ran.out
    assert "Context window" in ran.out


def test_the_first_use_of_an_empty_home_fills_the_store(run: Run) -> None:
    report = json.loads(run("health", "--json").out)
    assert report["total"] > 4500


def test_status_is_one_page(run: Run, filled_home: Path) -> None:
    page = json.loads(run("status", "--json").out)
    assert page["catalog"]["total"] > 4500
    assert page["store"]["engine"].startswith("SQLite 3")
    # Nobody has backed up yet, and without a window or `serve` nobody will.
    assert page["attention"] == ["There is no verified backup yet."]
    assert page["providers"] == {"inUse": 0, "failing": []}
    assert page["spending"] == {"today": "0", "dayLimit": "1", "zeroBurn": True}
    assert page["backups"]["lastBackupAt"] is None
    assert run("backup", "create").code == 0
    page = json.loads(run("status", "--json").out)
    assert page["backups"]["lastBackupAt"] is not None
    told = run("status").out
    assert "nothing needs it" in told
    assert "Last backup just now, verified" in told


def test_a_damaged_store_is_set_aside_and_said(run: Run, filled_home: Path) -> None:
    store = filled_home / "data" / "modelward.db"
    store.write_bytes(b"garbage" * 1000)
    ran = run("status")
    assert "damaged" in ran.err
    aside = list(store.parent.glob("modelward.db.damaged-*"))
    assert [path.read_bytes() for path in aside] == [b"garbage" * 1000]
    assert json.loads(run("health", "--json").out)["total"] > 4500


def test_names_are_answered_line_by_line_in_order(run: Run, tmp_path: Path) -> None:
    lines = [
        "openai/gpt-4o",
        "",
        "no-slash",
        "ollama/llama3.2:3b-instruct-q4_K_M",
        "x/<b>\u202eevil</b>",
        "openai/gpt-4o",
    ]
    file = tmp_path / "names.txt"
    file.write_text("\n".join(lines), "utf-8")
    ran = run("survey", "--names", str(file))
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer["id"] for answer in answers] == lines
    assert [answer["recognised"] for answer in answers] == [True, False, False, True, False, True]
    assert (answers[3]["parameterCount"], answers[3]["quantization"].lower()) == (3_000_000_000, "q4_k_m")
    assert set(answers[0]) == {
        "id", "recognised", "rule", "kind", "family", "contextWindow", "maxInputTokens", "maxOutputTokens",
        "capabilities", "notCapabilities", "priceInput", "priceOutput", "parameterCount", "quantization",
    }  # fmt: skip


def test_names_touch_no_store(run: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("openai/gpt-4o\n", "utf-8")
    assert run("survey", "--names", str(file)).code == 0
    assert list(home.iterdir()) == []


def test_names_come_from_standard_input_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"openai/gpt-4o\n\xff\xfe\n")))
    ran = run("survey", "--names", "-")
    assert [json.loads(line)["recognised"] for line in ran.out.splitlines()] == [True, False]


def test_a_file_of_names_that_is_not_there_is_said(run: Run, tmp_path: Path) -> None:
    ran = run("survey", "--names", str(tmp_path / "nowhere"))
    assert ran.code == 1
    assert "nowhere" in ran.err


def test_a_survey_of_the_catalogue_reports_what_it_found(run: Run, filled_home: Path) -> None:
    report = json.loads(run("survey", "--json").out)
    assert report["surveyed"] > 4500
    assert report["recognised"] > 1500
    assert report["ruleProblems"] == []


def test_config_shows_each_value_with_its_origin(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text("appearance:\n  theme: dark\n", "utf-8")
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    shown = json.loads(run("config", "show", "--json").out)
    assert shown["appearance.theme"] == {"value": "dark", "origin": "config.yaml line 2"}
    assert shown["log.level"] == {"value": "WARNING", "origin": "environment LOG_LEVEL"}


def test_a_password_in_the_store_address_is_never_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2secret@127.0.0.1:1/none")
    shown, refused = run("config", "show"), run("status")
    assert refused.code == 1
    assert "127.0.0.1" in refused.err
    assert "hunter2secret" not in shown.out + shown.err + refused.out + refused.err


def test_a_wrong_setting_names_file_line_key_and_what_is_allowed(run: Run, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.yaml").write_text("appearance:\n  theme: purple\n", "utf-8")
    ran = run("status")
    assert ran.code == 2
    assert all(word in ran.err for word in ("config.yaml", "line 2", "appearance.theme", "purple", "light"))


def test_the_folders_are_those_of_the_home(run: Run, home: Path) -> None:
    folders = json.loads(run("config", "path", "--json").out)
    assert folders["store"] == str(home / "data" / "modelward.db")


def test_wrong_use_exits_with_2(run: Run) -> None:
    assert run("frobnicate").code == 2
    assert run("catalog", "show").code == 2
