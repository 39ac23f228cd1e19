"""``modelward config …``: the effective settings and where each came from; the folders."""

from __future__ import annotations

from typing import Annotated

import typer

from modelward.cli.output import print_json, print_table
from modelward.cli.session import command, locate, settings

app = typer.Typer(no_args_is_help=True, help="Settings and folders.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]


@app.command()
@command
def show(as_json: AsJson = False) -> None:
    """Print the effective settings and where each value came from; passwords are masked."""
    rows = [(known.key, value, origin) for known, value, origin in settings().rows()]
    if as_json:
        print_json({key: {"value": value or None, "origin": origin} for key, value, origin in rows})
    else:
        print_table(("SETTING", "VALUE", "FROM"), rows)


@app.command()
@command
def path(as_json: AsJson = False) -> None:
    """Print the folders where everything lies."""
    paths = locate()
    folders = {
        "data": paths.data,
        "store": paths.database,
        "raw": paths.raw,
        "config": paths.config_file,
        "zoning": paths.zoning,
        "cache": paths.cache,
        "logs": paths.logs,
        "backups": paths.backups,
    }
    if as_json:
        print_json({name: str(folder) for name, folder in folders.items()})
    else:
        print_table(("FOLDER", "PATH"), [(name, str(folder)) for name, folder in folders.items()])
