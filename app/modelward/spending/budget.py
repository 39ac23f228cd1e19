"""The rules: which call may go out, and what is said of one that may not."""

from __future__ import annotations

from decimal import Decimal

from modelward.catalog.fields import clip
from modelward.core import units
from modelward.core.errors import BudgetError
from modelward.core.setting_groups import SpendingSettings
from modelward.spending.model import Period
from modelward.spending.pricing import FREE


def check_price(model_id: str, most: Decimal | None, settings: SpendingSettings) -> None:
    """Refuse a call for what is known of its price alone: ``most`` is what it can cost, in USD. Raises BudgetError."""
    if most == FREE:
        return
    if settings.zero_burn:
        raise BudgetError(
            f"Zero-Burn is on, and a call of {clip(model_id)} is not known to be free.",
            why="Its price is unknown, and such a call counts as paid."
            if most is None
            else f"It could cost up to {units.money(most)}.",
            todo="Take a free or a local model, or switch Zero-Burn off: at the top of the window, or by "
            "spending.zero_burn in config.yaml.",
        )
    if most is None and not (settings.day_limit is None and settings.month_limit is None):
        raise BudgetError(
            f"The price of {clip(model_id)} is unknown, so the budget could not be kept.",
            todo="Set its input and output price in the Catalogue, or remove the limits in Settings, Spending.",
        )


def check_period(model_id: str, most: Decimal | None, period: Period) -> None:
    """Refuse a call that could cost more than is left of a budget. Raises BudgetError."""
    if not most or period.limit is None or period.used + most <= period.limit:
        return
    whose = "today's" if period.name == "day" else "this month's"
    running = f", and {units.money(period.reserved)} is reserved for calls that run" if period.reserved else ""
    raise BudgetError(
        f"A call of {clip(model_id)} could cost up to {units.money(most)}; {whose} budget has "
        f"{units.money(max(FREE, period.limit - period.used))} left.",
        why=f"{units.money(period.spent)} of {units.money(period.limit)} is spent{running}.",
        todo=f"Wait until {units.local_time(period.until)}, ask for a shorter answer or a cheaper model, or raise the "
        "budget in Settings, Spending.",
    )
