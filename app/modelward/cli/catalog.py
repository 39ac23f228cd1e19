"""``modelward catalog …``: list, show, import, export, set, clear."""

from __future__ import annotations

import json
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from modelward.catalog.export import fact_json, model_json
from modelward.catalog.fields import FIELDS, clip, field_named
from modelward.catalog.model import Capabilities, Capability, Fact, Field, Model
from modelward.catalog.reports import FileReport, ImportReport, ModelDetails
from modelward.cli.output import print_json, print_line, print_table, say, tell_error
from modelward.cli.session import command, with_desk, with_reader
from modelward.core import units
from modelward.core.errors import BadValueError
from modelward.core.progress import Progress
from modelward.desk import Desk

app = typer.Typer(no_args_is_help=True, help="Every model you can call, and what is known of it.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output and nothing else.")]
ModelId = Annotated[str, typer.Argument(metavar="ID", help="The model, as provider/name.")]
FieldName = Annotated[str, typer.Argument(metavar="FIELD", help="A field such as context_window or priceInput.")]

_RIGHT = frozenset({1, 2, 3, 4})


@app.command("list")
@command
def list_models(
    provider: Annotated[str | None, typer.Option(help="Only models of this provider.")] = None,
    capability: Annotated[list[str] | None, typer.Option(help="Only models that have it; may be repeated.")] = None,
    search: Annotated[
        str | None, typer.Option(help="Only models whose id, name or family holds all these words.")
    ] = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Only models of which something is missing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List models; with --json one model a line."""
    wanted = frozenset(_capability(word) for word in capability or ())
    words = (search or "").lower().split()

    def is_wanted(model: Model) -> bool:
        text = " ".join(filter(None, (model.id, model.display_name, model.family))).lower()
        return (
            (provider is None or model.provider == provider.lower())
            and wanted <= (model.capabilities or frozenset())
            and not (incomplete and model.is_complete)
            and all(word in text for word in words)
        )

    async def work(desk: Desk, _: Progress) -> list[Model]:
        return [model for model in await desk.catalog.models() if is_wanted(model)]

    models = with_reader(work)
    if as_json:
        for model in models:
            print_line(json.dumps(model_json(model), ensure_ascii=False))
        return
    print_table(
        ("MODEL", "CONTEXT", "MAX OUTPUT", "IN $/1M", "OUT $/1M", "CAPABILITIES"), map(_row, models), right=_RIGHT
    )
    say(f"{len(models):,} models")


@app.command()
@command
def show(model_id: ModelId, as_json: AsJson = False) -> None:
    """Show one model: each field with its source, date and evidence, and what other sources say."""

    async def work(desk: Desk, _: Progress) -> ModelDetails:
        return await desk.catalog.details(model_id)

    details = with_reader(work)
    if as_json:
        facts = [fact_json(fact, effective=_decides(details, fact)) for fact in details.facts]
        print_json({**model_json(details.model), "facts": facts})
        return
    _print_details(details)


@app.command("import")
@command
def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="JSON files; recognised by their content.")],
    provider: Annotated[str | None, typer.Option(help="Whose list it is, where a file does not say it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Import lists of models, price maps, or an export of the catalogue."""

    async def work(desk: Desk, progress: Progress) -> ImportReport:
        report, _ = await desk.catalog.import_files(files, progress, provider)
        return report

    report = with_desk(work)
    if as_json:
        print_json([_file_json(file) for file in report.files])
    else:
        for file in report.files:
            _tell_file(file)
    if report.failed:
        raise typer.Exit(max(file.error.exit_code for file in report.failed if file.error))


@app.command()
@command
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .json file (every fact) or a .csv file (a sheet).")],
) -> None:
    """Write the whole catalogue to a file."""

    async def work(desk: Desk, progress: Progress) -> int:
        return (await desk.catalog.export(file, None, progress)).models

    say(f"{with_reader(work):,} models written to {file}")


@app.command("set")
@command
def set_value(model_id: ModelId, field: FieldName, value: Annotated[str, typer.Argument(metavar="VALUE")]) -> None:
    """State a value of your own; it beats every other source until you clear it."""
    chosen = field_named(field)

    async def work(desk: Desk, _: Progress) -> Model:
        return (await desk.catalog.set_value(model_id, chosen, value))[0]

    model = with_desk(work)
    say(f"{clip(model.id)}: {FIELDS[chosen].title.lower()} is now {_text(chosen, _effective(model, chosen))} (yours)")


