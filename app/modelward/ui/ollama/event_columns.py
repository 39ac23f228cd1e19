"""The columns of what happened to local models."""

from __future__ import annotations

from modelward.catalog.fields import clip
from modelward.core import units
from modelward.core.clock import Clock
from modelward.ollama.model import GuardEvent
from modelward.ui.kit.rows import CellTag, Column
from modelward.ui.kit.tokens import Tone
from modelward.ui.ollama.figures import event_time


def what_text(event: GuardEvent) -> str:
    """What happened to whom, in one line."""
    subject = f"{clip(event.subject, 120)}: " if event.subject and event.subject not in event.text else ""
    return " ".join(f"{subject}{clip(' '.join(event.text.split()), 400)}".split())


def columns(clock: Clock) -> tuple[Column[GuardEvent], ...]:
    """The columns; ``clock`` says which day is today."""
    return (
        Column(
            "when",
            "When",
            text=lambda event: event_time(event.at, clock()),
            sort=lambda event: event.at.timestamp(),
            copied=lambda event: units.local_time(event.at),
            tooltip=lambda event: units.local_time(event.at),
            width=94,
            is_muted=True,
        ),
        Column(
            "kind",
            "Kind",
            text=lambda event: clip(event.verb, 24),
            sort=lambda event: event.verb,
            tags=lambda event: (CellTag(clip(event.verb, 24), Tone.TROUBLE if event.is_bad else Tone.WELL),),
            width=100,
        ),
        Column(
            "what",
            "What happened",
            text=what_text,
            sort=what_text,
            tooltip=lambda event: clip(event.text, 2000),
            width=240,
            takes_slack=True,
        ),
    )


def haystack(event: GuardEvent) -> str:
    """What the search looks through."""
    return f"{event.verb} {event.subject} {event.text}"
