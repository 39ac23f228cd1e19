"""The command line as a whole."""

from __future__ import annotations

from typing import Annotated

import typer

from modelward import __version__
from modelward.cli import backup, bench, catalog, config, keys, ollama, plan, providers
from modelward.cli.discover import discover
from modelward.cli.heal import heal
from modelward.cli.health import health, status
from modelward.cli.recommend import recommend
from modelward.cli.serve import serve
from modelward.cli.spend import spend
from modelward.cli.survey import survey

app = typer.Typer(
    name="modelward",
    help="A control panel for people who work with many language models. Without a command it opens the window.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(catalog.app, name="catalog")
app.add_typer(backup.app, name="backup")
app.add_typer(ollama.app, name="ollama")
app.add_typer(bench.app, name="bench")
app.add_typer(plan.app, name="plan")
app.add_typer(providers.app, name="providers")
app.add_typer(keys.app, name="keys")
app.add_typer(config.app, name="config")
app.command()(discover)
app.command()(survey)
app.command()(health)
app.command()(heal)
app.command()(status)
app.command()(spend)
app.command()(recommend)
app.command()(serve)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.", is_eager=True)] = False,
    minimized: Annotated[  # noqa: ARG001 - read by __main__; named here for --help
        bool, typer.Option("--minimized", help="Start in the tray, or minimised where there is none.")
    ] = False,
) -> None:
    """Print the version where it is asked for; the window is opened before this is reached."""
    if version:
        typer.echo(f"Modelward {__version__}")
        raise typer.Exit


def run_command() -> int:
    """Run the command that the arguments name; the exit code."""
    try:
        app(prog_name="modelward")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    return 0
