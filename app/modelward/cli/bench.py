"""``modelward bench …``: models measured, and what was measured looked at, compared, exported."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from modelward.benchmarks.model import (
    Batch,
    BatchState,
    CapabilityProof,
    ImportedFile,
    Metric,
    Proof,
    Result,
    Workload,
)
from modelward.catalog.fields import clip
from modelward.cli import bench_text
from modelward.cli.consent import ask_to_go_on
from modelward.cli.output import print_json, print_line
from modelward.cli.session import command, with_desk, with_reader
from modelward.core.clock import utc_now
from modelward.core.errors import UsageError
from modelward.core.progress import Progress
from modelward.desk import Desk

app = typer.Typer(no_args_is_help=True, help="How fast, how good and how dear are models? Measured, not read.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]
Models = Annotated[list[str], typer.Argument(metavar="MODEL…", help="Models, as provider/name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before something costs money.")]

_TRENDS = (Metric.TTFT, Metric.LATENCY, Metric.DECODE)
_RESUMABLE = (BatchState.PAUSED, BatchState.STOPPED, BatchState.CANCELLED, BatchState.PLANNED)

Ran = tuple[Batch, tuple[Result, ...]]


@app.command()
@command
def run(
    models: Models,
    workload: Annotated[
        str, typer.Option("--workload", metavar="NAME", help="What is asked; see: bench workloads.")
    ] = "chat",
    runs: Annotated[
        int | None, typer.Option("--runs", metavar="N", help="How often; at least 5 where times are measured.")
    ] = None,
    concurrency: Annotated[int, typer.Option("--concurrency", metavar="N", help="Streams at once.")] = 1,
    evict: Annotated[
        bool, typer.Option("--evict", help="Push models that others use out of a local server's memory.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Measure models: the plan first, then the calls. Exit code 1 where not all of it could be done."""

    async def work(desk: Desk, progress: Progress) -> Ran:
        service = desk.benchmarks
        plan = await service.plan(models, workload, runs, concurrency=concurrency, may_evict=evict)
        if not as_json:
            bench_text.print_plan(plan)
        if plan.cells and plan.most_usd and not yes:
            ask_to_go_on(bench_text.cost_of(plan))
        return await _carried_out(desk, await service.start(plan), progress)

    _tell_run(with_desk(work, fills=False), as_json=as_json)


