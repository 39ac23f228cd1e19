"""What the guard of local models did, as notices: alerts that opened or are over, models that it brought back."""

from __future__ import annotations

from collections.abc import Sequence

from modelward.catalog.fields import clip
from modelward.ollama.alerts import SUMMED_UP_FROM, notices
from modelward.ollama.model import Alert, RepairReport, RepairState
from modelward.ui.kit.theme import Tone
from modelward.ui.ollama.alerts import tone
from modelward.ui.ollama.outcomes import repaired
from modelward.ui.shell.notices import Mood, Notice

_MOODS = {Tone.WELL: Mood.WELL, Tone.NEUTRAL: Mood.WELL, Tone.ATTENTION: Mood.ATTENTION, Tone.TROUBLE: Mood.TROUBLE}


def of_alerts(before: Sequence[Alert], after: Sequence[Alert]) -> list[Notice]:
    """Notices of alerts that opened since, and of those that are over; many at once are one notice."""
    known, now = {alert.id for alert in before}, {alert.id for alert in after}
    opened = [alert for alert in after if alert.id not in known]
    over = [alert for alert in before if alert.id not in now]
    if len(opened) >= SUMMED_UP_FROM:
        mood = Mood.TROUBLE if any(tone(alert) is Tone.TROUBLE for alert in opened) else Mood.ATTENTION
        told = [Notice(mood, clip(notices(opened, ())[0], 600), todo="The Ollama tab shows them all.")]
    else:
        told = [Notice(_MOODS[tone(each)], clip(each.what, 300), clip(each.why, 600), each.todo) for each in opened]
    return told + [Notice(Mood.WELL, clip(words, 600)) for words in notices((), over)]


def of_repairs(reports: Sequence[RepairReport]) -> list[Notice]:
    """Notices of models that were brought back by themselves; of a failure an alert tells."""
    shown = [report for report in reports if report.state not in (RepairState.NOTHING, RepairState.FAILED)]
    return [of_outcome(*repaired(report)) for report in shown]


def of_outcome(what: str, why: str, shade: Tone) -> Notice:
    """What came of something that was asked for outside the tab."""
    return Notice(_MOODS.get(shade, Mood.WELL), what, why)
