"""Local models as people read them on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modelward.cli.output import print_line, print_table, say
from modelward.core import units
from modelward.core.clock import utc_now
from modelward.ollama.model import (
    AlertKind,
    BackupReport,
    MaintenanceReport,
    ModelCheck,
    ModelName,
    Overview,
    RepairReport,
    ServerLook,
    ServerState,
    Standing,
    Stray,
    StrayKind,
    VaultReport,
    VaultState,
    VaultVersion,
    Verdict,
    VerifyReport,
)

_STRAYS = {
    StrayKind.ORPHAN: ("blob that no model needs", "blobs that no model needs"),
    StrayKind.PARTIAL: ("part of a download that was not finished", "parts of downloads that were not finished"),
    StrayKind.TEMPORARY: ("file left from making a model", "files left from making models"),
    StrayKind.FOREIGN: ("file that is not Ollama's", "files that are not Ollama's"),
    StrayKind.MANIFEST: ("file among the manifests that is none", "files among the manifests that are none"),
}
_NO_COPIES = "modelward: there are no copies yet. Make them: modelward ollama backup --all"
_NO_FOLDER = (
    "modelward: no model folder was found. If Ollama keeps its models in another place, name it in the settings "
    "(ollama.models), or in OLLAMA_MODELS."
)
_NOT_HERE = "There are no local models here, as far as can be seen."


def print_overview(overview: Overview, *, lists_strays: bool = False) -> None:
    """One page: server, folder, vault, models, and what needs attention."""
    print_line(f"Server  {'not looked at' if overview.look is None else _server(overview.look)}")
    place = overview.place
    missing = " (not there)" if place is not None and not place.is_there else ""
    print_line(f"Folder  {'none found' if place is None else f'{place.folder}{missing}'}")
    print_line(f"Vault   {'none yet' if overview.vault is None else _vault(overview.vault)}")
    if overview.standings:
        print_line()
        rows = [_row(each) for each in overview.standings]
        print_table(("MODEL", "SIZE", "VERDICT", "PROVEN", "COPIES", "GUARDED"), rows, right=frozenset({1, 4}))
    if place is None:
        say(_NO_FOLDER)
    _tell_strays(overview.strays, lists=lists_strays)
    answers = overview.look is not None and overview.look.state is ServerState.RUNNING
    for alert in overview.alerts:
        if alert.kind is AlertKind.SERVICE_DOWN and answers:
            continue  # it is over at the guard's next look
        say(f"modelward: {alert.what} {alert.todo or alert.why}".rstrip())
    tell(overview.problems)


def _tell_strays(strays: Sequence[Stray], *, lists: bool) -> None:
    """What no model needs: summed up by kind, with the largest as an example, or each file."""
    for kind, (one, many) in _STRAYS.items():
        found = sorted((each for each in strays if each.kind is kind), key=lambda each: (-each.size, each.path))
        if not found:
            continue
        what = f"a {one}" if len(found) == 1 else f"{len(found):,} {many}"
        where = f"{': ' if len(found) == 1 else ', such as '}{found[0].path}"
        say(f"modelward: {what} ({units.size(sum(each.size for each in found))}){':' if lists else where}")
        for each in found if lists else ():
            say(f"  {each.path} ({units.size(each.size)})")


def print_copies(report: VaultReport) -> None:
    """What proving the copies found."""
    if not (report.proven or report.damaged):
        say(_NO_COPIES)
    anew = f", {len(report.renewed):,} made anew from the models" if report.renewed else ""
    print_line(f"Vault: {report.proven:,} blobs whole, {len(report.damaged):,} damaged or lost{anew}")
    for version, lost in report.lacking.items():
        named = ", ".join(digest.removeprefix("sha256:")[:12] for digest in lost[:3])
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        print_line(
            f"{version.name}, copied {units.local_time(version.created_at)} as {version.id}: lacks blob {named}{more}"
        )


def is_untried(check: ModelCheck) -> bool:
    """Whether a model seems whole, and a load test that was asked for could not be made."""
    return check.loads is None and check.verdict in (Verdict.INTACT, Verdict.UNPROVEN)


def print_verified(report: VerifyReport, *, deep: bool = False) -> None:
    """A line for each model, and what is wrong below it."""
    if not report.checks:
        print_line(_NOT_HERE)
    for check in report.checks:
        proven = f", proven {units.ago(check.proven_at, utc_now())}" if check.proven_at else ""
        untried = deep and is_untried(check)
        print_line(f"{check.model.name}: {check.verdict}{proven}{', not loaded' if untried else _loads(check)}")
        if check in report.bad or check.loads is False or (untried and check.detail):
            say(f"  {check.detail}")
    if report.hashed_bytes:
        rate = f" at {units.size(round(report.hashed_bytes / report.seconds))}/s" if report.seconds > 0 else ""
        say(f"{units.size(report.hashed_bytes)} hashed{rate}")


def print_backup(report: BackupReport) -> None:
    """What came into the vault."""
    for version in report.made:
        print_line(f"{version.name}: copied as {version.id}")
    for name in report.covered:
        print_line(f"{name}: in the vault already")
    for name, why in report.refused.items():
        say(f"modelward: {name} was not copied. {why}")
    say(f"{units.size(report.copied_bytes)} copied")


def print_versions(versions: Sequence[VaultVersion]) -> None:
    """The vault's list."""
    if not versions:
        say(_NO_COPIES)
    rows = [
        (
            version.id,
            str(version.name),
            units.size(version.manifest.size),
            units.local_time(version.created_at),
            units.local_time(version.verified_at),
        )
        for version in versions
    ]
    print_table(("ID", "MODEL", "SIZE", "COPIED", "VERIFIED"), rows, right=frozenset({2}))


