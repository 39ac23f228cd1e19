"""The client of Ollama's API. What it answers is never taken for proof of a model's bytes: only hashing is."""

from __future__ import annotations

import contextlib
import ipaddress
import ntpath
import posixpath
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from modelward.core.clock import Clock, utc_now
from modelward.core.errors import (
    AnswerError,
    KeyRefusedError,
    NetworkError,
    NotOfferedError,
    RefusedError,
    UnreachableError,
)
from modelward.net.client import Client
from modelward.net.model import CHECKING, Answer, Call, FileBody, Method, Patience
from modelward.ollama import answers
from modelward.ollama.model import Loaded, ModelName, ServerLook, ServerState
from modelward.ollama.pulling import PullLines, PullStep
from modelward.providers.local import ollama_url

_CHANGING = Patience(connect=5.0, first_byte=60.0, between=60.0, total=120.0)
_LOADING = Patience(connect=5.0, first_byte=900.0, between=60.0, total=None)
"""Ollama itself gives up a load that stalls for five minutes; others may be loaded before."""

_PULLING = Patience(connect=5.0, first_byte=60.0, between=900.0, total=None)
"""It says nothing while it hashes what came."""

_SENDING = Patience(connect=5.0, first_byte=300.0, between=60.0, total=None)
_MOST_SHOWN = 3
"""So many models are asked where they lie: of some kinds the server names no file."""


