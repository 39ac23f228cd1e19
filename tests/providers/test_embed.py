"""Embeddings: one usable vector for each text, or an error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import pytest

from harness.chat_doubles import ANTHROPIC, COHERE, GOOGLE, MODEL, OLLAMA, OPENAI, ChatDouble
from harness.chats import Chat, open_client
from harness.wire import Reply, WireServer
from modelward.core.errors import AnswerError, KeyRefusedError, NotOfferedError, ServerFailedError
from modelward.providers.embedding import checked, in_order
from modelward.providers.model import Embeddings, Usage
from modelward.providers.registry import KNOWN

TEXTS = ("one", "two <b>\x00🦊", "")
VECTORS = ((0.5, -1.0), (1.0, 0.0), (2.5, 3.0))

Bodies = Callable[[list[list[object]]], object]


@dataclass(frozen=True, slots=True)
class Embedder:
    """Where one dialect is asked for vectors, what it answers, how many tokens it says, and where the texts stand."""

    double: ChatDouble
    path: str
    body: Bodies
    usage: Usage
    sent: Callable[[dict[str, object]], object]


def _openai(vectors: list[list[object]]) -> object:
    rows = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
    return {"object": "list", "data": rows[::-1], "model": MODEL, "usage": {"prompt_tokens": 6, "total_tokens": 6}}


def _google(vectors: list[list[object]]) -> object:
    return {"embeddings": [{"values": vector} for vector in vectors]}


def _cohere(vectors: list[list[object]]) -> object:
    meta = {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 6.0}}
    return {"id": "e", "embeddings": {"float": vectors}, "texts": [], "meta": meta}


def _ollama(vectors: list[list[object]]) -> object:
    return {"model": MODEL, "embeddings": vectors, "total_duration": 9, "prompt_eval_count": 6}


def _google_texts(body: dict[str, object]) -> object:
    assert isinstance(body["requests"], list)
    assert {request["model"] for request in body["requests"]} == {f"models/{MODEL}"}
    return [request["content"]["parts"][0]["text"] for request in body["requests"]]


SIX = Usage(input_tokens=6)
EMBEDDERS = (
    Embedder(OPENAI, "/embeddings", _openai, SIX, lambda body: body["input"]),
    Embedder(GOOGLE, f"/models/{MODEL}:batchEmbedContents", _google, Usage(), _google_texts),
    Embedder(COHERE, "/v2/embed", _cohere, SIX, lambda body: body["texts"]),
    Embedder(OLLAMA, "/api/embed", _ollama, SIX, lambda body: body["input"]),
)


class Stage:
    """An embedder, and the client that asks it."""

    def __init__(self, embedder: Embedder, chat: Chat) -> None:
        self.embedder = embedder
        self.chat = chat

    async def embed(self, reply: Reply) -> Embeddings:
        self.chat.wire.route("POST", self.embedder.path, reply)
        return await self.chat.dialect.embed(self.chat.line, MODEL, TEXTS)


@pytest.fixture(params=EMBEDDERS, ids=lambda embedder: embedder.double.dialect)
async def stage(request: pytest.FixtureRequest, wire: WireServer) -> AsyncIterator[Stage]:
    embedder: Embedder = request.param
    async with open_client() as client:
        yield Stage(embedder, Chat(embedder.double, wire, client))


async def test_each_text_gets_its_vector(stage: Stage) -> None:
    body = stage.embedder.body([list(vector) for vector in VECTORS])
    made = await stage.embed(Reply(headers=stage.embedder.double.limit_headers, body=body))
    assert made == Embeddings(VECTORS, stage.embedder.usage, stage.embedder.double.limits)
    assert stage.embedder.sent(stage.chat.wire.requests[0].json) == list(TEXTS)


async def test_what_is_no_vector_for_each_text_is_an_error(stage: Stage) -> None:
    good: list[object] = [1.0, 2.0]
    for vectors in (
        [],
        [good, good],
        [good] * 4,
        [good, good, []],
        [good, good, [1.0]],
        [good, good, [1.0, None]],
        [good, good, [1.0, "2"]],
        [good, good, [1.0, True]],
        [good, good, [1.0, float("nan")]],
        [good, good, [1.0, 10**400]],
    ):
        with pytest.raises(AnswerError):
            await stage.embed(Reply(body=stage.embedder.body(vectors)))
    for body in ({}, [], None, "text", {"data": 5, "embeddings": "many"}, {"data": [1, 2, 3], "embeddings": [1, 2, 3]}):
        with pytest.raises(AnswerError):
            await stage.embed(Reply(headers={"content-type": "application/json"}, body=body))


async def test_failures_are_told_before_and_inside_the_answer(stage: Stage) -> None:
    with pytest.raises(KeyRefusedError):
        await stage.embed(Reply(401, body={"error": {"message": "No."}}))
    with pytest.raises(ServerFailedError):
        await stage.embed(Reply(body={"error": {"code": 503, "message": "Later."}}))
    assert len(stage.chat.wire.requests) == 2


async def test_who_makes_no_embeddings_is_not_asked(wire: WireServer) -> None:
    async with open_client() as client:
        for double in (ANTHROPIC, replace(OPENAI, known=KNOWN["deepseek"])):
            chat = Chat(double, wire, client)
            with pytest.raises(NotOfferedError):
                await chat.dialect.embed(chat.line, MODEL, TEXTS)
    assert wire.requests == []


@pytest.mark.parametrize("indices", [[0, 0], [1, 2], [0, None], ["0", "1"], [0, 1.5], [-1, 0]])
def test_places_that_are_not_clear_are_an_error(indices: list[object]) -> None:
    rows = [{"index": index, "embedding": [1.0]} for index in indices]
    with pytest.raises(AnswerError):
        in_order("OpenAI", rows)


def test_rows_without_a_place_stand_in_order() -> None:
    assert in_order("OpenAI", [{"embedding": [1.0]}, {"embedding": [2.0]}]) == [[1.0], [2.0]]


def test_whole_numbers_are_numbers() -> None:
    assert checked("OpenAI", [[1, 0]], 1) == ((1.0, 0.0),)
