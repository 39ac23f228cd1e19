"""Calls of tools: put together from the fragments in which they arrive, with an id each."""

from __future__ import annotations

from dataclasses import dataclass

from modelward.providers.model import ChatRequest, ToolCall, ToolCallDone

MADE_UP = "modelward-call-"
"""Ids of ours start so: some wires have none, but a tool's answer must say which call it answers."""


def made_up_id(request: ChatRequest, number: int) -> str:
    """An id for the answer's call of that number, which no earlier call of the conversation has."""
    earlier = sum(len(message.tool_calls) for message in request.messages)
    return f"{MADE_UP}{earlier + number + 1}"


@dataclass(slots=True)
class _Growing:
    id: str = ""
    name: str = ""
    arguments: str = ""


class GrowingCalls:
    """The calls of one answer while they arrive. ``place`` tells whose fragment it is, where that is known."""

    def __init__(self, request: ChatRequest) -> None:
        self._request = request
        self._calls: list[_Growing] = []
        self._at: dict[int, _Growing] = {}

    def add(self, place: int | None, *, call_id: str = "", name: str = "", arguments: str = "") -> None:
        """Take a fragment in, or begin a call with it."""
        call = self._placed(place, call_id, name) if place is not None else self._unplaced(call_id, name)
        if call is None:
            call = _Growing()
            self._calls.append(call)
        if place is not None:
            self._at[place] = call
        call.id = call.id or call_id
        call.name = call.name or name  # some servers repeat it in every fragment
        call.arguments += arguments

    def done(self) -> list[ToolCallDone]:
        """The calls, whole. One without a name calls nothing and is left out."""
        named = [call for call in self._calls if call.name]
        return [
            ToolCallDone(ToolCall(call.id or made_up_id(self._request, number), call.name, call.arguments or "{}"))
            for number, call in enumerate(named)
        ]

    def _placed(self, place: int, call_id: str, name: str) -> _Growing | None:
        call = self._at.get(place)
        # Some servers give every call the same place; others a new id to every fragment, but the name only once.
        is_another = call is not None and call.id and call_id not in {"", call.id} and name
        return None if is_another else call

    def _unplaced(self, call_id: str, name: str) -> _Growing | None:
        if call_id:
            return next((call for call in self._calls if call.id == call_id), None)
        return None if name or not self._calls else self._calls[-1]
