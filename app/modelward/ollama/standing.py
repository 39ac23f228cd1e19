"""How each model stands, put together from what is known: the folder, its checks, the vault, the looks, the guard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from modelward.core import units
from modelward.ollama import names
from modelward.ollama.guarding import Guarded
from modelward.ollama.model import (
    Library,
    LocalModel,
    ModelCheck,
    ModelName,
    Sample,
    ServerLook,
    ServerState,
    Standing,
    Stray,
    StrayKind,
    VaultState,
    VaultVersion,
    Verdict,
)

STALE = timedelta(days=2)
"""A download that was not gone on with for so long is hardly waited for."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def standings(
    checks: Iterable[ModelCheck],
    vault: VaultState | None,
    guarded: Mapping[ModelName, Guarded],
    last: Mapping[str, Sample],
    *,
    protect_all: bool,
) -> tuple[Standing, ...]:
    """One for each check, in their order."""
    held = held_versions(vault.versions if vault else ())

    def standing(check: ModelCheck) -> Standing:
        name = check.model.name
        known, sample = guarded.get(name), last.get(str(name))
        is_kept = protect_all if known is None else known.is_kept(protect_all=protect_all)
        return Standing(
            check,
            held.get(names.key(name), ()),
            is_kept and not check.model.is_remote,
            sample.latency_ms if sample else None,
            known.brought_back_at if known else None,
        )

    return tuple(standing(check) for check in checks)


def held_versions(versions: Iterable[VaultVersion]) -> dict[str, tuple[VaultVersion, ...]]:
    """The vault's versions by :func:`names.key` of their model, newest first."""
    found: dict[str, list[VaultVersion]] = defaultdict(list)
    for version in sorted(versions, key=lambda each: (each.last_seen_at, each.id), reverse=True):
        found[names.key(version.name)].append(version)
    return {key: tuple(of_model) for key, of_model in found.items()}


def gone(name: ModelName, folder: Path, versions: Sequence[VaultVersion]) -> ModelCheck:
    """The verdict on a model that was there and is not any more."""
    by = "It can be restored from the vault." if versions else "The vault has no copy; it can be downloaded again."
    model = LocalModel(
        name, folder / "manifests" / names.relative_path(name), _NEVER, None, "It is not there any more."
    )
    return ModelCheck(model, Verdict.MISSING, detail=f"The whole model is gone. {by}")


def is_elsewhere(library: Library, look: ServerLook | None) -> bool:
    """Whether the server knows nothing of what lies in this folder: then it keeps its models in another one."""
    if look is None or look.state is not ServerState.RUNNING:
        return False
    here = {str(model.name).lower() for model in library.models if model.manifest}
    return bool(here) and here.isdisjoint(name.lower() for name in look.listed)


def advice(strays: Iterable[Stray], vault: VaultState | None, now: datetime) -> tuple[str, ...]:
    """What a person may want to do: files to remove by hand, and a vault on the disk of the models."""
    found = []
    for kind, words in (
        (StrayKind.ORPHAN, "blobs that no model needs"),
        (StrayKind.PARTIAL, "downloads that were not finished"),
        (StrayKind.TEMPORARY, "files left from making models"),
    ):
        chosen = [each for each in strays if each.kind is kind and now - each.modified_at >= _age(kind)]
        if chosen:
            size = units.size(sum(each.size for each in chosen))
            found.append(f"{len(chosen)} {words} take {size}; they can be removed by hand.")
    found += [
        f"{stray.path} is no manifest, and stops Ollama's own cleaning; move it away."
        for stray in strays
        if stray.kind is StrayKind.MANIFEST
    ]
    if vault is not None and vault.is_same_disk and vault.versions:
        found.append(
            "The vault lies on the disk of the models: it guards against damage, not against losing that disk."
        )
    return tuple(found)


def _age(kind: StrayKind) -> timedelta:
    """An orphan may be a model that is just being made: Ollama itself waits for an hour."""
    return timedelta(hours=1) if kind is StrayKind.ORPHAN else STALE
