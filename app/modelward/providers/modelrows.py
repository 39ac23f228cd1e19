"""Where the rows of a list of models stand in an answer, and whether they are models."""

from __future__ import annotations

from collections.abc import Mapping

from modelward.core.errors import AnswerError
from modelward.providers.refusals import refuse_failure

_CONTAINERS = ("data", "models", "value", "modelSummaries")
_NAMES = ("id", "name", "key", "model", "modelId")


def rows_in(server: str, document: object) -> list[object]:
    """The rows of a list of models, wherever they stand. Raises the error that the answer tells of, and AnswerError."""
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        refuse_failure(server, document)
        found = [document[key] for key in _CONTAINERS if key in document]
        for rows in found:
            if isinstance(rows, list):
                return rows
        if found and found[0] is None:
            return []
        came = f"an object with {_some(document)}"
    else:
        came = _kind(document)
    raise AnswerError(
        f"{server} answered, but not with a list of models.",
        why=f"What came is {came}.",
        todo="Look whether the address and the kind of the provider are right.",
    )


def check_models(server: str, rows: list[object]) -> None:
    """Raise AnswerError for rows none of which can be a model; none at all are right."""
    if not rows or any(isinstance(row, dict) and any(row.get(name) for name in _NAMES) for row in rows):
        return
    row = rows[0]
    came = f"an object with {_some(row)}" if isinstance(row, dict) else _kind(row)
    raise AnswerError(
        f"{server} sent a list, but not of models.",
        why=f"None of its {len(rows):,} rows has a name; the first is {came}.",
        todo="Look whether the address and the kind of the provider are right.",
    )


def _some(document: Mapping[str, object]) -> str:
    names = [f'"{key}"' for key in list(document)[:5] if key.isidentifier() and len(key) <= 40]
    return ", ".join(names) or "nothing that is known here"


def _kind(document: object) -> str:
    kinds = {type(None): "nothing", bool: "a truth value", str: "a text", list: "a list"}
    return kinds.get(type(document), "a number")
