"""``modelward backup …``: create, list, verify, restore, prune."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from modelward.backups.model import Backup, Kind, PruneReport, State
from modelward.backups.preview import Names, Preview
from modelward.backups.restore import RestoreReport
from modelward.catalog.fields import clip
from modelward.cli.output import print_json, print_line, print_table, say
from modelward.cli.session import command, with_desk, with_reader
from modelward.core import units
from modelward.core.clock import utc_now
from modelward.core.errors import ProtectionError, UsageError
from modelward.core.progress import Progress
from modelward.desk import Desk

app = typer.Typer(no_args_is_help=True, help="Copies of the store: make, list, verify, restore and thin them.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]

_NAMED = 5
_SHOWN_KINDS = ", ".join(Kind)


@app.command()
@command
def create(
    kind: Annotated[str, typer.Option(help=f"One of: {_SHOWN_KINDS}.")] = Kind.MANUAL.value,
    note: Annotated[str, typer.Option(help="A note that helps to find it again.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a proven copy of the store now; also beside a running Modelward."""
    chosen = _kind(kind)

    async def work(desk: Desk, progress: Progress) -> Backup:
        return (await desk.backups.create(chosen, reason="by command", note=note, progress=progress))[0]

    backup = with_reader(work)
    if as_json:
        print_json(backup_json(backup))
    else:
        print_line(f"{backup.id}: {units.size(backup.size_bytes)}, verified")
        say(str(backup.path))


@app.command("list")
@command
def list_backups(as_json: AsJson = False) -> None:
    """List every copy, with the reasons for which it is kept and what is wrong with it."""

    async def work(desk: Desk, _: Progress) -> list[Backup]:
        return await desk.backups.list()

    backups = with_reader(work)
    if as_json:
        print_json([{**backup_json(backup), **_standing_json(backup)} for backup in backups])
        return
    _print_backups(backups)


