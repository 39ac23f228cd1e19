"""The vault's folder: where everything lies in it, its format, and how much room its disk must keep."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from pathlib import Path

from modelward import __version__
from modelward.core import durable
from modelward.core.errors import FolderError, InputError
from modelward.core.units import size as spelled

FORMAT = 1
FILE = "vault.json"
TOOL = f"Modelward {__version__}"

_GIB = 1 << 30
_MOST_BYTES = 64 * 1024
_LONGEST_ID = 100
_OTHERS = frozenset({"lost+found", "System Volume Information", "$RECYCLE.BIN", "model_checksums.sha256"})
"""What may lie in a folder that is to become a vault: of the disk itself, and the list of checksums."""


class VaultFolder:
    """The places in a vault. Nothing outside them is ever touched."""

    def __init__(self, root: Path, known: str = "") -> None:
        """``known``: the id of the vault that was in this folder before; empty where none is known to have been.

        Without a vault the folder is taken for the empty place of a disk that is away then, and is left alone.
        """
        self.root = root
        self._known = known
        self.objects = root / "objects"
        self.snapshots = root / "snapshots"
        self.trash = root / ".trash"
        self.intents = root / "intents"
        self.parts = root / "parts"

    @property
    def is_there(self) -> bool:
        """Whether there is a vault; the format is another question. Raises FolderError."""
        with durable.told(self.root):
            return (self.root / FILE).exists()

    @property
    def is_gone(self) -> bool:
        """Whether a vault was here before, and is not any more. Raises FolderError."""
        return bool(self._known) and not self.is_there and not self.snapshots.is_dir()

    @property
    def trouble(self) -> str:
        """Why no vault can be made here, in words; empty where one can."""
        return "" if self.root.parent.is_dir() else str(self._absent())

    @property
    def identity(self) -> str:
        """The id of the vault that is here; empty without one. Raises InputError and FolderError."""
        found = self._description().get("id")
        return found[:_LONGEST_ID] if isinstance(found, str) else ""

    def check(self) -> None:
        """Raises InputError for a vault of a newer format, or one whose description cannot be read.

        Raises FolderError where a vault was here before, and is not any more.
        """
        if self.is_gone:
            raise FolderError(
                "The vault is gone: is its disk connected?",
                why=f"There was one in {self.root}, and now there is none. Nothing was written there.",
                todo="Connect its disk. If it is lost, begin a new one: modelward ollama backup --all --new-vault",
            )
        number = self._description().get("format", FORMAT)
        if type(number) is not int or number < 1:
            path = self.root / FILE
            raise InputError(
                f"{path} cannot be read.",
                why="It does not say which format the vault has.",
                todo="Look whether the disk is sound; if it is, delete this one file: it is written anew.",
            )
        if number > FORMAT:
            raise InputError(
                f"The vault {self.root} was written by a newer Modelward.",
                why=f"Its format is {number}; this Modelward knows {FORMAT}. Nothing in it was touched.",
                todo="Update Modelward, or choose another folder for the vault.",
            )

    def prepare(self) -> None:
        """Make the vault where it is missing. Raises FolderError and InputError.

        Only the last folder of its path is made: with a disk that is not plugged in, more is missing.
        """
        with durable.told(self.root):
            self.check()
            if not self.root.parent.is_dir():
                raise self._absent()
            self.root.mkdir(mode=0o700, exist_ok=True)
            if not self.is_there:
                self._require_ours()
            for folder in (self.objects, self.snapshots, self.trash, self.intents, self.parts):
                folder.mkdir(mode=0o700, exist_ok=True)
            if not self.is_there:
                told = {"format": FORMAT, "id": uuid.uuid4().hex, "tool": TOOL}
                durable.replace(self.root / FILE, json.dumps(told).encode() + b"\n")

    def free(self) -> int | None:
        """Bytes that are free on the vault's disk; None where there is no such folder."""
        try:
            return shutil.disk_usage(self._nearest()).free
        except OSError:
            return None

    def is_on_disk_of(self, folder: Path) -> bool:
        """Whether another folder lies on the same disk, as far as the system tells them apart."""
        try:
            return self._nearest().stat().st_dev == folder.stat().st_dev
        except OSError:
            return False

    def require_room(self, needed: int, *, by_itself: bool) -> None:
        """Raises FolderError where ``needed`` bytes do not fit; what is done by itself leaves room for the person."""
        with durable.told(self.root):
            disk = shutil.disk_usage(self.root)
        kept = least_free(disk.total) if by_itself else 0
        if needed > disk.free - kept:
            left = f" and {spelled(kept)} are to stay free" if kept else ""
            raise FolderError(
                f"The vault's disk has no room for {spelled(needed)}.",
                why=f"{spelled(disk.free)} are free{left}.",
                todo="Free some space on that disk, choose another folder for the vault, or keep fewer versions.",
            )

    def _description(self) -> dict[str, object]:
        """What the vault says of itself; nothing where there is none. Of what cannot be read the format is None."""
        path = self.root / FILE
        with durable.told(path):
            try:
                with durable.open_regular(path) as file:
                    content = file.read(_MOST_BYTES + 1)
            except FileNotFoundError:
                return {}
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            told = None
        return {"format": None, **told} if isinstance(told, dict) else {"format": None}

    def _absent(self) -> FolderError:
        return FolderError(
            f"The vault {self.root} is not there.",
            why=f"There is no folder {self.root.parent}.",
            todo="Connect its disk, or choose another folder for the vault.",
        )

    def _require_ours(self) -> None:
        known = {path.name for path in (self.objects, self.snapshots, self.trash, self.intents, self.parts)}
        with os.scandir(self.root) as entries:
            foreign = [each.name for each in entries if each.name not in known | _OTHERS and each.name[0] != "."]
        if foreign and not self.snapshots.is_dir():
            raise FolderError(
                f"{self.root} is no vault, and not empty.",
                why=f"{min(foreign)[:80]!r} lies in it.",
                todo="Choose an empty folder for the vault, or a new one in it.",
            )

    def _nearest(self) -> Path:
        return next((each for each in (self.root, *self.root.parents) if each.exists()), self.root)


def least_free(total: int) -> int:
    """Bytes that copies made by themselves leave free on a disk of so many."""
    return max(total // 10, 5 * _GIB)
