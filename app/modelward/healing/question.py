"""One question: which models are asked about together, and which known ones stand among them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from modelward.catalog.fields import clip
from modelward.catalog.model import Capability, Field, Model, Status
from modelward.healing import prompts
from modelward.healing.known import KnownModels, Truths
from modelward.healing.means import Asked
from modelward.healing.model import Gap
from modelward.healing.plausible import ASKED
from modelward.providers.model import ChatRequest

MOST_MODELS = 20
"""Unknown models in one question: longer lists are answered worse, and are lost whole where an answer is."""

_FEWEST_KNOWN = 10  # fewer would leave a first small question without any answer that can be trusted
_LONGEST_NAME = 200

Gaps = tuple[Gap, ...]
"""The gaps of one model."""


@dataclass(frozen=True, slots=True)
class Question:
    """``gaps``: by the name under which their model is asked about. ``known``: likewise, the ids of the known models
    and what is true of them. ``names``: both, in an order that does not tell which is which."""

    gaps: Mapping[str, Gaps]
    known: Mapping[str, tuple[str, Truths]]
    names: tuple[str, ...]
    fields: tuple[Field, ...]

    def request(self, asked: Asked) -> ChatRequest:
        """As it is sent to a model."""
        model = asked.model
        with_schema = prompts.can_keep_schema(model.capabilities, is_local=asked.provider.known.is_local)
        made = prompts.request(self.names, self.fields, with_schema=with_schema, thinks=_thinks(asked))
        most = model.max_output_tokens
        return made if most is None else replace(made, max_output_tokens=min(most, made.max_output_tokens))


def by_model(gaps: Sequence[Gap]) -> list[Gaps]:
    """The gaps that can be asked about, those of one model together, in the order in which they are to be tried."""
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        if gap.field in ASKED:
            found.setdefault(gap.model.id, []).append(gap)
    return [tuple(of_model) for of_model in found.values()]


def still_open(gaps: Gaps, now: Model | None) -> Gaps:
    """What is left of a model's gaps, now that it stands so in the catalogue; of a retired one they are all left."""
    if now is None:
        return ()
    found = (Gap(now, gap.field) for gap in gaps)
    # Of capabilities some may be known, and yet not enough.
    return tuple(
        gap
        for gap in found
        if now.status is Status.RETIRED or gap.field is Field.CAPABILITIES or getattr(now, gap.field.value) is None
    )


def room(waiting: Sequence[Gaps], askable: Sequence[Asked]) -> int:
    """How many of these models fit into one question to any of those, with as many known ones beside them."""
    for count in range(min(MOST_MODELS, len(waiting)), 1, -1):
        names = [name_of(gaps[0].model.id) for gaps in waiting[:count]]
        rows = (names * (1 + _FEWEST_KNOWN))[: count + _known_beside(count)]
        if all(_fits(rows, _fields(waiting[:count]), each) for each in askable):
            return count
    return 1


async def make(
    batch: Sequence[Gaps], known: KnownModels, was_asked: Callable[[str], bool], chance: random.Random
) -> Question:
    """The question for a batch. ``was_asked``: whether a known model was asked about before. Raises StoreError."""
    gaps = {name_of(of_model[0].model.id): of_model for of_model in batch}
    fields = _fields(batch)
    models = [of_model[0].model for of_model in batch]
    truths = await known.beside(models, fields, _known_beside(len(batch)), was_asked)
    wanted = {id_: {field: each[field] for field in fields if field in each} for id_, each in truths.items()}
    beside = {name_of(id_): (id_, each) for id_, each in wanted.items() if name_of(id_) not in gaps}
    names = [*gaps, *beside]
    chance.shuffle(names)
    return Question(gaps, beside, tuple(names), fields)


def name_of(model_id: str) -> str:
    """A model as it is asked about: on one line, and of a length that a name can have."""
    return clip(model_id, _LONGEST_NAME)


def _known_beside(count: int) -> int:
    return max(count, _FEWEST_KNOWN)


def _fields(batch: Sequence[Gaps]) -> tuple[Field, ...]:
    """The fields that are asked for, of every model in the question alike."""
    wanted = {gap.field for gaps in batch for gap in gaps}
    return tuple(field for field in ASKED if field in wanted)


def _fits(names: Sequence[str], fields: Sequence[Field], asked: Asked) -> bool:
    most = asked.model.max_output_tokens
    if most is not None and prompts.output_tokens(len(names), fields) > most:
        return False
    return prompts.tokens(names, fields, thinks=_thinks(asked)) <= asked.window


def _thinks(asked: Asked) -> bool:
    return Capability.REASONING in (asked.model.capabilities or ())
