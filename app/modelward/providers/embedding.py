"""Embeddings: asking for them, and looking whether there is one usable vector for each text."""

from __future__ import annotations

import math

from modelward.core.errors import AnswerError, NotOfferedError
from modelward.net.model import Method
from modelward.providers.dialect import Line
from modelward.providers.jsonparts import Body, items, obj
from modelward.providers.limits import limits_of
from modelward.providers.model import Limit
from modelward.providers.refusals import refuse_failure

Vectors = tuple[tuple[float, ...], ...]


async def ask(line: Line, path: str, body: Body) -> tuple[Body, tuple[Limit, ...]]:
    """The answer of a provider's path for embeddings, and its limits. Raises NetworkError."""
    if not path:
        raise not_offered(line)
    raw, answer = await line.client.ask_json(line.call(path, method=Method.POST, body=body))
    refuse_failure(line.provider.title, obj(raw))
    return obj(raw), limits_of(line.provider.known, answer.headers)


def not_offered(line: Line) -> NotOfferedError:
    """The provider makes no embeddings, as far as we know."""
    return NotOfferedError(f"{line.provider.title} offers no embeddings.", todo="Choose a model of another provider.")


def checked(server: str, raw: object, number: int) -> Vectors:
    """A list of vectors in the order of the texts. Raises AnswerError where something is missing or no number."""
    vectors = tuple(_vector(server, each) for each in items(raw))
    if len(vectors) != number:
        raise _unusable(server, f"It gave {len(vectors)} vectors for {number} texts.")
    if len({len(vector) for vector in vectors}) > 1:
        raise _unusable(server, "Its vectors are not of one length.")
    return vectors


def in_order(server: str, rows: object) -> list[object]:
    """The vectors of rows that say with ``index`` which text they belong to; rows that do not say it are in order."""
    bodies = [obj(row) for row in items(rows)]
    if any("index" in body for body in bodies):
        places = {index: body for body in bodies if isinstance(index := body.get("index"), int)}
        if sorted(places) != list(range(len(bodies))):
            raise _unusable(server, "It does not say clearly which vector belongs to which text.")
        bodies = [places[index] for index in sorted(places)]
    return [body.get("embedding") for body in bodies]


def _vector(server: str, raw: object) -> tuple[float, ...]:
    vector = tuple(_number(figure) for figure in items(raw))
    if not vector or not all(math.isfinite(figure) for figure in vector):
        raise _unusable(server, "A vector is empty or holds something that is no number.")
    return vector


def _number(raw: object) -> float:
    """A figure of a vector; "not a number" for whatever is none."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return math.nan
    try:
        return float(raw)
    except OverflowError:
        return math.nan


def _unusable(server: str, why: str) -> AnswerError:
    return AnswerError(
        f"{server} did not give usable embeddings.", why=why, todo="Look whether the model makes embeddings."
    )
