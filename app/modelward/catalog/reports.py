"""What the verbs of the catalogue report back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modelward.catalog.facts import Resolved
from modelward.catalog.model import Fact, Model
from modelward.core.errors import KnownError


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """One model with all that anybody states of it."""

    model: Model
    facts: tuple[Fact, ...]
    resolved: Resolved


@dataclass(frozen=True, slots=True)
class FileReport:
    """What came of one imported file. ``error`` is set where nothing of it could be read."""

    path: Path
    format: str = ""
    provider: str | None = None
    models: int = 0
    added: int = 0
    changed: int = 0
    problems: tuple[str, ...] = ()
    error: KnownError | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an import, file by file."""

    files: tuple[FileReport, ...] = ()

    @property
    def failed(self) -> tuple[FileReport, ...]:
        """Files of which nothing could be read."""
        return tuple(report for report in self.files if report.error)


@dataclass(frozen=True, slots=True)
class ReferenceReport:
    """What came of loading the reference source; empty where its versions were loaded before."""

    added: int = 0
    changed: int = 0
    origins: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Where an export was written and how many models it holds."""

    path: Path
    models: int
