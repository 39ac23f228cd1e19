"""``modelward ollama …``: local models looked at, verified, copied, brought back and guarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from modelward.cli import ollama_json, ollama_text
from modelward.cli.ollama_watch import guard
from modelward.cli.output import print_json, print_line
from modelward.cli.session import command, with_desk, with_reader
from modelward.core import units
from modelward.core.errors import UsageError
from modelward.core.progress import Progress
from modelward.desk import Desk
from modelward.ollama.model import (
    BackupReport,
    ModelName,
    Overview,
    RepairReport,
    RepairState,
    VaultReport,
    VaultVersion,
    VerifyReport,
)

app = typer.Typer(no_args_is_help=True, help="Ollama's models: are they intact, and can they be brought back?")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]
Models = Annotated[list[str] | None, typer.Argument(metavar="[MODEL…]", help="Models; without any, all of them.")]

_BAD_ENDS = (RepairState.FAILED, RepairState.BY_HAND)
_ENDINGS = (".tar", ".zst", ".tzst")


@app.command()
@command
def status(
    strays: Annotated[bool, typer.Option("--strays", help="Also list each file that no model needs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how the server, the models and their copies stand. Nothing is hashed."""

    async def work(desk: Desk, _: Progress) -> Overview:
        return await desk.ollama.overview()

    overview = with_reader(work, fills=False)
    if as_json:
        print_json(ollama_json.overview_json(overview))
    else:
        ollama_text.print_overview(overview, lists_strays=strays)


