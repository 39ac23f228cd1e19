"""Ollama's registry on this machine: manifests, blobs behind a redirect to another host's name, tokens, faults.

In a test: ``async with Registry() as registry: registry.publish(shelf, "llama3.2:3b")``. By hand, for all models of a
folder: ``PYTHONPATH=tests:app python -m harness.ollama_registry FOLDER --port N``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Self

from harness.ollama_library import MANIFEST_TYPE, Shelf, digest_of, parts
from harness.wire import Reply, Seen, WireServer

TOKEN = "planted-key-7f3a-registry"
ERROR_PAGE = b"<html><body>502 Bad Gateway</body></html>"

_PIECE = 1 << 16


class Registry:
    """A registry. ``manifests`` by "namespace/model/tag", ``blobs`` by digest, in memory or where they lie.

    ``redirect``: how a blob's place is told: "307" to another host's name as the true one does, "200" with a Location,
    "same host", "302" or "plain", on which Ollama's pull fails. ``wants_token``: nothing without one. ``corrupt``:
    digests of which the last byte is sent wrong. ``pages``: digests for which the store of blobs answers an error's
    page, as long as the blob. ``cut``: digests of which only so many bytes come. ``refusal``: answered to every
    question for a manifest.
    ``gate``: each piece of a blob waits for one release.
    """

    def __init__(self, *, port: int = 0) -> None:
        self.wire = WireServer(port=port)
        self.wire.otherwise = self._answer
        self.manifests: dict[str, bytes] = {}
        self.blobs: dict[str, bytes | Path] = {}
        self.redirect = "307"
        self.wants_token = False
        self.corrupt: set[str] = set()
        self.pages: set[str] = set()
        self.cut: dict[str, int] = {}
        self.refusal: Reply | None = None
        self.gate: asyncio.Semaphore | None = None

    async def __aenter__(self) -> Self:
        await self.wire.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.wire.__aexit__()

    @property
    def url(self) -> str:
        """Its address."""
        return self.wire.url

    @property
    def host(self) -> str:
        """Its address as it stands in a model's name."""
        return self.url.removeprefix("http://")

    @property
    def requests(self) -> list[Seen]:
        """What was asked."""
        return self.wire.requests

    def downloads(self, digest: str) -> int:
        """How often a blob's bytes were fetched, in whole or in part."""
        return sum(seen.method == "GET" and seen.path == f"/cdn/{digest}" for seen in self.requests)

    def asked_manifests(self) -> int:
        """How often a manifest was asked for."""
        return sum("/manifests/" in seen.path for seen in self.requests)

    def publish(self, shelf: Shelf, name: str, *, as_name: str | None = None, in_place: bool = False) -> str:
        """Offer a model from a folder, as it is there now: the digest of its manifest.

        ``in_place``: big blobs are served from that folder and not kept.
        """
        raw = shelf.manifest(name).read_bytes()
        for digest in shelf.digests(name):
            path = shelf.blob(digest)
            self.blobs[digest] = path if in_place else path.read_bytes()
        _host, *where = parts(as_name or name)
        self.manifests["/".join(where)] = raw
        return digest_of(raw)

    def withdraw(self, name: str) -> None:
        """Offer a model no longer."""
        del self.manifests["/".join(parts(name)[1:])]

    def _answer(self, seen: Seen) -> Reply:
        if seen.path == "/token":
            return Reply(body={"token": TOKEN})
        if seen.path.startswith("/cdn/"):
            return self._bytes(seen, seen.path.removeprefix("/cdn/"))
        if self.wants_token and seen.headers.get("authorization") != f"Bearer {TOKEN}":
            challenge = f'Bearer realm="{self.url}/token",service="registry",scope="repository:pull"'
            return Reply(401, {"www-authenticate": challenge}, {"errors": [{"code": "UNAUTHORIZED"}]})
        match seen.path.strip("/").split("/"):
            case ["v2", namespace, model, "manifests", tag]:
                return self._manifest(f"{namespace}/{model}/{tag}")
            case ["v2", _namespace, _model, "blobs", digest]:
                return self._place(seen, digest)
        return Reply(404, body={"errors": [{"code": "NAME_UNKNOWN"}]})

    def _manifest(self, where: str) -> Reply:
        if self.refusal is not None:
            return self.refusal
        raw = self.manifests.get(where)
        if raw is None:
            return Reply(404, body={"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]})
        return Reply(headers={"content-type": MANIFEST_TYPE}, body=raw)

    def _place(self, seen: Seen, digest: str) -> Reply:
        """A blob's size to HEAD, and to GET where its bytes are."""
        if digest not in self.blobs:
            return Reply(404, body={"errors": [{"code": "BLOB_UNKNOWN"}]})
        if seen.method == "HEAD":
            return Reply(headers={"content-length": str(self._size(digest))})
        elsewhere = f"http://localhost:{self.wire.port}/cdn/{digest}"
        if self.redirect == "plain":
            return self._bytes(seen, digest)
        if self.redirect == "same host":
            return Reply(307, {"location": f"{self.url}/cdn/{digest}"})
        return Reply(int(self.redirect), {"location": elsewhere})

    def _size(self, digest: str) -> int:
        blob = self.blobs[digest]
        return blob.stat().st_size if isinstance(blob, Path) else len(blob)

    def _bytes(self, seen: Seen, digest: str) -> Reply:
        if digest not in self.blobs:
            return Reply(404)
        if digest in self.pages:
            return Reply(502, {"content-type": "text/html"}, ERROR_PAGE.ljust(self._size(digest)))
        size = self._size(digest)
        first, last = _range(seen.headers.get("range"), size)
        headers = {"content-length": str(last + 1 - first)}
        status = 200
        if "range" in seen.headers:
            status, headers["content-range"] = 206, f"bytes {first}-{last}/{size}"
        return Reply(status, headers, stream=self._pieces(digest, first, last, size))

    async def _pieces(self, digest: str, first: int, last: int, size: int) -> AsyncGenerator[bytes, None]:
        end = min(last + 1, self.cut.get(digest, size))
        for start in range(first, end, _PIECE):
            if self.gate is not None:
                await self.gate.acquire()
            piece = self._read(digest, start, min(_PIECE, end - start))
            if digest in self.corrupt and start + len(piece) == size:
                piece = piece[:-1] + bytes([piece[-1] ^ 1])
            yield piece
        if end < last + 1:
            raise ConnectionResetError("cut, as was wanted")

    def _read(self, digest: str, start: int, count: int) -> bytes:
        blob = self.blobs[digest]
        if isinstance(blob, bytes):
            return blob[start : start + count]
        with blob.open("rb") as file:
            file.seek(start)
            return file.read(count)


def _range(text: str | None, size: int) -> tuple[int, int]:
    """The first and the last byte that are wanted."""
    if text is None:
        return 0, size - 1
    first, _dash, last = text.removeprefix("bytes=").partition("-")
    return int(first), min(int(last or size - 1), size - 1)


async def _serve(folder: Path, port: int) -> None:
    shelf = Shelf(folder)
    async with Registry(port=port) as registry:
        for name in shelf.names():
            with contextlib.suppress(ValueError):  # a file among the manifests that is none
                registry.publish(shelf, name, in_place=True)
        sys.stdout.write(f"{registry.url} offers {len(registry.manifests)} models\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def _main() -> None:
    parser = argparse.ArgumentParser(description="Serve a model folder as Ollama's registry does")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    asyncio.run(_serve(given.folder, given.port))


if __name__ == "__main__":
    _main()
