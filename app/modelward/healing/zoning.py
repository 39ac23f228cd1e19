"""The words of zoning: rules that say what a model's name tells, zones of them, and what is wrong in a rule file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from modelward.catalog.fields import clip
from modelward.catalog.model import Capabilities, Kind

ANY = "any"
"""The provider of rules about families that many hosts serve."""


NOTHING_SAID = Capabilities()


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """What is wrong at one place of the rule files. The rule concerned (or the file) is left out, the rest holds."""

    file: str
    line: int | None
    rule: str | None
    field: str | None
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        rule = None if self.rule is None else f"rule {clip(self.rule)}"
        field = None if self.field is None else f"field {clip(self.field)}"
        return f"{', '.join(part for part in (place, rule, field) if part)}: {self.message}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is true of every name that the pattern matches; ``None`` and an empty set say nothing.

    ``pattern`` is matched against the whole of :attr:`.names.Name.text`; where it has no ``@`` the date may be any.
    ``read_size``: the number of parameters stands in the name; ``read_family``: so does the family, at its beginning.
    ``is_fallback``: asked after all other rules, those of families and labs too. ``is_remote``: runs elsewhere than
    the provider's other models, so that their common price does not hold. Tokens; USD per 1M tokens. ``day``
    and ``address`` say when and where the figures were read. ``examples`` are names that this very rule must decide,
    ``counterexamples`` such that it must not.
    """

    name: str
    file: str
    provider: str
    pattern: str
    kind: Kind
    day: date
    address: str
    family: str | None = None
    context_window: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    capabilities: Capabilities = NOTHING_SAID
    price_input: Decimal | None = None
    price_output: Decimal | None = None
    parameter_count: int | None = None
    read_size: bool = False
    read_family: bool = False
    is_fallback: bool = False
    is_remote: bool = False
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Zone:
    """The rules of one file, asked from first to last.

    ``is_lab``: other hosts serve this provider's models too, so its rules speak there as well, without what only
    the provider itself grants (prices, and what its own service adds to a model). ``price``: USD per 1M tokens that
    every model of this provider costs, in and out, whatever rule speaks (0 where models run on one's own machine).
    """

    provider: str
    is_lab: bool
    is_user: bool
    rules: tuple[Rule, ...]
    price: Decimal | None = None


Zones = tuple[Zone, ...]


def overlaid(zones: Zones, own: Zones) -> Zones:
    """A person's own zones before the others; a rule of the same provider and name is replaced."""
    replaced = {(rule.provider, rule.name) for zone in own for rule in zone.rules}
    kept = (
        Zone(
            zone.provider,
            zone.is_lab,
            zone.is_user,
            tuple(rule for rule in zone.rules if (rule.provider, rule.name) not in replaced),
            zone.price,
        )
        for zone in zones
    )
    return (*own, *kept)