def print_repairs(reports: Iterable[RepairReport]) -> None:
    """How each repair ended, with what was done."""
    for report in reports:
        print_line(f"{report.name}: {report.state}{'. ' if report.detail else ''}{report.detail}")
        for step in report.steps:
            if step == report.detail:
                continue
            say(f"  {step}")


def print_plans(report: VerifyReport, plans: Mapping[ModelName, Sequence[str]]) -> None:
    """What a repair would do."""
    for check in report.bad:
        print_line(f"{check.model.name}: {check.verdict}. {check.detail}".rstrip())
        for step in plans[check.model.name]:
            print_line(f"  {step}")
    if not report.bad:
        print_line("Nothing to repair.")


def print_maintenance(report: MaintenanceReport) -> None:
    """What a maintenance run did."""
    if report.look is not None:
        print_line(f"Server: {_server(report.look)}")
    if report.verified is None:
        print_line("Models: none could be looked at")
    else:
        bad, all_ = len(report.verified.bad), len(report.verified.checks)
        print_line(f"Models: {all_}, {f'{bad} with something wrong' if bad else 'nothing wrong'}")
        for check in report.verified.bad:
            say(f"modelward: {check.model.name} is {check.verdict}. {check.detail}".rstrip())
    if report.backup is not None:
        made, refused = len(report.backup.made), len(report.backup.refused)
        print_line(f"Copies: {made} new{f', {refused} refused' if refused else ''}")
    if report.copies is not None and (report.copies.damaged or report.copies.renewed):
        print_copies(report.copies)
    print_repairs(report.repairs)
    for alert in report.opened:
        say(f"modelward: {alert.what} {alert.todo or alert.why}".rstrip())
    for alert in report.resolved:
        say(f"modelward: over: {alert.what}")
    tell(report.advice)
    tell(report.problems)


def tell(sentences: Iterable[str]) -> None:
    """Sentences for the person, a line each."""
    for sentence in sentences:
        say(f"modelward: {sentence}")


def _server(look: ServerLook) -> str:
    if look.state is not ServerState.RUNNING:
        return f"{look.url} · {look.state}{f': {look.detail}' if look.detail else ''}"
    loaded = f" · in memory: {', '.join(each.name for each in look.loaded)}" if look.loaded else ""
    latency = "" if look.latency_ms is None else f" · answers in {look.latency_ms:,.0f} ms"
    return f"{look.url} · Ollama {look.version}{latency}{loaded}"


def _vault(vault: VaultState) -> str:
    if vault.problem:
        return f"{vault.folder} · {vault.problem}"
    same = " · on the disk of the models: it guards against damage, not against the loss of that disk"
    count = len(vault.versions)
    size = (
        f"{count:,} {'copy' if count == 1 else 'copies'}, {units.size(vault.size)}" if count else "nothing copied yet"
    )
    return f"{vault.folder} · {size}{same if vault.is_same_disk else ''}"


def _row(standing: Standing) -> tuple[str, ...]:
    check, manifest = standing.check, standing.check.model.manifest
    return (
        str(check.model.name),
        units.size(manifest.size if manifest else None),
        check.verdict.value,
        units.ago(check.proven_at, utc_now()),
        str(len(standing.versions)),
        "yes" if standing.is_protected else "no",
    )


def _loads(check: ModelCheck) -> str:
    if check.loads is None:
        return ""
    return ", loads" if check.loads else ", does not load"
