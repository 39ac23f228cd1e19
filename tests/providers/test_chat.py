"""What holds for a chat in every dialect, over its true wire."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.chat_doubles import COUNT, DOUBLES, LOOK_UP, MODEL, ChatDouble, Told
from harness.chats import ASK, KEY, Chat, open_client, settled, text_of, usage_in
from harness.wire import Reply, WireServer
from modelward.core.errors import (
    AnswerError,
    KeyRefusedError,
    NetworkError,
    NoCreditError,
    NotOfferedError,
    RateLimitedError,
    ServerFailedError,
)
from modelward.providers.model import (
    Began,
    Ended,
    EndReason,
    Event,
    Message,
    ReasoningPart,
    Role,
    TextPart,
    Tool,
    ToolCallDone,
)

HOSTILE = (
    '<b onload=x>&amp;</b>\r\n\x00\x07\x1b[31m \u202e \u2028\u2029\x85 {"a": "b"} data: [DONE]\n\nevent: error 🦊 '
    "'; DROP TABLE model; -- ../../etc/passwd %s {0} \\u0000"
)

GARBAGE = (b"{broken", b'{"a":', b"null", b"[1]", b"7", b"[" * 100_000, b'{"a":' * 50_000, b"9" * 10_000, b"NaN")
NO_ANSWERS = (b"", b"\n\n", b"OK", b"<!doctype html><p>Sign in", b"\xff\xfe\x00", b"{}", b"[]", b"\x00" * 99)
KINDS = {"overloaded": ServerFailedError, "rate": RateLimitedError, "key": KeyRefusedError, "credit": NoCreditError}
STATUSES = {401: KeyRefusedError, 404: NotOfferedError, 429: RateLimitedError, 500: ServerFailedError}


_FIGURE = re.compile(rb":(?:21|21\.0|13)(?=[,}])")


@pytest.fixture
async def chats() -> AsyncIterator[list[Chat]]:
    """A chat in each dialect, all with one client, each with a server of its own."""
    async with AsyncExitStack() as opened:
        client = await opened.enter_async_context(open_client())
        yield [Chat(double, await opened.enter_async_context(WireServer()), client) for double in DOUBLES]


Test = Callable[["TestEveryDialect", Chat], Awaitable[None]]
TestOfAll = Callable[["TestEveryDialect", list[Chat], pytest.Subtests], Awaitable[None]]


def in_each(test: Test) -> TestOfAll:
    """Runs a test once for each dialect; all of them share one client, as making one takes longer than most tests."""

    async def run(self: TestEveryDialect, chats: list[Chat], subtests: pytest.Subtests) -> None:
        for chat in chats:
            with subtests.test(chat.double.dialect):
                await test(self, chat)

    return run


class TestEveryDialect:
    @in_each
    async def test_text_comes_piece_by_piece_between_a_beginning_and_an_end(self, chat: Chat) -> None:
        told, double = Told(), chat.double
        events = settled(await chat.hear(told))
        assert events == [
            Began(told.model if double.says_model else "", double.limits),
            *(TextPart(piece) for piece in told.text),
            double.usage(told),
            Ended(EndReason.STOP, double.words[EndReason.STOP]),
        ]

    @in_each
    async def test_each_piece_is_told_before_the_next_one_is_sent(self, chat: Chat) -> None:
        told, drip = Told(text=("one", "two", "three")), asyncio.Semaphore(0)
        chat.wire.route("POST", chat.double.path, chat.double.reply(told, drip=drip))
        pieces = chat.double.pieces(told)
        sent = 0
        async with aclosing(_events(chat)) as events, asyncio.timeout(20):
            for word in told.text:
                for _ in pieces[sent : _place(pieces, word) + 1]:
                    drip.release()
                    sent += 1
                while await anext(events) != TextPart(word):
                    pass

    @in_each
    async def test_thoughts_are_told_apart_from_the_text(self, chat: Chat) -> None:
        events = await chat.hear(Told(reasoning=("Hm, ", "a fox?"), text=("A ", "fox.")))
        parts = [event for event in events if isinstance(event, ReasoningPart | TextPart)]
        assert parts == [ReasoningPart("Hm, "), ReasoningPart("a fox?"), TextPart("A "), TextPart("fox.")]

    @in_each
    async def test_calls_of_tools_are_told_whole_and_with_ids_that_differ(self, chat: Chat) -> None:
        events = await chat.hear(Told(text=(), calls=(LOOK_UP, COUNT), end=EndReason.TOOL_CALLS))
        calls = [event.call for event in events if isinstance(event, ToolCallDone)]
        assert [(call.name, json.loads(call.arguments)) for call in calls] == [
            ("look_up", {"city": "Zürich"}),
            ("count", {"to": 3}),
        ]
        assert len({call.id for call in calls}) == 2
        assert all(call.id for call in calls)
        if chat.double.has_call_ids:
            assert calls == [LOOK_UP, COUNT]
        assert events[-1] == Ended(EndReason.TOOL_CALLS, chat.double.words[EndReason.TOOL_CALLS])

    @in_each
    async def test_a_conversation_with_tools_goes_on(self, chat: Chat) -> None:
        told = Told(text=("I look.",), calls=(LOOK_UP, COUNT), end=EndReason.TOOL_CALLS)
        calls = tuple(event.call for event in await chat.hear(told) if isinstance(event, ToolCallDone))
        results = tuple(Message(Role.TOOL, f"result {call.name}", tool_call_id=call.id) for call in calls)
        messages = (*ASK.messages, Message(Role.ASSISTANT, "I look.", calls), *results)
        tool = Tool("look_up", "Looks up a city.", {"type": "object", "properties": {"city": {"type": "string"}}})
        events = await chat.hear(Told(), replace(ASK, messages=messages, tools=(tool,)))
        assert text_of(events) == "".join(Told().text)
        sent = list(_texts(chat.wire.requests[-1].json))
        for text in ("Who is there?", "I look.", "result look_up", "result count", "Looks up a city."):
            assert sent.count(text) == 1
        later = await chat.hear(Told(calls=(replace(LOOK_UP, id=""),)), replace(ASK, messages=messages))
        ids = [event.call.id for event in later if isinstance(event, ToolCallDone)]
        assert ids
        assert not set(ids) & {"", *(call.id for call in calls)}

    @in_each
    async def test_every_end_has_its_reason_and_the_providers_own_word(self, chat: Chat) -> None:
        for reason, word in chat.double.words.items():
            calls = (LOOK_UP,) if reason is EndReason.TOOL_CALLS else ()
            events = await chat.hear(Told(text=(), end=reason, calls=calls))
            assert isinstance(events[0], Began)
            assert settled(events)[-2:] == [chat.double.usage(Told()), Ended(reason, word)]

    @in_each
    async def test_a_refusal_before_the_answer_is_an_error_and_nothing_is_told(self, chat: Chat) -> None:
        for number, (status, error) in enumerate(STATUSES.items(), start=1):
            events = await chat.hear(Reply(status, body={"error": {"message": "No."}}))
            assert events == []
            assert type(chat.error) is error
            assert len(chat.wire.requests) == number  # it is asked once: a second answer might cost

    @in_each
    async def test_a_failure_inside_the_answer_is_the_right_error_and_what_came_stands(self, chat: Chat) -> None:
        pieces = chat.double.pieces(Told())
        for kind, error in KINDS.items():
            events = await chat.hear(chat.double.sent([*pieces[:-2], chat.double.failure(kind), *pieces[-2:]]))
            assert type(chat.error) is error, kind
            assert isinstance(events[0], Began)
            assert text_of(events).startswith("Grüezi, ")
            assert not isinstance(events[-1], Ended)
        assert await chat.hear(chat.double.sent([chat.double.failure("overloaded")])) == []
        assert type(chat.error) is ServerFailedError

    @in_each
    async def test_an_answer_that_breaks_off_is_an_error_and_what_came_stands(self, chat: Chat) -> None:
        pieces = chat.double.pieces(Told())
        begun = b"".join(pieces[: _place(pieces, "world") + 1])
        reply = chat.double.sent([begun])
        for broken in (reply, replace(reply, cut_after=len(begun))):
            events = await chat.hear(broken)
            assert isinstance(chat.error, NetworkError)
            assert text_of(events) == "Grüezi, world"
            assert not isinstance(events[-1], Ended)
        assert text_of(await chat.hear(chat.double.sent([begun[:-20]]))) == "Grüezi, "
        assert isinstance(chat.error, AnswerError)

    @in_each
    async def test_garbage_inside_the_answer_is_an_error_and_what_came_stands(self, chat: Chat) -> None:
        pieces = chat.double.pieces(Told())
        place = _place(pieces, "world")
        for garbage in GARBAGE:
            reply = chat.double.sent([*pieces[:place], _wrapped(chat.double, garbage), *pieces[place:]])
            events = await chat.hear(reply)
            assert isinstance(chat.error, AnswerError), garbage[:9]
            assert text_of(events) == "Grüezi, "

    @in_each
    async def test_what_is_no_answer_is_an_error_in_words(self, chat: Chat) -> None:
        for body in NO_ANSWERS:
            assert await chat.hear(chat.double.sent([body])) == []
            assert isinstance(chat.error, AnswerError), body
            assert chat.double.known.title in chat.error.what
            assert ("web page" in chat.error.what) == body.startswith(b"<"), body

    @in_each
    async def test_what_nobody_knows_yet_changes_nothing(self, chat: Chat) -> None:
        told = Told(reasoning=("Hm.",), calls=(LOOK_UP,), end=EndReason.TOOL_CALLS)
        plain = settled(await chat.hear(told))
        first, *rest = chat.double.pieces(told)
        mixed = [first, *(part for piece in rest for part in (*chat.double.unknown, piece))]
        assert settled(await chat.hear(chat.double.sent(mixed))) == plain

    @in_each
    async def test_broken_characters_are_replaced_and_the_answer_goes_on(self, chat: Chat) -> None:
        for broken, whole in ((b"w\xffrld\xe2\x82", "w�rld�"), (rb"\ud83d!", "�!")):
            pieces = [piece.replace(b"world", broken) for piece in chat.double.pieces(Told())]
            events = await chat.hear(chat.double.sent(pieces))
            assert text_of(events) == f"Grüezi, {whole} 🦊."
            assert isinstance(events[-1], Ended)

    @in_each
    async def test_hostile_texts_arrive_as_they_were_sent(self, chat: Chat) -> None:
        messages = (Message(Role.SYSTEM, HOSTILE + "s"), Message(Role.USER, HOSTILE), Message(Role.ASSISTANT, HOSTILE))
        events = await chat.hear(Told(text=(HOSTILE, "."), reasoning=(HOSTILE,)), replace(ASK, messages=messages))
        assert text_of(events) == HOSTILE + "."
        assert ReasoningPart(HOSTILE) in events
        sent = list(_texts(chat.wire.requests[-1].json))
        assert (sent.count(HOSTILE), sent.count(HOSTILE + "s")) == (2, 1)

    @in_each
    async def test_leaving_the_answer_closes_its_connection(self, chat: Chat) -> None:
        first, *_rest = chat.double.pieces(Told())
        begun = [first, *chat.double.pieces(Told())[1:3]]
        reply = replace(chat.double.sent(begun), endless=_wrapped(chat.double, b"{}"))
        chat.wire.route("POST", chat.double.path, reply)
        async with aclosing(_events(chat)) as events:
            assert isinstance(await anext(events), Began)
        await chat.wire.until(lambda: chat.wire.open_connections == 0)

    @in_each
    async def test_cancelling_whoever_waits_for_the_answer_closes_its_connection(self, chat: Chat) -> None:
        waiting = asyncio.ensure_future(chat.hear(Reply(hang=True)))
        await chat.wire.until(lambda: chat.wire.requests)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await chat.wire.until(lambda: chat.wire.open_connections == 0)

    @in_each
    async def test_the_connection_of_a_whole_answer_serves_the_next_one(self, chat: Chat) -> None:
        for _ in range(3):
            await chat.hear(Told())
        assert chat.wire.connections == 1

    @in_each
    async def test_a_server_that_never_closes_its_answer_does_not_hold_back_the_end(self, chat: Chat) -> None:
        if chat.double.dialect == "google":
            return  # only the end of the connection ends its answers
        drip = asyncio.Semaphore(0)
        pieces = chat.double.pieces(Told())
        for _ in pieces:
            drip.release()
        events = await chat.hear(chat.double.sent([*pieces, b"\n"], drip=drip))
        assert isinstance(events[-1], Ended)

    @in_each
    async def test_the_key_goes_into_its_header_alone_and_comes_back_in_no_error(self, chat: Chat) -> None:
        known = chat.double.known
        pieces = [chat.double.failure("key").replace(b"It cannot go on", f"Bad {KEY}".encode())]
        await chat.hear(chat.double.sent(pieces))
        seen = chat.wire.requests[0]
        assert seen.headers[known.key_header.lower()] == known.key_prefix + KEY
        assert KEY.encode() not in seen.body
        assert KEY not in str(seen.query)
        assert KEY not in str(chat.error)

    @in_each
    async def test_figures_that_make_no_sense_are_unknown(self, chat: Chat) -> None:
        for figure in (b'"many"', b"-3", b"1.5", b"true", b"[]", b"{}", b"1e400", b"99999999999999", b"null"):
            # Anthropic's 13 are the 21 without what was read from the cache.
            pieces = [_FIGURE.sub(b":" + figure, piece) for piece in chat.double.pieces(Told())]
            events = await chat.hear(chat.double.sent(pieces))
            assert isinstance(events[-1], Ended), figure
            usage = usage_in(events)
            assert usage is not None
            assert (usage.input_tokens, usage.output_tokens) == (_fallback(chat.double), 9), figure

    @in_each
    async def test_what_is_wanted_is_asked_for(self, chat: Chat) -> None:
        schema = {"type": "object", "properties": {"planted": {"type": "string"}}, "required": ["planted"]}
        await chat.hear(Told(), replace(ASK, max_output_tokens=77, temperature=0.25, schema=schema))
        seen = chat.wire.requests[0]
        assert {77, 0.25} <= {leaf for leaf in _leaves(seen.json) if isinstance(leaf, int | float)}
        assert MODEL in str(seen.json) + seen.path
        assert schema in list(_bodies(seen.json))


@pytest.mark.parametrize("double", DOUBLES, ids=lambda double: double.dialect)
def test_where_the_bytes_are_cut_changes_nothing(double: ChatDouble) -> None:
    """Every example is sent over the wire in portions of its own."""
    told = Told(reasoning=("Hm… ",), text=("Grüezi ", "🦊\r\n", "!"), calls=(LOOK_UP,), end=EndReason.TOOL_CALLS)
    body = b"".join(double.pieces(told))
    with asyncio.Runner() as runner:
        wire = runner.run(WireServer().__aenter__())
        opened = open_client()
        chat = Chat(double, wire, runner.run(opened.__aenter__()))
        plain = settled(runner.run(chat.hear(told)))

        @settings(max_examples=25)
        @given(st.lists(st.integers(1, len(body) - 1), max_size=12), st.booleans())
        def cut(places: list[int], has_cr: bool) -> None:
            whole = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if has_cr else body
            edges = [0, *sorted(set(places)), len(whole)]
            portions = [whole[start:end] for start, end in pairwise(edges)]
            assert settled(runner.run(chat.hear(double.sent(portions)))) == plain

        try:
            cut()
            bytewise = [bytes([byte]) for byte in body]
            assert settled(runner.run(chat.hear(double.sent(bytewise)))) == plain
        finally:
            runner.run(opened.__aexit__(None, None, None))
            runner.run(wire.__aexit__())


def _events(chat: Chat) -> AsyncIterator[Event]:
    return chat.dialect.chat(chat.line, ASK)


def _place(pieces: list[bytes], word: str) -> int:
    return next(place for place, piece in enumerate(pieces) if word.encode() in piece)


def _wrapped(double: ChatDouble, data: bytes) -> bytes:
    return data + b"\n" if double.dialect == "ollama" else b"data: " + data + b"\n\n"


def _fallback(double: ChatDouble) -> int | None:
    """What is known of the input where its main figure is not: Cohere counts tokens beside those it bills."""
    return 999 if double.dialect == "cohere" else None


def _leaves(raw: object) -> list[object]:
    children = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else None
    return [raw] if children is None else [leaf for child in children for leaf in _leaves(child)]


def _texts(raw: object) -> list[str]:
    return [leaf for leaf in _leaves(raw) if isinstance(leaf, str)]


def _bodies(raw: object) -> list[object]:
    children = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else ()
    return [raw, *(body for child in children for body in _bodies(child))]
