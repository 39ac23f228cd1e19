"""``modelward survey``: what the names of models tell, without a network and without tokens."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from modelward.catalog.fields import clip
from modelward.cli.output import print_json, print_line, say
from modelward.cli.session import command, locate, with_desk
from modelward.core.errors import InputError
from modelward.core.progress import Progress
from modelward.desk import Desk
from modelward.healing.service import load_surveyor
from modelward.healing.surveyor import Surveyor

MAX_LINE = 1_000_000
"""Longest line of a file of names, in characters; far beyond any model's name."""


@command
def survey(
    names: Annotated[
        str | None, typer.Option(help="A file with one provider/name a line (- for standard input): only print.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Fill in what the names of models tell; with --names, print it and touch nothing."""
    if names is not None:
        _print_names(names)
        return
    with_desk(lambda desk, progress: _survey_catalogue(desk, progress, as_json=as_json))


async def _survey_catalogue(desk: Desk, progress: Progress, *, as_json: bool) -> None:
    report, _ = await desk.surveys.run(progress)
    if as_json:
        print_json(report.to_json())
        return
    print_line(
        f"{report.recognised:,} of {report.surveyed:,} names recognised; more is known of {report.changed:,} models."
    )


def _print_names(names: str) -> None:
    surveyor, problems = load_surveyor(locate())
    for problem in problems:
        say(f"modelward: {problem}")
    with _open(names) as stream:
        for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE + 1), ""), start=1):
            if len(line) > MAX_LINE:
                raise InputError(f"{clip(names)}, line {number}: longer than {MAX_LINE:,} characters.")
            print_line(json.dumps(_answer(surveyor, line.rstrip("\r\n")), ensure_ascii=False))


def _answer(surveyor: Surveyor, line: str) -> dict[str, object]:
    """What is known of one line; one without a slash is a name at a provider that nobody named."""
    provider, slash, name = line.partition("/")
    finding = surveyor.survey(provider, name) if slash else surveyor.survey("", line)
    return {**finding.to_json(), "id": line}


@contextmanager
def _open(names: str) -> Iterator[TextIO]:
    if names == "-":
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
        return
    try:
        with Path(names).open(encoding="utf-8", errors="replace") as stream:
            yield stream
    except OSError as error:
        raise InputError(
            f"The file of names {clip(names)!r} cannot be read.", why=str(error.strerror), todo="Give a text file."
        ) from error