class OllamaServer:
    """One server. ``url`` is read as Ollama reads OLLAMA_HOST. Raises NetworkError's children alone."""

    def __init__(self, client: Client, url: str, *, clock: Clock = utc_now) -> None:
        self._client = client
        self.url = ollama_url(url)
        self._clock = clock

    @property
    def is_here(self) -> bool:
        """Whether it is asked at this machine, as far as its address tells: it may lead into a container."""
        return is_loopback(urlsplit(self.url).hostname or "")

    async def look(self) -> ServerLook:
        """Look once, within seconds; never raises for what the world does wrong."""
        seen = ServerLook(self._clock(), self.url, ServerState.STRANGE)
        try:
            body, answer = await self._json("/api/version")
            version = answers.version(body)
            seen = replace(seen, latency_ms=answers.milliseconds(answer.latency), version=version or "")
            if version is None:
                return replace(seen, detail=f"What answers at {self.url} is not Ollama.")
            listed = answers.listed((await self._json("/api/tags"))[0])
            if listed is None:
                return replace(seen, detail="It answers, but not with a list of its models.")
            return replace(seen, state=ServerState.RUNNING, listed=listed, loaded=await self.loaded())
        except UnreachableError as error:
            state = ServerState.STRANGE if seen.version else ServerState.DOWN
            return replace(seen, state=state, detail=str(error))
        except NetworkError as error:
            return replace(seen, detail=str(error))

    async def is_up(self) -> bool:
        """Whether it answers as Ollama does."""
        try:
            return answers.version((await self._json("/api/version"))[0]) is not None
        except NetworkError:
            return False

    async def loaded(self) -> tuple[Loaded, ...]:
        """The models in memory; a server too old to tell has none."""
        try:
            return answers.loaded((await self._json("/api/ps"))[0])
        except NotOfferedError:
            return ()

    async def shown_folder(self) -> Path | None:
        """The model folder that the server gives away, in the words of its own system; None where it does not.

        A server in a container, or elsewhere, tells a path that means nothing here.
        """
        with contextlib.suppress(NetworkError):
            for name in sorted(answers.listed((await self._json("/api/tags"))[0]) or ())[:_MOST_SHOWN]:
                with contextlib.suppress(RefusedError):
                    folder = answers.base_folder(await self._post("/api/show", {"model": name}))
                    if folder and (posixpath.isabs(folder) or ntpath.isabs(folder)):
                        return Path(folder)
        return None

    async def capabilities(self, name: str) -> frozenset[str]:
        """What the server says that a model can do."""
        return answers.capabilities(await self._post("/api/show", {"model": name}))

    async def pull(self, name: ModelName, on_progress: Callable[[PullStep], None]) -> None:
        """Let the server download a model; whoever cancels this stops it there too, and it could go on later.

        Its success only says that it found a file of each blob's name. Raises NetworkError, UnreachableError where the
        server, or it, is offline.
        """
        body: dict[str, object] = {"model": str(name), "stream": True}
        if is_loopback(_host(name.host)):
            body["insecure"] = True  # nobody has a certificate for this machine
        lines = PullLines(str(name))
        call = self._call("/api/pull", body, patience=_PULLING)
        async with self._told(), self._client.stream(call) as arriving:
            async for line in arriving.lines():
                if step := lines.take(line):
                    on_progress(step)
        lines.end()

    async def generate(self, name: str, *, keep_alive: int | None = None) -> None:
        """Load a model without asking it anything; ``keep_alive=0`` puts it out of memory instead."""
        body: dict[str, object] = {"model": name, "stream": False}
        if keep_alive is not None:
            body["keep_alive"] = keep_alive
        await self._work("/api/generate", body)

    async def embed(self, name: str) -> None:
        """Let a model that only embeds embed one word, which loads it."""
        await self._work("/api/embed", {"model": name, "input": "a"})

    async def copy(self, source: str, destination: str) -> None:
        """Give a model another name too; its blobs are shared."""
        await self._changed("/api/copy", {"source": source, "destination": destination})

    async def delete(self, name: str) -> None:
        """Remove a model's name, and the blobs that no other needs."""
        await self._changed("/api/delete", {"model": name}, method=Method.DELETE)

    async def has_blob(self, digest: str) -> bool:
        """Whether the server has a file of that name; it does not look into it."""
        try:
            await self._asked(self._call(f"/api/blobs/{digest}", method=Method.HEAD))
        except NotOfferedError:
            return False
        return True

    async def put_blob(self, digest: str, file: Path, on_sent: Callable[[int], None] | None = None) -> None:
        """Send a blob that is missing; the server hashes it. One that is there, it leaves as it is, bad or good."""
        call = self._call(f"/api/blobs/{digest}", method=Method.POST, patience=_SENDING)
        await self._asked(replace(call, content=FileBody(file, on_sent), is_repeatable=False))

    async def _changed(self, path: str, body: dict[str, object], *, method: Method = Method.POST) -> None:
        await self._asked(self._call(path, body, method=method, patience=_CHANGING))

    async def _work(self, path: str, body: dict[str, object]) -> None:
        await self._ended(self._call(path, body, patience=_LOADING))

    async def _post(self, path: str, body: dict[str, object]) -> object:
        async with self._told():
            return (await self._client.ask_json(self._call(path, body)))[0]

    async def _json(self, path: str) -> tuple[object, Answer]:
        async with self._told():
            return await self._client.ask_json(self._call(path, method=Method.GET))

    async def _ended(self, call: Call) -> None:
        """Ask for one answer in JSON, which may be an error with a good status."""
        async with self._told():
            body, _ = await self._client.ask_json(call)
        if not isinstance(body, dict):
            raise AnswerError("Ollama's answer cannot be understood.", why="It is not of the shape that is documented.")
        if isinstance(error := body.get("error"), str):
            raise RefusedError("Ollama failed.", why=f"It says: {error[:300]}")

    async def _asked(self, call: Call) -> Answer:
        async with self._told():
            return await self._client.ask(call)

    @contextlib.asynccontextmanager
    async def _told(self) -> AsyncIterator[None]:
        """Ollama wants no key: its 403 is about the name by which it was called."""
        try:
            yield
        except KeyRefusedError as error:
            raise RefusedError(
                f"Ollama refuses to be called at {self.url}.",
                why="It answers to names of its own machine alone, or something before it wants a sign-in.",
                todo="Use its address in numbers, or let it listen with OLLAMA_HOST=0.0.0.0.",
                status=error.status,
            ) from error

    def _call(
        self,
        path: str,
        body: dict[str, object] | None = None,
        *,
        method: Method = Method.POST,
        patience: Patience | None = None,
    ) -> Call:
        # Looks have a lane of their own: four long downloads must not make the server seem down.
        lane = "ollama guard" if patience is None else "ollama guard at work"
        is_repeatable = method is not Method.POST
        return Call(
            "Ollama",
            lane,
            self.url + path,
            method,
            body=body,
            patience=patience or CHECKING,
            is_repeatable=is_repeatable,
        )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as far as its name tells."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(registry: str) -> str:
    """The host of a registry's name without its port."""
    return urlsplit(f"//{registry}").hostname or ""
