"""Files that people have lying about, brought into the catalogue: by hand, or from the raw folder."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from modelward.catalog.rawfiles import read_file
from modelward.catalog.reports import FileReport, ImportReport
from modelward.catalog.store import CatalogStore, MergeReport, RawFile
from modelward.core.clock import Clock
from modelward.core.errors import InputError, KnownError, ProtectionError
from modelward.core.progress import Progress

log = logging.getLogger(__name__)

MANY = 100
"""A file that names more models than this is merged only after the store was protected."""

Protect = Callable[[str, Progress], Awaitable[object]]
"""Called before a large change with what is about to happen; raises ProtectionError where it must not."""


class Importer:
    """Reads files and merges what they state. A file that cannot be read costs the others nothing."""

    def __init__(self, store: CatalogStore, clock: Clock, protect: Protect | None) -> None:
        self._store = store
        self._clock = clock
        self._protect = protect

    async def files(
        self, paths: Sequence[Path], progress: Progress, provider: str | None = None
    ) -> tuple[ImportReport, MergeReport]:
        """Import these files; ``provider`` says whose list it is where the files themselves do not."""
        reports, merged = [], MergeReport()
        for number, path in enumerate(paths, start=1):
            progress.checkpoint()
            text = f"Importing {path.name}" + (f" ({number} of {len(paths)})" if len(paths) > 1 else "")
            progress.update(done=0, total=0, unit="facts", text=text)
            report, part = await self._file(path, progress, provider)
            reports.append(report)
            merged += part
        return ImportReport(tuple(reports)), merged

    async def raw_folder(self, folder: Path, progress: Progress) -> tuple[ImportReport, MergeReport]:
        """Import the files of the raw folder that are new or changed since they were imported last."""
        seen = await self._store.raw_files()
        reports, merged = [], MergeReport()
        for path in await asyncio.to_thread(_listed, folder):
            progress.checkpoint()
            mark = await asyncio.to_thread(_mark, path, seen.get(str(path)))
            if mark is None:
                continue
            report, part = await self._file(path, progress, None)
            if isinstance(report.error, ProtectionError):
                reports.append(report)
                continue  # not the file's fault: it is tried again
            outcome = str(report.error) if report.error else f"{report.models:,} models"
            size, mtime_ns, sha256 = mark
            await self._store.record_raw_file(RawFile(str(path), size, mtime_ns, sha256, self._clock(), outcome))
            reports.append(report)
            merged += part
        return ImportReport(tuple(reports)), merged

    async def _file(self, path: Path, progress: Progress, provider: str | None) -> tuple[FileReport, MergeReport]:
        try:
            raw = await asyncio.to_thread(read_file, path, self._clock(), provider)
            if self._protect is not None and len(raw.ids) > MANY:
                await self._protect(f"the import of {path.name}", progress)
                progress.update(done=0, total=0, unit="facts", text=f"Importing {path.name}")
            merged = await self._store.merge(
                raw.facts,
                named=raw.ids,
                now=self._clock(),
                progress=lambda done, total: progress.update(done=done, total=total, unit="facts"),
            )
        except KnownError as error:
            log.warning("Import of %s failed: %s", path.name, error)
            return FileReport(path, error=error), MergeReport()
        report = FileReport(
            path,
            format=raw.format,
            provider=raw.provider,
            models=len(raw.ids),
            added=len(merged.added),
            changed=len(merged.changed),
            problems=tuple(f"{problem.place}: {problem.what}" for problem in raw.problems),
        )
        detail = {"format": raw.format, "models": report.models, "added": report.added, "changed": report.changed}
        await self._store.log_event(self._clock(), "import", path.name, detail)
        return report, merged


def _listed(folder: Path) -> list[Path]:
    """The files that lie in the folder, without hidden ones; a folder that is not there has none."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be read.", why=str(error.strerror)) from error


def _mark(path: Path, seen: RawFile | None) -> tuple[int, int, str] | None:
    """Size, time and SHA-256 of a file, or None where it is as it was seen."""
    try:
        stat = path.stat()
        if seen is not None and (seen.size, seen.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
            return None
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return 0, 0, ""  # reading it will say what is wrong
    if seen is not None and seen.sha256 == digest:
        return None
    return stat.st_size, stat.st_mtime_ns, digest
