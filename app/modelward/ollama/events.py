"""What happened to local models, in words: made from reports, kept in the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from modelward.core import units
from modelward.ollama.digests import short
from modelward.ollama.model import (
    Alert,
    BackupReport,
    GuardEvent,
    ModelName,
    RepairReport,
    RepairState,
    VaultReport,
)

PREFIX = "ollama "
"""Begins the verbs of local models in the audit log."""


def packed(event: GuardEvent) -> tuple[str, str, str]:
    """Verb, subject and detail as the audit log keeps them."""
    detail = json.dumps({"text": event.text, "bad": event.is_bad}, ensure_ascii=False)
    return PREFIX + event.verb, event.subject, detail


def unpacked(at: datetime, verb: str, subject: str, detail: str) -> GuardEvent:
    """A line of the audit log; what is not ours in its detail is shown as it is."""
    try:
        told = json.loads(detail)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        told = {"text": detail}
    return GuardEvent(at, verb.removeprefix(PREFIX), subject, str(told.get("text", "")), told.get("bad") is True)


def of_backup(report: BackupReport, at: datetime) -> list[GuardEvent]:
    """The versions that came into the vault, and what was refused."""
    made = [
        GuardEvent(at, "backup", str(version.name), f"Copied into the vault ({units.size(version.manifest.size)}).")
        for version in report.made
    ]
    return [
        *made,
        *(GuardEvent(at, "backup", str(name), why, is_bad=True) for name, why in report.refused.items()),
    ]


def of_repair(report: RepairReport, at: datetime) -> GuardEvent | None:
    """How bringing a model back ended; None where there was nothing to do."""
    if report.state is RepairState.NOTHING:
        return None
    sources = sorted({means.value for means in report.means.values()})
    by = f" ({', '.join(sources)})" if sources else ""
    text = f"{report.state.value.capitalize()}{by}. {report.detail}".strip()
    is_bad = report.state in (RepairState.FAILED, RepairState.BY_HAND)
    return GuardEvent(at, "repair", str(report.name), text, is_bad=is_bad)


def of_copies(report: VaultReport, at: datetime) -> list[GuardEvent]:
    """Copies in the vault that were made anew."""
    if not report.renewed:
        return []
    count = len(report.renewed)
    named = ", ".join(short(digest) for digest in report.renewed[:3])
    more = f" and {count - 3} more" if count > 3 else ""
    text = f"Damaged or lost copies were made anew from the models: blob {named}{more}."
    return [GuardEvent(at, "prove copies", "", text)]


def of_alerts(opened: Iterable[Alert], resolved: Iterable[Alert], at: datetime) -> list[GuardEvent]:
    """Alerts that opened, and those that are over."""
    began = [GuardEvent(at, "alert", alert.subject, alert.what, is_bad=True) for alert in opened]
    return [*began, *(GuardEvent(at, "alert over", alert.subject, f"Over: {alert.what}") for alert in resolved)]


def let_go(name: ModelName, at: datetime) -> GuardEvent:
    """A model that is gone again after it was brought back."""
    text = "It is gone again, which is taken as meant: it is no longer brought back. Its copies stay in the vault."
    return GuardEvent(at, "let go", str(name), text)
