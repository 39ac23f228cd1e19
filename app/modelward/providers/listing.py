"""Lists of models and checks of keys: the same for every provider, by its row of data."""

from __future__ import annotations

from modelward.providers.dialect import Line
from modelward.providers.model import ModelList


async def list_models(line: Line) -> ModelList:
    """A provider's own list, all of its pages. Raises NetworkError; an empty list of a cloud is an AnswerError."""
    raise NotImplementedError


async def check(line: Line) -> float:
    """Ask whether the provider answers and the key is good, at no cost; seconds until it answered.

    Raises KeyRefusedError and the other NetworkErrors.
    """
    raise NotImplementedError
