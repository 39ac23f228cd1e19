"""What discovery found, as notices: one for what is new, gone and changed, one for each provider that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelward.catalog.fields import clip
from modelward.discovery.model import CatalogueReport, DiscoveryReport, Look, State
from modelward.ui.catalog.names import provider_name
from modelward.ui.shell.notices import Mood, Notice

_MOST_NAMED = 12
_SILENT = (State.UNREACHABLE, State.FAILED)


def of_discovery(report: DiscoveryReport) -> list[Notice]:
    """Notices of a discovery; none where nothing changed and nothing failed."""
    told = []
    if news := _news(report):
        told.append(news)
    for failed in report.failed:
        assert failed.error is not None
        error = failed.error
        told.append(Notice(Mood.ATTENTION, error.what, error.why, error.todo))
    told += [_refused(catalogue) for catalogue in report.catalogues if catalogue.error is not None]
    return told


def of_looks(before: Mapping[str, Look], after: Sequence[Look]) -> list[Notice]:
    """Notices of providers that stopped answering, or answer again."""
    told = []
    for look in after:
        earlier = before.get(look.provider)
        was_silent = earlier is not None and earlier.state in _SILENT
        name = provider_name(look.provider)
        if look.state in _SILENT and earlier is not None and not was_silent:
            told.append(Notice(Mood.ATTENTION, f"{name} does not answer.", look.detail, "It is looked at again soon."))
        elif was_silent and look.state is State.OK:
            told.append(Notice(Mood.WELL, f"{name} answers again."))
    return told


def _news(report: DiscoveryReport) -> Notice | None:
    groups = (
        ("new", [id_ for one in report.providers for id_ in one.new]),
        ("new in the catalogues", [id_ for one in report.catalogues for id_ in one.added]),
        ("no longer listed", [id_ for one in report.providers for id_ in one.gone]),
        ("retired", [id_ for one in report.providers for id_ in one.retired]),
        ("back", [id_ for one in report.providers for id_ in one.back]),
    )
    changed = [change for one in report.providers for change in one.changed]
    changed += [change for one in report.catalogues for change in one.changed]
    lines = [f"{word.capitalize()}: {_some(names)}." for word, names in groups if names]
    if changed:
        lines.append(f"Changed: {_some([f'{change.model_id} ({change.what})' for change in changed])}.")
    counts = [f"{len(names):,} {word}" for word, names in groups if names]
    if changed:
        counts.append(f"{len(changed):,} with another price or window")
    return Notice(Mood.WELL, f"Models: {', '.join(counts)}.", "\n".join(lines)) if lines else None


def _some(names: Sequence[str]) -> str:
    told = ", ".join(clip(name, 80) for name in names[:_MOST_NAMED])
    return f"{told} and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else told


def _refused(catalogue: CatalogueReport) -> Notice:
    assert catalogue.error is not None
    return Notice(Mood.ATTENTION, catalogue.error.what, catalogue.error.why, catalogue.error.todo)
