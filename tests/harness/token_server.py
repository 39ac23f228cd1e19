"""A model server that knows what it sent when: OpenAI's wire, words at a pace, in a process of its own.

A model's name says how it answers: ``pace-40-8-100`` waits 40 ms, then sends 100 words, one every 8 ms. The first word
of a prompt names its entry in the log. By hand: ``PYTHONPATH=tests:app python -m harness.token_server [PORT]``.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any
from urllib.request import urlopen

MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Sent:
    """What the server knows of one answer, in nanoseconds of the clock that all processes of a machine share."""

    came: int
    words: tuple[int, ...]
    ended: int


@dataclass(frozen=True, slots=True)
class TokenServer:
    """A server that runs."""

    url: str

    def log(self) -> dict[str, Sent]:
        """All answers so far, by the first word of their prompts."""
        with urlopen(f"{self.url}/log") as answer:
            raw: dict[str, Any] = json.load(answer)
        return {mark: Sent(each[0], tuple(each[1]), each[2]) for mark, each in raw.items()}


@contextmanager
def token_server() -> Iterator[TokenServer]:
    """Runs one until the end of the block."""
    command = [sys.executable, "-m", "harness.token_server", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment()) as process:
        assert process.stdout is not None
        try:
            yield TokenServer(process.stdout.readline().decode().strip())
        finally:
            process.terminate()


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(filter(None, sys.path)), "PATH": "/usr/bin:/bin"}


class _Serving:
    def __init__(self) -> None:
        self._log: dict[str, tuple[int, list[int], int]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                came = perf_counter_ns()
                length = 0
                while (header := await reader.readline()) not in (b"\r\n", b""):
                    name, _, value = header.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                body = await reader.readexactly(length)
                if line.startswith(b"GET /log"):
                    _whole(writer, json.dumps(self._log).encode())
                elif line.startswith(b"GET"):
                    _whole(writer, b'{"object": "list", "data": []}')
                else:
                    await self._answer(writer, json.loads(body), came)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, asked: dict[str, Any], came: int) -> None:
        _, wait, gap, count = str(asked["model"]).split("-")
        mark = str(asked["messages"][0]["content"]).split()[0]
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        due, sent = came, list[int]()
        for number in range(int(count)):
            due += int(float(gap if number else wait) * MS)
            await asyncio.sleep(max(0, due - perf_counter_ns()) / 1e9)
            sent.append(perf_counter_ns())
            _event(writer, {"choices": [{"index": 0, "delta": {"content": f"word{number} "}}]})
        _event(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        _event(writer, {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": int(count)}})
        _chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        self._log[mark] = (came, sent, perf_counter_ns())


def _event(writer: asyncio.StreamWriter, body: object) -> None:
    _chunk(writer, b"data: " + json.dumps(body).encode() + b"\n\n")


def _chunk(writer: asyncio.StreamWriter, content: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(content), content))


def _whole(writer: asyncio.StreamWriter, content: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(content)
    writer.write(head + content)


async def _main(port: int) -> None:
    server = await asyncio.start_server(_Serving().serve, "127.0.0.1", port)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
