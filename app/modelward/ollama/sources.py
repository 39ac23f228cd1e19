"""From where a blob can come back without the network: the vault first, then another folder of models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from modelward.core.errors import FolderError, InputError
from modelward.core.progress import Progress
from modelward.ollama import digests, placing
from modelward.ollama.model import ModelName, RepairMeans, VaultVersion
from modelward.ollama.vault import Vault


class Sources:
    """``elsewhere``: model folders of other services and users on this machine. Every method blocks."""

    def __init__(self, vault: Vault | None, elsewhere: Sequence[Path] = ()) -> None:
        self._vault = vault
        self._elsewhere = elsewhere

    def find(self, digest: str, models: Path) -> RepairMeans | None:
        """Where there seems to be a copy; nothing is read."""
        if self._has(digest):
            return RepairMeans.VAULT
        return RepairMeans.SHARED if any(path.is_file() for path in self._others(digest, models)) else None

    def stage(
        self, digest: str, models: Path, target: Path, progress: Progress, problems: list[str]
    ) -> RepairMeans | None:
        """Write a proven copy to a new file; None, and no file, where there is none that is good.

        ``problems`` tells of copies that were not. Raises FolderError where the disk of the models is full.
        """
        if self._vault is not None and self._has(digest):
            try:
                self._vault.fetch(digest, target, progress)
            except InputError as error:
                problems.append(str(error))
            except FolderError as error:
                if full := placing.filled(error):
                    raise full from error
                problems.append(str(error))
            else:
                return RepairMeans.VAULT
        for other in self._others(digest, models):
            if other.is_file() and placing.copy_whole(other, digest, target, progress):
                return RepairMeans.SHARED
        return None

    def versions(self, name: ModelName) -> tuple[VaultVersion, ...]:
        """The vault's versions of a model, newest first; none where the vault cannot be read."""
        try:
            return self._vault.versions(name) if self._vault is not None else ()
        except (InputError, FolderError):
            return ()

    def holds(self, version_digest: str, name: ModelName) -> bool:
        """Whether the vault has every blob of a version, by the digest of its manifest."""
        held = [each for each in self.versions(name) if each.manifest.digest == version_digest]
        return any(all(self._has(layer.digest) for layer in each.manifest.blobs) for each in held)

    def _has(self, digest: str) -> bool:
        try:
            return self._vault is not None and self._vault.has(digest)
        except OSError:
            return False

    def _others(self, digest: str, models: Path) -> list[Path]:
        """The old name of the blob's file, which Ollama renames when it starts, and other folders."""
        place = digests.blob_file(models, digest)
        old = place.with_name(digest)
        return [old, *(digests.blob_file(other, digest) for other in self._elsewhere if other != models)]
