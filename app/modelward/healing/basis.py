"""The basis of attempts: a digest of what there is to try with. Another one makes worth trying what was in vain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from modelward import __version__
from modelward.catalog.model import Model, Status
from modelward.core.setting_groups import Settings
from modelward.providers.model import Provider


@dataclass(frozen=True, slots=True)
class Grounds:
    """What there is to try with.

    ``rules``: the fingerprint of the rules. ``catalogues``: the releases of the shipped catalogues; an edition that was
    fetched does not count, as it fills by itself what it knows, and comes daily. ``last_key``: the log entry of the
    last key that was set or deleted.
    """

    rules: str
    catalogues: str
    last_key: int
    providers: tuple[Provider, ...]

    @property
    def in_use(self) -> frozenset[str]:
        """The ids of the providers that may be asked."""
        return frozenset(provider.id for provider in self.providers if provider.is_added and provider.enabled)

    def digest(self, models: Iterable[Model], settings: Settings) -> str:
        """The digest. Of models only those on this machine count: what is listed elsewhere changes every day."""
        local = {each.id for each in self.providers if each.known.is_local} & self.in_use
        here = sorted(model.id for model in models if model.provider in local and model.status is not Status.RETIRED)
        healing, spending = settings.healing, settings.spending
        told = [
            __version__,
            self.rules,
            self.catalogues,
            self.last_key,
            sorted(f"{each.id} {each.base_url}" for each in self.providers if each.id in self.in_use),
            here,
            [healing.threshold, spending.zero_burn],
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
