"""``modelward plan``: a text that no context window holds, divided; and the job done, if that is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelward.advice.division_model import Asking, Job, JobPlan, JobReport, JobState, Task
from modelward.cli import plan_text
from modelward.cli.output import print_json, say
from modelward.cli.session import command, with_desk, with_reader
from modelward.core.errors import BudgetError, UsageError
from modelward.core.progress import Progress
from modelward.desk import Desk

app = typer.Typer(
    no_args_is_help=True,
    invoke_without_command=True,
    help="Divide a text that no context window holds, and do the job.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]


@app.callback()
@command
def plan(
    context: typer.Context,
    tokens: Annotated[
        int | None, typer.Option("--tokens", min=1, metavar="N", help="A text of so many tokens, without having it.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="The text.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="ID", help="The model; else the cheapest at hand that can do it.")
    ] = None,
    task: Annotated[Task, typer.Option("--task", help="What is done with the text.")] = Task.SUMMARISE,
    brief: Annotated[
        str, typer.Option("--brief", metavar="TEXT", help="What is wanted; it is sent with every part.")
    ] = "",
    encoding: Annotated[
        str, typer.Option("--encoding", metavar="NAME", help="How the file is written, where it is not UTF-8.")
    ] = "",
    run: Annotated[bool, typer.Option("--run", help="Do it now, within the budget.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where the result is written.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say how a text would be divided: cells, overlap, calls, tokens, cost. With --run, do it."""
    if context.invoked_subcommand is not None:
        return
    if run != (out is not None):
        raise UsageError("--run and --out belong together.", todo="Name the file for the result, or leave both out.")
    asking = Asking(task, brief, file.expanduser() if file else None, tokens, model, encoding)
    if out is not None:
        _run_now(asking, out, as_json=as_json)
        return

    async def work(desk: Desk, progress: Progress) -> JobPlan:
        return await desk.division.plan(asking, progress)

    planned = with_reader(work)
    if as_json:
        print_json(plan_text.plan_json(planned))
    else:
        plan_text.print_plan(planned)


@app.command()
@command
def resume(
    job: Annotated[int, typer.Argument(metavar="JOB", help="Its number; see: plan list.")], as_json: AsJson = False
) -> None:
    """Go on with a job that was paused or cut off, or try again what failed; nothing is done twice."""

    async def work(desk: Desk, progress: Progress) -> JobReport:
        return (await desk.division.run(job, progress))[0]

    _tell(with_desk(work, fills=False), as_json=as_json)


@app.command("list")
@command
def list_jobs(as_json: AsJson = False) -> None:
    """List the jobs, newest first."""

    async def work(desk: Desk, _: Progress) -> list[Job]:
        return await desk.division.jobs()

    jobs = with_reader(work, fills=False)
    if as_json:
        print_json([plan_text.job_json(job) for job in jobs])
    else:
        plan_text.print_jobs(jobs)


def _run_now(asking: Asking, out: Path, *, as_json: bool) -> None:
    async def work(desk: Desk, progress: Progress) -> JobReport:
        planned = await desk.division.plan(asking, progress)
        job = await desk.division.keep(planned, out)
        say(f"Job {job}: {plan_text.in_short(planned)}")
        for warning in planned.warnings:
            say(f"  {warning}")
        return (await desk.division.run(job, progress))[0]

    _tell(with_desk(work), as_json=as_json)


def _tell(report: JobReport, *, as_json: bool) -> None:
    if as_json:
        print_json(plan_text.report_json(report))
    else:
        plan_text.print_report(report)
    if report.state is JobState.PAUSED:
        raise typer.Exit(BudgetError.exit_code if report.is_over_budget else 1)
    if report.state is not JobState.DONE:
        raise typer.Exit(1)
