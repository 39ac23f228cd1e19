"""What is to be said of models, from what is known of their blobs: verdicts, and in words what is wrong and helps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from modelward.core.units import size as spelled
from modelward.ollama.digests import short
from modelward.ollama.model import (
    BlobCheck,
    BlobState,
    Layer,
    LayerCheck,
    LayerKind,
    Library,
    LocalModel,
    ModelCheck,
    ModelName,
    Verdict,
)
from modelward.ollama.proofs import ROUTINE

Remedy: TypeAlias = Callable[[LocalModel, Collection[str]], str]
"""What can be done, in words, for a model of which these blobs are bad; none where its manifest is."""

RESTART = "Ollama may answer from what it remembers until it is restarted, before a repair and after."

_MOST_NAMED = 5
_WORDS: Mapping[LayerKind, str] = {
    LayerKind.MODEL: "weights",
    LayerKind.TENSOR: "part of the weights",
    LayerKind.JSON: "settings file",
    LayerKind.PARAMS: "parameters",
    LayerKind.PROMPT: "template",
    LayerKind.SYSTEM: "system prompt",
    LayerKind.DRAFT: "draft model",
    LayerKind.CONFIG: "configuration",
    LayerKind.OTHER: "layer",
}
_WORST_FIRST: Sequence[tuple[BlobState, Verdict, str]] = (
    (BlobState.DAMAGED, Verdict.DAMAGED, "damaged"),
    (BlobState.MISSING, Verdict.MISSING, "missing"),
    (BlobState.UNREADABLE, Verdict.UNREADABLE, "unreadable"),
)


def repair_helps(model: LocalModel, bad: Collection[str]) -> str:  # noqa: ARG001
    """What is said where nobody knows yet whether the vault has copies."""
    return "Repair brings back what is wrong: from the vault where it has it, else by downloading."


def judge(
    library: Library,
    checks: Mapping[str, BlobCheck],
    names: Collection[ModelName] | None = None,
    *,
    remedy: Remedy = repair_helps,
) -> tuple[ModelCheck, ...]:
    """The verdict on each model, or on these. ``checks`` by digest: one for each blob that such a model needs."""
    users = _users(library)
    chosen = [model for model in library.models if names is None or model.name in names]
    return tuple(_judged(model, checks, users, remedy) for model in chosen)


def changed_meanwhile(check: ModelCheck) -> ModelCheck:
    """The verdict on a model that was removed, or exchanged for another version, while it was verified."""
    detail = "It was removed or exchanged for another version while it was verified. Verify it again."
    return replace(check, verdict=Verdict.UNPROVEN, proven_at=None, detail=detail)


def loaded(check: ModelCheck, *, loads: bool, why: str = "") -> ModelCheck:
    """The verdict with what a load test said; ``why`` it does not load, in a sentence."""
    if loads:
        return replace(check, loads=True)
    wrong = "Every blob is intact." if check.verdict is Verdict.INTACT else check.detail
    helps = (
        "Ollama remembers models that failed: restart it, and verify again. A model that still does not load needs a"
        " newer Ollama, or more memory."
    )
    return replace(check, loads=False, detail=_joined((wrong, why, helps)))


def _users(library: Library) -> dict[str, list[ModelName]]:
    users: dict[str, list[ModelName]] = {}
    for model in library.models:
        for layer in model.manifest.blobs if model.manifest else ():
            users.setdefault(layer.digest, []).append(model.name)
    return users


def _judged(
    model: LocalModel, checks: Mapping[str, BlobCheck], users: Mapping[str, Sequence[ModelName]], remedy: Remedy
) -> ModelCheck:
    if model.manifest is None:
        words = (model.problem, "Ollama leaves it out of its lists, or fails on it.", remedy(model, ()))
        return ModelCheck(model, Verdict.UNREADABLE, detail=_joined(words))
    layers = tuple(
        LayerCheck(layer, checks[layer.digest], tuple(name for name in users[layer.digest] if name != model.name))
        for layer in model.manifest.blobs
    )
    if model.is_remote:
        return ModelCheck(
            model, Verdict.REMOTE, layers, detail="It is served elsewhere: its weights are not kept here."
        )
    for state, verdict, _word in _WORST_FIRST:
        if any(each.check.state is state for each in layers):
            return ModelCheck(model, verdict, layers, detail=_trouble(model, layers, remedy))
    open_ = [each for each in layers if each.check.state is not BlobState.INTACT]
    if open_:
        return ModelCheck(model, Verdict.UNPROVEN, layers, detail=_unproven(open_, len(layers)))
    return ModelCheck(model, Verdict.INTACT, layers, _proven_at(layers), _other_sizes(layers))


def _trouble(model: LocalModel, layers: Sequence[LayerCheck], remedy: Remedy) -> str:
    """Every bad blob by name, the worst first, who else needs it, what can be done, and what Ollama makes of it."""
    words = []
    for state, _verdict, word in _WORST_FIRST:
        bad = [each for each in layers if each.check.state is state]
        words += [_told(each, word) for each in bad[:_MOST_NAMED]]
        if len(bad) > _MOST_NAMED:
            words.append(f"{len(bad) - _MOST_NAMED} more blobs are {word}.")
    bad_digests = [each.layer.digest for each in layers if each.check.state in {row[0] for row in _WORST_FIRST}]
    words += [remedy(model, bad_digests), f"Ollama itself checks none of this. {RESTART}"]
    return _joined(words)


def _told(each: LayerCheck, word: str) -> str:
    detail = each.check.detail
    return _joined((f"Blob {short(each.layer.digest)} ({_what(each.layer)}) is {word}.", detail, _sharing(each)))


def _what(layer: Layer) -> str:
    word = _WORDS.get(layer.kind, layer.kind.value)
    return f"{word}, {spelled(layer.size)}" if layer.size else word


def _sharing(each: LayerCheck) -> str:
    if not each.shared_by:
        return ""
    named = ", ".join(str(name) for name in each.shared_by[:_MOST_NAMED])
    more = len(each.shared_by) - _MOST_NAMED
    others = f"{named} and {more} more" if more > 0 else named
    return f"It is shared with {others}."


def _unproven(open_: Sequence[LayerCheck], count: int) -> str:
    odd = [each for each in open_ if each.check.detail not in ROUTINE]
    if odd:
        return _joined(f"Blob {short(each.layer.digest)}: {each.check.detail}" for each in odd[:_MOST_NAMED])
    size = spelled(sum(each.layer.size for each in open_))
    return f"{len(open_)} of {count} blobs ({size}) were not hashed since they came or changed. Verify it to prove it."


def _proven_at(layers: Sequence[LayerCheck]) -> datetime | None:
    times = [each.check.checked_at for each in layers if each.check.checked_at]
    return min(times) if len(times) == len(layers) else None


def _other_sizes(layers: Sequence[LayerCheck]) -> str:
    """The name is the hash of the bytes; a manifest that states another size than they have is wrong, and harms not."""
    wrong = [each for each in layers if each.layer.size and each.check.size not in (None, each.layer.size)]
    return _joined(
        f"The manifest states a wrong size for blob {short(each.layer.digest)}; its bytes are those of its name."
        for each in wrong[:_MOST_NAMED]
    )


def _joined(words: Iterable[str]) -> str:
    return " ".join(filter(None, words))
