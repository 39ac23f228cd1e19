"""What proving comes to before anything is sent: calls, tokens, and cost by estimate and at most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from modelward.benchmarks import haystack
from modelward.benchmarks.capability_claims import CONTEXT_WINDOW, EMBEDDING_SIZE, Claims
from modelward.benchmarks.capability_tries import tries_of, unbound
from modelward.benchmarks.context_probe import MOST_CALLS, MOST_OF_CLAIM
from modelward.benchmarks.purse import unknown_price
from modelward.benchmarks.workloads import CHARACTERS_PER_TOKEN
from modelward.catalog.model import Capability
from modelward.providers.model import ChatRequest
from modelward.spending.estimate import most_input_tokens
from modelward.spending.pricing import FREE, Tariff, most

_USUAL_SHARE = 5
"""An answer has by estimate a fifth of the tokens that it may have."""

_PICTURE_TOKENS = 500
_TOOL_TOKENS = 100


@dataclass(frozen=True, slots=True)
class Cost:
    """What some calls come to: tokens by estimate, USD by estimate and at most."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal = FREE
    most_usd: Decimal = FREE

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.usd + other.usd,
            self.most_usd + other.most_usd,
        )


def cost_of(tariff: Tariff, claims: Claims, subjects: Iterable[str], output_tokens: int) -> Cost:
    """What proving these subjects of one model comes to. Raises BudgetError where a price is unknown."""
    whole = Cost()
    for subject in subjects:
        if subject == CONTEXT_WINDOW:
            whole += _of_window(tariff, claims.window or 0, output_tokens)
        elif subject == EMBEDDING_SIZE:
            whole += _of(tariff, 1, 20, 0, 200)
        else:
            for request in _requests(Capability(subject), output_tokens):
                input_tokens = _estimated(request)
                usual = output_tokens // _USUAL_SHARE
                whole += _of(tariff, 1, input_tokens, usual, most_input_tokens(request), output_tokens)
    return whole


def _requests(capability: Capability, output_tokens: int) -> list[ChatRequest]:
    requests = [each.request for each in tries_of(capability, output_tokens=output_tokens)]
    if capability is Capability.STRUCTURED_OUTPUT:
        requests.append(unbound(output_tokens).request)
    return requests


def _of_window(tariff: Tariff, window: int, output_tokens: int) -> Cost:
    """The search ends before it has sent more than this."""
    tokens = window * MOST_OF_CLAIM
    usual = MOST_CALLS * output_tokens // _USUAL_SHARE
    # The most that may be reserved counts every character as a token.
    characters = int(tokens * haystack.CHARACTERS_PER_TOKEN * 2)
    return _of(tariff, MOST_CALLS, tokens, usual, characters, MOST_CALLS * output_tokens)


def _of(tariff: Tariff, calls: int, input_: int, output: int, most_input: int, most_output: int = 0) -> Cost:
    usd, most_usd = most(tariff, input_, output), most(tariff, most_input, most_output)
    if usd is None or most_usd is None:
        raise unknown_price()
    return Cost(calls, input_, output, usd, most_usd)


def _estimated(request: ChatRequest) -> int:
    texts = sum(len(message.text) for message in request.messages) // CHARACTERS_PER_TOKEN
    pictures = sum(len(message.images) for message in request.messages) * _PICTURE_TOKENS
    return texts + pictures + len(request.tools) * _TOOL_TOKENS