@app.command()
@command
def resume(
    number: Annotated[int | None, typer.Argument(metavar="[RUN]", help="Its number; else the latest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a run that was paused, stopped or cut off: what was measured is not measured again."""

    async def work(desk: Desk, progress: Progress) -> Ran:
        batches = await desk.benchmarks.batches()
        latest = next((each.id for each in batches if each.state in _RESUMABLE), None)
        chosen = latest if number is None else number
        if chosen is None:
            raise UsageError("There is no run that could go on.", todo="See: modelward bench runs.")
        return await _carried_out(desk, chosen, progress)

    _tell_run(with_desk(work, fills=False), as_json=as_json)


@app.command()
@command
def runs(as_json: AsJson = False) -> None:
    """List the latest runs."""

    async def work(desk: Desk, _: Progress) -> tuple[Batch, ...]:
        return await desk.benchmarks.batches()

    batches = with_reader(work, fills=False)
    if as_json:
        print_json([bench_text.batch_json(batch) for batch in batches])
    elif batches:
        bench_text.print_batches(batches)
    else:
        print_line("Nothing was measured yet.")


@app.command()
@command
def history(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model, as provider/name.")],
    since: Annotated[int, typer.Option("--since", min=1, max=36_500, metavar="DAYS", help="Days to look back.")] = 30,
    workload: Annotated[str, typer.Option("--workload", metavar="NAME", help="What was asked.")] = "chat",
    as_json: AsJson = False,
) -> None:
    """Show how a model's figures went over time: medians, and the 95th percentile from 20 calls on."""
    start = utc_now() - timedelta(days=since)

    async def work(desk: Desk, _: Progress) -> bench_text.Trends:
        tag = await _tag(desk, workload)
        return {metric: await desk.benchmarks.trend(model, tag, metric, start) for metric in _TRENDS}

    trends = with_reader(work, fills=False)
    if as_json:
        print_json({"model": model, "workload": workload, **bench_text.trend_json(trends)})
    elif any(trends.values()):
        bench_text.print_trends(trends)
    else:
        print_line(f"{clip(model)} was not measured in the last {since:,} days.")


@app.command()
@command
def compare(
    models: Models,
    workload: Annotated[
        str | None, typer.Option("--workload", metavar="NAME", help="What was asked; else all of it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put models beside each other, by what was measured last."""

    async def work(desk: Desk, _: Progress) -> tuple[Result, ...]:
        return await desk.benchmarks.results(workload)

    found = [each for each in with_reader(work, fills=False) if each.model_id in models]
    found.sort(key=lambda each: (each.workload, each.concurrency, models.index(each.model_id)))
    if as_json:
        print_json([bench_text.result_json(each) for each in found])
    elif found:
        bench_text.print_results(found)
    else:
        print_line("None of these was measured yet. Measure them with: modelward bench run.")


@app.command()
@command
def workloads(as_json: AsJson = False) -> None:
    """List what models can be measured with."""

    async def work(desk: Desk, _: Progress) -> tuple[Workload, ...]:
        return await desk.benchmarks.workloads()

    found = with_reader(work, fills=False)
    if as_json:
        print_json([bench_text.workload_json(each) for each in found])
    else:
        bench_text.print_workloads(found)


@app.command()
@command
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .json file.")], as_json: AsJson = False
) -> None:
    """Write every call that is kept to a file."""

    async def work(desk: Desk, _: Progress) -> int:
        return await desk.benchmarks.export(file.expanduser())

    written = with_reader(work, fills=False)
    if as_json:
        print_json({"path": str(file), "calls": written})
    else:
        print_line(f"{file}: {written:,} calls")


@app.command("import")
@command
def take_in(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Results of GuideLLM, llama-bench or vllm bench serve, in JSON.")
    ],
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="[NAME=]ID", help="Which model of the catalogue a name in the file means."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep what another tool measured, for comparison."""
    # A name in a file may hold "=", an id does not.
    chosen = {name: id_ for name, _, id_ in (each.rpartition("=") for each in models or ())}

    async def work(desk: Desk, progress: Progress) -> ImportedFile:
        return (await desk.benchmarks.import_file(file.expanduser(), progress, chosen))[0]

    taken = with_desk(work, fills=False)
    if as_json:
        print_json({"path": str(file), **bench_text.imported_json(taken)})
    else:
        bench_text.print_imported(file, taken)


@app.command()
@command
def favourite(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL…]", help="Models; without any, a list.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Do not measure them by the clock any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure models shortly every few hours, where that is free or within the budget."""

    async def work(desk: Desk, _: Progress) -> frozenset[str]:
        for model in models or ():
            await desk.benchmarks.set_favourite(model, on=not off)
        return await desk.benchmarks.favourites()

    found = sorted(with_desk(work, fills=False) if models else with_reader(work, fills=False))
    if as_json:
        print_json(found)
        return
    for model in found:
        print_line(model)
    if not found:
        print_line("No model is measured by the clock.")


@app.command()
@command
def prove(
    models: Models,
    what: Annotated[
        list[str] | None,
        typer.Option("--what", metavar="WORD", help="Prove only this: a capability, context_window, embedding_size."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Prove what the catalogue claims of models by asking them. Exit code 1 where a claim is refuted.

    The context window of a model that costs something is only tried where --what names it.
    """

    async def work(desk: Desk, progress: Progress) -> tuple[CapabilityProof, ...]:
        plan = await desk.benchmarks.plan_proofs(models, what or ())
        if not as_json:
            bench_text.print_proof_plan(plan)
        if plan.subjects and plan.most_usd and not yes:
            ask_to_go_on(bench_text.cost_of(plan))
        return (await desk.benchmarks.prove(models, progress, what or ()))[0]

    proofs = with_desk(work, fills=False)
    if as_json:
        print_json([bench_text.proof_json(each) for each in proofs])
    else:
        bench_text.print_proofs(proofs)
    if any(each.claimed and each.proof is Proof.REFUTED for each in proofs):
        raise typer.Exit(1)


async def _carried_out(desk: Desk, batch_id: int, progress: Progress) -> Ran:
    batch, _ = await desk.benchmarks.run(batch_id, progress)
    measured = {(cell.model_id, cell.workload) for cell in batch.plan.cells}
    found = await desk.benchmarks.results()
    concerned = (each for each in found if (each.model_id, each.workload) in measured)
    return batch, tuple(each for each in concerned if each.concurrency == batch.plan.concurrency)


def _tell_run(ran: Ran, *, as_json: bool) -> None:
    batch, results = ran
    if as_json:
        print_json({**bench_text.batch_json(batch), "results": [bench_text.result_json(each) for each in results]})
    else:
        bench_text.print_batch(batch, results)
    if batch.state is not BatchState.DONE or batch.detail:
        raise typer.Exit(1)


async def _tag(desk: Desk, name: str) -> str:
    """The tag that a workload's name means now."""
    return next((each.tag for each in await desk.benchmarks.workloads() if each.name == name), name)
