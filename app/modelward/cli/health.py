"""``modelward health`` and ``modelward status``: is what I know complete, and what needs attention."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from modelward import __version__
from modelward.backups.model import BackupHealth
from modelward.catalog.fields import FIELDS, decimal_text
from modelward.catalog.health import Health
from modelward.catalog.model import Field
from modelward.cli.output import print_json, print_line, print_table
from modelward.cli.session import command, with_reader
from modelward.core import units
from modelward.core.clock import utc_now
from modelward.core.progress import Progress
from modelward.desk import Desk
from modelward.ollama.model import Overview, ServerState
from modelward.spending.model import BudgetState

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]

_MOST = 10
"""Providers named per missing field."""


@command
def health(as_json: AsJson = False) -> None:
    """Say how complete the catalogue is and what is missing."""

    async def work(desk: Desk, _: Progress) -> Health:
        return await desk.catalog.health()

    report = with_reader(work)
    if as_json:
        print_json(report.to_json())
        return
    print_line(_sentence(report))
    rows = [
        (
            _title(field),
            f"{by_provider.total():,}",
            ", ".join(f"{name} {n:,}" for name, n in by_provider.most_common(_MOST)),
        )
        for field, by_provider in report.missing.items()
        if by_provider
    ]
    if rows:
        print_line()
        print_table(("MISSING", "MODELS", "MOST OF THEM AT"), rows, right=frozenset({1}))


@command
def status(as_json: AsJson = False) -> None:
    """Say on one page how things are and what needs attention."""

    async def work(desk: Desk, _: Progress) -> dict[str, object]:
        report, backups = await desk.catalog.health(), await desk.backups.health()
        budgets, mine = await desk.spending.state(), await desk.providers.mine()
        failing = [state.provider for state in mine if state.provider.enabled and state.provider.last_error]
        local = await desk.ollama.overview()
        return {
            "version": __version__,
            "store": {"where": desk.database.where, "engine": desk.database.engine_version, "inUse": desk.is_reader},
            "catalog": {**report.to_json(), "sentence": _sentence(report)},
            "backups": _backups_json(backups),
            "ollama": _ollama_json(local),
            "providers": {"inUse": len(mine), "failing": [provider.id for provider in failing]},
            "spending": {
                "today": decimal_text(budgets.day.spent),
                "dayLimit": None if budgets.day.limit is None else decimal_text(budgets.day.limit),
                "zeroBurn": budgets.zero_burn,
                "sentence": _spent(budgets),
            },
            "attention": [
                *(str(notice) for notice in desk.notices),
                *backups.attention,
                *(f"{provider.title}: {provider.last_error}" for provider in failing),
                *(alert.what for alert in local.alerts),
            ],
        }

    page = with_reader(work)
    catalog, store, backups = page["catalog"], page["store"], page["backups"]
    assert isinstance(catalog, dict)
    assert isinstance(store, dict)
    assert isinstance(backups, dict)
    providers, spending, local = page["providers"], page["spending"], page["ollama"]
    assert isinstance(local, dict)
    assert isinstance(providers, dict)
    assert isinstance(spending, dict)
    sentence, sentence_of_backups = catalog.pop("sentence"), backups.pop("sentence")
    spent, sentence_of_ollama = spending.pop("sentence"), local.pop("sentence")
    if as_json:
        print_json(page)
        return
    beside = " (a Modelward is running on it)" if store["inUse"] else ""
    print_line(f"Modelward {__version__}")
    print_line(f"Catalogue  {sentence}")
    print_line(f"Store      {store['where']} · {store['engine']}{beside}")
    print_line(f"Backups    {sentence_of_backups}")
    print_line(f"Ollama     {sentence_of_ollama}")
    silent = f"; {len(providers['failing'])} failed at the last list" if providers["failing"] else ""
    print_line(f"Providers  {providers['inUse']} in use{silent}")
    print_line(f"Spending   {spent}")
    attention = page["attention"]
    assert isinstance(attention, list)
    print_line(f"Attention  {'; '.join(attention) if attention else 'nothing needs it'}")


def _sentence(report: Health) -> str:
    if not report.total:
        return "No models yet."
    return (
        f"{report.completion_rate:.1%} complete: {report.complete:,} of {report.total:,} models; "
        f"{report.incomplete:,} lack something."
    )


def _spent(budgets: BudgetState) -> str:
    of = f" of {units.money(budgets.day.limit)}" if budgets.day.limit is not None else ""
    return f"{units.money(budgets.day.spent)}{of} today; Zero-Burn is {'on' if budgets.zero_burn else 'off'}."


def _backups_json(backups: BackupHealth) -> dict[str, object]:
    last = backups.last_success_at
    ago = units.ago(last, utc_now()) if last else ""
    return {
        "lastBackupAt": last.isoformat() if last else None,
        "lastDrillAt": backups.last_drill_at.isoformat() if backups.last_drill_at else None,
        "failuresInRow": backups.failures_in_row,
        "spaceUsedBytes": backups.space_used,
        "sentence": f"Last backup {ago}, verified; {units.size(backups.space_used)} in all." if last else "None yet.",
    }


def _ollama_json(local: Overview) -> dict[str, object]:
    verdicts = Counter(each.check.verdict.value for each in local.standings)
    look, count = local.look, len(local.standings)
    is_running = look is not None and look.state is ServerState.RUNNING
    server = f"{look.version} answers" if look is not None and is_running else "does not answer"
    models = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
    is_none = not is_running and not count
    return {
        "isRunning": is_running,
        "models": count,
        "verdicts": dict(verdicts),
        "copies": len(local.vault.versions) if local.vault else 0,
        "sentence": "None found here." if is_none else f"{server}; models: {models or 'none'}.",
    }


def _title(field: Field) -> str:
    return "Price" if field is Field.PRICE_INPUT else FIELDS[field].title
