"""``modelward discover``: list the models of every provider, or look whether they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from modelward.catalog.fields import clip
from modelward.cli.output import print_json, print_line, print_table, say, tell_error
from modelward.cli.session import command, with_desk
from modelward.core.progress import Progress
from modelward.desk import Desk

if TYPE_CHECKING:
    from modelward.discovery.model import CatalogueReport, DiscoveryReport, Look, ModelChange, ProviderReport

_MOST_NAMED = 20
"""Models named per provider and kind of news; --json names all."""


@command
def discover(
    providers: Annotated[
        list[str] | None, typer.Argument(metavar="PROVIDER…", help="Ask these; without any, every enabled one.")
    ] = None,
    catalogues: Annotated[
        bool, typer.Option("--catalogues", help="Also refresh the public catalogues, where the settings allow it.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only look whether they answer, at no cost.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")
    ] = False,
) -> None:
    """List the models of every provider: what is new, what is gone, what changed."""
    if check:
        _check(providers or [], as_json=as_json)
        return

    async def work(desk: Desk, progress: Progress) -> DiscoveryReport:
        report, _ = await desk.discovery.discover(progress, providers or None)
        public = await desk.discovery.refresh_catalogues(progress) if catalogues else ((), None)
        return replace(report, catalogues=public[0])

    report = with_desk(work)
    if as_json:
        print_json(_json(report))
    else:
        _print(report)
    if not report.providers:
        _say_how_to_add()
    if catalogues and not report.catalogues:
        say("The public catalogues were not fetched: the setting discovery.public_catalogues does not say yes.")
    if report.failed or any(catalogue.error for catalogue in report.catalogues):
        raise typer.Exit(1)


def _print(report: DiscoveryReport) -> None:
    if report.providers:
        print_table(
            ("PROVIDER", "MODELS", "NEW", "GONE", "TIME", "STATE"),
            map(_row, report.providers),
            right=frozenset({1, 2, 3, 4}),
        )
    for provider in report.providers:
        _print_news(provider)
    for failed in report.failed:
        assert failed.error is not None
        tell_error(failed.error)
    _print_catalogues(report.catalogues)


def _row(report: ProviderReport) -> tuple[str, ...]:
    counts = (report.models, len(report.new), len(report.gone))
    told = ("", "", "") if report.error else tuple(f"{count:,}" for count in counts)
    return (report.title, *told, f"{report.seconds:.1f} s", _words(report.state))


def _words(state: str) -> str:
    return {
        "ok": "ready",
        "refused": "refused",
        "limited": "busy",
        "failed": "failing",
        "unreachable": "unreachable",
        "no key": "no key",
    }[state]


def _print_news(report: ProviderReport) -> None:
    for word, ids in (("new", report.new), ("gone", report.gone), ("retired", report.retired), ("back", report.back)):
        _print_some(f"{report.title}, {word}", ids)
    _print_some(f"{report.title}, changed", _changes(report.changed))
    for problem in report.problems[:_MOST_NAMED]:
        say(f"  left out: {clip(problem, 400)}")


def _print_catalogues(reports: Sequence[CatalogueReport]) -> None:
    for report in reports:
        if report.error:
            tell_error(report.error)
            continue
        news = f"{len(report.added):,} new, {len(report.changed):,} changed" if report.is_new else "nothing new"
        print_line(f"{report.name}: {report.models:,} models, {news}")


def _print_some(title: str, lines: Sequence[str]) -> None:
    if lines:
        print_line(f"\n{title}:")
        for line in lines[:_MOST_NAMED]:
            print_line(f"  {clip(line, 200)}")
        if len(lines) > _MOST_NAMED:
            print_line(f"  and {len(lines) - _MOST_NAMED:,} more")


def _changes(changed: Sequence[ModelChange]) -> list[str]:
    return [f"{change.model_id}: {change.what}" for change in changed]


def _json(report: DiscoveryReport) -> dict[str, object]:
    return {
        "providers": [_provider_json(provider) for provider in report.providers],
        "models": report.models,
        "catalogues": [
            {
                "name": catalogue.name,
                "isNew": catalogue.is_new,
                "models": catalogue.models,
                "added": list(catalogue.added),
                "changed": _changed_json(catalogue.changed),
                "error": str(catalogue.error) if catalogue.error else None,
            }
            for catalogue in report.catalogues
        ],
    }


def _provider_json(report: ProviderReport) -> dict[str, object]:
    return {
        "id": report.provider,
        "title": report.title,
        "state": report.state.value,
        "models": report.models,
        "new": list(report.new),
        "gone": list(report.gone),
        "retired": list(report.retired),
        "back": list(report.back),
        "changed": _changed_json(report.changed),
        "seconds": round(report.seconds, 3),
        "error": str(report.error) if report.error else None,
    }


def _changed_json(changed: Sequence[ModelChange]) -> list[dict[str, str]]:
    return [{"model": change.model_id, "what": change.what} for change in changed]


def _check(providers: Sequence[str], *, as_json: bool) -> None:
    looks = with_desk(lambda desk, progress: _look(desk, progress, providers))
    if as_json:
        print_json({"providers": [_look_json(look) for look in looks]})
    elif looks:
        rows = [(look.provider, _latency(look), _words(look.state)) for look in looks]
        print_table(("PROVIDER", "TIME", "STATE"), rows, right=frozenset({1}))
        for detail in dict.fromkeys(look.detail for look in looks if look.detail):
            say(f"modelward: {detail}")
    if not looks:
        _say_how_to_add()
    if any(look.state not in ("ok", "limited") for look in looks):
        raise typer.Exit(1)


async def _look(desk: Desk, progress: Progress, providers: Sequence[str]) -> list[Look]:
    wanted = [(await desk.providers.get(id_)).id for id_ in providers]
    looks, _ = await desk.discovery.look(progress)
    return [look for look in looks if not wanted or look.provider in wanted]


def _latency(look: Look) -> str:
    return "" if look.latency_ms is None else f"{look.latency_ms:,.0f} ms"


def _look_json(look: Look) -> dict[str, object]:
    return {
        "id": look.provider,
        "at": look.at.isoformat(),
        "state": look.state.value,
        "latencyMs": None if look.latency_ms is None else round(look.latency_ms, 1),
        "detail": look.detail,
    }


def _say_how_to_add() -> None:
    say("There is no provider to ask.")
    say("  Add one with its key: modelward keys set openai (see modelward keys list for the others).")
