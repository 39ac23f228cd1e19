"""What the Ollama tab says of models, blobs, copies and the server, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from modelward.catalog.fields import clip
from modelward.core import units
from modelward.ollama.model import (
    BlobState,
    CopyMeans,
    Layer,
    LayerCheck,
    Loaded,
    ModelName,
    ServerLook,
    VaultVersion,
    Verdict,
)
from modelward.ui.kit.rows import CellTag
from modelward.ui.kit.tokens import Tone
from modelward.ui.ollama.figures import day_text, short, size_text
from modelward.ui.ollama.rows import Row

_FRESH = timedelta(days=1)

_VERDICTS = {
    Verdict.INTACT: CellTag("intact", Tone.WELL),
    Verdict.UNPROVEN: CellTag("not proven", Tone.ATTENTION),
    Verdict.DAMAGED: CellTag("damaged", Tone.TROUBLE),
    Verdict.MISSING: CellTag("missing", Tone.TROUBLE),
    Verdict.UNREADABLE: CellTag("unreadable", Tone.TROUBLE),
    Verdict.REMOTE: CellTag("remote"),
}
_VERDICTS_EXPLAINED = {
    Verdict.INTACT: "Every blob was hashed, equals its name and is unchanged since.",
    Verdict.UNPROVEN: "Nothing is wrong as far as can be seen, but not every blob was hashed since it changed.",
    Verdict.DAMAGED: "A blob does not hash to its name.",
    Verdict.MISSING: "A blob is not there, or the whole model.",
    Verdict.UNREADABLE: "Its manifest or a blob cannot be read.",
    Verdict.REMOTE: "It is served elsewhere, so that there is nothing to prove here.",
}
_BLOBS = {
    BlobState.INTACT: CellTag("intact", Tone.WELL),
    BlobState.UNPROVEN: CellTag("not proven", Tone.ATTENTION),
    BlobState.DAMAGED: CellTag("damaged", Tone.TROUBLE),
    BlobState.MISSING: CellTag("missing", Tone.TROUBLE),
    BlobState.UNREADABLE: CellTag("unreadable", Tone.TROUBLE),
}
_REPAIRED = CellTag("repaired today", Tone.ATTENTION)
_NO_COPY = CellTag("no copy", Tone.ATTENTION)
_OLD_COPY = CellTag("old copy", Tone.ATTENTION)
_ONLY_COPY = CellTag("only in the vault")


# ------------------------------------------------------------ models


def verdict_tags(row: Row, now: datetime) -> tuple[CellTag, ...]:
    """What is to be said of a model in a word or two."""
    if row.verdict is None:
        return (_ONLY_COPY,)
    if row.is_bad or row.is_remote:
        return (_VERDICTS[row.verdict],)
    is_repaired = row.repaired_at is not None and now - row.repaired_at < _FRESH
    first = _REPAIRED if is_repaired and row.verdict is Verdict.INTACT else _VERDICTS[row.verdict]
    if not row.versions:
        return (first, _NO_COPY)
    return (first,) if row.has_current_copy else (first, _OLD_COPY)


def verdict_text(row: Row, now: datetime) -> str:
    """The same in sentences, with what can be done."""
    if row.check is None or row.verdict is None:
        return "The model folder does not have it any more; Restore… brings it back."
    told = [_VERDICTS_EXPLAINED[row.verdict]]
    if row.check.detail:
        told = [clip(row.check.detail, 600)]
    if row.repaired_at is not None:
        told.append(f"It was repaired {units.ago(row.repaired_at, now)}.")
    if row.check.loads is False:
        told.append("It did not load when that was tried last.")
    if not row.is_bad and not row.is_remote and not row.has_current_copy:
        told.append("The vault has no copy of this version yet; Back up makes one.")
    return " ".join(told)


def proven_text(row: Row, now: datetime) -> str:
    """When its blobs were hashed last, by the eldest hash."""
    if row.check is None or row.is_remote:
        return units.UNKNOWN
    return units.ago(row.check.proven_at, now) if row.check.proven_at else "never"


def facts_text(row: Row, loaded: Loaded | None) -> str:
    """Parameters, quantization and context: ``3.2B · Q4_K_M · trained 131,072, served 4,096 tokens``."""
    if row.check is None:
        return ""
    config = row.check.model.config
    if row.is_remote:
        return f"Served by {clip(config.remote_host or 'Ollama’s cloud', 100)}"
    served = loaded.context if loaded and loaded.context else config.num_ctx
    context = ""
    if config.context_length:
        context = f"trained {config.context_length:,}"
    if served:
        context = f"{context}, served {served:,}".removeprefix(", ")
    parts = [
        clip(config.parameter_size or "", 20),
        clip(config.quantization or "", 20),
        clip(config.model_format or "", 20) if config.model_format not in (None, "gguf") else "",
        f"{context} tokens" if context else "",
    ]
    return " · ".join(part for part in parts if part)


def loaded_text(loaded: Loaded) -> str:
    """A model in memory: how much it takes, and how much of that on a graphics card."""
    parts = ["In memory"]
    if loaded.size:
        parts.append(size_text(loaded.size))
        if loaded.size_vram:
            parts.append(f"{min(100, round(100 * loaded.size_vram / loaded.size))} % on the graphics card")
    return " · ".join(parts)


def is_loaded(name: ModelName, look: ServerLook | None) -> Loaded | None:
    """A model as the server holds it in memory."""
    held = look.loaded if look else ()
    return next((each for each in held if each.name.casefold() == str(name).casefold()), None)


def names_text(names: Sequence[ModelName], most: int = 5) -> str:
    """Some names, and how many more there are."""
    told = ", ".join(clip(name, 80) for name in names[:most])
    return f"{told} and {len(names) - most:,} more" if len(names) > most else told


def models_text(number: int) -> str:
    """A number of models."""
    return "1 model" if number == 1 else f"{number:,} models"


# ------------------------------------------------------------ layers and copies


def layer_title(layer: Layer) -> str:
    """What a layer is called: its kind, or the name of a tensor or a file."""
    return clip(layer.name, 60) if layer.name else layer.kind.value


def blob_tag(each: LayerCheck) -> CellTag:
    """The state of a blob in a word or two."""
    tag = _BLOBS[each.check.state]
    return CellTag(f"{tag.word}, shared by {len(each.shared_by) + 1}", tag.tone) if each.shared_by else tag


def blob_text(each: LayerCheck, now: datetime) -> str:
    """All that is known of a blob."""
    told = [f"{each.layer.digest} ({size_text(each.layer.size)})"]
    if each.check.detail:
        told.append(clip(each.check.detail, 300))
    if each.check.actual and each.check.actual != each.layer.digest:
        told.append(f"Its bytes hash to {clip(each.check.actual, 80)}.")
    if each.check.checked_at:
        told.append(f"Hashed {units.ago(each.check.checked_at, now)}.")
    if each.shared_by:
        told.append(f"Also needed by {names_text(each.shared_by)}.")
    return "\n".join(told)


def version_text(version: VaultVersion, now: datetime) -> str:
    """A version in the vault: ``a80c4f17acd5 · 18 Nov · 1.9 GiB · verified``."""
    proof = "verified" if version.verified_at else "not verified yet"
    size = size_text(version.manifest.size)
    parts = [short(version.manifest.digest), day_text(version.created_at, now), size, proof]
    if version.means is CopyMeans.REFLINK:
        parts.append("same blocks")
    return " · ".join(parts)


def version_tooltip(version: VaultVersion, now: datetime) -> str:
    """When a version was copied, last seen and verified."""
    told = [
        f"Copied {units.local_time(version.created_at)}",
        f"In the library until {units.local_time(version.last_seen_at)}",
    ]
    if version.verified_at:
        told.append(f"All its copies were hashed {units.ago(version.verified_at, now)}")
    if version.means is CopyMeans.REFLINK:
        told.append("It shares blocks with the models’ disk: it guards against deletion, not against the disk.")
    return "\n".join(told)
