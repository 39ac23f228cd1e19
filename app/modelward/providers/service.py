"""The verbs of providers: which there are, adding and removing, their keys, whether they answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from modelward.core.changes import Changes, Room
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import BadValueError, KeyRefusedError, KeyStoreError, KnownError
from modelward.core.redact import redacted
from modelward.core.secret import Secret
from modelward.net.client import Client
from modelward.providers import roster
from modelward.providers.addresses import whole_address
from modelward.providers.dialect import Line
from modelward.providers.fingerprint import Fingerprint, look_at
from modelward.providers.keys import KeyOrigin, Keyring, Keys, KeyState, read_key
from modelward.providers.listing import check
from modelward.providers.model import KeyNeed, Provider
from modelward.providers.registry import KNOWN
from modelward.providers.store import ProviderRow, ProviderStore
from modelward.store.engine import Database


@dataclass(frozen=True, slots=True)
class ProviderState:
    """A provider with where its key is."""

    provider: Provider
    key: KeyState


@dataclass(frozen=True, slots=True)
class TestReport:
    """What came of testing a provider: seconds until it answered, or the error."""

    provider: str
    seconds: float | None = None
    error: KnownError | None = None


_FOR_MUCH_ELSE = frozenset({"GITHUB_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"})
"""Variables that people set for other reasons: they hold a key, but put no provider to use by themselves."""


class ProviderService:
    """Who can be asked. Adding a known provider takes its id; any other address is looked at first."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        client: Client,
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Clock = utc_now,
    ) -> None:
        self._store = ProviderStore(database)
        self._keys = keys
        self._client = client
        self._environ = environ
        self._clock = clock

    async def known(self) -> list[Provider]:
        """Every provider that can be added or was, by title: those of the registry, and the person's own."""
        rows = await self._store.rows()
        found = (self._provider(id_, rows.get(id_)) for id_ in {*KNOWN, *rows})
        return sorted((each for each in found if each is not None), key=_by_title)

    async def mine(self) -> list[ProviderState]:
        """The providers in use, by title: those the person added, those whose key the environment holds, and servers
        that were found on this machine; disabled ones too."""
        return [ProviderState(each, await self._key_state(each)) for each in await self.known() if each.is_added]

    async def get(self, provider_id: str) -> Provider:
        """One provider, added or not. Raises UnknownProviderError that names close ids."""
        id_ = provider_id.strip().lower()
        found = self._provider(id_, await self._store.row(id_))
        if found is None:
            raise roster.unknown(provider_id, [each.id for each in await self.known()])
        return found

    async def add(
        self, provider_id: str, *, url: str | None = None, kind: str | None = None, title: str | None = None
    ) -> tuple[Provider, Changes]:
        """Put a provider to use, or change its address or title.

        ``kind``: what it speaks like (an id of the registry or of its compatible kinds), where the id does not say so;
        without one, its address is looked at. An empty id is made from the title or the address. Raises BadValueError,
        UnknownProviderError, NetworkError.
        """
        values: dict[str, object] = {"enabled": True}
        if title is not None:
            values["title"] = roster.require_title(title)
        address = None if url is None else whole_address(url)
        id_ = await self._id_to_add(provider_id, address, title or "")
        row = await self._store.row(id_)
        if id_ in KNOWN:
            if kind is not None and kind != id_:
                raise BadValueError(f"{KNOWN[id_].title} speaks its own way.", todo="Choose another id for the server.")
            values |= {} if address is None else {"base_url": address}
        elif address is not None:
            values |= await self._placed(id_, row, address, kind)
        elif row is None or row.kind is None:
            raise roster.unknown(provider_id, [each.id for each in await self.known()])
        values["added_at"] = row.added_at if row and row.added_at else self._clock()
        await self._store.change(id_, values, event=(self._clock(), "add provider"))
        return await self.get(id_), _changed(id_)

    async def look_at(self, url: str, key: str = "") -> Fingerprint:
        """Find out what answers at an address, with its key, if it wants one. Raises BadValueError, NetworkError."""
        return await look_at(self._client, url, read_key(key) if key.strip() else None)

    async def remove(self, provider_id: str) -> Changes:
        """Use a provider no more and delete its key; its models stay in the catalogue.

        One whose key the environment holds stays among :meth:`mine`, disabled. Raises KeyStoreError (nothing removed).
        """
        provider = await self.get(provider_id)
        if provider.known.key is not KeyNeed.NONE:
            await self._keys.delete(provider.id)
        values: dict[str, object] = {"enabled": False}
        values |= dict.fromkeys(("added_at", "title", "kind", "base_url", "listed_models", "last_error"))
        await self._store.change(provider.id, values, event=(self._clock(), "remove provider"))
        return _changed(provider.id)

    async def enable(self, provider_id: str, *, enabled: bool) -> Changes:
        """Ask a provider, or leave it alone for now."""
        provider = await self.get(provider_id)
        verb = "enable provider" if enabled else "disable provider"
        await self._store.change(provider.id, {"enabled": enabled}, event=(self._clock(), verb))
        return _changed(provider.id)

    async def set_key(self, provider_id: str, text: str, *, session: bool = False) -> tuple[KeyState, Changes]:
        """Keep a key that a person pasted, and put the provider to use. Raises BadValueError, KeyStoreError."""
        provider = await self.get(provider_id)
        if provider.known.key is KeyNeed.NONE:
            raise BadValueError(f"{provider.title} takes no key.", todo="Nothing needs to be done.")
        key = read_key(text)
        state = await self._keys.put(provider.id, key, session=session)
        row = await self._store.row(provider.id)
        now = self._clock()
        values = {"enabled": True, "added_at": row.added_at if row and row.added_at else now}
        await self._store.change(provider.id, values, event=(now, "set key"))
        return state, _changed(provider.id)

    async def delete_key(self, provider_id: str) -> tuple[bool, Changes]:
        """Delete a provider's key; False where there was none of ours. Raises KeyStoreError."""
        provider = await self.get(provider_id)
        if not await self._keys.delete(provider.id):
            return False, Changes.nothing()
        await self._store.change(provider.id, {}, event=(self._clock(), "delete key"))
        return True, _changed(provider.id)

    async def key_state(self, provider_id: str) -> KeyState:
        """Where its key is."""
        return await self._key_state(await self.get(provider_id))

    async def keyring(self) -> Keyring:
        """Whether keys can be kept."""
        return await self._keys.keyring()

    async def line(self, provider_id: str) -> Line:
        """A connection to a provider. Raises KeyRefusedError where it wants a key and there is none, KeyStoreError."""
        provider = await self.get(provider_id)
        return Line(self._client, provider, await self._key(provider))

    async def test(self, provider_id: str) -> TestReport:
        """Ask whether it answers and its key is good, at no cost; a refused key is looked up anew once."""
        provider = await self.get(provider_id)
        try:
            return TestReport(provider.id, await self._check(provider))
        except KnownError as error:
            return TestReport(provider.id, error=error)

    async def record_discovery(
        self, provider_id: str, at: datetime, *, models: int | None = None, error: str | None = None
    ) -> None:
        """Remember what came of listing its models; ``models`` where it was read, else ``error`` in words."""
        if error is None:
            values: dict[str, object] = {"last_discovery_at": at, "listed_models": models, "last_error": None}
        else:
            values = {"last_error": redacted(error)}
        await self._store.change(provider_id, values)

    def _provider(self, id_: str, row: ProviderRow | None) -> Provider | None:
        found = roster.provider_of(id_, row, self._environ)
        if found is None or found.is_added:
            return found
        telling = [name for name in found.known.env if name not in _FOR_MUCH_ELSE]
        if not self._keys.has_variable(telling):
            return found
        return replace(found, is_added=True)

    async def _id_to_add(self, provider_id: str, address: str | None, title: str) -> str:
        if provider_id.strip():
            return roster.require_id(provider_id)
        if address is None:
            raise BadValueError("Nothing says which provider to add.", todo="Give its id or its address.")
        return roster.new_id(title, address, {*KNOWN, *await self._store.rows()})

    async def _placed(self, id_: str, row: ProviderRow | None, address: str, kind: str | None) -> dict[str, object]:
        """What to remember of a server of the person's own: what it speaks like, and where it is."""
        if kind is not None:
            return {"kind": roster.require_kind(kind).id, "base_url": address}
        seen = await look_at(self._client, address, await self._keys.get(id_, ()) if row and row.kind else None)
        return {"kind": seen.known.id, "base_url": seen.known.base_url}

    async def _key_state(self, provider: Provider) -> KeyState:
        if provider.known.key is KeyNeed.NONE:
            return KeyState(KeyOrigin.NONE)
        return await self._keys.state(provider.id, provider.known.env)

    async def _key(self, provider: Provider) -> Secret | None:
        if provider.known.key is KeyNeed.NONE:
            return None
        try:
            key = await self._keys.get(provider.id, provider.known.env)
        except KeyStoreError:
            if provider.known.key is KeyNeed.REQUIRED:
                raise
            return None  # it answers without one too
        if key is None and provider.known.key is KeyNeed.REQUIRED:
            raise KeyRefusedError(
                f"{provider.title} wants a key, and there is none.",
                todo=f"Add a key: Settings > Providers, or: modelward keys set {provider.id}",
            )
        return key

    async def _check(self, provider: Provider) -> float:
        key = await self._key(provider)
        try:
            return await check(Line(self._client, provider, key))
        except KeyRefusedError:
            # Another program may have put a newer one into the keyring.
            self._keys.forget(provider.id)
            newer = await self._key(provider)
            if newer == key:
                raise
            return await check(Line(self._client, provider, newer))


def _by_title(provider: Provider) -> tuple[str, str]:
    return provider.title.casefold(), provider.id


def _changed(provider_id: str) -> Changes:
    return Changes.of(Room.PROVIDERS, frozenset({provider_id}))
