"""How the server answered over time, and the document for other tools."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from modelward.ollama import metrics
from modelward.ollama.metrics import Measures, Trend, measured
from modelward.ollama.model import (
    Alert,
    AlertKind,
    AlertState,
    Loaded,
    LocalModel,
    ModelCheck,
    ModelName,
    Overview,
    Sample,
    ServerLook,
    ServerState,
    Standing,
    VaultState,
    Verdict,
)

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def looks(first: timedelta, last: timedelta, milliseconds: float, *, ok: bool = True) -> list[Sample]:
    """A look an hour, from so long ago until so long ago."""
    count = int((first - last) / HOUR)
    return [Sample(NOW - first + HOUR * number, "", ok, milliseconds if ok else None) for number in range(count)]


def of_a_week(before: float, now: float) -> list[Sample]:
    return looks(timedelta(days=8), timedelta(days=1), before) + looks(timedelta(hours=23), timedelta(), now)


def test_a_day_that_takes_twice_as_long_as_the_week_before_is_slower() -> None:
    found = measured(of_a_week(120, 260), NOW)
    assert (found.trend, found.median_day, found.median_before) == (Trend.SLOWER, 260, 120)
    assert measured(of_a_week(260, 120), NOW).trend is Trend.FASTER


@pytest.mark.parametrize(("before", "now"), [(120, 200), (2, 40)])
def test_a_little_slower_is_steady(before: float, now: float) -> None:
    assert measured(of_a_week(before, now), NOW).trend is Trend.STEADY


def test_one_slow_answer_is_no_trend() -> None:
    found = measured([*of_a_week(20, 20), Sample(NOW, "", True, 9000)], NOW)
    assert (found.trend, found.median_day) == (Trend.STEADY, 20)


def test_too_few_looks_tell_no_trend() -> None:
    assert measured(looks(timedelta(hours=20), timedelta(), 20), NOW).trend is None
    assert measured([], NOW) == Measures()


def test_answers_of_another_version_are_not_compared() -> None:
    samples = of_a_week(20, 500)
    assert measured(samples, NOW).trend is Trend.SLOWER
    assert measured(samples, NOW, since=NOW - timedelta(days=1)).trend is None


def test_availability_counts_looks_and_not_hours() -> None:
    samples = looks(timedelta(days=6), timedelta(days=1), 20) + looks(timedelta(hours=20), timedelta(hours=10), 20)
    samples += looks(timedelta(hours=10), timedelta(), 0, ok=False)
    found = measured(samples, NOW)
    assert found.availability_day == pytest.approx(0.5)
    assert found.errors_day == pytest.approx(0.5)
    assert found.availability_week == pytest.approx(130 / 140)


def overview() -> Overview:
    name = ModelName("registry.ollama.ai", "library", "llama3.2", "3b")
    check = ModelCheck(LocalModel(name, Path("x"), NOW, None, "broken"), Verdict.UNREADABLE)
    look = ServerLook(NOW, "http://here", ServerState.RUNNING, "0.33.0", 3.5, (Loaded("llama3.2:3b", 10, 5, 4096),))
    alert = Alert(1, AlertKind.CHECKSUM, "a", AlertState.OPEN, NOW, NOW, None, 1, "a is damaged.")
    return Overview(None, look, (Standing(check),), VaultState(Path("/vault"), free=7), (), (alert,), ("odd",))


def test_the_document_has_the_documented_keys() -> None:
    document = metrics.document(overview(), Measures(1.0, 0.5, 3.0, 4.0, Trend.STEADY), NOW)
    assert list(document) == [
        "schemaVersion", "generatedAt", "server", "folder", "models", "vault", "strays", "alerts", "problems",
    ]  # fmt: skip
    (model,) = document["models"]
    assert (model["name"], model["verdict"], model["sizeBytes"]) == ("llama3.2:3b", "unreadable", None)
    assert document["server"] == {
        "url": "http://here",
        "state": "running",
        "version": "0.33.0",
        "checkedAt": NOW.isoformat(),
        "latencyMs": 3.5,
        "availability24h": 1.0,
        "availability7d": 0.5,
        "errorRate24h": 0.0,
        "medianLatencyMs24h": 3.0,
        "medianLatencyMs7d": 4.0,
        "trend": "steady",
        "loaded": [{"name": "llama3.2:3b", "sizeBytes": 10, "vramBytes": 5, "contextTokens": 4096, "expiresAt": None}],
    }
    words = (metrics.__doc__ or "").replace("\n", " ")
    told = [*document, *document["server"], *model, *document["vault"], *document["alerts"][0]]
    assert [key for key in told if key not in words] == []


def test_the_file_is_replaced_whole_and_nothing_lies_beside_it(home: Path) -> None:
    for at in (NOW, NOW + HOUR):
        metrics.write(home, metrics.document(overview(), Measures(), at))
    (file,) = home.iterdir()
    assert json.loads(file.read_text("utf-8"))["generatedAt"] == (NOW + HOUR).isoformat()


def test_a_folder_that_cannot_be_written_leaves_the_former_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics.write(home, {"schemaVersion": 1})
    before = (home / metrics.FILE).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        metrics.write(home, {"schemaVersion": 2})
    assert [(path.name, path.read_bytes()) for path in home.iterdir()] == [(metrics.FILE, before)]
