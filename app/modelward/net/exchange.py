"""One call sent and its answer opened: redirects, phases and limits, with every failure as a Setback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx

from modelward.core.clock import Clock
from modelward.core.errors import AnswerError
from modelward.net import errorbody, faults, guard, refusals
from modelward.net.decoding import CodingError, Decoder, TooLargeError
from modelward.net.model import Call, FileBody, Moment
from modelward.net.phases import Watch
from modelward.net.retry import Setback
from modelward.net.sending import FileStream, content_type, plain_content

MOST_REDIRECTS = 5
_MOST_ERROR_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FAILURES = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, UnicodeError)
"""What httpx lets out; UnicodeError is the name lookup's for a host whose name cannot be one."""


class Incoming:
    """The answer to a call, whose head has come. Its content is read once; it must be closed."""

    def __init__(self, call: Call, watch: Watch, response: httpx.Response, decoder: Decoder, latency: float) -> None:
        self._call = call
        self._watch = watch
        self._response = response
        self._decoder = decoder
        self._pieces: AsyncIterator[bytes] | None = None
        self.latency = latency
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)
        self.url = str(response.url)

    async def piece(self) -> bytes | None:
        """The next piece of its content, which may be empty; None at the end. Raises Setback."""
        if self._pieces is None:
            self._pieces = self._response.aiter_raw()
        try:
            async with self._watch.piece():
                piece = await anext(self._pieces, None)
            self._watch.came(Moment.PIECE)
            if piece is None:
                self._decoder.end()
                return None
            return self._decoder.feed(piece)
        except TooLargeError:
            setback = Setback(faults.too_large(self._call))
        except CodingError as error:
            setback = Setback(faults.damaged(self._call, str(error)))
        except TimeoutError:
            setback = faults.too_slow(self._call, self._watch)
        except _FAILURES as error:
            setback = faults.broken_off(self._call, error)
        raise setback

    async def rest(self) -> bytes:
        """All that is left of its content. Raises Setback."""
        parts = []
        while (piece := await self.piece()) is not None:
            parts.append(piece)
        return b"".join(parts)

    async def close(self) -> None:
        """Let go of the connection; one that has not ended is cut."""
        await self._response.aclose()
        # httpx's generators are run to their end: the garbage collector would leave that to stray tasks.
        while self._pieces is not None:
            try:
                await anext(self._pieces)
            except (StopAsyncIteration, *_FAILURES):
                self._pieces = None


async def opened(http: httpx.AsyncClient, call: Call, clock: Clock) -> Incoming:
    """Send a call and wait for the head of a good answer. Raises Setback."""
    url = _address(call)
    watch = Watch(call.patience, call.tell)
    for _ in range(MOST_REDIRECTS + 1):
        incoming = await _asked(http, call, url, watch)
        try:
            target = _target(call, incoming, url)
            if target is None and incoming.status < 400:
                return incoming
            if target is None:
                raise await _refused(call, incoming, clock)
        except BaseException:
            await incoming.close()
            raise
        await incoming.close()
        url = target
    raise Setback(AnswerError(f"{call.server} sends its callers in circles.", todo="Check its address."))


def _address(call: Call) -> httpx.URL:
    try:
        url = httpx.URL(call.url)
        if call.params:
            url = url.copy_merge_params(dict(call.params))
    except (httpx.InvalidURL, ValueError):
        refusal = guard.bad_address(call, "It cannot be understood.")
    else:
        found = guard.refusal(call, url)
        if found is None:
            return url
        raise Setback(found)
    raise Setback(refusal)


async def _asked(http: httpx.AsyncClient, call: Call, url: httpx.URL, watch: Watch) -> Incoming:
    file = FileStream(call.content, watch) if isinstance(call.content, FileBody) else None
    try:
        request = _request(http, call, url, watch, file)
        async with watch.head():
            begun = watch.elapsed
            response = await http.send(request, stream=True, follow_redirects=False)
            watch.answered(response.extensions["network_stream"])
    except TimeoutError:
        setback = faults.too_slow(call, watch)
    except _FAILURES as error:
        setback = faults.unreached(call, url, watch, error)
    else:
        return await _accepted(call, watch, response, watch.elapsed - begun)
    finally:
        if file is not None:
            await file.aclose()
    raise setback


def _request(
    http: httpx.AsyncClient, call: Call, url: httpx.URL, watch: Watch, file: FileStream | None
) -> httpx.Request:
    headers = _headers(call)
    if file is not None:
        headers["content-length"] = str(file.size)
    request = http.build_request(
        call.method.value, url, headers=headers, content=plain_content(call), extensions={"trace": watch.trace}
    )
    if file is not None:
        request.stream = file
    return request


async def _accepted(call: Call, watch: Watch, response: httpx.Response, latency: float) -> Incoming:
    try:
        decoder = Decoder(response.headers.get("content-encoding", ""), call.most_bytes)
    except CodingError as error:
        setback = Setback(faults.damaged(call, str(error)))
    else:
        return Incoming(call, watch, response, decoder, latency)
    await response.aclose()
    raise setback


def _headers(call: Call) -> dict[str, str]:
    headers = {name.lower(): value for name, value in call.headers.items()} | content_type(call)
    if call.key is not None:
        headers[call.key_header.lower()] = call.key_prefix + call.key.reveal()
    return headers


def _target(call: Call, incoming: Incoming, url: httpx.URL) -> httpx.URL | None:
    """Where a redirect leads; None where the answer is none. Raises Setback where it is not followed."""
    if incoming.status not in _REDIRECTS:
        return None
    try:
        target = url.join(incoming.headers.get("location", ""))
    except (httpx.InvalidURL, ValueError):
        target = httpx.URL("")
    if refusal := guard.redirect_refusal(call, url, target):
        raise Setback(refusal)
    return target.copy_with(fragment=None)


async def _refused(call: Call, incoming: Incoming, clock: Clock) -> Setback:
    """The refusal that an answer is, with as much of its reasons as can be read."""
    content = b""
    try:
        while len(content) < _MOST_ERROR_BYTES and (piece := await incoming.piece()) is not None:
            content += piece
    except Setback:
        pass  # the status alone says enough
    body = errorbody.read(content[:_MOST_ERROR_BYTES])
    return refusals.refused(call, incoming.status, incoming.headers, body, clock())
