"""``modelward spend``: how the budgets stand, and what calls of models came to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

import typer

from modelward.catalog.fields import decimal_text
from modelward.cli.output import print_json, print_line, print_table
from modelward.cli.session import command, with_reader
from modelward.core import units
from modelward.core.clock import utc_now
from modelward.core.progress import Progress
from modelward.desk import Desk
from modelward.spending.model import BudgetState, Level, Period
from modelward.spending.totals import Total, Totals

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]
Since = Annotated[int, typer.Option("--since", min=1, max=36_500, metavar="DAYS", help="Days to look back.")]

_TITLES = {"day": "Today", "month": "This month"}
_NOTES = {Level.WELL: "", Level.WARNING: " · nearly spent", Level.SPENT: " · nothing is left"}


@command
def spend(since: Since = 30, as_json: AsJson = False) -> None:
    """Say how the budgets stand, and what the calls of the last days cost."""
    start = utc_now() - timedelta(days=since)

    async def work(desk: Desk, _: Progress) -> tuple[BudgetState, Totals]:
        return await desk.spending.state(), await desk.spending.totals(start)

    state, totals = with_reader(work)
    if as_json:
        print_json(_json(state, totals, start))
        return
    for period in (state.day, state.month):
        print_line(f"{_TITLES[period.name]:<10}  {_standing(period)}")
    print_line(f"Zero-Burn   {'on: only calls that are known to be free go out' if state.zero_burn else 'off'}")
    print_line()
    _print_calls(totals, since)


def _standing(period: Period) -> str:
    limit = "no limit" if period.limit is None else f"of {units.money(period.limit)}"
    reserved = f" · {units.money(period.reserved)} reserved for calls that have not ended" if period.reserved else ""
    unknown = f" · {_calls(period.unknown_calls)} of unknown cost" if period.unknown_calls else ""
    return f"{units.money(period.spent)} {limit}{reserved}{unknown}{_NOTES[period.level]}"


def _print_calls(totals: Totals, since: int) -> None:
    if not totals.everything.calls:
        print_line(f"No calls in the last {since:,} days.")
        return
    dearest = sorted(totals.by_model.items(), key=lambda item: (-item[1].cost, -item[1].calls, item[0]))
    rows = [(name, *_cells(total)) for name, total in dearest]
    if len(rows) > 1:
        rows.append(("all", *_cells(totals.everything)))
    print_table(("MODEL", "CALLS", "INPUT", "OUTPUT", "COST"), rows, right=frozenset({1, 2, 3, 4}))
    unknown = totals.everything
    if unknown.unknown_calls:
        print_line()
        print_line(
            f"{_calls(unknown.unknown_calls)} of unknown cost; up to {units.money(unknown.reserved)} was set aside, "
            "as far as prices are known."
        )


def _cells(total: Total) -> tuple[str, str, str, str]:
    cost = units.money(total.cost if total.calls > total.unknown_calls else None)
    unknown = f" + {total.unknown_calls:,} unknown" if total.unknown_calls else ""
    return f"{total.calls:,}", units.count(total.input_tokens), units.count(total.output_tokens), cost + unknown


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number:,} calls"


# ---------------------------------------------------------------- JSON


def _json(state: BudgetState, totals: Totals, start: datetime) -> dict[str, object]:
    return {
        "zeroBurn": state.zero_burn,
        "budgets": [_budget(period) for period in (state.day, state.month)],
        "since": start.isoformat(),
        "total": _total(totals.everything),
        "byDay": _parts("day", ((day.isoformat(), total) for day, total in totals.by_day.items())),
        "byProvider": _parts("provider", totals.by_provider.items()),
        "byModel": _parts("model", totals.by_model.items()),
        "byPurpose": _parts("purpose", ((purpose.value, total) for purpose, total in totals.by_purpose.items())),
    }


def _budget(period: Period) -> dict[str, object]:
    return {
        "period": period.name,
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "spent": decimal_text(period.spent),
        "reserved": decimal_text(period.reserved),
        "limit": _money(period.limit),
        "unknownCalls": period.unknown_calls,
        "level": period.level.value,
    }


def _parts(name: str, parts: Iterable[tuple[str, Total]]) -> list[dict[str, object]]:
    return [{name: key, **_total(total)} for key, total in parts]


def _total(total: Total) -> dict[str, object]:
    """``cost`` is that of the calls whose cost is known; null where it is known of none."""
    is_known = total.calls > total.unknown_calls or not total.calls
    return {
        "calls": total.calls,
        "inputTokens": total.input_tokens,
        "outputTokens": total.output_tokens,
        "cost": _money(total.cost if is_known else None),
        "unknownCalls": total.unknown_calls,
        "reserved": decimal_text(total.reserved),
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else decimal_text(amount)
