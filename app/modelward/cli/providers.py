"""``modelward providers …``: list, add, remove, enable, disable, test."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from modelward.catalog.fields import clip
from modelward.cli.keys import key_json
from modelward.cli.output import print_json, print_line, print_table, say, tell_error
from modelward.cli.session import command, with_desk, with_reader
from modelward.core import units
from modelward.core.clock import utc_now
from modelward.core.errors import ProtectionError
from modelward.core.progress import Progress
from modelward.desk import Desk

if TYPE_CHECKING:
    from modelward.providers.model import Provider
    from modelward.providers.service import ProviderState, TestReport

app = typer.Typer(no_args_is_help=True, help="Who can be asked: add, remove and test providers.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]
ProviderId = Annotated[str, typer.Argument(metavar="ID", help="The provider's id, such as openai.")]

_MISSING = "missing"


@app.command("list")
@command
def list_providers(
    everything: Annotated[bool, typer.Option("--all", help="Also those that can be added.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the providers in use, with where their keys are and what came of their last lists."""

    async def work(desk: Desk, _: Progress) -> list[ProviderState]:
        from modelward.providers.keys import KeyOrigin, KeyState
        from modelward.providers.service import ProviderState

        used = await desk.providers.mine()
        if not everything:
            return used
        ids = {each.provider.id for each in used}
        others = [each for each in await desk.providers.known() if each.id not in ids]
        return [*used, *(ProviderState(each, KeyState(KeyOrigin.NONE)) for each in others)]

    found = with_reader(work, fills=False)
    if as_json:
        print_json([_provider_json(each) for each in found])
        return
    _print_providers(found)


@app.command()
@command
def add(
    provider_id: Annotated[str, typer.Argument(metavar="[ID]", help="A known id, or one of your own choice.")] = "",
    url: Annotated[str | None, typer.Option(help="Its address, where it is a server of your own.")] = None,
    kind: Annotated[str | None, typer.Option("--as", help="What it speaks like; without it, it is asked.")] = None,
    title: Annotated[str | None, typer.Option(help="What you call it.")] = None,
) -> None:
    """Put a provider to use, or change its address or title."""

    async def work(desk: Desk, _: Progress) -> tuple[Provider, str]:
        provider, _changes = await desk.providers.add(provider_id, url=url, kind=kind, title=title)
        from modelward.providers.service import ProviderState

        return provider, _key_text(ProviderState(provider, await desk.providers.key_state(provider.id)))

    provider, key = with_desk(work, fills=False)
    print_line(provider.id)
    say(f"{provider.title} is in use: {provider.base_url}")
    if key == _MISSING:
        say(f"It wants a key: modelward keys set {provider.id}")


@app.command()
@command
def remove(
    provider_id: ProviderId,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
) -> None:
    """Use a provider no more and delete its key; its models stay in the catalogue."""

    async def work(desk: Desk, _: Progress) -> tuple[Provider, list[ProviderState]]:
        provider = await desk.providers.get(provider_id)
        if not yes and not _agrees(provider):
            raise ProtectionError("Nothing was removed.", todo="Say yes when asked, or add --yes.")
        await desk.providers.remove(provider_id)
        return provider, await desk.providers.mine()

    provider, left = with_desk(work, fills=False)
    print_line(f"{provider.id}: removed")
    for each in left:
        if each.provider.id == provider.id:
            say(f"It stays listed, disabled, as long as the environment holds its key: {each.key.where}.")


@app.command()
@command
def enable(provider_id: ProviderId) -> None:
    """Ask a provider again."""
    with_desk(lambda desk, _: desk.providers.enable(provider_id, enabled=True), fills=False)


@app.command()
@command
def disable(provider_id: ProviderId) -> None:
    """Leave a provider alone for now; its key stays."""
    with_desk(lambda desk, _: desk.providers.enable(provider_id, enabled=False), fills=False)


@app.command("test")
@command
def check(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help="Providers; without any, all in use.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask providers, at no cost, whether they answer and their keys are good. Exit code 1 where one is not."""

    async def work(desk: Desk, _: Progress) -> list[TestReport]:
        chosen = ids or [each.provider.id for each in await desk.providers.mine() if each.provider.enabled]
        return await asyncio.gather(*map(desk.providers.test, chosen))

    reports = with_reader(work, fills=False)
    if as_json:
        print_json([_report_json(report) for report in reports])
    else:
        for report in reports:
            _tell_report(report)
    if any(report.error is not None for report in reports):
        raise typer.Exit(1)


def _agrees(provider: Provider) -> bool:
    if not sys.stdin.isatty():
        return False
    say(f"{provider.title} is used no more and its key deleted; its models stay in the catalogue. Remove it? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _provider_json(state: ProviderState) -> dict[str, object]:
    provider = state.provider
    listed = provider.last_discovery_at
    return {
        "id": provider.id,
        "title": provider.title,
        "kind": provider.known.id,
        "baseUrl": provider.base_url,
        "inUse": provider.is_added,
        "enabled": provider.enabled,
        "local": provider.known.is_local,
        "key": {"need": provider.known.key.value, **key_json(state.key)},
        "models": provider.listed_models,
        "lastDiscoveryAt": listed.astimezone(UTC).isoformat() if listed else None,
        "lastError": provider.last_error,
    }


def _print_providers(found: list[ProviderState]) -> None:
    now = utc_now()
    rows = [
        (
            each.provider.id,
            each.provider.title,
            _standing(each.provider),
            _key_text(each),
            "" if each.provider.listed_models is None else f"{each.provider.listed_models:,}",
            units.ago(each.provider.last_discovery_at, now) if each.provider.last_discovery_at else "",
        )
        for each in found
    ]
    print_table(("ID", "TITLE", "STATE", "KEY", "MODELS", "LISTED"), rows, right=frozenset({4}))
    if not found:
        say("No provider is in use. modelward providers list --all names those that can be added.")
    for each in found:
        for problem in filter(None, (each.provider.last_error, each.key.problem)):
            say(f"{each.provider.id}: {clip(problem, 1000)}")


def _standing(provider: Provider) -> str:
    if not provider.is_added:
        return "can be added"
    return "in use" if provider.enabled else "disabled"


def _key_text(state: ProviderState) -> str:
    from modelward.providers.keys import KeyOrigin
    from modelward.providers.model import KeyNeed

    if not state.provider.is_added:
        return ""
    if state.key.origin is not KeyOrigin.NONE:
        return state.key.where or state.key.origin.value
    return {KeyNeed.REQUIRED: _MISSING, KeyNeed.OPTIONAL: "none", KeyNeed.NONE: "not needed"}[state.provider.known.key]


def _report_json(report: TestReport) -> dict[str, object]:
    error = report.error
    return {
        "provider": report.provider,
        "ok": error is None,
        "latencyMs": None if report.seconds is None else round(report.seconds * 1000),
        "error": None if error is None else {"what": error.what, "why": error.why, "todo": error.todo},
    }


def _tell_report(report: TestReport) -> None:
    if report.error is None:
        print_line(f"{report.provider}: answers, {(report.seconds or 0) * 1000:,.0f} ms")
        return
    print_line(f"{report.provider}: failed")
    tell_error(report.error)
