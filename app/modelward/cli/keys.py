"""``modelward keys …``: set, list, delete."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from modelward.cli.output import print_json, print_line, print_table, say
from modelward.cli.session import command, with_desk, with_reader
from modelward.core.errors import KeyStoreError, UsageError
from modelward.core.progress import Progress
from modelward.desk import Desk

if TYPE_CHECKING:
    from modelward.providers.keys import KeyState
    from modelward.providers.model import Provider
    from modelward.providers.service import ProviderState

app = typer.Typer(no_args_is_help=True, help="API keys in the system's keyring.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]
ProviderId = Annotated[str, typer.Argument(metavar="PROVIDER", help="The provider's id, such as openai.")]


# Without its rules for options, whatever stands behind the provider comes to us and is repeated nowhere.
@app.command("set", context_settings={"ignore_unknown_options": True})
@command
def set_key(
    provider_id: ProviderId,
    extra: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
) -> None:
    """Keep a provider's key in the keyring: asks for it, or reads one line of standard input."""
    if extra or provider_id.startswith("-"):
        raise UsageError(
            "A key is never given as an argument.",
            why="Every program on this machine can read the arguments of the others.",
            todo="Give the provider alone: the key is asked for, or read from standard input.",
        )
    if sys.stdin.isatty():
        provider = with_reader(lambda desk, _: _ready(desk, provider_id), fills=False)
        text = _asked(provider)
    else:
        text = _read_line()

    async def work(desk: Desk, _: Progress) -> tuple[Provider, KeyState]:
        provider = await _ready(desk, provider_id)
        return provider, (await desk.providers.set_key(provider_id, text))[0]

    provider, state = with_desk(work, fills=False)
    from modelward.providers.keys import KeyOrigin

    if state.origin is not KeyOrigin.KEYRING:
        raise _not_kept(provider, state.problem)
    say(f"{provider.title}: the key is kept in {state.where}.")


@app.command("list")
@command
def list_keys(as_json: AsJson = False) -> None:
    """List where the keys of the providers in use are; never a key."""

    async def work(desk: Desk, _: Progress) -> list[ProviderState]:
        return await desk.providers.mine()

    found = with_reader(work, fills=False)
    if as_json:
        print_json([{"provider": each.provider.id, **key_json(each.key)} for each in found])
        return
    print_table(
        ("PROVIDER", "KEY", "WHERE"), [(each.provider.id, each.key.origin.value, each.key.where) for each in found]
    )
    for each in found:
        if each.key.problem:
            say(f"{each.provider.id}: {each.key.problem}")


@app.command()
@command
def delete(provider_id: ProviderId) -> None:
    """Delete a provider's key from the keyring."""

    async def work(desk: Desk, _: Progress) -> tuple[bool, KeyState]:
        was_there, _changes = await desk.providers.delete_key(provider_id)
        ring = await desk.providers.keyring()
        if not was_there and not ring.is_usable:
            raise KeyStoreError(
                "No key could be looked for.", why=ring.why, todo="Run this where the keyring can be reached."
            )
        return was_there, await desk.providers.key_state(provider_id)

    was_there, left = with_desk(work, fills=False)
    print_line("The key is deleted." if was_there else "There was no key in the keyring.")
    from modelward.providers.keys import KeyOrigin

    if left.origin is KeyOrigin.ENVIRONMENT:
        say(f"The environment still holds one: {left.where}.")


def key_json(state: KeyState) -> dict[str, object]:
    """Where a key is, as JSON; nothing of the key itself."""
    return {"origin": state.origin.value, "where": state.where or None, "problem": state.problem or None}


async def _ready(desk: Desk, provider_id: str) -> Provider:
    """The provider, before anybody is asked for its key. Raises KeyStoreError where it could not be kept."""
    provider = await desk.providers.get(provider_id)
    ring = await desk.providers.keyring()
    if not ring.is_usable:
        raise _not_kept(provider, ring.why)
    return provider


def _not_kept(provider: Provider, why: str) -> KeyStoreError:
    variable = f"the environment variable {provider.known.env[0]}" if provider.known.env else "the window"
    return KeyStoreError(
        f"The key of {provider.title} was not kept.",
        why=why,
        todo=f"Where no keyring is, give the key in {variable}. It is never written to a plain file.",
    )


def _asked(provider: Provider) -> str:
    page = f" ({provider.known.key_page})" if provider.known.key_page else ""
    say(f"The key of {provider.title}{page} is kept in the keyring; it is not shown while you type.")
    try:
        return getpass.getpass("Key: ")
    except EOFError:
        raise UsageError("No key was given.") from None


def _read_line() -> str:
    from modelward.providers.keytext import LONGEST

    # Bytes that are no UTF-8 become marks that no key has.
    return sys.stdin.buffer.readline(8 * LONGEST).decode("utf-8", "replace")
