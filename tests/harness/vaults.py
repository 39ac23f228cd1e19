"""A shelf of models, a vault for them, and a clock that a test moves."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.ollama_library import Shelf
from modelward.core.progress import Progress
from modelward.ollama import library, manifests, names
from modelward.ollama.model import BackupReport, Manifest, VaultVersion
from modelward.ollama.vault import Vault

HOUR = timedelta(hours=1)


class Kit:
    """Everything that a test of the vault needs."""

    def __init__(self, home: Path, *, vault: Path | None = None, keep: int = 5, compress: bool = False) -> None:
        self.home = home
        self.shelf = Shelf(home / "models")
        self.folder = vault or home / "vault"
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.vault = self.opened(keep=keep, compress=compress)

    def opened(self, *, keep: int = 5, compress: bool = False) -> Vault:
        """The same vault, as another Modelward opens it."""
        return Vault(self.folder, keep=keep, compress=compress, clock=lambda: self.now)

    def later(self, hours: float) -> None:
        self.now += hours * HOUR

    def back_up(self, *only: str, by_itself: bool = False, progress: Progress | None = None) -> BackupReport:
        chosen = {names.parse(name) for name in only} if only else None
        read = library.read(self.shelf.folder)
        return self.vault.back_up(read, progress or Progress(), chosen, by_itself=by_itself)

    def read(self, name: str) -> Manifest:
        """A model's manifest on the shelf."""
        return manifests.read(self.shelf.manifest(name).read_bytes())

    def version(self, name: str) -> VaultVersion:
        """The newest version of a model in the vault."""
        return self.vault.versions(names.parse(name))[0]

    def objects(self) -> set[str]:
        """The digests of all that lies among the objects."""
        files = (path.name.removesuffix(".zst") for path in (self.folder / "objects").glob("??/*"))
        return {f"sha256:{name}" for name in files if len(name) == 64}

    def object(self, digest: str) -> Path:
        """The file of an object."""
        name = digest.removeprefix("sha256:")
        return next(
            path for path in (self.folder / "objects" / name[:2]).glob(f"{name}*") if path.suffix in {"", ".zst"}
        )

    def contents(self) -> dict[str, bytes]:
        """Every file of the vault that a backup could have changed, but for its log."""
        files = (path for path in self.folder.rglob("*") if path.is_file() and path.name != "audit.jsonl")
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in files}

    def debris(self) -> list[str]:
        """What no finished run leaves behind."""
        left = [*(self.folder / "parts").iterdir(), *(self.folder / "intents").iterdir(), *self.folder.rglob("*.part")]
        return sorted({path.name for path in left})

    def audit(self) -> list[str]:
        """The verbs of the audit log."""
        return [json.loads(line)["verb"] for line in (self.folder / "audit.jsonl").read_text().splitlines()]


def damage(path: Path, *, at: int = 10) -> None:
    """Turn a bit of a file, whoever may write it."""
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A disk of its own with so many bytes, where this machine lets us make one."""
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or run(mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder):
        pytest.skip("disks of their own are NOT tested: mounting is not allowed here")
    try:
        yield folder
    finally:
        run("umount", "-l", folder)


def run(*command: str | Path) -> int:
    return subprocess.run(command, check=False, capture_output=True).returncode


def blobs_of(versions: Collection[VaultVersion]) -> set[str]:
    """All that these versions need."""
    return {layer.digest for version in versions for layer in version.manifest.layers}
