"""How well the server answered over time, and ``model-metrics.json``, which tells other tools how all stands.

The file's document, all keys camelCase, times ISO 8601 in UTC, null where nothing is known:

``schemaVersion`` 1 · ``generatedAt`` · ``server``: ``url``, ``state`` (running, strange, down), ``version``,
``checkedAt``, ``latencyMs``, ``availability24h`` and ``availability7d`` (0 to 1), ``errorRate24h`` (0 to 1),
``medianLatencyMs24h``, ``medianLatencyMs7d`` (the seven days before the last), ``trend`` (steady, slower, faster),
``loaded``: a list of ``{name, sizeBytes, vramBytes, contextTokens, expiresAt}`` · ``folder`` · ``models``: a list of
``{name, verdict, sizeBytes, provenAt, copies, isProtected, latencyMs, lastRepairedAt}`` · ``vault``: ``{folder,
versions, sizeBytes, freeBytes, isSameDisk}`` · ``strays``: ``{count, sizeBytes}`` · ``alerts``: a list of ``{kind,
subject, openedAt, lastSeenAt, seen, what, why, todo}`` · ``problems``: sentences.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from statistics import median

from modelward.core.atomic import replace_file
from modelward.ollama.model import Alert, Loaded, Overview, Sample, ServerLook, Standing, VaultState

FILE = "model-metrics.json"

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_ENOUGH = 12
"""Looks with an answer on either side, before a trend is told: an hour of them at the usual rhythm."""

_TIMES_SLOWER = 2.0
_MS_SLOWER = 100.0
"""Milliseconds more that matter to anybody: a cheap call on one's own machine takes a few, and varies by as many."""


class Trend(StrEnum):
    """How the response time of the last day is beside that of the week before."""

    STEADY = "steady"
    SLOWER = "slower"
    FASTER = "faster"


@dataclass(frozen=True, slots=True)
class Measures:
    """What the kept looks say of the server; None where there are too few.

    ``availability``: part of the looks that were answered, 0 to 1. ``median_day`` and ``median_before`` (the seven days
    before the last day): milliseconds.
    """

    availability_day: float | None = None
    availability_week: float | None = None
    median_day: float | None = None
    median_before: float | None = None
    trend: Trend | None = None

    @property
    def errors_day(self) -> float | None:
        """Part of the looks of the last day that were not answered as they should, 0 to 1."""
        return None if self.availability_day is None else 1 - self.availability_day


def measured(samples: Sequence[Sample], now: datetime, *, since: datetime | None = None) -> Measures:
    """What looks at the server say. Response times before ``since`` are left out: it ran another version then."""
    day = [each for each in samples if now - _DAY < each.at <= now]
    week = [each for each in samples if now - _WEEK < each.at <= now]
    before = [each for each in samples if now - _DAY - _WEEK < each.at <= now - _DAY]
    last, former = _latencies(day, since), _latencies(before, since)
    return Measures(
        _part_ok(day),
        _part_ok(week),
        median(last) if last else None,
        median(former) if former else None,
        _trend(last, former),
    )


def document(overview: Overview, measures: Measures, at: datetime) -> dict[str, object]:
    """The document of ``model-metrics.json``."""
    vault = overview.vault
    return {
        "schemaVersion": 1,
        "generatedAt": at.isoformat(),
        "server": None if overview.look is None else _server(overview.look, measures),
        "folder": str(overview.place.folder) if overview.place else None,
        "models": [_model(each) for each in overview.standings],
        "vault": None if vault is None else _vault(vault),
        "strays": {"count": len(overview.strays), "sizeBytes": sum(stray.size for stray in overview.strays)},
        "alerts": [_alert(alert) for alert in overview.alerts],
        "problems": list(overview.problems),
    }


def write(folder: Path, content: dict[str, object]) -> None:
    """Put the document in place in one step. Raises OSError, and then the file is as it was."""
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    replace_file(folder / FILE, text.encode("utf-8", "replace"))


def _latencies(samples: Iterable[Sample], since: datetime | None) -> list[float]:
    return [
        each.latency_ms
        for each in samples
        if each.ok and each.latency_ms is not None and (since is None or each.at >= since)
    ]


def _trend(last: Sequence[float], former: Sequence[float]) -> Trend | None:
    if len(last) < _ENOUGH or len(former) < _ENOUGH:
        return None
    now, then = median(last), median(former)
    if now >= then * _TIMES_SLOWER and now - then >= _MS_SLOWER:
        return Trend.SLOWER
    if then >= now * _TIMES_SLOWER and then - now >= _MS_SLOWER:
        return Trend.FASTER
    return Trend.STEADY


def _part_ok(samples: Sequence[Sample]) -> float | None:
    return sum(each.ok for each in samples) / len(samples) if samples else None


def _server(look: ServerLook, measures: Measures) -> dict[str, object]:
    return {
        "url": look.url,
        "state": look.state.value,
        "version": look.version or None,
        "checkedAt": look.at.isoformat(),
        "latencyMs": look.latency_ms,
        "availability24h": measures.availability_day,
        "availability7d": measures.availability_week,
        "errorRate24h": measures.errors_day,
        "medianLatencyMs24h": measures.median_day,
        "medianLatencyMs7d": measures.median_before,
        "trend": measures.trend.value if measures.trend else None,
        "loaded": [_loaded(each) for each in look.loaded],
    }


def _loaded(loaded: Loaded) -> dict[str, object]:
    return {
        "name": loaded.name,
        "sizeBytes": loaded.size,
        "vramBytes": loaded.size_vram,
        "contextTokens": loaded.context,
        "expiresAt": loaded.expires_at.isoformat() if loaded.expires_at else None,
    }


def _model(standing: Standing) -> dict[str, object]:
    check = standing.check
    manifest = check.model.manifest
    return {
        "name": str(check.model.name),
        "verdict": check.verdict.value,
        "sizeBytes": manifest.size if manifest else None,
        "provenAt": check.proven_at.isoformat() if check.proven_at else None,
        "copies": len(standing.versions),
        "isProtected": standing.is_protected,
        "latencyMs": standing.answer_ms,
        "lastRepairedAt": standing.repaired_at.isoformat() if standing.repaired_at else None,
    }


def _vault(vault: VaultState) -> dict[str, object]:
    return {
        "folder": str(vault.folder),
        "versions": len(vault.versions),
        "sizeBytes": vault.size,
        "freeBytes": vault.free,
        "isSameDisk": vault.is_same_disk,
    }


def _alert(alert: Alert) -> dict[str, object]:
    return {
        "kind": alert.kind.value,
        "subject": alert.subject,
        "openedAt": alert.opened_at.isoformat(),
        "lastSeenAt": alert.last_seen_at.isoformat(),
        "seen": alert.seen,
        "what": alert.what,
        "why": alert.why,
        "todo": alert.todo,
    }
