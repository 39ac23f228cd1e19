"""Ollama's pull, with its faults: what lies there already is taken as good, what arrives is checked too late."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.ollama_library import MANIFEST_TYPE, PUBLIC_HOST
from harness.ollama_store import Name, Store, StoreError, go_json

Line = dict[str, Any]

_LEAST_PART, _MOST_PART, _PARTS = 100_000_000, 1_000_000_000, 16
_BETWEEN_LINES = 0.06
_PIECE = 1 << 16


class PullError(Exception):
    """Why a pull ends, in Ollama's words."""


@dataclass(slots=True)
class _Answer:
    """An answer of the registry, its body not yet read."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def body(self) -> bytes:
        """All of it."""
        try:
            return await self.reader.readexactly(int(self.headers.get("content-length", 0)))
        finally:
            self.writer.close()


class Source:
    """Where pulls come from. ``url``: the stand-in for the public registry, None without one; ``is_offline``: no way.

    ``every_line``: a line for each piece that arrives; the true server says something every 60 ms at most.
    """

    def __init__(self, url: str | None) -> None:
        self.url = url
        self.is_offline = False
        self.every_line = False
        self._tokens: dict[str, str] = {}

    def base(self, name: Name, *, insecure: bool) -> tuple[str, str]:
        """The address that is connected to, and the one that is told of."""
        told = f"{'http' if insecure else 'https'}://{name.host}"
        if name.host == PUBLIC_HOST:
            if self.url is None or self.is_offline:
                raise _Unreachable(told, f"lookup {PUBLIC_HOST}: no such host")
            return self.url, told
        if not insecure:
            raise _Unreachable(told, "http: server gave HTTP response to HTTPS client", is_dial=False)
        return told, told

    async def manifest(self, name: Name, *, insecure: bool) -> bytes:
        """A manifest's bytes as they are.

        Raises:
            PullError: there is none, or no way to it.
        """
        path = f"/v2/{name.namespace}/{name.model}/manifests/{name.tag}"
        try:
            answer = await self._asked("GET", name, path, insecure=insecure, headers={"accept": MANIFEST_TYPE})
            return await answer.body()
        except _Unreachable as error:
            raise PullError(f'pull model manifest: Get "{error.address}{path}": {error}') from error
        except PullError as error:
            raise PullError(f"pull model manifest: {error}") from error

    async def size(self, name: Name, digest: str, *, insecure: bool) -> int:
        """What the registry says of a blob's size."""
        path = f"/v2/{name.namespace}/{name.model}/blobs/{digest}"
        try:
            answer = await self._asked("HEAD", name, path, insecure=insecure)
        except _Unreachable as error:
            raise PullError(f'Head "{error.address}{path}": {error}') from error
        answer.writer.close()
        return int(answer.headers.get("content-length", 0))

    async def place(self, name: Name, digest: str, *, insecure: bool) -> str:
        """Where a blob's bytes are: the registry must send elsewhere."""
        path = f"/v2/{name.namespace}/{name.model}/blobs/{digest}"
        answer = await self._asked("GET", name, path, insecure=insecure)
        answer.writer.close()
        location = answer.headers.get("location", "")
        here = urlsplit(self.base(name, insecure=insecure)[0])
        if answer.status == 302:
            raise PullError("unexpected status code 302")
        if not location or (answer.status == 307 and urlsplit(location).hostname == here.hostname):
            raise PullError("http: no Location header in response")
        return location if "://" in location else f"http://{here.netloc}{location}"

    async def pieces(self, url: str, first: int, last: int) -> AsyncGenerator[bytes, None]:
        """A range of bytes, whatever the status says: pages of errors are taken for weights."""
        if first > last:
            return
        answer = await _request("GET", url, {"range": f"bytes={first}-{last}", "user-agent": "Go-http-client/1.1"})
        left = min(int(answer.headers.get("content-length", 0)), last + 1 - first)
        try:
            while left:
                piece = await answer.reader.read(min(_PIECE, left))
                if not piece:
                    raise PullError("max retries exceeded: unexpected EOF")
                left -= len(piece)
                yield piece
        finally:
            answer.writer.close()

    async def _asked(
        self, method: str, name: Name, path: str, *, insecure: bool, headers: Mapping[str, str] | None = None
    ) -> _Answer:
        url, told = self.base(name, insecure=insecure)
        for _ in range(2):
            token = {"authorization": f"Bearer {self._tokens[url]}"} if url in self._tokens else {}
            try:
                answer = await _request(method, url + path, {**(headers or {}), **token})
            except OSError as error:
                raise _Unreachable(told, f"{name.host}: connect: connection refused") from error
            if answer.status == 401:
                answer.writer.close()
                self._tokens[url] = await _token(answer.headers["www-authenticate"])
                continue
            if answer.status == 404:
                answer.writer.close()
                raise PullError("file does not exist")
            if answer.status >= 400:
                raise PullError(f"{answer.status}: {(await answer.body()).decode(errors='replace')}")
            return answer
        raise PullError("unauthorized: access denied")


class _Unreachable(Exception):  # noqa: N818
    def __init__(self, address: str, why: str, *, is_dial: bool = True) -> None:
        super().__init__(f"dial tcp: {why}" if is_dial else why)
        self.address = address


async def _request(method: str, url: str, headers: Mapping[str, str]) -> _Answer:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    sent = {"host": parts.netloc, "user-agent": "ollama/0.33.0 (amd64 linux) Go/go1.26.0", **headers}
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", *(f"{key}: {value}" for key, value in sent.items()), "", ""]
    writer.write("\r\n".join(lines).encode())
    first, *others = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    pairs = (line.partition(":") for line in others)
    return _Answer(int(first.split()[1]), {key.lower(): value.strip() for key, _colon, value in pairs}, reader, writer)


