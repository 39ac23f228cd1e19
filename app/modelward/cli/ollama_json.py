"""Local models as scripts read them: the documents that ``ollama … --json`` prints."""

from __future__ import annotations

from datetime import datetime

from modelward.ollama.model import (
    Alert,
    BackupReport,
    MaintenanceReport,
    ModelCheck,
    Overview,
    Place,
    RepairReport,
    ServerLook,
    Standing,
    VaultReport,
    VaultState,
    VaultVersion,
)


def check_json(check: ModelCheck) -> dict[str, object]:
    """The verdict on a model."""
    return {
        "model": str(check.model.name),
        "verdict": check.verdict.value,
        "detail": check.detail,
        "provenAt": _time(check.proven_at),
        "loads": check.loads,
        "layers": [
            {
                "digest": each.layer.digest,
                "kind": each.layer.kind.value,
                "state": each.check.state.value,
                "sizeBytes": each.layer.size,
                "sharedBy": [str(name) for name in each.shared_by],
            }
            for each in check.layers
        ],
    }


def overview_json(overview: Overview) -> dict[str, object]:
    """How all stands."""
    return {
        "server": None if overview.look is None else look_json(overview.look),
        "folder": None if overview.place is None else _place(overview.place),
        "models": [_standing(each) for each in overview.standings],
        "vault": None if overview.vault is None else _vault(overview.vault),
        "strays": [
            {"kind": stray.kind.value, "path": str(stray.path), "sizeBytes": stray.size} for stray in overview.strays
        ],
        "alerts": [alert_json(alert) for alert in overview.alerts],
        "problems": list(overview.problems),
    }


def look_json(look: ServerLook) -> dict[str, object]:
    """How the server answered."""
    return {
        "url": look.url,
        "state": look.state.value,
        "version": look.version or None,
        "checkedAt": look.at.isoformat(),
        "latencyMs": look.latency_ms,
        "detail": look.detail,
        "loaded": [
            {"name": each.name, "sizeBytes": each.size, "vramBytes": each.size_vram, "contextTokens": each.context}
            for each in look.loaded
        ],
    }


def version_json(version: VaultVersion) -> dict[str, object]:
    """A version in the vault."""
    return {
        "id": version.id,
        "model": str(version.name),
        "digest": version.manifest.digest,
        "sizeBytes": version.manifest.size,
        "createdAt": version.created_at.isoformat(),
        "lastSeenAt": version.last_seen_at.isoformat(),
        "verifiedAt": _time(version.verified_at),
    }


def backup_json(report: BackupReport) -> dict[str, object]:
    """What came of copying."""
    return {
        "made": [version_json(version) for version in report.made],
        "covered": [str(name) for name in report.covered],
        "refused": {str(name): why for name, why in report.refused.items()},
        "copiedBytes": report.copied_bytes,
        "seconds": round(report.seconds, 3),
    }


def copies_json(report: VaultReport) -> dict[str, object]:
    """What proving the copies found: digests, and the versions that cannot be brought back whole."""
    return {
        "proven": report.proven,
        "damaged": list(report.damaged),
        "renewed": list(report.renewed),
        "lacking": [{**version_json(version), "blobs": list(lost)} for version, lost in report.lacking.items()],
        "seconds": round(report.seconds, 3),
    }


def repair_json(report: RepairReport) -> dict[str, object]:
    """How bringing a model back ended: nothing, repaired, restart, failed or by_hand."""
    return {
        "model": str(report.name),
        "state": report.state.name.lower(),
        "detail": report.detail,
        "steps": list(report.steps),
        "means": {digest: means.name.lower() for digest, means in report.means.items()},
    }


def alert_json(alert: Alert) -> dict[str, object]:
    """An alert."""
    return {
        "id": alert.id,
        "kind": alert.kind.value,
        "subject": alert.subject,
        "state": alert.state.value,
        "openedAt": alert.opened_at.isoformat(),
        "lastSeenAt": alert.last_seen_at.isoformat(),
        "resolvedAt": _time(alert.resolved_at),
        "seen": alert.seen,
        "what": alert.what,
        "why": alert.why,
        "todo": alert.todo,
    }


def maintenance_json(report: MaintenanceReport) -> dict[str, object]:
    """What a maintenance run did."""
    return {
        "server": None if report.look is None else look_json(report.look),
        "models": [] if report.verified is None else [check_json(check) for check in report.verified.checks],
        "hashedBytes": 0 if report.verified is None else report.verified.hashed_bytes,
        "backup": None if report.backup is None else backup_json(report.backup),
        "copies": None if report.copies is None else copies_json(report.copies),
        "repairs": [repair_json(each) for each in report.repairs],
        "opened": [alert_json(alert) for alert in report.opened],
        "resolved": [alert_json(alert) for alert in report.resolved],
        "advice": list(report.advice),
        "problems": list(report.problems),
    }


def _standing(standing: Standing) -> dict[str, object]:
    check, manifest = standing.check, standing.check.model.manifest
    return {
        "model": str(check.model.name),
        "verdict": check.verdict.value,
        "detail": check.detail,
        "digest": manifest.digest if manifest else None,
        "sizeBytes": manifest.size if manifest else None,
        "modifiedAt": check.model.modified_at.isoformat(),
        "provenAt": _time(check.proven_at),
        "copies": len(standing.versions),
        "isProtected": standing.is_protected,
        "latencyMs": standing.answer_ms,
        "repairedAt": _time(standing.repaired_at),
    }


def _place(place: Place) -> dict[str, object]:
    return {
        "path": str(place.folder),
        "source": place.source.value,
        "isThere": place.is_there,
        "canWrite": place.can_write,
    }


def _vault(vault: VaultState) -> dict[str, object]:
    return {
        "folder": str(vault.folder),
        "versions": len(vault.versions),
        "sizeBytes": vault.size,
        "freeBytes": vault.free,
        "isSameDisk": vault.is_same_disk,
        "problem": vault.problem,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
