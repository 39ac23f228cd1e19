"""What the verbs of the catalogue report back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from modelward.catalog.facts import Resolved
from modelward.catalog.model import Fact, Model
from modelward.catalog.presence import ListingOutcome
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
class FiledListing:
    """What came of filing a provider's own list.

    ``models``: how many it names. ``outcome``: which of them can be called now, and which no more. ``added``: ids that
    the catalogue did not know. ``changed``: ids of which an effective value changed. ``revised``: of those that the
    provider had named before, the model before and after.
    """

    models: int = 0
    outcome: ListingOutcome = field(default_factory=ListingOutcome)
    added: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    revised: tuple[tuple[Model, Model], ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each, for the audit log."""
        outcome = self.outcome
        return {
            "models": self.models,
            "added": len(self.added),
            "changed": len(self.changed),
            "new": len(outcome.new),
            "gone": len(outcome.gone),
            "retired": len(outcome.retired),
            "back": len(outcome.back),
        }


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Where an export was written and how many models it holds."""

    path: Path
    models: int
