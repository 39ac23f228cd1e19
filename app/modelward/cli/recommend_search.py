"""``modelward recommend --search``: the sweet spot searched by measuring."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from modelward.advice.model import Query
from modelward.advice.strategies import Strategy
from modelward.catalog.fields import clip
from modelward.cli import search_text
from modelward.cli.consent import ask_to_go_on
from modelward.cli.output import print_json, say
from modelward.cli.session import with_desk
from modelward.core.errors import BadValueError
from modelward.core.progress import Progress
from modelward.desk import Desk

if TYPE_CHECKING:
    from modelward.advice.searching import SearchReport


def strategy_of(name: str) -> Strategy:
    """The strategy of that name. Raises BadValueError."""
    try:
        return Strategy(name.strip().lower())
    except ValueError:
        todo = f"Choose one of: {', '.join(Strategy)}."
        raise BadValueError(f"There is no strategy {clip(name)!r}.", todo=todo) from None


def tell_search(
    strategy: Strategy, query: Query, threshold: float | None, budget: Decimal | None, *, yes: bool, as_json: bool
) -> None:
    """Say what would be asked, ask whether it may cost that, search, and tell. Exit code 1 where nothing was found."""

    async def work(desk: Desk, progress: Progress) -> SearchReport:
        plan = await desk.advice.plan_search(strategy, query, threshold=threshold, budget=budget)
        if not as_json:
            search_text.print_plan(plan)
        if plan.most_usd and not yes:
            ask_to_go_on(search_text.cost_of(plan))
        try:
            return (await desk.advice.search(plan, progress))[0]
        except asyncio.CancelledError:
            say("What was measured is kept: the same command goes on from there.")
            raise

    report = with_desk(work, fills=False)
    if as_json:
        print_json(search_text.report_json(report))
    else:
        search_text.print_report(report)
    if report.pick is None:
        raise typer.Exit(1)
