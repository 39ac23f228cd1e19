"""What verdicts, repairs and copies mean for the alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from modelward.ollama.alerts import Finding, Judged
from modelward.ollama.digests import short
from modelward.ollama.model import (
    AlertKind,
    BackupReport,
    ModelCheck,
    RepairReport,
    RepairState,
    ServerLook,
    VaultReport,
    VaultVersion,
    VerifyReport,
)

VAULT_DISK = "the vault's disk"
"""The subject of the one alert on all models that find no room."""

_MOST_NAMED = 3
_REPAIR = "Repair it in the tab Ollama, or with: modelward ollama repair {}"


def of_look(look: ServerLook) -> Finding:
    """The server does not answer as it should."""
    return Finding(
        AlertKind.SERVICE_DOWN,
        "",
        f"Ollama does not answer at {look.url}.",
        look.detail,
        "Start Ollama, or give its address in the settings.",
    )


def of_slowness(url: str, now_ms: float, before_ms: float) -> Finding:
    """The server answers slower than it did."""
    return Finding(
        AlertKind.SLOW,
        "",
        f"Ollama at {url} answers slower than before.",
        f"A cheap call took {now_ms:,.0f} ms in the last day, and {before_ms:,.0f} ms in the week before.",
        "Look at what else the machine does, and at Ollama's log.",
        needs_server=True,
    )


def of_verdicts(report: VerifyReport) -> list[Finding]:
    """The models with something wrong."""
    return [_of_verdict(check) for check in report.bad]


def judged_by(report: VerifyReport, *, is_everything: bool) -> Judged:
    """What a verification can tell: of the models that it saw, or of all."""
    seen = frozenset(str(check.model.name) for check in report.checks)
    subjects = None if is_everything else seen
    whole = seen - {str(check.model.name) for check in report.bad}
    return {AlertKind.CHECKSUM: subjects, AlertKind.MODEL_MISSING: subjects, AlertKind.RESTORE: whole}


def of_repair(report: RepairReport) -> Finding | None:
    """A model that could not be mended; None where it could."""
    if report.state not in (RepairState.FAILED, RepairState.BY_HAND):
        return None
    todo = " ".join(report.steps) if report.state is RepairState.BY_HAND else "See what is said of the model."
    what = f"{report.name} could not be repaired."
    return Finding(AlertKind.RESTORE, str(report.name), what, report.detail, todo)


def of_backup(report: BackupReport) -> list[Finding]:
    """The models that were not copied: one for each, and one for all for which there is no room."""
    left = [
        Finding(AlertKind.BACKUP, str(name), f"{name} was not copied into the vault.", why)
        for name, why in report.refused.items()
        if name not in report.without_room
    ]
    return [*left, _of_full_disk(report)] if report.without_room else left


def judged_by_backup(report: BackupReport, *, is_everything: bool) -> Judged:
    """Which alerts are over after copies made by hand; what was refused is told to who asked for them."""
    copied = {str(name) for name in (*report.covered, *(version.name for version in report.made))}
    has_room = is_everything and not report.without_room
    return {AlertKind.BACKUP: frozenset(["", *copied, *([VAULT_DISK] if has_room else ())])}


def _of_full_disk(report: BackupReport) -> Finding:
    names = report.without_room
    models = f"{len(names)} models" if len(names) > 1 else str(names[0])
    first = f"Of {names[0]}: " if len(names) > 1 else ""
    why = f"{first}{report.refused[names[0]]}"
    return Finding(AlertKind.BACKUP, VAULT_DISK, f"There was no room in the vault for {models}.", why)


def of_copies(report: VaultReport) -> list[Finding]:
    """The models of which versions in the vault cannot be brought back whole: one for each."""
    lacking: dict[str, list[VaultVersion]] = defaultdict(list)
    for version in report.lacking:
        lacking[str(version.name)].append(version)
    return [_of_copies(name, versions, report.lacking) for name, versions in lacking.items()]


def _of_copies(name: str, versions: Sequence[VaultVersion], lost: Mapping[VaultVersion, Sequence[str]]) -> Finding:
    copied = ", ".join(f"{version.created_at:%Y-%m-%d} ({version.id})" for version in versions[:_MOST_NAMED])
    more = f" and {len(versions) - _MOST_NAMED} more" if len(versions) > _MOST_NAMED else ""
    blobs = sorted({short(digest) for version in versions for digest in lost[version]})
    named = ", ".join(blobs[:_MOST_NAMED]) + (
        f" and {len(blobs) - _MOST_NAMED} more" if len(blobs) > _MOST_NAMED else ""
    )
    return Finding(
        AlertKind.COPY,
        name,
        f"A copy of {name} in the vault is damaged, and there is no good one to replace it.",
        f"Blob {named} of what was copied on {copied}{more}.",
        f"While {name} is whole, back it up again: modelward ollama backup {name}. And look after the vault's disk.",
    )


def of_trouble(kind: AlertKind, what: str, why: str = "", todo: str = "") -> Finding:
    """Something wrong that concerns no single model."""
    return Finding(kind, "", what, why, todo)


def of_problems(problems: Sequence[str]) -> list[Finding]:
    """A maintenance run that could not do all."""
    if not problems:
        return []
    more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
    what = "Maintenance of local models failed in part."
    return [Finding(AlertKind.MAINTENANCE, "", what, problems[0] + more, "It is tried again at the next run.")]


def _of_verdict(check: ModelCheck) -> Finding:
    name = str(check.model.name)
    todo = _REPAIR.format(name)
    if check.verdict == "missing":
        what = f"{name} is gone." if check.model.manifest is None else f"A part of {name} is gone."
        return Finding(AlertKind.MODEL_MISSING, name, what, check.detail, todo)
    what = f"{name} is damaged." if check.verdict == "damaged" else f"{name} cannot be read."
    return Finding(AlertKind.CHECKSUM, name, what, check.detail, todo)