@app.command()
@command
def verify(
    models: Models = None,
    deep: Annotated[bool, typer.Option("--deep", help="Also let Ollama load each model that is whole.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Only sizes and times: for health checks.")] = False,
    vault: Annotated[
        bool, typer.Option("--vault", help="Prove the copies in the vault instead, and mend them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Prove models by hashing every byte of them. Exit code 1 where something is wrong.

    Beside a running Modelward it hashes too, and leaves no trace; the copies are proven by the running one.
    """
    if deep and quick:
        raise UsageError("--deep and --quick exclude each other.", todo="Leave one of them out.")
    if vault:
        if deep or quick or models:
            raise UsageError(
                "--vault proves every copy: it goes with no model, --deep or --quick.", todo="Leave them out."
            )
        _verify_vault(as_json=as_json)
        return

    async def work(desk: Desk, progress: Progress) -> VerifyReport:
        names = await _names(desk, models)
        return (await desk.ollama.verify(progress, names, quick=quick, deep=deep))[0]

    report = with_reader(work, fills=False)
    if as_json:
        print_json([ollama_json.check_json(check) for check in report.checks])
    else:
        ollama_text.print_verified(report, deep=deep)
    if report.bad or any(check.loads is False or (deep and ollama_text.is_untried(check)) for check in report.checks):
        raise typer.Exit(1)


@app.command()
@command
def backup(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL…]", help="The models to copy.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Copy every model.")] = False,
    new_vault: Annotated[
        bool, typer.Option("--new-vault", help="First begin a new vault, as the former one is lost for good.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy models into the vault. Exit code 1 where one was refused."""
    if every == bool(models):
        raise UsageError("Which models?", todo="Name some, or give --all.")

    async def work(desk: Desk, progress: Progress) -> BackupReport:
        if new_vault:
            await desk.ollama.begin_vault()
        return (await desk.ollama.back_up(progress, await _names(desk, models)))[0]

    report = with_desk(work, fills=False)
    if as_json:
        print_json(ollama_json.backup_json(report))
    else:
        ollama_text.print_backup(report)
    if report.refused:
        raise typer.Exit(1)


@app.command()
@command
def backups(as_json: AsJson = False) -> None:
    """List the versions of models in the vault."""

    async def work(desk: Desk, _: Progress) -> tuple[VaultVersion, ...]:
        return await desk.ollama.versions()

    versions = with_reader(work, fills=False)
    if as_json:
        print_json([ollama_json.version_json(version) for version in versions])
    else:
        ollama_text.print_versions(versions)


@app.command()
@command
def restore(
    what: Annotated[str, typer.Argument(metavar="MODEL|FILE", help="A model in the vault, or the file of an export.")],
    version: Annotated[str | None, typer.Option("--from", help="The version, as listed; else the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a model back from the vault, or from the file of an export. Exit code 1 where it failed."""
    file = Path(what).expanduser()
    looks_so = file.suffix in _ENDINGS or what[:1] in (".", "/", "~", "\\")
    is_file = (looks_so or len(file.parts) > 1) and file.is_file()
    if looks_so and not is_file:
        raise UsageError(f"There is no file {file}.", todo="Name the file of an export, or a model in the vault.")
    if is_file and version is not None:
        raise UsageError("A file holds one version: --from has no meaning there.", todo="Leave --from out.")

    async def work(desk: Desk, progress: Progress) -> RepairReport:
        if is_file:
            return (await desk.ollama.restore_parcel(file, progress))[0]
        (name,) = await desk.ollama.named([what])
        return (await desk.ollama.restore(name, progress, version))[0]

    _tell_repairs([with_desk(work, fills=False)], as_json=as_json, is_one=True)


@app.command("import")
@command
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file of an export.")], as_json: AsJson = False
) -> None:
    """Take the file of an export into the vault and put its model back. Exit code 1 where it failed."""

    async def work(desk: Desk, progress: Progress) -> RepairReport:
        return (await desk.ollama.restore_parcel(file.expanduser(), progress))[0]

    _tell_repairs([with_desk(work, fills=False)], as_json=as_json, is_one=True)


@app.command()
@command
def repair(
    models: Models = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only verify, and say what would be mended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Verify models and mend what is wrong: vault first, download last. Exit code 1 where something stays wrong."""
    if dry_run:
        _rehearse(models, as_json=as_json)
        return

    async def work(desk: Desk, progress: Progress) -> tuple[RepairReport, ...]:
        return (await desk.ollama.repair(progress, await _names(desk, models)))[0]

    _tell_repairs(with_desk(work, fills=False), as_json=as_json)


@app.command()
@command
def watch(
    run_once: Annotated[bool, typer.Option("--run-once", help="One maintenance run, then leave.")] = False,
    interval: Annotated[
        int | None, typer.Option(metavar="MINUTES", help="Minutes between two maintenance runs.", min=1, max=10_080)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document a line for each run.")] = False,
) -> None:
    """Look, verify, copy and mend without a window until SIGINT or SIGTERM.

    With --run-once exit code 1 says that something is wrong.
    """
    is_well = with_desk(guard(run_once=run_once, minutes=interval, as_json=as_json), fills=False)
    if not is_well:
        raise typer.Exit(1)


@app.command()
@command
def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model here or in the vault.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, such as model.tar.")],
    version: Annotated[str | None, typer.Option("--from", help="A version in the vault, as listed.")] = None,
    compress: Annotated[bool, typer.Option("--compress", help="Compress it with zstd.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a model to one file, which restore, or tar in a model folder, puts back."""

    async def work(desk: Desk, progress: Progress) -> int:
        (name,) = await desk.ollama.named([model])
        return await desk.ollama.export(name, file.expanduser(), progress, version_id=version, compress=compress)

    written = with_reader(work, fills=False)
    if as_json:
        print_json({"path": str(file), "sizeBytes": written})
    else:
        print_line(f"{file}: {units.size(written)}")


@app.command()
@command
def protect(
    models: Annotated[list[str], typer.Argument(metavar="MODEL…", help="The models.")],
    off: Annotated[bool, typer.Option("--off", help="Do not bring them back any more; their copies stay.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring these models back whenever they are gone."""

    async def work(desk: Desk, _: Progress) -> tuple[ModelName, ...]:
        names = await desk.ollama.named(models)
        await desk.ollama.protect(names, on=not off)
        return names

    names = with_desk(work, fills=False)
    if as_json:
        print_json([{"model": str(name), "isProtected": not off} for name in names])
        return
    for name in names:
        print_line(f"{name}: {'no longer brought back' if off else 'brought back when it is gone'}")


async def _names(desk: Desk, models: list[str] | None) -> tuple[ModelName, ...] | None:
    return await desk.ollama.named(models) if models else None


def _verify_vault(*, as_json: bool) -> None:
    async def work(desk: Desk, progress: Progress) -> VaultReport:
        return (await desk.ollama.verify_vault(progress))[0]

    report = with_desk(work, fills=False)
    if as_json:
        print_json(ollama_json.copies_json(report))
    else:
        ollama_text.print_copies(report)
    if report.lacking:
        raise typer.Exit(1)


def _rehearse(models: list[str] | None, *, as_json: bool) -> None:
    async def work(desk: Desk, progress: Progress) -> tuple[VerifyReport, Mapping[ModelName, tuple[str, ...]]]:
        return await desk.ollama.plan(progress, await _names(desk, models))

    report, plans = with_reader(work, fills=False)
    if as_json:
        print_json([{**ollama_json.check_json(bad), "plan": list(plans[bad.model.name])} for bad in report.bad])
    else:
        ollama_text.print_plans(report, plans)
    if report.bad:
        raise typer.Exit(1)


def _tell_repairs(reports: Sequence[RepairReport], *, as_json: bool, is_one: bool = False) -> None:
    documents = [ollama_json.repair_json(report) for report in reports]
    if as_json:
        print_json(documents[0] if is_one else documents)
    elif reports:
        ollama_text.print_repairs(reports)
    else:
        print_line("Nothing to repair.")
    if any(report.state in _BAD_ENDS for report in reports):
        raise typer.Exit(1)
