"""What the Backups tab says of a copy, as plain data: when, why, for how long, and in what state."""

from __future__ import annotations

from datetime import datetime, timedelta

from modelward.backups.model import Backup, Kind, State
from modelward.catalog.fields import clip
from modelward.core import units
from modelward.ui.kit.rows import CellTag
from modelward.ui.kit.tokens import Tone

_MIB = 1024**2
_TIERS = {"hourly": "hourly", "daily": "daily", "weekly": "weekly", "manual": "for ever", "pre-operation": "for ever"}
_PROTECTIONS = {
    "newest that is verified": "newest",
    "one of the last three": "last three",
    "made within the last hour": "this hour",
    "in use": "in use",
    "dated in the future": "from the future",
    "damaged, waiting for your decision": "waits for you",
}
_STATES = {
    State.GOOD: CellTag("verified", Tone.WELL),
    State.UNVERIFIED: CellTag("not verified", Tone.ATTENTION),
    State.DAMAGED: CellTag("damaged", Tone.TROUBLE),
    State.ORPHAN: CellTag("incomplete", Tone.TROUBLE),
}
_KINDS = {Kind.HOURLY: "hourly", Kind.MANUAL: "by hand", Kind.PRE_OPERATION: "before an operation"}
_TABLES = {
    "model": "Models",
    "fact": "Facts",
    "provider": "Providers",
    "event_log": "Log entries",
    "raw_file": "Raw files",
}
_UNTOLD_TABLES = frozenset({"alembic_version", "state", "event_log", "raw_file"})
LATE = timedelta(hours=2)
VERY_LATE = timedelta(days=1)


def day_text(moment: datetime, now: datetime) -> str:
    """A day in local time: ``today``, ``yesterday``, ``Wed 18 Nov``, with the year where it is another one."""
    day, today = moment.astimezone().date(), now.astimezone().date()
    if (today - day).days in (0, 1):
        return "yesterday" if today != day else "today"
    return f"{day:%a} {day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")


def when_text(moment: datetime, now: datetime) -> str:
    """A moment in local time: ``today 14:00``."""
    return f"{day_text(moment, now)} {moment.astimezone():%H:%M}"


def moment_tooltip(moment: datetime, now: datetime) -> str:
    """How long ago, and exactly when."""
    return f"{units.ago(moment, now)}\n{units.local_time(moment)}"


def why_text(backup: Backup) -> str:
    """Why a copy was made, in a few words."""
    if backup.kind is Kind.PRE_OPERATION and backup.meta and backup.meta.reason:
        return clip(backup.meta.reason, 80)
    return _KINDS[backup.kind]


def note_text(backup: Backup) -> str:
    """What stands in the last column: what is wrong, or else the person's note."""
    if backup.trouble:
        return clip(backup.trouble, 300)
    return clip(backup.meta.note, 300) if backup.meta else ""


def reason_tags(backup: Backup) -> tuple[CellTag, ...]:
    """For what a copy is kept: the tiers of the rule first, then what else protects it."""
    tiers = [_TIERS[reason] for reason in backup.reasons if reason in _TIERS]
    others = [_PROTECTIONS[reason] for reason in backup.reasons if reason in _PROTECTIONS]
    tags = [CellTag(word, Tone.ACCENT) for word in dict.fromkeys(tiers)] + [CellTag(word) for word in others]
    return tuple(tags) or (CellTag("goes next", Tone.ATTENTION),)


def reasons_text(backup: Backup) -> str:
    """The same in whole words."""
    return "\n".join(backup.reasons)


def state_tag(backup: Backup) -> CellTag:
    """The state in a word."""
    return _STATES[backup.state]


def state_text(backup: Backup, now: datetime) -> str:
    """The state in sentences: when it was verified, or what is wrong and what can be done."""
    if backup.trouble:
        return f"{backup.trouble}\n{backup.todo}".strip()
    if backup.meta and backup.meta.verified_at:
        return f"Read back whole and checked {units.ago(backup.meta.verified_at, now)}."
    return "Nothing speaks against it, but it was not checked yet: press Verify."


def mib_text(size: int) -> str:
    """Bytes as MiB without the unit: ``2.1``; a dash where there is no file."""
    if not size:
        return units.UNKNOWN
    return f"{size / _MIB:,.1f}" if size >= _MIB // 20 else f"{size / _MIB:,.2f}"


def size_text(size: int) -> str:
    """Bytes with their unit: ``64 MiB``, ``2.5 MiB``, ``1.20 GiB``."""
    if size >= 1024 * _MIB or size < _MIB // 10:
        return units.size(size)
    return f"{size / _MIB:.0f} MiB" if size >= 10 * _MIB else f"{size / _MIB:.1f} MiB"


def sentence(backup: Backup, now: datetime) -> str:
    """A copy in a sentence: ``Hourly, made 12 min ago, verified 10 min ago.``"""
    parts = [why_text(backup), f"made {units.ago(backup.created_at, now)}"]
    if backup.meta and backup.meta.verified_at and not backup.trouble:
        parts.append(f"verified {units.ago(backup.meta.verified_at, now)}")
    words = ", ".join(parts)
    return f"{words[:1].upper()}{words[1:]}."


def table_title(table: str) -> str:
    """What people call a table."""
    return _TABLES.get(table) or table.replace("_", " ").capitalize()


def is_told(table: str) -> bool:
    """Whether its number of rows tells people something."""
    return table not in _UNTOLD_TABLES


def table_order(table: str) -> tuple[int, str]:
    """What people ask about first comes first."""
    known = list(_TABLES)
    return (known.index(table) if table in known else len(known), table)


def change(copy: int, today: int) -> tuple[str, Tone]:
    """How a restore changes a number of rows: ``same``, ``+3``, ``−18``; what gets fewer is in the tone of trouble."""
    if copy == today:
        return "same", Tone.NEUTRAL
    if copy > today:
        return f"+{copy - today:,}", Tone.NEUTRAL
    return f"\N{MINUS SIGN}{today - copy:,}", Tone.TROUBLE


def age_figure(moment: datetime | None, now: datetime) -> str:
    """How old the newest safe state is, as the one figure: ``12 min``, ``3 h``, ``2 d``."""
    if moment is None:
        return "none yet"
    age = max(now - moment, timedelta())
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{age.days} d"


def safety(moment: datetime | None, now: datetime) -> tuple[str, Tone]:
    """How safe that is, in a word."""
    if moment is None or now - moment > VERY_LATE:
        return "not safe", Tone.TROUBLE
    return ("late", Tone.ATTENTION) if now - moment > LATE else ("safe", Tone.WELL)


def last_backup_text(moment: datetime | None, now: datetime) -> str:
    """The words of the status bar."""
    return "No backup yet" if moment is None else f"Last backup {units.ago(moment, now)}"


def haystack(backup: Backup) -> str:
    """What the search looks through."""
    return " ".join((backup.id, why_text(backup), note_text(backup), state_tag(backup).word, *backup.reasons))
