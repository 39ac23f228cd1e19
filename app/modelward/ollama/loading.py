"""Load tests: whether the server can use a model after its bytes were proven on the disk."""

from __future__ import annotations

import contextlib
import logging
import secrets
from dataclasses import dataclass
from enum import StrEnum

from modelward.core.errors import NetworkError, RefusedError, UnreachableError
from modelward.ollama.model import ModelName
from modelward.ollama.server import OllamaServer

logger = logging.getLogger(__name__)

PROOF_MODEL = "modelward-proof"
"""Temporary names begin so; each is removed as soon as its load was tried."""


class LoadState(StrEnum):
    """What came of a load test."""

    LOADS = "loads"
    STALE = "stale"  # it loads under another name: the server remembers what was wrong before, until it is restarted
    FAILS = "fails"
    UNTRIED = "untried"  # no server, or a kind of model that has no such test


@dataclass(frozen=True, slots=True)
class LoadResult:
    """``detail`` in words, for all but LOADS."""

    state: LoadState
    detail: str = ""


async def unload(server: OllamaServer, name: ModelName) -> bool:
    """Put a model out of memory, so that its files can be replaced (Windows) and nobody asks what it was before.

    Whether it was in memory; a server that does not answer holds nothing.
    """
    try:
        if not await is_loaded(server, name):
            return False
        await server.generate(str(name), keep_alive=0)
    except NetworkError as error:
        logger.info("%s was not put out of memory: %s", name, error)
        return False
    return True


async def is_loaded(server: OllamaServer, name: ModelName) -> bool:
    """Whether a model is in memory."""
    return str(name).lower() in {each.name.lower() for each in await server.loaded()}


async def try_load(server: OllamaServer, name: ModelName) -> LoadResult:
    """Load a model; one that was not in memory before is put out again."""
    was_loaded = False
    try:
        was_loaded = await is_loaded(server, name)
        result = await _loaded(server, str(name))
        if result.state is LoadState.STALE:
            result = await _under_another_name(server, name, result)
    except UnreachableError as error:
        return LoadResult(LoadState.UNTRIED, f"It was not loaded: {error}")
    except NetworkError as error:
        return LoadResult(LoadState.FAILS, f"Ollama could not load it. {error}")
    if result.state is LoadState.LOADS and not was_loaded:
        await unload(server, name)
    return result


async def sweep_proofs(server: OllamaServer) -> None:
    """Remove temporary names that a test which was cut off left. Raises NetworkError."""
    for listed in (await server.look()).listed:
        if listed.startswith(f"{PROOF_MODEL}:"):
            await server.delete(listed)


async def _loaded(server: OllamaServer, name: str) -> LoadResult:
    """Raises NetworkError where it fails; STALE where the server takes it for another kind of model."""
    try:
        await server.generate(name)
    except RefusedError as error:
        if "does not support generate" not in error.why:
            raise
    else:
        return LoadResult(LoadState.LOADS)
    return await _of_another_kind(server, name)


async def _of_another_kind(server: OllamaServer, name: str) -> LoadResult:
    """The server's word on what a model can do is taken afresh, unlike what it remembers for its answers."""
    can = await server.capabilities(name)
    if "completion" in can or not can:
        return LoadResult(LoadState.STALE, "Ollama remembers it as it was before; restart Ollama.")
    if "embedding" not in can:
        return LoadResult(LoadState.UNTRIED, "For models of its kind there is no load test.")
    await server.embed(name)
    return LoadResult(LoadState.LOADS)


async def _under_another_name(server: OllamaServer, name: ModelName, stale: LoadResult) -> LoadResult:
    """Load it under a name that the server knows nothing of, which proves that a restart is all that it needs.

    Raises NetworkError where it does not load so either.
    """
    other = f"{PROOF_MODEL}:{secrets.token_hex(4)}"
    await server.copy(str(name), other)
    try:
        again = await _loaded(server, other)
        if again.state is LoadState.STALE:
            # What is remembered may go by the manifest alone: then another name says nothing more.
            return LoadResult(LoadState.STALE, f"{stale.detail} It was proven by its hash alone.")
        return stale if again.state is LoadState.LOADS else again
    finally:
        with contextlib.suppress(NetworkError):
            await server.generate(other, keep_alive=0)
        with contextlib.suppress(NetworkError):
            await server.delete(other)