@app.command()
@command
def clear(model_id: ModelId, field: FieldName) -> None:
    """Withdraw a value of your own; what the other sources state counts again."""
    chosen = field_named(field)

    async def work(desk: Desk, _: Progress) -> Model:
        return (await desk.catalog.clear_value(model_id, chosen))[0]

    model = with_desk(work)
    say(f"{clip(model.id)}: {FIELDS[chosen].title.lower()} is now {_text(chosen, _effective(model, chosen))}")


def _capability(word: str) -> Capability:
    try:
        return Capability(word.strip().lower().replace("-", "_"))
    except ValueError:
        raise BadValueError(
            f"There is no capability {clip(word)!r}.", todo=f"The capabilities are: {', '.join(Capability)}."
        ) from None


def _row(model: Model) -> tuple[str, ...]:
    return (
        model.id,
        units.count(model.context_window),
        units.count(model.max_output_tokens),
        units.price(model.price_input),
        units.price(model.price_output),
        units.UNKNOWN if model.capabilities is None else ", ".join(sorted(model.capabilities)),
    )


def _effective(model: Model, field: Field) -> object:
    if field is Field.CAPABILITIES and model.capabilities is not None:
        return Capabilities(model.capabilities, model.not_capabilities)
    return getattr(model, field.value, None)


def _text(field: Field, value: object) -> str:
    match value:
        case None:
            return "unknown"
        case Capabilities():
            return ", ".join(sorted(value.has)) or "none"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "; ".join(
                f"{FIELDS[tier.field].title.lower()} {units.price(tier.price)} {tier.condition}" for tier in value
            )
        case Decimal():
            return f"{units.price(value)} per 1M tokens"
        case int():
            return f"{value:,} {FIELDS[field].unit}".strip()
        case _:
            return clip(value, 200)


def _decides(details: ModelDetails, fact: Fact) -> bool:
    resolved = details.resolved
    return resolved.deciding.get(fact.field) == fact or fact in resolved.capability_facts.values()


def _print_details(details: ModelDetails) -> None:
    model, resolved = details.model, details.resolved
    print_line(clip(model.id, 400))
    known = {fact.field for fact in details.facts}
    for field, spec in FIELDS.items():
        if field not in known:
            continue
        fact = resolved.deciding[field]
        print_line(f"\n{spec.title}: {_text(field, resolved.values[field])}")
        print_line(f"  {_provenance(fact)}")
        for other in resolved.dissent.get(field, ()):
            print_line(f"  differs: {_text(field, other.value)} — {_provenance(other)}")
    unknown = [FIELDS[field].title for field in FIELDS if field not in known]
    print_line(f"\nUnknown: {', '.join(unknown)}")


def _provenance(fact: Fact) -> str:
    parts = [f"{fact.source} ({clip(fact.origin, 120)})", f"as of {_as_of(fact.observed_at)}"]
    if fact.confidence < 1:
        parts.append(f"confidence {fact.confidence:.0%}")
    if fact.evidence:
        parts.append(clip(fact.evidence, 300))
    if fact.quote:
        parts.append(f"“{clip(fact.quote, 300)}”")
    return " · ".join(parts)


def _as_of(moment: datetime) -> str:
    """A day where only the day is known, as for catalogues that carry a date; else the exact time."""
    return f"{moment:%Y-%m-%d}" if moment.time() == time() else units.local_time(moment)


def _file_json(file: FileReport) -> dict[str, object]:
    return {
        "file": str(file.path),
        "format": file.format or None,
        "provider": file.provider,
        "models": file.models,
        "added": file.added,
        "changed": file.changed,
        "problems": list(file.problems),
        "error": str(file.error) if file.error else None,
    }


def _tell_file(file: FileReport) -> None:
    if file.error:
        tell_error(file.error)
        return
    print_line(
        f"{file.path.name}: {file.format}, {file.models:,} models ({file.added:,} new, {file.changed:,} changed)"
    )
    for problem in file.problems:
        say(f"  left out: {clip(problem, 400)}")
