"""What the list of local models shows: those in the model folder, and those that only the vault still has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from modelward.ollama.model import ModelCheck, ModelName, Overview, Standing, VaultVersion, Verdict

BAD = frozenset({Verdict.DAMAGED, Verdict.MISSING, Verdict.UNREADABLE})
"""The verdicts of which something can be done."""


@dataclass(frozen=True, slots=True)
class Row:
    """One model.

    ``check`` is None for one that is in the vault alone; ``versions`` newest first. ``size``: bytes of its blobs; None
    where its manifest cannot be read, or it is served elsewhere.
    """

    name: ModelName
    check: ModelCheck | None
    versions: tuple[VaultVersion, ...] = ()
    size: int | None = None
    is_protected: bool = False
    answer_ms: float | None = None
    repaired_at: datetime | None = None

    @property
    def title(self) -> str:
        """The name that Ollama shows."""
        return str(self.name)

    @property
    def verdict(self) -> Verdict | None:
        """What is to be said of it; None where it is in the vault alone."""
        return self.check.verdict if self.check else None

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong with it."""
        return self.verdict in BAD

    @property
    def is_remote(self) -> bool:
        """Whether it is served elsewhere, so that there is nothing to guard."""
        return self.verdict is Verdict.REMOTE

    @property
    def modified_at(self) -> datetime | None:
        """When it came or was changed; None where it is not there, or cannot be read."""
        return self.check.model.modified_at if self.check and self.check.model.manifest else None

    @property
    def manifest_digest(self) -> str:
        """The ID of the version that lies in the model folder; empty where none can be read there."""
        manifest = self.check.model.manifest if self.check else None
        return manifest.digest if manifest else ""

    @property
    def has_current_copy(self) -> bool:
        """Whether the vault has the version that lies in the model folder."""
        return any(version.manifest.digest == self.manifest_digest for version in self.versions)


@dataclass(frozen=True, slots=True)
class Count:
    """How many models there are, how many are proven of those that can be, and their bytes, shared blobs once."""

    models: int
    provable: int
    proven: int
    bad: int
    size: int


def rows_of(overview: Overview) -> list[Row]:
    """The rows of an overview."""
    rows = [_row(standing) for standing in overview.standings]
    known = {row.title.casefold() for row in rows}  # at Ollama, large and small letters are one
    only_copies: dict[ModelName, list[VaultVersion]] = {}
    for version in overview.vault.versions if overview.vault else ():
        if str(version.name).casefold() not in known:
            only_copies.setdefault(version.name, []).append(version)
    return rows + [_only_copy(name, _newest_first(versions)) for name, versions in only_copies.items()]


def count(rows: Iterable[Row]) -> Count:
    """How the models of the model folder stand."""
    here = [row for row in rows if row.check is not None]
    provable = [row for row in here if not row.is_remote]
    sizes = {
        layer.digest: layer.size
        for row in here
        if row.check is not None and row.check.model.manifest is not None
        for layer in row.check.model.manifest.blobs
    }
    return Count(
        models=len(here),
        provable=len(provable),
        proven=sum(row.verdict is Verdict.INTACT for row in provable),
        bad=sum(row.is_bad for row in provable),
        size=sum(sizes.values()),
    )


def _row(standing: Standing) -> Row:
    versions = _newest_first(standing.versions)
    manifest = standing.check.model.manifest or (versions[0].manifest if versions else None)
    return Row(
        standing.check.model.name,
        standing.check,
        versions,
        manifest.size if manifest is not None and standing.check.verdict is not Verdict.REMOTE else None,
        standing.is_protected,
        standing.answer_ms,
        standing.repaired_at,
    )


def _only_copy(name: ModelName, versions: tuple[VaultVersion, ...]) -> Row:
    return Row(name, None, versions, versions[0].manifest.size)


def _newest_first(versions: Iterable[VaultVersion]) -> tuple[VaultVersion, ...]:
    return tuple(sorted(versions, key=lambda version: version.id, reverse=True))
