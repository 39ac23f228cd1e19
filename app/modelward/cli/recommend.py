"""``modelward recommend``: which model to take, and why; the sweet spot; a table for routers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from modelward.advice.model import Query, Recommendation, SweetSpot
from modelward.advice.routing import Router, RoutingTable
from modelward.benchmarks.model import UseCase
from modelward.catalog.fields import clip
from modelward.catalog.model import Capability
from modelward.cli import recommend_json, recommend_text
from modelward.cli.output import print_json, say
from modelward.cli.recommend_search import strategy_of, tell_search
from modelward.cli.session import command, with_reader
from modelward.core.errors import BadValueError, UsageError
from modelward.core.progress import Progress
from modelward.desk import Desk


@command
def recommend(
    use_case: Annotated[
        str | None, typer.Option("--use-case", metavar="NAME", help="What it is for, such as code-generation.")
    ] = None,
    require: Annotated[
        list[str] | None, typer.Option("--require", metavar="CAPABILITY", help="It must have this; may be repeated.")
    ] = None,
    min_context: Annotated[
        int | None, typer.Option("--min-context", min=1, metavar="N", help="Tokens that must fit in.")
    ] = None,
    max_price: Annotated[
        str | None,
        typer.Option("--max-price", metavar="USD", help="Per 1M tokens at most, for input and for output alike."),
    ] = None,
    max_latency: Annotated[
        float | None, typer.Option("--max-latency", min=0.001, metavar="S", help="Seconds until the answer is whole.")
    ] = None,
    local_only: Annotated[bool, typer.Option("--local-only", help="Only models on machines of your own.")] = False,
    provider: Annotated[
        list[str] | None, typer.Option("--provider", metavar="P", help="Only this provider; may be repeated.")
    ] = None,
    not_provider: Annotated[
        list[str] | None, typer.Option("--not-provider", metavar="P", help="Not this provider; may be repeated.")
    ] = None,
    available: Annotated[
        bool, typer.Option("--available", help="Only models that can be called now, with a key at hand.")
    ] = False,
    top: Annotated[int, typer.Option("--top", min=1, max=1000, metavar="N", help="How many models.")] = 5,
    sweet_spot: Annotated[
        bool, typer.Option("--sweet-spot", help="The cheapest model that is good enough, instead of the best.")
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", min=0, max=1, metavar="Q", help="Good enough from this quality, 0 to 1."),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", metavar="MODEL", help="Count the saving against this model.")
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            "--search",
            metavar="HOW",
            help="Search the sweet spot by measuring, from the cheapest up: progressive, conservative or aggressive.",
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="USD", help="What the search may cost at most."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a search costs money.")] = False,
    routing: Annotated[
        Path | None,
        typer.Option("--routing", metavar="FILE", help="Write a table of all use cases to a .yaml or .json file."),
    ] = None,
    router: Annotated[
        str, typer.Option("--router", metavar="NAME", help="For whom the table is: litellm, or plain.")
    ] = "litellm",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")
    ] = False,
) -> None:
    """Recommend models for a use case, from what was measured and what is known."""
    _check(
        {"--sweet-spot": sweet_spot, "--search": search is not None, "--routing": routing is not None},
        {"--threshold": threshold is not None, "--baseline": baseline is not None, "--budget": budget is not None},
    )
    cases = _use_cases(use_case, may_be_all=routing is not None)
    query = Query(
        use_case=cases[0],
        require=frozenset(map(_capability, require or ())),
        min_context=min_context,
        max_price=_price(max_price),
        max_latency=max_latency,
        local_only=local_only,
        providers=frozenset(name.strip().lower() for name in provider or ()),
        not_providers=frozenset(name.strip().lower() for name in not_provider or ()),
        available=available,
        key_at_hand=available,
    )
    if search is not None:
        strategy = strategy_of(search)
        tell_search(strategy, query, threshold, _amount(budget), yes=yes, as_json=as_json)
    elif routing is not None:
        _write_table(query, cases, routing, _router(router), as_json=as_json)
    elif sweet_spot:
        _tell_sweet_spot(query, threshold, baseline, as_json=as_json)
    else:
        _tell_best(query, top, as_json=as_json)


_BELONG = {"--threshold": ("--sweet-spot", "--search"), "--baseline": ("--sweet-spot",), "--budget": ("--search",)}


def _check(modes: Mapping[str, bool], options: Mapping[str, bool]) -> None:
    """Raises UsageError for options that do not go together."""
    chosen = [name for name, is_given in modes.items() if is_given]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} do not go together.", todo="Leave one of them out.")
    for name, is_given in options.items():
        if is_given and not set(chosen) & set(_BELONG[name]):
            homes = " or ".join(_BELONG[name])
            raise UsageError(f"{name} belongs to {homes}.", todo=f"Add {homes}.")


def _tell_best(query: Query, top: int, *, as_json: bool) -> None:
    async def work(desk: Desk, _: Progress) -> Recommendation:
        return await desk.advice.recommend(query, top)

    found = with_reader(work)
    if as_json:
        print_json(recommend_json.recommendation(found))
    else:
        recommend_text.print_recommendation(found)
    if not found.top:
        recommend_text.say_next_step(query, found.unmeasured, found.ruled_out)
        raise typer.Exit(1)


def _tell_sweet_spot(query: Query, threshold: float | None, baseline: str | None, *, as_json: bool) -> None:
    async def work(desk: Desk, _: Progress) -> SweetSpot:
        return await desk.advice.sweet_spot(query, threshold, baseline)

    found = with_reader(work)
    if as_json:
        print_json(recommend_json.sweet_spot(found))
    else:
        recommend_text.print_sweet_spot(found)
    if found.pick is None:
        recommend_text.say_next_step(query, found.unmeasured, found.ruled_out)
        raise typer.Exit(1)


def _write_table(query: Query, cases: Sequence[UseCase], file: Path, router: Router, *, as_json: bool) -> None:
    async def work(desk: Desk, _: Progress) -> RoutingTable:
        table = await desk.advice.routing_table(query, cases)
        if table.routes:
            await desk.advice.export_routing(table, file, router)
        return table

    table = with_reader(work)
    if as_json:
        print_json(recommend_json.routing_table(table))
    else:
        recommend_text.print_routing_table(table)
    if not table.routes:
        say("No table was written: no model that fits was measured for any use case.")
        say("  Measure some first: modelward bench run MODEL --workload quality")
        raise typer.Exit(1)
    say(f"The table was written to {clip(file, 300)}; keys are named by their variables.")


def _use_cases(name: str | None, *, may_be_all: bool) -> tuple[UseCase, ...]:
    if name is None and may_be_all:
        return tuple(UseCase)
    names = ", ".join(case.replace("_", "-") for case in UseCase)
    if name is None:
        raise UsageError("Nothing says what the model is for.", todo=f"Add --use-case with one of: {names}.")
    try:
        return (UseCase(name.strip().lower().replace("-", "_")),)
    except ValueError:
        raise BadValueError(f"There is no use case {clip(name)!r}.", todo=f"The use cases are: {names}.") from None


def _capability(word: str) -> Capability:
    try:
        return Capability(word.strip().lower().replace("-", "_"))
    except ValueError:
        raise BadValueError(
            f"There is no capability {clip(word)!r}.", todo=f"The capabilities are: {', '.join(Capability)}."
        ) from None


def _price(text: str | None) -> Decimal | None:
    return _usd(text, "Give USD per 1M tokens, such as 2.50.")


def _amount(text: str | None) -> Decimal | None:
    return _usd(text, "Give an amount in USD, such as 0.20.")


def _usd(text: str | None, todo: str) -> Decimal | None:
    if text is None:
        return None
    try:
        price = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price < 0:
        raise BadValueError(f"{clip(text)!r} is no price.", todo=todo)
    return price


def _router(name: str) -> Router:
    try:
        return Router(name.strip().lower())
    except ValueError:
        raise BadValueError(f"There is no router {clip(name)!r}.", todo=f"Choose: {', '.join(Router)}.") from None
