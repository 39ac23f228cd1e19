"""What a dialect must do, and what it is given to do it with."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from modelward.core.secret import Secret
from modelward.net.client import Client
from modelward.net.model import CHATTING, Call, Method, Patience, Tell
from modelward.providers.model import ChatRequest, Embeddings, Event, Provider


@dataclass(frozen=True, slots=True)
class Line:
    """A connection to one provider: who is asked, with which key, through which client; ``tell`` times its calls."""

    client: Client
    provider: Provider
    key: Secret | None = None
    tell: Tell | None = None

    def call(
        self,
        path: str,
        *,
        method: Method = Method.GET,
        params: Mapping[str, str] | None = None,
        body: object | None = None,
        patience: Patience = CHATTING,
        is_repeatable: bool = False,
    ) -> Call:
        """A call of a path below the base URL (or of a whole address), with the provider's headers and key."""
        known = self.provider.known
        return Call(
            server=self.provider.title,
            lane=self.provider.id,
            url=path if "://" in path else self.provider.base_url + path,
            method=method,
            params=params or {},
            headers=known.headers,
            key=self.key,
            key_header=known.key_header,
            key_prefix=known.key_prefix,
            body=body,
            patience=patience,
            is_repeatable=is_repeatable,
            tell=self.tell,
        )


class Dialect(Protocol):
    """One wire protocol of chats. Lists of models are data (:class:`.model.Listing`), read by :mod:`.listing`.

    Every method raises NetworkError's children alone.
    """

    def chat(self, line: Line, request: ChatRequest) -> AsyncGenerator[Event]:
        """Ask a model and hand on its answer as it comes. Closing the generator ends the call."""
        ...

    async def embed(self, line: Line, model: str, texts: Sequence[str]) -> Embeddings:
        """The embeddings of texts. Raises NotOfferedError where the wire has none."""
        ...
