"""Which models may be asked, cheapest first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from modelward.catalog.kinds import kind_of
from modelward.catalog.model import Capability, Kind, Model, Status
from modelward.catalog.store import CatalogStore
from modelward.healing.names import family, normalise
from modelward.providers.keys import KeyOrigin
from modelward.providers.model import KeyNeed, Provider
from modelward.providers.service import ProviderService, ProviderState
from modelward.spending.pricing import Tariff, tariff_of

_MOST_PAID = 20  # the cheapest: nobody asks more of them in one go
_UNKNOWN_WINDOW = 8_192  # tokens; what has less is rarely in use for chats any more
# On machines with less than 24 GiB of video memory Ollama serves so much unless it was told otherwise (its page
# "Context length"), and cuts off what is more without a word.
_OLLAMA_WINDOW = 4_096


class Price(IntEnum):
    """What asking costs, cheapest first."""

    LOCAL = 0
    FREE = 1
    PAID = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A model that may be asked, with what its tokens cost."""

    model: Model
    provider: Provider
    tariff: Tariff

    @property
    def id(self) -> str:
        """The model's id."""
        return self.model.id

    @property
    def price(self) -> Price:
        """What asking it costs."""
        if self.tariff.is_free:
            return Price.LOCAL if self.provider.known.is_local else Price.FREE
        return Price.UNKNOWN if _prices(self.model) is None else Price.PAID

    @property
    def window(self) -> int:
        """Tokens that a question and its answer may have together."""
        model = self.model
        whole = model.context_window or _UNKNOWN_WINDOW
        if self.provider.known.dialect == "ollama":
            return min(whole, model.served_context or _OLLAMA_WINDOW)
        return min(whole, model.served_context or whole)

    @property
    def family(self) -> str:
        """Models of one family learnt much the same, and err alike."""
        return family(self._name) or self.model.family or self._name

    def is_same_as(self, other: Asked) -> bool:
        """Whether it is the same model, perhaps of another provider, in another quantization or under a second name:
        then its answer is no second one."""
        digest = self.model.digest
        return self._name == other._name or (digest is not None and digest == other.model.digest)

    @property
    def _name(self) -> str:
        model = self.model
        return normalise(model.provider, model.name).text or model.name


async def models_at_hand(
    catalog: CatalogStore, providers: ProviderService, models: Iterable[Model], *, zero_burn: bool
) -> list[Asked]:
    """The models that may be asked: those that chat, can be called, and whose provider is in use.

    Under Zero-Burn only those that are known to be free. Raises StoreError.
    """
    usable = {state.provider.id: state.provider for state in await providers.mine() if _is_usable(state)}
    able = [model for model in models if model.provider in usable and _can_be_asked(model)]
    free = [model for model in able if _prices(model) == 0]
    paid = [] if zero_burn else sorted((model for model in able if _prices(model) != 0), key=_dearness)[:_MOST_PAID]
    facts = await catalog.facts_of([model.id for model in (*free, *paid)])
    asked = (Asked(each, usable[each.provider], tariff_of(each, facts.get(each.id, ()))) for each in (*free, *paid))
    return [each for each in asked if each.tariff.is_free or not zero_burn]


def in_order(asked: Iterable[Asked], failed: Collection[str], standing: Callable[[str], float]) -> list[Asked]:
    """Cheapest first, but what is free before all that is not, even where it failed lately; of the same price those who
    were right most often, then the larger.

    ``failed``: the ids of those that failed lately. ``standing``: how often a model's id was right when it was asked.
    """

    def rank(each: Asked) -> tuple[bool, bool, Price, Decimal, float, int, str]:
        model = each.model
        costs = each.price > Price.FREE
        size = -(model.parameter_count or 0)
        return costs, each.id in failed, each.price, _dearness(model), -standing(each.id), size, each.id

    return sorted(asked, key=rank)


def following(first: Asked | None, others: Sequence[Asked]) -> Asked | None:
    """Who is asked next, of those in their order. Behind a first one: another model, of another family where that
    does not cost more than one of the same."""
    if first is None:
        return others[0] if others else None
    different = [each for each in others if not each.is_same_as(first)]
    choice = [each for each in different if each.price <= Price.FREE] or different
    return next((each for each in choice if each.family != first.family), choice[0] if choice else None)


def likely(asked: Sequence[Asked]) -> list[Asked]:
    """Who will be asked if nobody fails: the question must fit into the windows of both."""
    other = following(asked[0], asked[1:])
    return [asked[0]] if other is None else [asked[0], other]


def _is_usable(state: ProviderState) -> bool:
    needs_key = state.provider.known.key is KeyNeed.REQUIRED
    return state.provider.enabled and not (needs_key and state.key.origin is KeyOrigin.NONE)


def _can_be_asked(model: Model) -> bool:
    if model.status is not Status.AVAILABLE or Capability.EMBEDDING in (model.capabilities or ()):
        return False
    return (model.kind or kind_of(model.name) or Kind.CHAT) is Kind.CHAT


def _prices(model: Model) -> Decimal | None:
    """Input and output price together, as far as a comparison needs it; None where one is unknown."""
    if model.price_input is None or model.price_output is None:
        return None
    return model.price_input + model.price_output


def _dearness(model: Model) -> Decimal:
    price = _prices(model)
    return Decimal("Infinity") if price is None else price
