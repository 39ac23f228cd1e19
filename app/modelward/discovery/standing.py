"""How a provider stands: one word from what is known of it, its key and the last look at it."""

from __future__ import annotations

from enum import StrEnum

from modelward.discovery.model import Look, State
from modelward.providers.keys import KeyOrigin
from modelward.providers.model import KeyNeed
from modelward.providers.service import ProviderState


class Standing(StrEnum):
    """Whether a provider can be asked, in one word for people."""

    READY = "ready"
    LIMITED = "busy"  # it is there, and too much was asked
    FAILED = "failing"
    UNREACHABLE = "unreachable"
    REFUSED = "key refused"
    NO_KEY = "no key"
    NOT_ASKED = "not asked yet"
    OFF = "off"


_OF_LOOK = {
    State.OK: Standing.READY,
    State.LIMITED: Standing.LIMITED,
    State.FAILED: Standing.FAILED,
    State.UNREACHABLE: Standing.UNREACHABLE,
    State.REFUSED: Standing.REFUSED,
}


def standing(state: ProviderState, look: Look | None) -> Standing:
    """How a provider in use stands; ``look`` is the last one, if there was any.

    A list that was read or refused after that look says more than the look.
    """
    provider = state.provider
    if not provider.enabled:
        return Standing.OFF
    if provider.known.key is KeyNeed.REQUIRED and state.key.origin is KeyOrigin.NONE:
        return Standing.NO_KEY
    listed_at = provider.last_discovery_at
    if look is not None and look.state in _OF_LOOK and (listed_at is None or look.at >= listed_at):
        return _OF_LOOK[look.state]
    if provider.last_error is not None:
        return Standing.FAILED
    return Standing.READY if listed_at is not None else Standing.NOT_ASKED
