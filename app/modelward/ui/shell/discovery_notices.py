"""What discovery found, as notices: one for what is new, gone and changed, one for each provider that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelward.catalog.fields import clip
from modelward.core.errors import UnreachableError
from modelward.discovery.model import DiscoveryReport, Look, State
from modelward.ui.catalog.names import provider_name
from modelward.ui.shell.notices import Mood, Notice

_MOST_NAMED = 12
_LOST = {State.REFUSED: "refuses the key"}


def of_discovery(report: DiscoveryReport) -> list[Notice]:
    """Notices of a discovery; none where nothing changed and nothing failed."""
    told = []
    if news := _news(report):
        told.append(news)
    for failed in report.failed:
        assert failed.error is not None
        error = failed.error
        told.append(Notice(Mood.ATTENTION, error.what, error.why, error.todo))
    # Without a network there is nothing to tell: yesterday's catalogues stand, and the next hour tries again.
    errors = [one.error for one in report.catalogues if not isinstance(one.error, UnreachableError)]
    return told + [Notice(Mood.ATTENTION, error.what, error.why, error.todo) for error in errors if error is not None]


def of_looks(before: Mapping[str, Look], after: Sequence[Look]) -> list[Notice]:
    """Notices of providers that stopped answering, or answer again."""
    from modelward.discovery.looking import changes_between

    turns = changes_between(before, after)
    lost = [
        Notice(
            Mood.ATTENTION,
            f"{provider_name(look.provider)} {_LOST.get(look.state, 'does not answer')}.",
            look.detail,
            "It is looked at again soon.",
        )
        for look in turns.lost
    ]
    return lost + [Notice(Mood.WELL, f"{provider_name(look.provider)} answers again.") for look in turns.back]


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
    if firsts := [one for one in report.providers if one.is_first and one.error is None]:
        lines.insert(0, f"Listed for the first time: {_some([f'{one.title} ({one.models:,})' for one in firsts])}.")
        counts.insert(0, f"{sum(one.models for one in firsts):,} listed for the first time")
    if changed:
        counts.append(f"{len(changed):,} with another price or window")
    return Notice(Mood.WELL, f"Models: {', '.join(counts)}.", "\n".join(lines)) if lines else None


def _some(names: Sequence[str]) -> str:
    told = ", ".join(clip(name, 80) for name in names[:_MOST_NAMED])
    return f"{told} and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else told
