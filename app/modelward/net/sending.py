"""What a call carries to the server: JSON, bytes, or a file that is read while it is sent."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Self

import httpx

from modelward.core.errors import InputError
from modelward.net.model import MIB, Call, FileBody
from modelward.net.phases import Watch


class FileStream(httpx.AsyncByteStream):
    """Reads a file in a thread as it is sent; an iterator of its own, as a generator left half-way would be closed by
    a stray task. Must be closed. Raises InputError where the file cannot be read."""

    def __init__(self, body: FileBody, watch: Watch) -> None:
        self._body = body
        self._watch = watch
        self._sent = 0
        try:
            self._file = body.path.open("rb")
            self.size = os.fstat(self._file.fileno()).st_size
        except OSError as error:
            raise self._unreadable(error) from error

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._sent:
            self._watch.sent()
            if self._body.on_sent is not None:
                self._body.on_sent(self._sent)
        try:
            piece = await asyncio.to_thread(self._file.read, MIB)
        except OSError as error:
            raise self._unreadable(error) from error
        if not piece:
            raise StopAsyncIteration
        self._sent += len(piece)
        return piece

    async def aclose(self) -> None:
        """Let go of the file. May be called twice."""
        self._file.close()

    def _unreadable(self, error: OSError) -> InputError:
        why = f"{os.strerror(error.errno)}." if error.errno else ""
        return InputError(f"{self._body.path} cannot be read.", why=why)


def plain_content(call: Call) -> bytes | None:
    """What is sent, where it is not a file."""
    if call.body is not None:
        return json.dumps(call.body, allow_nan=False, separators=(",", ":")).encode()
    return None if isinstance(call.content, FileBody) else call.content


def content_type(call: Call) -> dict[str, str]:
    """The header that says what is sent."""
    if call.body is not None:
        return {"content-type": "application/json"}
    return {} if call.content is None else {"content-type": "application/octet-stream"}
