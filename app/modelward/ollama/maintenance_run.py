"""What one maintenance run has found and done so far, and how its alerts follow."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from modelward.core.changes import Changes
from modelward.core.errors import KnownError
from modelward.ollama import findings
from modelward.ollama.alerts import Finding, Judged
from modelward.ollama.model import (
    Alert,
    AlertKind,
    BackupReport,
    MaintenanceReport,
    RepairReport,
    ServerLook,
    VaultReport,
    VerifyReport,
)
from modelward.ollama.store import WatchStore
from modelward.ollama.watch import announce

log = logging.getLogger(__name__)

T = TypeVar("T")

_ALL: Judged = {AlertKind.CHECKSUM: None, AlertKind.MODEL_MISSING: None, AlertKind.LIBRARY_GONE: None}


@dataclass
class Run:
    """What a run has found and done so far."""

    store: WatchStore
    look: ServerLook
    at: datetime
    in_background: bool
    problems: list[str] = field(default_factory=list)
    opened: list[Alert] = field(default_factory=list)
    resolved: list[Alert] = field(default_factory=list)
    repairs: list[RepairReport] = field(default_factory=list)
    failures: list[Finding] = field(default_factory=list)
    verified: VerifyReport | None = None
    backup: BackupReport | None = None
    copies: VaultReport | None = None
    advice: tuple[str, ...] = ()
    changes: Changes = field(default_factory=Changes.nothing)

    def report(self) -> MaintenanceReport:
        """What is handed to whoever asked for the run."""
        told = (tuple(self.repairs), tuple(self.opened), tuple(self.resolved), self.advice, tuple(self.problems))
        return MaintenanceReport(self.look, self.verified, self.backup, *told, self.copies)

    async def follow(self, found: Collection[Finding], judged: Judged) -> None:
        """Let the alerts follow what was found."""
        outcome = await self.store.follow(found, judged, self.at)
        self.opened += outcome.opened
        self.resolved += outcome.resolved
        await announce(self.store, outcome, self.at)

    async def follow_verdicts(self, report: VerifyReport) -> None:
        """What could not be repaired stays told until the model is whole, tried again or not."""
        bad = {str(check.model.name) for check in report.bad}
        told = [alert.subject for alert in await self.store.open_alerts() if alert.kind is AlertKind.RESTORE]
        found = [*findings.of_verdicts(report), *self.failures]
        await self.follow(found, {**_ALL, AlertKind.RESTORE: frozenset(told) - bad})

    async def attempt(self, work: Awaitable[T]) -> T | None:
        """What a step gives; None, and a problem, where the world did not let it."""
        try:
            return await work
        except KnownError as error:
            log.warning("Maintenance of local models: %s", error)
            self.problems.append(str(error))
            return None
