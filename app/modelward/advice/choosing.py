"""Which models could do a job, when the person names none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from modelward.catalog.kinds import kind_of
from modelward.catalog.model import Capability, Kind, Model, Status
from modelward.catalog.store import CatalogStore
from modelward.providers.keys import KeyOrigin
from modelward.providers.model import KeyNeed, Provider
from modelward.providers.service import ProviderService, ProviderState
from modelward.spending.pricing import Tariff, tariff_of

_MOST_PAID = 40  # the cheapest by their prices: what is compared with care


@dataclass(frozen=True, slots=True)
class AtHand:
    """A model with what asking it takes. ``provider``: None where nobody here uses it."""

    model: Model
    tariff: Tariff
    provider: Provider | None

    @property
    def is_local(self) -> bool:
        """Whether it runs on a machine of the person's."""
        return self.provider is not None and self.provider.known.is_local

    @property
    def is_ollama(self) -> bool:
        """Whether Ollama serves it, which cuts off what is too long without a word."""
        return self.provider is not None and self.provider.known.dialect == "ollama"


async def one(catalog: CatalogStore, providers: ProviderService, model: Model) -> AtHand:
    """A model that was named, whether or not it can be asked now."""
    mine = {state.provider.id: state.provider for state in await providers.mine()}
    return AtHand(model, tariff_of(model, await catalog.facts(model.id)), mine.get(model.provider))


async def at_hand(catalog: CatalogStore, providers: ProviderService, *, zero_burn: bool) -> list[AtHand]:
    """The models that can be asked now; under Zero-Burn those that are known to be free. Raises StoreError."""
    usable = {state.provider.id: state.provider for state in await providers.mine() if _is_usable(state)}
    models = [each for each in await catalog.models() if each.provider in usable and _can_work(each)]
    free = [model for model in models if _price(model) == 0]
    paid = sorted((model for model in models if _price(model) != 0), key=lambda each: (_dearness(each), each.id))
    chosen = [*free, *([] if zero_burn else paid[:_MOST_PAID])]
    facts = await catalog.facts_of(model.id for model in chosen)
    found = (AtHand(each, tariff_of(each, facts.get(each.id, ())), usable[each.provider]) for each in chosen)
    return [each for each in found if each.tariff.is_free or not zero_burn]


def _is_usable(state: ProviderState) -> bool:
    needs_key = state.provider.known.key is KeyNeed.REQUIRED
    return state.provider.enabled and not (needs_key and state.key.origin is KeyOrigin.NONE)


def _can_work(model: Model) -> bool:
    if model.status is not Status.AVAILABLE or Capability.EMBEDDING in (model.capabilities or ()):
        return False
    return (model.kind or kind_of(model.name) or Kind.CHAT) is Kind.CHAT


def _price(model: Model) -> Decimal | None:
    if model.price_input is None or model.price_output is None:
        return None
    return model.price_input + model.price_output


def _dearness(model: Model) -> Decimal:
    price = _price(model)
    return Decimal("Infinity") if price is None else price
