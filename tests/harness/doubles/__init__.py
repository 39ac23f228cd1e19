"""Providers on this machine: each speaks its original's wire for lists and keys, and with :mod:`.chats`, for chats.

In a test: ``double = ProviderDouble(wire, "groq")``. By hand: ``PYTHONPATH=app:tests python -m harness.doubles``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from harness.doubles.lists import LISTS, Route, data
from harness.doubles.refusals import refusal
from harness.doubles.rows import PLAIN, ROWS, Row
from harness.wire import Answering, Reply, Seen, WireServer
from modelward.core.secret import Secret
from modelward.net.client import Client
from modelward.providers.dialect import Line
from modelward.providers.model import KeyNeed, Provider
from modelward.providers.registry import COMPATIBLE, KNOWN


class ProviderDouble:
    """One provider on a server. ``rows``: the models that it lists, to be changed at will. ``key``: the one it takes.

    ``broken``: what is answered instead of everything, as long as it is set.
    """

    def __init__(self, wire: WireServer, provider_id: str, rows: Sequence[Row] | None = None) -> None:
        self.wire = wire
        self.id = provider_id
        self.key = f"sk-planted-key-7f3a-{provider_id}"
        self.rows = copy.deepcopy(list(ROWS.get(provider_id, PLAIN) if rows is None else rows))
        self.broken: Reply | None = None
        self.original = KNOWN.get(provider_id) or COMPATIBLE[provider_id]
        self.path = urlsplit(self.original.base_url).path
        for route in LISTS.get(provider_id, (Route(self.path + self.original.listing.path, data),)):
            self.serve(route)

    @property
    def url(self) -> str:
        """Its base address."""
        return self.wire.url + self.path

    @property
    def provider(self) -> Provider:
        """The provider as a person has it who uses this double."""
        known = replace(self.original, base_url=self.url)
        return Provider(self.id, known.title, known, is_added=True)

    def line(self, client: Client, key: str | None = None) -> Line:
        """A connection with the right key, or with another one, where it takes one."""
        wants = self.original.key is not KeyNeed.NONE
        return Line(client, self.provider, Secret(key or self.key) if wants else None)

    def serve(self, route: Route) -> None:
        """Answer one more question, for the right key."""

        def answer(seen: Seen) -> Reply:
            made = route.answer(self.rows, seen)
            return made if isinstance(made, Reply) else Reply(body=made)

        self.wire.route(route.method, route.path, self.guarded(answer, is_public=route.is_public))

    def guarded(self, answer: Answering | Reply, *, is_public: bool = False) -> Callable[[Seen], Reply]:
        """An answer that only the right key gets, and nobody while the double is broken."""

        def guarding(seen: Seen) -> Reply:
            if self.broken is not None:
                return self.broken
            if not is_public and not self._has_key(seen):
                return refusal(self.id)
            made = answer if isinstance(answer, Reply) else answer(seen)
            assert isinstance(made, Reply)
            return made

        return guarding

    def _has_key(self, seen: Seen) -> bool:
        known = self.original
        sent = seen.headers.get(known.key_header.lower(), "")
        return known.key is KeyNeed.NONE or sent == known.key_prefix + self.key