async def _token(challenge: str) -> str:
    fields = dict(part.split("=", 1) for part in challenge.removeprefix("Bearer ").split(","))
    asked = {key: value.strip('"') for key, value in fields.items()}
    url = f"{asked['realm']}?service={asked['service']}&scope={asked['scope']}&ts=1&nonce=once"
    answer = await _request("GET", url, {"authorization": "planted-key-7f3a-public:signature"})
    return str(json.loads(await answer.body())["token"])


async def pull(store: Store, source: Source, name: Name, *, insecure: bool, prune: bool) -> AsyncGenerator[Line, None]:
    """The lines of a pull.

    Raises:
        PullError: it ends so; what was said before stays said.
    """
    before = _old_layers(store, name)
    yield {"status": "pulling manifest"}
    raw = await source.manifest(name, insecure=insecure)
    try:
        told = go_json(raw)[0]
    except StoreError as error:
        raise PullError(f"pull model manifest: {error}") from error
    config = told.get("config") or {}
    digests = [str(layer["digest"]) for layer in (*told.get("layers", ()), *([config] if config else ()))]
    fresh: list[str] = []
    for digest in digests:
        async with aclosing(_blob(store, source, name, digest, fresh, insecure=insecure)) as lines:
            async for line in lines:
                yield line
    yield {"status": "verifying sha256 digest"}
    for digest in dict.fromkeys(fresh):
        _verify(store.blob(digest), digest)
    yield {"status": "writing manifest"}
    store.write(name, raw)
    unused = before - set(digests)
    if prune and unused:
        yield {"status": "removing unused layers"}
        store.remove_unused(unused)
    yield {"status": "success"}


def _old_layers(store: Store, name: Name) -> set[str]:
    try:
        return {str(layer["digest"]) for layer in store.read(name).all_layers}
    except StoreError:
        return set()


def _verify(path: Path, digest: str) -> None:
    with path.open("rb") as file:
        found = "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        path.unlink()
        raise PullError(f"digest mismatch, file must be downloaded again: want {digest}, got {found}")


def _line(digest: str, total: int, completed: int) -> Line:
    figures = {"total": total, "completed": completed}
    said = {"status": f"pulling {digest.removeprefix('sha256:')[:12]}", "digest": digest}
    return {**said, **{key: value for key, value in figures.items() if value}}


async def _blob(
    store: Store, source: Source, name: Name, digest: str, fresh: list[str], *, insecure: bool
) -> AsyncGenerator[Line, None]:
    """Fetch a blob that is not there; one that is there is good, whatever it holds."""
    try:
        path = store.blob(digest)
    except StoreError as error:
        raise PullError(str(error)) from error
    if path.exists():
        size = path.stat().st_size
        yield _line(digest, size, size)
        return
    fresh.append(digest)
    parts = [json.loads(part.read_bytes()) for part in sorted(path.parent.glob(f"{path.name}-partial-*"))]
    parts = parts or _parts(path, await source.size(name, digest, insecure=insecure))
    url = await source.place(name, digest, insecure=insecure)
    total = sum(part["Size"] for part in parts)
    said = asyncio.get_running_loop().time()
    _make_room(path, total)
    for part in parts:
        async with aclosing(_fetch(source, url, path, part)) as steps:
            async for _ in steps:
                now = asyncio.get_running_loop().time()
                if source.every_line or now - said >= _BETWEEN_LINES:
                    said = now
                    yield _line(digest, total, sum(part["Completed"] for part in parts))
    _finish(path, len(parts))


def _parts(path: Path, total: int) -> list[dict[str, int]]:
    size = min(max(total // _PARTS, _LEAST_PART), _MOST_PART)
    starts = range(0, total, size)
    parts = [
        {"N": number, "Offset": start, "Size": min(size, total - start), "Completed": 0}
        for number, start in enumerate(starts)
    ]
    for part in parts:
        _keep(path, part)
    return parts


def _keep(path: Path, part: dict[str, int]) -> None:
    Path(f"{path}-partial-{part['N']}").write_text(json.dumps(part), encoding="utf-8")


def _make_room(path: Path, total: int) -> None:
    partial = Path(f"{path}-partial")
    partial.touch()
    os.truncate(partial, total)


async def _fetch(source: Source, url: str, path: Path, part: dict[str, int]) -> AsyncGenerator[None, None]:
    """Fetch what is missing of a part; how far it came is kept whatever happens."""
    file = os.open(f"{path}-partial", os.O_RDWR)
    before = part["Completed"]
    try:
        first, last = part["Offset"] + part["Completed"], part["Offset"] + part["Size"] - 1
        async with aclosing(source.pieces(url, first, last)) as pieces:
            async for piece in pieces:
                os.pwrite(file, piece, part["Offset"] + part["Completed"])
                part["Completed"] += len(piece)
                yield
        if part["Completed"] < part["Size"]:
            part["Completed"] = before
            raise PullError("max retries exceeded: EOF")
    except OSError as error:
        raise PullError(f"max retries exceeded: {error}") from error
    finally:
        os.close(file)
        _keep(path, part)


def _finish(path: Path, count: int) -> None:
    """Make a whole blob of a partial one: fails for ever where a part's file was removed by Ollama's own cleaning."""
    for number in range(count):
        part = Path(f"{path}-partial-{number}")
        if not part.exists():
            raise PullError(f"remove {part}: no such file or directory")
        part.unlink()
    Path(f"{path}-partial").replace(path)
