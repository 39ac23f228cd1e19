"""How the server, the model folder and the vault stand, in words."""

from __future__ import annotations

from datetime import datetime

from modelward.catalog.fields import clip
from modelward.core import units
from modelward.ollama.model import ServerLook, ServerState, VaultState
from modelward.ui.kit.tokens import Tone
from modelward.ui.ollama.figures import milliseconds, size_text
from modelward.ui.ollama.rows import Count


def server_words(look: ServerLook | None) -> tuple[str, Tone]:
    """How the server stands, in a word or two."""
    if look is None:
        return "not asked yet", Tone.NEUTRAL
    if look.state is ServerState.RUNNING:
        return f"running {clip(look.version, 24)}".strip(), Tone.WELL
    return ("strange answer", Tone.TROUBLE) if look.state is ServerState.STRANGE else ("not running", Tone.ATTENTION)


def server_text(look: ServerLook | None, now: datetime) -> str:
    """The same in sentences."""
    if look is None:
        return ""
    told = [f"Asked {units.ago(look.at, now)}"]
    if look.latency_ms is not None:
        told.append(f"Answered in {milliseconds(look.latency_ms)}")
    if look.detail:
        told.append(clip(look.detail, 300))
    return "\n".join(told)


def address_text(url: str) -> str:
    """An address without what goes without saying."""
    return clip(url.removeprefix("http://").rstrip("/"), 120)


def proven_words(counted: Count) -> tuple[str, Tone]:
    """How many are proven: ``6 of 7 proven``."""
    if not counted.provable:
        return units.UNKNOWN, Tone.NEUTRAL
    words = f"{counted.proven:,} of {counted.provable:,} proven"
    if counted.bad:
        return f"{words}, {counted.bad:,} bad", Tone.TROUBLE
    return words, Tone.WELL if counted.proven == counted.provable else Tone.ATTENTION


def vault_words(vault: VaultState | None) -> tuple[str, Tone]:
    """How large the vault is, and whether it is on a disk of its own; that goes before its size."""
    if vault is None:
        return units.UNKNOWN, Tone.NEUTRAL
    if vault.problem:
        return "cannot be used", Tone.TROUBLE
    if not vault.versions:
        return "empty so far", Tone.ATTENTION if vault.is_same_disk else Tone.NEUTRAL
    disk = "same disk as the models" if vault.is_same_disk else "other disk"
    return f"{size_text(vault.size)} · {disk}", Tone.ATTENTION if vault.is_same_disk else Tone.WELL


def vault_text(vault: VaultState | None) -> str:
    """The same in sentences."""
    if vault is None:
        return ""
    told = [str(vault.folder)]
    if vault.problem:
        told.append(clip(vault.problem, 400))
    if vault.free is not None:
        told.append(f"{size_text(vault.free)} free")
    if vault.is_same_disk:
        told.append("On the same disk the copies guard against deletion and damage, not against the end of the disk.")
    return "\n".join(told)
