"""What the settings say of providers and budgets, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from modelward.core import units
from modelward.core.errors import (
    KeyRefusedError,
    KnownError,
    NoCreditError,
    RateLimitedError,
    UnreachableError,
)
from modelward.discovery.model import Look
from modelward.discovery.standing import Standing, standing
from modelward.providers.fingerprint import Fingerprint
from modelward.providers.keys import KeyOrigin, Keyring, KeyState
from modelward.providers.model import KeyNeed, Provider
from modelward.providers.service import ProviderState, TestReport
from modelward.spending.model import Level, Period
from modelward.ui.kit.theme import Tone

_LOOKS = {
    Standing.READY: ("Ready", Tone.WELL),
    Standing.LIMITED: ("Busy", Tone.ATTENTION),
    Standing.FAILED: ("Failing", Tone.TROUBLE),
    Standing.UNREACHABLE: ("Unreachable", Tone.TROUBLE),
    Standing.REFUSED: ("Key refused", Tone.TROUBLE),
    Standing.NO_KEY: ("No key", Tone.ATTENTION),
    Standing.NOT_ASKED: ("Not asked yet", Tone.NEUTRAL),
    Standing.OFF: ("Off", Tone.NEUTRAL),
}
_TROUBLED = {Standing.LIMITED, Standing.FAILED, Standing.UNREACHABLE, Standing.REFUSED}
_ERRORS: tuple[tuple[type[KnownError], tuple[str, Tone]], ...] = (
    (KeyRefusedError, _LOOKS[Standing.REFUSED]),
    (NoCreditError, ("No credit", Tone.TROUBLE)),
    (RateLimitedError, _LOOKS[Standing.LIMITED]),
    (UnreachableError, _LOOKS[Standing.UNREACHABLE]),
)
_LEVELS = {Level.WELL: Tone.ACCENT, Level.WARNING: Tone.ATTENTION, Level.SPENT: Tone.TROUBLE}


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of the last test in this window, and when."""

    report: TestReport
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """How a provider stands, for a row: the word of its tag, and what is wrong and what to do, where something is."""

    word: str
    tone: Tone
    trouble: str = ""


def told(state: ProviderState, look: Look | None, tested: Tested | None) -> Told:
    """How a provider stands, by whichever of its last list, look and test is the newest."""
    now = standing(state, look)
    if state.key.problem and state.key.origin is KeyOrigin.NONE and now is not Standing.OFF:
        return Told("Key not read", Tone.ATTENTION, state.key.problem)
    listed_at = state.provider.last_discovery_at
    is_look_newer = look is not None and (listed_at is None or look.at >= listed_at)
    last_at = look.at if look is not None and is_look_newer else listed_at
    if tested is not None and now not in (Standing.OFF, Standing.NO_KEY) and (last_at is None or tested.at >= last_at):
        return _by_test(tested.report)
    trouble = ""
    if now in _TROUBLED:
        trouble = look.detail if look is not None and is_look_newer else ""
        trouble = trouble or state.provider.last_error or ""
    return Told(*_LOOKS[now], trouble)


def _by_test(report: TestReport) -> Told:
    if report.error is None:
        return Told(*_LOOKS[Standing.READY])
    error = report.error
    word = next((word for kind, word in _ERRORS if isinstance(error, kind)), _LOOKS[Standing.FAILED])
    return Told(*word, str(error))


def key_text(provider: Provider, key: KeyState) -> str:
    """Where a provider's key is."""
    match key.origin:
        case KeyOrigin.KEYRING:
            return "key in the keyring"
        case KeyOrigin.ENVIRONMENT:
            return f"key from environment {key.where}"
        case KeyOrigin.SESSION:
            return "key for this session only"
        case KeyOrigin.NONE:
            return "needs no key" if provider.known.key is KeyNeed.NONE else "no key"


def need_text(provider: Provider) -> str:
    """What adding a provider takes."""
    if provider.known.is_local:
        return "runs on your machine"
    return {
        KeyNeed.REQUIRED: "wants a key",
        KeyNeed.OPTIONAL: "works without a key",
        KeyNeed.NONE: "needs no key",
    }[provider.known.key]


def models_text(number: int | None) -> str:
    """How many models a provider listed; nothing where it was never read."""
    if number is None:
        return ""
    return "1 model" if number == 1 else f"{number:,} models"


def listed_text(provider: Provider, now: datetime) -> str:
    """When a provider's models were last listed."""
    at = provider.last_discovery_at
    return "not listed yet" if at is None else f"listed {units.ago(at, now)}"


def keyring_text(keyring: Keyring) -> str:
    """What becomes of keys where the system's keyring cannot be used; nothing where it can."""
    return "" if keyring.is_usable else "No keyring on this system: keys are kept until Modelward ends."


def budget_text(period: Period) -> str:
    """What of a budget is spent: ``$0.12 of $1.00``."""
    used = units.money(period.spent)
    return f"{used}, no limit" if period.limit is None else f"{used} of {units.money(period.limit)}"


def budget_note(period: Period) -> str:
    """What the figure does not hold: calls that run now, and those whose cost is not known."""
    parts = []
    if period.reserved:
        parts.append(f"{units.money(period.reserved)} more is reserved for calls that run now.")
    if period.unknown_calls:
        calls = "1 call" if period.unknown_calls == 1 else f"{period.unknown_calls:,} calls"
        parts.append(f"What {calls} cost is not known.")
    return " ".join(parts)


def used_share(period: Period) -> float:
    """How far a budget is used, from 0 to 1; 0 where there is no limit."""
    if period.limit is None:
        return 0.0
    return min(1.0, float(period.used / period.limit)) if period.limit else 1.0


def level_tone(period: Period) -> Tone:
    """The colour of a budget's bar."""
    return _LEVELS[period.level]


def looks_like(found: Fingerprint) -> str:
    """What answers at an address."""
    return f"Looks like {found.what}, {models_text(found.models)}."


def found_text(provider: Provider) -> str:
    """What came of listing a provider's models, where that went well."""
    if provider.last_error or provider.listed_models is None:
        return ""
    return f"{models_text(provider.listed_models)} found."
