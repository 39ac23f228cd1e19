"""What the catalogue claims of a model, what was measured here left out, and what is to be proven of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from modelward.benchmarks.context_probe import LEAST_CLAIM
from modelward.catalog.facts import resolve
from modelward.catalog.kinds import kind_of
from modelward.catalog.model import Capabilities, Capability, Fact, Field, Kind, Model, Source
from modelward.core.errors import BadValueError

ORIGIN = "capability probe"
"""Facts of ours have an origin that begins so."""

CONTEXT_WINDOW = "context_window"
EMBEDDING_SIZE = "embedding_size"

_ALWAYS = (Capability.TOOLS, Capability.STRUCTURED_OUTPUT, Capability.VISION, Capability.REASONING)
_IF_CLAIMED = (Capability.PROMPT_CACHING, Capability.FILL_IN_MIDDLE)
_WINDOWS = (Field.CONTEXT_WINDOW, Field.MAX_INPUT_TOKENS, Field.SERVED_CONTEXT)

SUBJECTS = (*_ALWAYS, *_IF_CLAIMED, EMBEDDING_SIZE, CONTEXT_WINDOW)
"""What can be proven, by name."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What is claimed: capabilities, and the least of its windows with the field that states it."""

    capabilities: Capabilities = field(default_factory=Capabilities)
    window: int | None = None
    window_field: Field = Field.CONTEXT_WINDOW

    def of(self, subject: str) -> bool | int | None:
        """What is claimed of a subject; None where nothing is."""
        if subject == CONTEXT_WINDOW:
            return self.window
        if subject == EMBEDDING_SIZE:
            return None
        word = Capability(subject)
        if word in self.capabilities.has:
            return True
        return False if word in self.capabilities.lacks else None


def claims_of(facts: Iterable[Fact]) -> Claims:
    """The claims of all sources but our own probes, the most trusted one first."""
    values = resolve(fact for fact in facts if not is_ours(fact)).values
    capabilities = values.get(Field.CAPABILITIES)
    windows = [(value, name) for name in _WINDOWS if isinstance(value := values.get(name), int)]
    window, name = min(windows, key=lambda pair: pair[0], default=(None, Field.CONTEXT_WINDOW))
    return Claims(capabilities if isinstance(capabilities, Capabilities) else Capabilities(), window, name)


def is_ours(fact: Fact) -> bool:
    """Whether a fact was filed by a probe of capabilities."""
    return fact.source is Source.MEASURED and fact.origin.startswith(ORIGIN)


def subjects_of(model: Model, claims: Claims, wanted: Collection[str], *, is_free: bool) -> tuple[str, ...]:
    """What is proven of a model: what is ``wanted``, or where that is empty all that costs little.

    Whether a paid model has its window costs that window several times: it is looked into where it is wanted by name.
    """
    kind = model.kind or kind_of(model.name) or Kind.CHAT
    if kind is Kind.EMBEDDING or claims.of(Capability.EMBEDDING):
        possible: list[str] = [EMBEDDING_SIZE]
    else:
        possible = [*_ALWAYS, *(word for word in _IF_CLAIMED if claims.of(word) or word in wanted)]
        if (claims.window or 0) >= LEAST_CLAIM and (is_free or CONTEXT_WINDOW in wanted):
            possible.append(CONTEXT_WINDOW)
    return tuple(str(subject) for subject in possible if not wanted or subject in wanted)


def check_subjects(wanted: Collection[str]) -> None:
    """Raises BadValueError for a subject that cannot be proven."""
    if unknown := sorted(set(wanted) - set(SUBJECTS)):
        raise BadValueError(
            f"{unknown[0][:80]!r} is nothing that can be proven.", todo=f"Choose of: {', '.join(SUBJECTS)}."
        )
