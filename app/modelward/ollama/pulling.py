"""The lines of a pull: how far it is, how it failed, and whether it said at all that it succeeded."""

from __future__ import annotations

import json
from dataclasses import dataclass

from modelward.core.errors import AnswerError, NetworkError, NotOfferedError, RefusedError, UnreachableError
from modelward.net.errorbody import shown
from modelward.ollama import digests

_OFFLINE = ("dial tcp", "no such host", "i/o timeout", "connection re", "max retries exceeded", "TLS handshake")


@dataclass(frozen=True, slots=True)
class PullStep:
    """One line. ``status`` in Ollama's words; ``done`` of ``total`` bytes of the blob ``digest``, if one is named."""

    status: str
    digest: str = ""
    done: int = 0
    total: int | None = None


class PullLines:
    """Reads the lines of one pull; a cached or a fast layer may have no line at all."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last = ""

    def take(self, line: str) -> PullStep | None:
        """The step that a line tells; None for an empty one. Raises NetworkError for an error, or for no JSON."""
        if not line.strip():
            return None
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise AnswerError(f"The download of {self._name} cannot be followed.", why="A line of it is not JSON.")
        if error := body.get("error"):
            raise failure(self._name, shown(error if isinstance(error, str) else json.dumps(error)))
        status = body.get("status")
        self._last = shown(status) if isinstance(status, str) else ""
        return PullStep(
            self._last, _digest(body.get("digest")), _bytes(body.get("completed")) or 0, _bytes(body.get("total"))
        )

    def end(self) -> None:
        """Called when the lines have ended. Raises AnswerError where success was not the last word."""
        if self._last != "success":
            said = f"Its last word was: {self._last}." if self._last else "It said nothing."
            raise AnswerError(f"The download of {self._name} broke off.", why=said, todo="Try again.")


def failure(name: str, words: str) -> NetworkError:
    """The error that Ollama's words at the end of a pull mean."""
    what = f"{name} could not be downloaded."
    why = f"Ollama says: {words}" + ("" if words.endswith(".") else ".")
    if "file does not exist" in words or "not found" in words:
        return NotOfferedError(what, why=why, todo="Its registry does not have it, or not any more.")
    if any(mark in words for mark in _OFFLINE):
        return UnreachableError(what, why=why, todo="Check that this machine is online, then try again.", was_sent=True)
    if "requires a newer version" in words:
        return RefusedError(what, why=why, todo="Update Ollama.")
    if "digest mismatch" in words:
        return RefusedError(what, why=why, todo="Try again; if it stays so, look at the network and the disk.")
    if "no space left" in words or "not enough space" in words:
        return RefusedError(what, why=why, todo="Free some space on the models' disk.")
    return RefusedError(what, why=why)


def _digest(value: object) -> str:
    try:
        return digests.parse(value)
    except ValueError:
        return ""


def _bytes(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None
