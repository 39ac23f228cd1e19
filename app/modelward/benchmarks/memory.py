"""Which models a local server holds in memory, and giving that memory back: for Ollama, which tells and does so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from modelward.catalog.fields import clip
from modelward.core.errors import KnownError, NetworkError
from modelward.net.model import CHECKING, Call, Method
from modelward.providers.dialect import Line

_DIALECT = "ollama"


@dataclass(frozen=True, slots=True)
class Others:
    """The models that somebody else has in memory. ``has_ours``: the one that is asked about is among them."""

    names: tuple[str, ...] = ()
    has_ours: bool = False


async def others_at(line: Line, name: str) -> Others:
    """Who has what in memory at a provider's server. Nobody, where the server does not tell. Raises NetworkError."""
    if line.provider.known.dialect != _DIALECT:
        return Others()
    body, _answer = await line.client.ask_json(_call(line, "/api/ps", None))
    listed = body.get("models") if isinstance(body, dict) else None
    names = [each.get("name") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    loaded = [each for each in names if isinstance(each, str)]
    return Others(tuple(clip(each) for each in loaded if not _is(each, name)), any(_is(each, name) for each in loaded))


class InUseError(KnownError):
    """A server holds models of others, which must not be pushed out."""


def in_use(line: Line, names: Sequence[str]) -> InUseError:
    """What is said of that."""
    return InUseError(
        f"{line.provider.title} holds {', '.join(names[:3])} in memory, which measuring could push out.",
        todo="Wait until nobody uses it, or allow to push it out.",
    )


@asynccontextmanager
async def loaded_anew(line: Line, name: str, *, may_evict: bool) -> AsyncIterator[None]:
    """A while in which a model is loaded for us, from cold where nobody else has it; its memory is given back then.

    Raises NetworkError where the server cannot be asked.
    """
    is_ours = not (await others_at(line, name)).has_ours or may_evict
    if is_ours:
        await unload(line, name)
    try:
        yield
    finally:
        if is_ours:
            with suppress(NetworkError):  # the server forgets it by itself after some minutes
                await unload(line, name)


async def unload(line: Line, name: str) -> None:
    """Let a server give a model's memory back. Raises NetworkError."""
    if line.provider.known.dialect == _DIALECT:
        await line.client.ask(_call(line, "/api/generate", {"model": name, "keep_alive": 0}))


def _is(loaded: str, name: str) -> bool:
    return loaded.removesuffix(":latest") == name.removesuffix(":latest")


def _call(line: Line, path: str, body: object | None) -> Call:
    method = Method.GET if body is None else Method.POST
    return line.call(path, method=method, body=body, patience=CHECKING, is_repeatable=body is None)
