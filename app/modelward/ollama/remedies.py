"""What can be done for the very blobs that are wrong: copied back from where they are, or downloaded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from modelward.core.units import size as spelled
from modelward.ollama import names
from modelward.ollama.model import LocalModel, RepairMeans, VaultVersion
from modelward.ollama.sources import Sources


class Remedies:
    """Says it of one model folder, by what lies where; nothing is read. Calling it blocks for a few looks at files.

    ``can_write``: whether we may put files into the folder.
    """

    def __init__(self, folder: Path, sources: Sources, versions: Sequence[VaultVersion], *, can_write: bool) -> None:
        self._folder = folder
        self._sources = sources
        self._versions = versions
        self._can_write = can_write

    def __call__(self, model: LocalModel, bad: Collection[str]) -> str:
        """See :data:`.verdicts.Remedy`."""
        told = self._of_blobs(model, bad) if bad else self._of_manifest(model)
        if not self._can_write:
            told += f" Modelward may not write to {self._folder}: Repair asks Ollama to, or tells you the commands."
        return told

    def _of_manifest(self, model: LocalModel) -> str:
        held = [each.created_at for each in self._versions if names.key(each.name) == names.key(model.name)]
        if held:
            return f"The vault has this model since {min(held):%Y-%m-%d}: Repair brings it back."
        return "The vault has no copy of this model: it has to be downloaded again, which Repair does."

    def _of_blobs(self, model: LocalModel, bad: Collection[str]) -> str:
        found = {digest: self._sources.find(digest, self._folder) for digest in bad}
        held = [digest for digest, means in found.items() if means is RepairMeans.VAULT]
        shared = [digest for digest, means in found.items() if means is RepairMeans.SHARED]
        lost = {digest for digest, means in found.items() if means is None}
        parts = []
        if held:
            parts.append(f"The vault has {_those(held, bad)}{self._since(held)}.")
        if shared:
            parts.append(f"Another folder of models on this machine has {_those(shared, bad)}.")
        if lost:
            layers = model.manifest.blobs if model.manifest else ()
            size = spelled(sum(layer.size for layer in layers if layer.digest in lost))
            parts.append(f"No copy of {_those(lost, bad)} is at hand: {size} to download.")
        return " ".join([*parts, "Repair does it." if lost else "Repair brings it back."])

    def _since(self, digests: Collection[str]) -> str:
        """Since when all of these are there; nothing of what lies there without a version that needs it."""
        first: dict[str, datetime] = {}
        for version in self._versions:
            for digest in {layer.digest for layer in version.manifest.layers}.intersection(digests):
                first[digest] = min(first.get(digest, version.created_at), version.created_at)
        return f" since {max(first.values()):%Y-%m-%d}" if first else ""


def _those(some: Collection[str], every: Collection[str]) -> str:
    if len(every) == 1:
        return "it"
    return f"all {len(every)} of them" if len(some) == len(every) else f"{len(some)} of the {len(every)}"
