"""What the Health tab says of healing: how it stands, cycles, fills and attempts in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from modelward.catalog.fields import FIELDS, clip
from modelward.catalog.health import Health
from modelward.catalog.model import Field
from modelward.core import units
from modelward.healing.model import (
    Attempt,
    Cycle,
    CycleState,
    Fill,
    FillState,
    HealingReport,
    Means,
    Outcome,
    UndoReport,
)
from modelward.ui.kit.tokens import Tone

BY_MEANS = {Means.SURVEY: "rules", Means.INFERENCE: "models", Means.RESEARCH: "documentation"}
"""By what a gap was filled, as the end of "by …"."""

MEANS_TONES = {Means.SURVEY: Tone.NEUTRAL, Means.INFERENCE: Tone.ATTENTION, Means.RESEARCH: Tone.WORKING}

CYCLE_TONES = {
    CycleState.RUNNING: Tone.WORKING,
    CycleState.DONE: Tone.WELL,
    CycleState.SKIPPED: Tone.ATTENTION,
    CycleState.FAILED: Tone.TROUBLE,
    CycleState.CANCELLED: Tone.NEUTRAL,
}

FILL_TONES = {
    FillState.WRITTEN: Tone.WELL,
    FillState.PROPOSED: Tone.ATTENTION,
    FillState.REJECTED: Tone.NEUTRAL,
    FillState.UNDONE: Tone.NEUTRAL,
}
FILL_WORDS = {
    FillState.WRITTEN: "written",
    FillState.PROPOSED: "waits for you",
    FillState.REJECTED: "rejected",
    FillState.UNDONE: "taken back",
}

_TRIED = {Means.SURVEY: "names", Means.INFERENCE: "models", Means.RESEARCH: "pages"}
_OUTCOMES = {
    Outcome.FILLED: "found a part",
    Outcome.PROPOSED: "waits for you",
    Outcome.UNKNOWN: "nothing found",
    Outcome.NOT_BELIEVED: "not believed",
    Outcome.REFUSED: "no evidence that holds",
    Outcome.FAILED: "could not be had",
    Outcome.REJECTED: "you took it back",
}
_SAID_ELSEWHERE = (" waits for you.", " wait for you.")
_ANSWERED = (Outcome.PROPOSED, Outcome.REJECTED)


def standing(
    health: Health, now: datetime, *, is_enabled: bool, pause: str, next_run: datetime | None
) -> tuple[str, str]:
    """How healing stands, and when it goes on. ``pause``: until when or why it is paused; empty where it is not."""
    if not is_enabled:
        return "Healing is switched off.", "Heal now still works; the settings switch it on."
    if pause:
        return pause, "Heal now still works."
    soon = "" if next_run is None else f"Next look {units.ago(max(next_run, now), now)}.".replace("just now", "now")
    if health.total and not health.incomplete:
        return "All models are healthy, checking hourly.", soon
    if not health.total:
        return "There are no models yet.", soon
    lack = "1 model lacks" if health.incomplete == 1 else f"{health.incomplete:,} models lack"
    return f"Healing every 5 minutes: {lack} something.", soon


def pause_text(until: datetime | None, because: str, now: datetime, *, is_by_person: bool) -> str:
    """What a pause is called."""
    if until is not None:
        local = until.astimezone()
        is_today = local.date() == now.astimezone().date()
        return f"Paused until {local:%H:%M}." if is_today else f"Paused until {local:%a %H:%M}."
    return "Paused until you resume." if is_by_person or not because else f"Paused because {clip(because, 100)}."


def report_text(report: HealingReport) -> str:
    """What came of the last look: what was filled, and why the rest was not tried."""
    cycle = report.cycle
    filled = sum(cycle.filled.values()) if cycle is not None else 0
    if cycle is None:
        told = ["Nothing new could be tried."] if report.total > report.complete else []
    elif cycle.state is CycleState.DONE:
        told = [f"The last cycle filled {values(filled) if filled else 'nothing'}."]
    else:
        told = [f"The last cycle was {cycle.state.value}."]
    notes = (clip(note, 200) for note in report.notes if not note.endswith(_SAID_ELSEWHERE))
    return " ".join([*told, *notes])


def values(number: int) -> str:
    """A number of values."""
    return "1 value" if number == 1 else f"{number:,} values"


# ------------------------------------------------------------ cycles


def when(moment: datetime, now: datetime) -> str:
    """The time of a moment, with the day where it is not this one."""
    local = moment.astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone().date() else f"{local.day} {local:%b, %H:%M}"


def took(cycle: Cycle) -> str:
    """How long a cycle took."""
    if cycle.ended_at is None:
        return units.UNKNOWN
    seconds = max(0.0, (cycle.ended_at - cycle.started_at).total_seconds())
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def filled(cycle: Cycle) -> str:
    """How many values a cycle wrote, and by which means."""
    parts = [f"{cycle.filled[means]:,} by {BY_MEANS[means]}" for means in Means if cycle.filled.get(means)]
    return " · ".join(parts) or "nothing"


def cost(usd: Decimal | None) -> str:
    """What a cycle cost; "free" where it is known to have cost nothing."""
    return "free" if usd == 0 else "unknown" if usd is None else units.money(usd)


# ------------------------------------------------------------ fills


def title(field: Field) -> str:
    """What a field is called."""
    return FIELDS[field].title


def why(fill: Fill) -> str:
    """Who says so, and in which words, in one line."""
    quote = f"“{clip(fill.fact.quote, 200)}”" if fill.fact.quote else ""
    return " · ".join(part for part in (quote, clip(fill.fact.origin, 80)) if part)


def undone(report: UndoReport) -> tuple[str, str]:
    """What came of taking back, and what of it was left."""
    why: list[str] = []
    if report.replaced:
        why.append(f"{values(report.replaced)} had been replaced since.")
    if report.by_rules:
        why.append(f"{values(report.by_rules)} by rules stay: the rules would tell them again.")
    was = "was" if report.undone == 1 else "were"
    return f"{values(report.undone)} {was} taken back." if report.undone else "Nothing was taken back.", " ".join(why)


# ------------------------------------------------------------ attempts


def tried(attempts: Sequence[Attempt], now: datetime) -> str:
    """What was tried on a model: by each means the last attempt, in short words."""
    last: dict[Means, Attempt] = {}
    for attempt in sorted(attempts, key=lambda each: each.at):
        last[attempt.means] = attempt
    if set(last) == {Means.SURVEY}:
        return "no rule knows it, nobody asked yet"
    shown = [last[means] for means in Means if means in last and means is not Means.SURVEY]
    by_outcome: dict[str, list[str]] = {}
    for one in shown:
        # What the person answered, or is to answer, has no age that matters.
        ago = "" if one.outcome in _ANSWERED else f" {units.ago(one.at, now)}"
        by_outcome.setdefault(f"{_OUTCOMES[one.outcome]}{ago}", []).append(_TRIED[one.means])
    return " · ".join(f"{' and '.join(means)}: {outcome}" for outcome, means in by_outcome.items())


def all_tried(attempts: Iterable[Attempt], now: datetime) -> str:
    """Every attempt on a model, a line each, with what was said."""
    return "\n".join(
        f"{title(one.field)} · {_TRIED[one.means]}: {_OUTCOMES[one.outcome]}, {units.ago(one.at, now)}"
        + (f"\n    {clip(one.detail, 200)}" if one.detail else "")
        for one in attempts
    )


def next_try(attempts: Sequence[Attempt]) -> datetime | None:
    """When the next attempt is due; None where only the person can say so."""
    return min((one.next_at for one in attempts if one.outcome not in _ANSWERED), default=None)


def next_try_text(attempts: Sequence[Attempt], now: datetime) -> str:
    """When it is tried again."""
    if not attempts:
        return ""
    due = next_try(attempts)
    if due is None:
        return "review" if any(one.outcome is Outcome.PROPOSED for one in attempts) else "when you say so"
    return "next cycle" if due <= now else units.ago(due, now).replace("just now", "next cycle")
