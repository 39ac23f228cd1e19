"""Ollama's server over a real model folder, true to its source in what it tells and in what it hides.

In a test: ``async with OllamaDouble(shelf.folder, registry=registry.url) as ollama: … ollama.url``. By hand:
``PYTHONPATH=tests:app python -m harness.ollama_server --models FOLDER --port N [--registry URL]``, and then
``curl URL/double -d '{"offline": true}'`` changes what :class:`OllamaDouble` tells of.

What it knows of a model it keeps by the digest of the manifest until it is restarted, as Ollama does: damage to blobs
stays hidden behind lists and shown facts that were asked for before.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from harness.ollama_answers import listed, shown
from harness.ollama_create import create
from harness.ollama_gguf import GgufError
from harness.ollama_pull import PullError, Source, pull
from harness.ollama_runner import RefusalError, Runner
from harness.ollama_store import MissingError, Model, Name, Store, StoreError, go_json, name_of
from harness.wire import Reply, Seen, WireServer

VERSION = "0.33.0"
HTML = Reply(headers={"content-type": "text/html"}, body="<!doctype html><title>Router</title><p>Please sign in")
HANG = Reply(hang=True)
FAILING = Reply(500, body={"error": "open /models: input/output error"})

_JSON = "application/json; charset=utf-8"
_PULLED = ("pulling manifest", "verifying sha256 digest", "writing manifest", "success")


class OllamaDouble:
    """A server.

    ``instead``: replies by path, or for everything under "*". ``delay``: seconds before each answer. ``is_lying``:
    what should change something answers success and changes nothing. ``hydrated``: the first list waits for it.
    ``prunes``: without it, as under OLLAMA_NOPRUNE. ``is_cloud_off``: as under OLLAMA_NO_CLOUD. ``source``: the way to
    the registry. ``runner``: how models run.
    """

    def __init__(self, folder: Path, *, registry: str | None = None, port: int = 0) -> None:
        self.store = Store(folder)
        self.source = Source(registry)
        self.runner = Runner()
        self.instead: dict[str, Reply] = {}
        self.delay = 0.0
        self.is_lying = False
        self.prunes = True
        self.is_cloud_off = False
        self.hydrated = asyncio.Event()
        self.hydrated.set()
        self._port = port
        self._past: list[Seen] = []
        self._wire: WireServer | None = None
        self._rows: dict[Name, tuple[str, dict[str, Any]]] = {}
        self._shown: dict[tuple[Name, bool], tuple[str, dict[str, Any]]] = {}
        self._models: dict[Name, tuple[str, Model]] = {}
        self._list_error = ""

    async def __aenter__(self) -> Self:
        self._hydrate()
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Its address, also while it is down."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[Seen]:
        """What was asked."""
        return self._past + (self._wire.requests if self._wire else [])

    async def start(self) -> None:
        """Be there, under the same address as before."""
        self._wire = WireServer(port=self._port)
        self._wire.otherwise = self._answer
        await self._wire.__aenter__()
        self._port = self._wire.port

    async def stop(self) -> None:
        """Be gone: connections are refused."""
        if self._wire is not None:
            self._past += self._wire.requests
            wire, self._wire = self._wire, None
            await wire.__aexit__()

    async def until_idle(self) -> None:
        """Wait until nobody is connected: what a client left is over then."""
        assert self._wire is not None
        wire = self._wire
        await wire.until(lambda: wire.open_connections == 0)

    def restart(self) -> None:
        """Forget what was known and loaded, and clean the folder as Ollama does when it starts."""
        self._rows, self._shown, self._models = {}, {}, {}
        self.runner.loaded = {}
        if self.prunes:
            self.store.prune()
        self._hydrate()

    def move(self, folder: Path) -> None:
        """Silently serve another folder, as the app does whose disk is not plugged in."""
        self.store = Store(folder)
        self.restart()

    def _hydrate(self) -> None:
        self._list_error = ""
        try:
            self._list()
        except StoreError as error:
            self._list_error = str(error)  # it stays until the next start

    # ---------------------------------------------------------------- answering

    async def _answer(self, seen: Seen) -> Reply:
        if seen.path == "/double":
            from harness.ollama_by_hand import change

            return change(self, seen.json)
        if self.delay:
            await asyncio.sleep(self.delay)
        instead = self.instead.get(seen.path) or self.instead.get("*")
        if instead is not None:
            return instead
        if not _is_allowed(seen.headers.get("host", "")):
            return Reply(403)
        try:
            return await self._routed(seen)
        except RefusalError as error:
            return error.reply

    async def _routed(self, seen: Seen) -> Reply:
        if seen.path.startswith("/api/blobs/"):
            return self._blob(seen, seen.path.removeprefix("/api/blobs/"))
        methods, answer = self._routes().get(seen.path, ("", None))
        if answer is None:
            return Reply(404, body="404 page not found")
        if seen.method not in methods.split():
            return Reply(405, body="405 method not allowed")
        made = answer(seen)
        reply = made if isinstance(made, Reply) else await made
        is_json = isinstance(reply.body, dict) and reply.chunks is None and reply.stream is None
        return replace(reply, headers={"content-type": _JSON, **reply.headers}) if is_json else reply

    def _routes(self) -> dict[str, tuple[str, Callable[[Seen], Reply | Awaitable[Reply]]]]:
        return {
            "/": ("GET HEAD", lambda _: Reply(body="Ollama is running")),
            "/api/version": ("GET HEAD", lambda _: Reply(body={"version": VERSION})),
            "/api/status": ("GET", self._status),
            "/api/tags": ("GET HEAD", self._tags),
            "/api/ps": ("GET", lambda _: Reply(body={"models": self.runner.rows()})),
            "/api/show": ("POST", self._show),
            "/api/pull": ("POST", self._pull),
            "/api/delete": ("DELETE", self._delete),
            "/api/copy": ("POST", self._copy),
            "/api/create": ("POST", self._create),
            "/api/generate": ("POST", lambda seen: self._converse("generate", seen)),
            "/api/chat": ("POST", lambda seen: self._converse("chat", seen)),
            "/api/embed": ("POST", self._embed),
            "/v1/models": ("GET", self._v1_models),
        }

    def _status(self, _: Seen) -> Reply:
        source = "env" if self.is_cloud_off else "none"
        return Reply(body={"cloud": {"disabled": self.is_cloud_off, "source": source}})

    # ---------------------------------------------------------------- lists

    async def _tags(self, _: Seen) -> Reply:
        await self.hydrated.wait()
        try:
            if self._list_error:
                raise StoreError(self._list_error)
            return Reply(body={"models": self._list()})
        except StoreError as error:
            raise RefusalError(500, str(error)) from error

    def _list(self) -> list[dict[str, Any]]:
        found = self.store.all()
        self._rows = {name: kept for name, kept in self._rows.items() if name in found}
        for name, manifest in found.items():
            if name not in self._rows or self._rows[name][0] != manifest.digest:
                self._refresh(name)
        rows = [row for _digest, row in self._rows.values()]
        return sorted(rows, key=lambda row: str(row["modified_at"])[:19], reverse=True)  # newest first, by seconds

    def _refresh(self, name: Name) -> None:
        """Look at a model anew for the list: it drops out where it cannot be read."""
        self._rows.pop(name, None)
        try:
            manifest = self.store.read(name)
            self._rows[name] = (manifest.digest, listed(self.store, manifest))
        except StoreError:
            return

    async def _v1_models(self, seen: Seen) -> Reply:
        rows: Any = (await self._tags(seen)).body
        names = [it["name"] for it in rows["models"]]
        data = [{"id": it, "object": "model", "created": 0, "owned_by": name_of(it).namespace} for it in names]
        return Reply(body={"object": "list", "data": data})

    # ---------------------------------------------------------------- one model

    def _show(self, seen: Seen) -> Reply:
        asked = _asked(seen)
        text = asked.get("model") or asked.get("name")
        if not text:
            raise RefusalError(400, "model is required")
        name = self._existing(text, where=400, words="")
        options, system, verbose = asked.get("options") or {}, asked.get("system") or "", bool(asked.get("verbose"))
        try:
            digest = self.store.read(name).digest
            kept = self._shown.get((name, verbose))
            if kept and kept[0] == digest and not options and not system:
                return Reply(body=kept[1])
            model = self.store.resolve(name)
            if model.is_remote and self.is_cloud_off:
                raise RefusalError(403, "ollama cloud is disabled: remote model details are unavailable")
            told = shown(model, verbose=verbose, options=options, system=system)
        except (MissingError, FileNotFoundError) as error:
            raise RefusalError(404, f"model '{name.shown}' not found") from error
        except (StoreError, GgufError) as error:
            raise RefusalError(500, str(error)) from error
        if not options and not system and not told.get("remote_host"):
            self._shown[name, verbose] = (digest, told)
        return Reply(body=told)

    def _resolved(self, name: Name) -> Model:
        """A model for running: as it was when this manifest was first asked for."""
        digest = self.store.read(name).digest
        kept = self._models.get(name)
        if kept is None or kept[0] != digest:
            kept = self._models[name] = (digest, self.store.resolve(name))
        return kept[1]

    def _converse(self, kind: str, seen: Seen) -> Reply:
        asked = _asked(seen)
        text = str(asked.get("model") or "")
        missing = f"model '{text}' not found"
        if not text:
            raise RefusalError(*((404, missing) if kind == "generate" else (400, "model is required")))
        where, words = (404, missing) if kind == "generate" else (400, "model is required")
        name = self._existing(text, where=where, words=words)
        try:
            model = self._resolved(name)
        except MissingError as error:
            raise RefusalError(404, missing) from error
        except StoreError as error:
            raise RefusalError(500, str(error)) from error
        if model.is_remote and (kind == "generate" or asked.get("messages")):
            raise self._no_cloud()
        return self.runner.converse(kind, asked, model)

    def _embed(self, seen: Seen) -> Reply:
        asked = _asked(seen)
        text = str(asked.get("model") or "")
        if not text:
            raise RefusalError(404, "model '' not found")
        name = self._existing(text, where=404, words=f"model '{text}' not found")
        try:
            return self.runner.embed(asked, self._resolved(name))
        except MissingError as error:
            raise RefusalError(404, f'model "{text}" not found, try pulling it first') from error
        except StoreError as error:
            raise RefusalError(500, str(error)) from error

    def _no_cloud(self) -> RefusalError:
        """Models in the cloud are beyond this double: nobody is signed in, or it is switched off."""
        if self.is_cloud_off:
            return RefusalError(403, "ollama cloud is disabled: remote model is unavailable")
        return RefusalError(401, "unauthorized")

    def _existing(self, text: str, *, where: int, words: str, is_cloud_local: bool = False) -> Name:
        """The model that a name means; ``where`` and ``words`` answer where the folder cannot be listed."""
        name = name_of(text)
        if not name.is_valid:
            raise RefusalError(400, "invalid model name")
        if not is_cloud_local and (name.tag == "cloud" or name.tag.endswith("-cloud")):
            raise self._no_cloud()
        try:
            return self.store.existing(name)
        except StoreError as error:
            raise RefusalError(where, words or str(error)) from error

    # ---------------------------------------------------------------- changes

    async def _pull(self, seen: Seen) -> Reply:
        asked = _asked(seen)
        text = str(asked.get("model") or asked.get("name") or "")
        name = self._existing(text, where=400, words="", is_cloud_local=True)
        lines = self._lines(name, insecure=bool(asked.get("insecure")))
        if asked.get("stream", True):
            return Reply(headers={"content-type": "application/x-ndjson"}, stream=_encoded(lines))
        last = [line async for line in lines][-1]
        return Reply(500 if "error" in last else 200, body=last)

    async def _lines(self, name: Name, *, insecure: bool) -> AsyncGenerator[dict[str, Any], None]:
        if self.is_lying:
            for status in _PULLED:
                yield {"status": status}
            return
        try:
            async with aclosing(pull(self.store, self.source, name, insecure=insecure, prune=self.prunes)) as lines:
                async for line in lines:
                    yield line
        except PullError as error:
            yield {"error": str(error)}
            return
        self._refresh(name)

    def _delete(self, seen: Seen) -> Reply:
        asked = _asked(seen)
        text = str(asked.get("model") or asked.get("name") or "")
        if not text:
            raise RefusalError(400, "model is required")
        if not name_of(text).is_valid:
            raise RefusalError(400, f'name "{text}" is invalid')
        name = self._existing(text, where=404, words=f"model '{text}' not found", is_cloud_local=True)
        try:
            if not self.is_lying:
                self.store.remove(name)
        except MissingError as error:
            raise RefusalError(404, f"model '{text}' not found") from error
        except StoreError as error:
            raise RefusalError(500, str(error)) from error
        return Reply()

    def _copy(self, seen: Seen) -> Reply:
        asked = _asked(seen)
        names = []
        for key in ("source", "destination"):
            if not name_of(str(asked.get(key) or "")).is_valid:
                raise RefusalError(400, f'{key} "{asked.get(key) or ""}" is invalid')
            names.append(self._existing(asked[key], where=400, words="", is_cloud_local=True))
        try:
            if not self.is_lying:
                self.store.copy(*names)
                self._refresh(names[1])
        except MissingError as error:
            raise RefusalError(404, f'model "{asked["source"]}" not found') from error
        return Reply()

    def _create(self, seen: Seen) -> Reply:
        asked = _asked(seen)
        text = str(asked.get("model") or asked.get("name") or "")
        name = self._existing(text, where=400, words="", is_cloud_local=True)
        lines = [{"status": "success"}] if self.is_lying else create(self.store, name, asked)
        self._refresh(name)
        if not asked.get("stream", True):
            return Reply(500 if "error" in lines[-1] else 200, body=lines[-1])
        chunks = [json.dumps(line).encode() + b"\n" for line in lines]
        return Reply(headers={"content-type": "application/x-ndjson"}, chunks=chunks)

    def _blob(self, seen: Seen, digest: str) -> Reply:
        if seen.method not in {"HEAD", "POST"}:
            return Reply(405, body="405 method not allowed")
        try:
            path = self.store.blob(digest)
        except StoreError as error:
            raise RefusalError(400, str(error)) from error
        if seen.method == "HEAD" or path.exists():  # what is there is neither read nor checked
            return Reply(200 if path.exists() else 404)
        if self.is_lying:
            return Reply(201)
        found = self.store.take(seen.body)
        if found != digest:
            raise RefusalError(400, f'digest mismatch, expected "{digest}", got "{found}"')
        return Reply(201)


async def _encoded(lines: AsyncGenerator[dict[str, Any], None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(lines):
        async for line in lines:
            yield json.dumps(line).encode() + b"\n"


def _asked(seen: Seen) -> dict[str, Any]:
    if not seen.body:
        raise RefusalError(400, "missing request body")
    try:
        asked: dict[str, Any] = go_json(seen.body)[0]
    except StoreError as error:
        raise RefusalError(400, str(error)) from error
    return asked


def _is_allowed(host: str) -> bool:
    """Whether a server on loopback answers to a name."""
    name = host if host.count(":") > 1 and not host.startswith("[") else host.rpartition(":")[0] or host
    name = name.strip("[]").lower()
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name in {"", "localhost", socket.gethostname().lower()} or name.endswith(
            (".localhost", ".local", ".internal")
        )
    return address.is_loopback or address.is_private or address.is_unspecified


if __name__ == "__main__":
    from harness.ollama_by_hand import main

    main()
