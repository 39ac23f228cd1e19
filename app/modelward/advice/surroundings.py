"""Which providers there are here, and how they stand, as advice needs it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from modelward.advice.model import Place
from modelward.advice.routing import Way, key_variable
from modelward.discovery.model import Look
from modelward.discovery.standing import Standing, standing
from modelward.providers.keys import KeyOrigin
from modelward.providers.model import KeyNeed, Provider
from modelward.providers.service import ProviderState

_ANSWERS = {Standing.READY: True, Standing.LIMITED: True, Standing.NOT_ASKED: None}


def places(mine: Sequence[ProviderState], looks: Mapping[str, Look]) -> dict[str, Place]:
    """The providers in use, by id."""
    return {state.provider.id: _place(state, looks.get(state.provider.id)) for state in mine}


def ways(known: Sequence[Provider], mine: Sequence[ProviderState]) -> dict[str, Way]:
    """How each provider is asked, by id, whether it is in use or not."""
    found_in = {state.provider.id: state.key.where for state in mine if state.key.origin is KeyOrigin.ENVIRONMENT}
    without = {
        state.provider.id
        for state in mine
        if state.key.origin is KeyOrigin.NONE and state.provider.known.key is KeyNeed.OPTIONAL
    }
    return {
        each.id: Way(
            each.known, "" if each.id in without else key_variable(each.known, each.id, found_in.get(each.id, ""))
        )
        for each in known
    }


def _place(state: ProviderState, look: Look | None) -> Place:
    provider = state.provider
    return Place(
        title=provider.title,
        is_local=provider.known.is_local or _is_this_machine(provider.base_url),
        has_key=provider.known.key is not KeyNeed.REQUIRED or state.key.origin is not KeyOrigin.NONE,
        answers=_ANSWERS.get(standing(state, look), False),
    )


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
