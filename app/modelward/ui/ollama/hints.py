"""The one thing that the tab says above its list where no alert says it already."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from modelward.catalog.fields import clip
from modelward.ollama.model import AlertKind, Overview, ServerState
from modelward.ui.kit.tokens import Tone
from modelward.ui.ollama.lack import problems_of
from modelward.ui.ollama.rows import Count
from modelward.ui.ollama.standing import address_text


class HintAction(Enum):
    """What the button of a hint does; its value is on the button."""

    NONE = ""
    LOOK = "Look again"
    FOLDER = "Choose the folder…"
    VERIFY = "Verify all"
    NEW_VAULT = "New vault…"


@dataclass(frozen=True, slots=True)
class Hint:
    """What is said, why, and what can be done about it."""

    what: str
    why: str
    tone: Tone
    action: HintAction = HintAction.NONE


def hint_of(overview: Overview, counted: Count, url: str) -> Hint | None:
    """The most important thing to say of an overview with models; None where all is as it should be."""
    told = {alert.kind for alert in overview.alerts}
    if problems := problems_of(overview):
        rest = problems[1:4]
        more = len(problems) - 1 - len(rest)
        why = "\n".join([*(clip(problem, 300) for problem in rest), *([f"and {more:,} more"] if more > 0 else [])])
        return Hint(clip(problems[0], 300), why, Tone.ATTENTION)
    if not counted.models and AlertKind.LIBRARY_GONE not in told:
        what = "The model folder has no models; these are in the vault alone."
        return Hint(what, "Restore… brings one back.", Tone.ATTENTION, HintAction.FOLDER)
    if overview.vault is not None and overview.vault.problem and AlertKind.BACKUP not in told:
        action = HintAction.NEW_VAULT if overview.vault.is_gone else HintAction.NONE
        return Hint("The vault cannot be used.", clip(overview.vault.problem, 400), Tone.TROUBLE, action)
    if overview.look is not None and AlertKind.SERVICE_DOWN not in told:
        if overview.look.state is ServerState.DOWN:
            what = f"Ollama does not answer at {address_text(url)}."
            why = "Its models are read from their folder: they can be verified, copied and repaired without it."
            return Hint(what, why, Tone.ATTENTION, HintAction.LOOK)
        if overview.look.state is ServerState.STRANGE:
            what = f"What answers at {address_text(url)} is not Ollama, or is not well."
            return Hint(what, clip(overview.look.detail, 300), Tone.ATTENTION, HintAction.LOOK)
    if counted.provable and not counted.proven and not counted.bad:
        what = "None of these models is proven yet."
        why = "Verify all reads each of them whole, once, and compares it with its digests."
        return Hint(what, why, Tone.ACCENT, HintAction.VERIFY)
    if overview.place is not None and overview.place.detail:
        return Hint(clip(overview.place.detail, 400), "", Tone.NEUTRAL, HintAction.FOLDER)
    return None
