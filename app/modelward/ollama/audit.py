"""The vault's audit log: one line of JSON for every change, only ever added to."""

from __future__ import annotations

import json
import os
from pathlib import Path

from modelward.core import durable
from modelward.core.clock import Clock

FILE = "audit.jsonl"
_FLAGS = os.O_CREAT | os.O_RDWR | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Audit:
    """Writes what was done to the vault, when, and to what."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    def add(self, verb: str, subject: str, text: str = "", *, is_bad: bool = False) -> None:
        """Add a line. Raises FolderError."""
        told = {"at": self._clock().isoformat("T", "seconds"), "verb": verb, "subject": subject, "text": text}
        line = json.dumps(told | ({"bad": True} if is_bad else {}), ensure_ascii=False).encode() + b"\n"
        with durable.told(self._file):
            descriptor = os.open(self._file, _FLAGS, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                # A line that a crash cut off stands alone, and does not spoil the next one.
                file.write(b"\n" + line if _is_cut_off(file.fileno()) else line)


def _is_cut_off(descriptor: int) -> bool:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if not size:
        return False
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"
