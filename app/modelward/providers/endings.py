"""How answers end: in the provider's own word, or broken off."""

from __future__ import annotations

from collections.abc import Mapping

from modelward.core.errors import AnswerError, ServerFailedError
from modelward.net.errorbody import shown
from modelward.providers.jsonparts import text
from modelward.providers.model import Ended, EndReason

_LONGEST_WORD = 60


def ended(said: object, words: Mapping[str, EndReason], *, has_calls: bool = False) -> Ended:
    """The end in our words and in the provider's. A model that called tools did not just stop."""
    word = shown(text(said)[:_LONGEST_WORD])
    reason = words.get(word.lower(), EndReason.OTHER)
    return Ended(EndReason.TOOL_CALLS if reason is EndReason.STOP and has_calls else reason, word)


def broke_off(server: str) -> AnswerError:
    """The answer stopped before it said that it was whole."""
    return AnswerError(
        f"{server} broke off its answer.", why="The connection ended before the answer was whole.", todo="Try again."
    )


def gave_up(server: str, said: str) -> ServerFailedError:
    """The server itself says that it could not bring the answer to its end."""
    return ServerFailedError(
        f"{server} gave up in the middle of its answer.", why=f"It says: {shown(said)}", todo="Try again later."
    )
