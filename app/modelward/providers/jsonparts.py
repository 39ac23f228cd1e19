"""Strangers' JSON: reading a text that may be anything, and looks into it that never raise."""

from __future__ import annotations

import json
from collections.abc import Mapping

from modelward.core.errors import AnswerError
from modelward.net import jsontext

Body = Mapping[str, object]


def parsed(server: str, data: str) -> Body:
    """A JSON object out of an answer. Raises AnswerError for anything else."""
    if data.startswith("<"):
        raise AnswerError(
            f"A web page came instead of {server}'s answer.",
            why="So do networks that want a sign-in first, and addresses of something else.",
            todo="Sign in to the network, or check the address.",
        )
    try:
        raw = jsontext.parsed(data.encode())
    except ValueError as error:
        raise AnswerError(
            f"{server} sent something that cannot be read.",
            why="A piece of its answer is damaged or no JSON.",
            todo="Try again; if it stays, look whether the address is right.",
        ) from error
    if not isinstance(raw, dict):
        raise AnswerError(
            f"{server} sent something else than an answer.", todo="Look whether its address and kind are right."
        )
    return raw


def obj(raw: object) -> Body:
    """An object, or an empty one where it is something else."""
    return raw if isinstance(raw, dict) else {}


def items(raw: object) -> list[object]:
    """A list, or an empty one where it is something else."""
    return raw if isinstance(raw, list) else []


def text(raw: object) -> str:
    """A text, or an empty one where it is something else."""
    return raw if isinstance(raw, str) else ""


def place(raw: object) -> int | None:
    """A place in a row, or None where it is something else."""
    return raw if isinstance(raw, int) else None


def written(raw: object) -> str:
    """A tool's arguments as JSON text: as the model wrote them, or written out where the wire carries an object."""
    return json.dumps(raw, ensure_ascii=False) if isinstance(raw, dict) else text(raw)


def arguments(written_by_model: str) -> Body:
    """A tool's arguments as an object, for wires that want one; what is no JSON object is handed on inside one."""
    try:
        raw = jsontext.parsed(written_by_model.encode())
    except ValueError:
        raw = None
    return raw if isinstance(raw, dict) else {"arguments": written_by_model}