@app.command()
@command
def verify(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Copies; without any, all of them.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read copies back whole and check them. Exit code 1 where one is damaged or incomplete."""

    async def work(desk: Desk, progress: Progress) -> list[Backup]:
        return (await desk.backups.verify(ids or None, progress))[0]

    checked = with_reader(work)
    if as_json:
        print_json([{**backup_json(backup), **_standing_json(backup)} for backup in checked])
    else:
        for backup in checked:
            print_line(f"{backup.id}: {_state_text(backup)}")
        say(f"{_copies(len(checked))} checked")
    if any(backup.state is not State.GOOD for backup in checked):
        raise typer.Exit(1)


@app.command()
@command
def restore(
    backup_id: Annotated[str, typer.Argument(metavar="ID", help="The copy, as listed.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a copy in the place of the store; today's state is kept as a copy first."""
    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("A restore has to be confirmed.", todo="Add --yes, or run it on a terminal: it asks there.")

    async def work(desk: Desk, progress: Progress) -> RestoreReport | None:
        if not yes:
            _tell_preview(await desk.restores.preview(backup_id, progress))
            # Nothing else runs meanwhile: the answer is waited for here.
            if not typer.confirm("Restore it?", default=False, err=True):
                return None
        return (await desk.restore(backup_id, progress))[0]

    report = with_desk(work, fills=False)
    if report is None:
        say("Nothing was changed.")
        raise typer.Exit(1)
    if as_json:
        print_json(_restored_json(report))
    else:
        _tell_restored(report)


@app.command()
@command
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Explain every decision and remove nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Also where more than half of a kind would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what the rule no longer keeps. Exit code 3 where it refused to: too many copies would go at once."""

    async def work(desk: Desk, progress: Progress) -> PruneReport:
        return (await desk.backups.prune(dry_run=dry_run, consent=yes, progress=progress))[0]

    report = with_reader(work)
    if as_json:
        print_json(_pruned_json(report))
    else:
        _tell_pruned(report, dry_run=dry_run)
    if report.asks_first and not dry_run and not yes:
        kinds = " and ".join(report.asks_first)
        raise ProtectionError(
            f"More than half of the {kinds} copies would go, so none was removed.",
            why="A clock that is wrong can be the cause.",
            todo="Look at: modelward backup prune --dry-run. If it is what you want, add --yes.",
        )


def backup_json(backup: Backup) -> dict[str, object]:
    """A copy as scripts read it."""
    meta = backup.meta
    return {
        "id": backup.id,
        "path": str(backup.path),
        "kind": backup.kind.value,
        "createdAt": _iso(backup.created_at),
        "sizeBytes": backup.size_bytes,
        "sha256": meta.sha256 if meta else None,
        "verified": backup.state is State.GOOD,
    }


def _standing_json(backup: Backup) -> dict[str, object]:
    meta = backup.meta
    return {
        "state": backup.state.value,
        "reasons": list(backup.reasons),
        "verifiedAt": _iso(meta.verified_at) if meta else None,
        "coveredUntil": _iso(meta.covered_until) if meta else None,
        "reason": meta.reason if meta else None,
        "note": meta.note if meta else None,
        "trouble": backup.trouble or None,
        "todo": backup.todo or None,
    }


def _restored_json(report: RestoreReport) -> dict[str, object]:
    return {
        "restored": backup_json(report.backup),
        "keptAs": report.kept_as or None,
        "setAside": str(report.set_aside) if report.set_aside else None,
        "migratedFrom": report.migrated_from or None,
    }


def _pruned_json(report: PruneReport) -> dict[str, object]:
    return {
        "decisions": [
            {"id": each.copy.id, "kept": each.is_kept, "reasons": list(each.reasons)} for each in report.decisions
        ],
        "removed": list(report.removed),
        "asksFirst": [kind.value for kind in report.asks_first],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _kind(word: str) -> Kind:
    try:
        return Kind(word.strip().lower().replace("_", "-"))
    except ValueError:
        raise UsageError(
            f"There is no kind {clip(word)!r} of backup.", todo=f"The kinds are: {_SHOWN_KINDS}."
        ) from None


def _print_backups(backups: Sequence[Backup]) -> None:
    now = utc_now()
    rows = [
        (
            backup.id,
            units.ago(backup.created_at, now),
            units.size(backup.size_bytes),
            "verified" if backup.state is State.GOOD else backup.state.value,
            ", ".join(backup.reasons),
            backup.meta.note if backup.meta else "",
        )
        for backup in backups
    ]
    print_table(("ID", "AGE", "SIZE", "STATE", "KEPT AS", "NOTE"), rows, right=frozenset({2}))
    for backup in backups:
        if backup.trouble:
            say(f"{backup.id}: {clip(f'{backup.trouble} {backup.todo}', 1000)}")
    say(f"{_copies(len(backups))}, {units.size(sum(backup.size_bytes for backup in backups))}")


def _copies(number: int) -> str:
    return "1 backup" if number == 1 else f"{number:,} backups"


def _state_text(backup: Backup) -> str:
    if backup.state is State.GOOD:
        return "verified"
    return clip(f"{backup.state.value}. {backup.trouble} {backup.todo}".strip(), 1000)


def _tell_preview(preview: Preview) -> None:
    backup = preview.backup
    why = backup.meta.reason if backup.meta else backup.kind.value
    say(f"{backup.id}: made {units.local_time(backup.created_at)}, {clip(why)}.")
    if preview.trouble:
        say(f"Today's store cannot be read: {clip(preview.trouble, 1000)}")
    elif preview.is_same:
        say("The store holds the same today.")
    for table in preview.tables:
        say(f"  {table.table}: {table.today:,} today, {table.copy:,} in the copy ({table.copy - table.today:+,})")
    for title, names in (
        ("own values lost", preview.own_values_lost),
        ("own values back", preview.own_values_regained),
        ("models that go", preview.models_removed),
        ("models that come back", preview.models_added),
        ("models with other values", preview.models_changed),
    ):
        if names.count:
            say(f"  {title}: {_names_text(names)}")
    say("Today's state is kept as a copy first.")


def _names_text(names: Names) -> str:
    shown = [clip(name, 120) for name in names.first[:_NAMED]]
    rest = names.count - len(shown)
    return f"{names.count:,} ({', '.join(shown)}{f', and {rest:,} more' if rest else ''})"


def _tell_restored(report: RestoreReport) -> None:
    print_line(f"Restored {report.backup.id}.")
    if report.kept_as:
        say(f"Your data from before is kept as {report.kept_as}.")
    if report.set_aside:
        say(f"The damaged store is kept as {report.set_aside}.")
    if report.migrated_from:
        say(f"The copy was of revision {report.migrated_from} and was brought up to date.")


def _tell_pruned(report: PruneReport, *, dry_run: bool) -> None:
    rows = [(each.copy.id, "stays" if each.is_kept else "goes", ", ".join(each.reasons)) for each in report.decisions]
    if dry_run:
        print_table(("ID", "VERDICT", "BECAUSE"), rows)
        going = sum(1 for each in report.decisions if not each.is_kept)
        say(f"{going:,} of {_copies(len(rows))} would go")
        return
    for each in report.removed:
        print_line(f"{each}: removed")
    say(f"{len(report.removed):,} removed, {len(rows) - len(report.removed):,} stay")
