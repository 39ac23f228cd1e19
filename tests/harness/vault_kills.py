"""Kills processes that back up, sweep, export and take in, at named steps or at any moment, and judges what is left.

It runs as a process of its own, without threads, so that each victim can be a cheap fork of it. What is left is judged
by code of its own, not by the vault's.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import zstandard

from harness.killing import at_any_moment, at_step
from harness.vaults import Kit
from modelward.core.progress import Progress
from modelward.ollama import names, parcel

STEPS = (
    "part-written",
    "object-flushed",
    "object-named",
    "folders-flushed",
    "version-written",
    "version-trashed",
    "trashed",
    "removed",
    "rescued",
    "export-flushed",
    "export-named",
)
"""Every step of the order of writing, in the words of the log."""

_LONGEST_SECONDS = 0.12
_HOURS = 25
_KEPT = 6


class Household:
    """A shelf, a vault, a file to export to, and what victims said that they had done."""

    def __init__(self, home: Path) -> None:
        self.kit = Kit(home, keep=100)
        self.file = home / "exported.tar"
        self.parcel = home / "parcel.tar"
        self.made: set[str] = set()
        self.let_go: set[str] = set()
        self._count = itertools.count(1)

    def fill(self) -> None:
        """Two models, a parcel of a third one that the shelf has no more, and a first version of each."""
        shelf = self.kit.shelf
        shelf.add("third", 300_000)
        third = self.kit.read("third")
        parcel.export_model(shelf.folder, names.parse("third"), third, self.parcel, Progress())
        for digest in shelf.digests("third"):
            shelf.delete(digest)
        shelf.delete_manifest("third")
        self.change()
        self.made |= {version.id for version in self.kit.back_up().made}

    def change(self) -> None:
        """Another version of each model, of which only a part is new, as a pull would bring it."""
        number = next(self._count)
        shared = self.kit.shelf.put(5_000_000, seed="shared")
        self.kit.shelf.add("first", shared, system=f"Version {number}")
        self.kit.shelf.add("second", 40_000 + number)

    def live(self, told: int) -> None:
        """What a victim does until it is killed: all verbs, telling before what goes and after what came."""
        kit = self.kit
        number = 0
        while True:
            number += 1
            kit.later(_HOURS)
            kit.vault = kit.opened(keep=100, compress=number % 2 == 0)
            kit.shelf.add("first", kit.shelf.digest("first"), system=f"Victim {number} at {kit.now}")
            _tell(told, made=[version.id for version in kit.back_up().made])
            parcel.export_version(kit.vault, kit.version("first"), self.file, Progress())
            _tell(told, made=[version.id for version in parcel.take_in(kit.vault, self.parcel, Progress())])
            gone = [version.id for version in kit.vault.versions()][_KEPT:]
            gone += [version.id for version in kit.vault.versions(names.parse("third"))] if number % 3 == 1 else []
            for version_id in dict.fromkeys(gone):
                _tell(told, gone=[version_id])
                kit.vault.delete(version_id)
            kit.vault.sweep()

    def hear(self, lines: list[str]) -> None:
        """Take in what a victim told."""
        for line in lines:
            words = json.loads(line)
            self.made |= set(words.get("made", ()))
            self.let_go |= set(words.get("gone", ()))

    def judge(self, *, thoroughly: bool = True) -> Iterator[str]:
        """What is wrong after a kill, in words; nothing where all is as promised."""
        yield from self._judge_versions()
        yield from self._judge_objects()
        yield from self._judge_export()
        if not thoroughly:
            return
        self.kit.later(100 * _HOURS)
        self.kit.vault = self.kit.opened(keep=100)
        shelf = self.kit.shelf.snapshot()
        self.made |= {version.id for version in self.kit.back_up().made}
        parcel.export_version(self.kit.vault, self.kit.version("first"), self.file, Progress())
        self.kit.vault.sweep()
        yield from self.judge(thoroughly=False)
        if self.kit.vault.verify(Progress()).bad:
            yield "the vault does not believe in itself"
        yield from (f"{name} is left" for name in self.kit.debris())
        yield from (f"{path.name} is left" for path in self.kit.home.glob("*.part"))
        if self.kit.shelf.snapshot() != shelf:
            yield "the shelf was changed"

    def _judge_versions(self) -> Iterator[str]:
        there = {path.stem: path for path in (self.kit.folder / "snapshots").glob("*.json")}
        yield from (f"version {lost} is lost" for lost in self.made - self.let_go - there.keys())
        objects = self.kit.objects()
        for version_id, path in there.items():
            try:
                told = json.loads(path.read_bytes())
            except ValueError:
                yield f"version {version_id} is no JSON"
                continue
            needed = {layer["digest"] for layer in told["layers"]}
            if not needed <= objects:
                yield f"version {version_id} lacks {len(needed - objects)} objects"

    def _judge_objects(self) -> Iterator[str]:
        for path in (self.kit.folder / "objects").glob("??/*"):
            content = path.read_bytes()
            if path.suffix == ".zst":
                content = zstandard.ZstdDecompressor().decompress(content)
            if hashlib.sha256(content).hexdigest() != path.name.removesuffix(".zst"):
                yield f"object {path.name[:12]} is damaged"

    def _judge_export(self) -> Iterator[str]:
        if not self.file.exists():
            return
        with tarfile.open(self.file) as file:
            for info in file:
                content = file.extractfile(info)
                found = "" if content is None else hashlib.sha256(content.read()).hexdigest()
                if info.name.startswith("blobs/") and not info.name.endswith(found):
                    yield "the exported file is damaged"


def _tell(told: int, **words: list[str]) -> None:
    os.write(told, json.dumps(words).encode() + b"\n")


def kill(household: Household, before: Callable[[int], None]) -> None:
    """Fork a victim; ``before`` waits, in this process, for the moment to kill it, or makes it kill itself."""
    reading, writing = os.pipe()
    victim = os.fork()
    if victim == 0:
        os.close(reading)
        try:
            before(0)
            household.live(writing)
        finally:
            os._exit(9)
    os.close(writing)
    with os.fdopen(reading) as told:
        before(victim)
        household.hear(told.read().splitlines())
    _, status = os.waitpid(victim, 0)
    if not os.WIFSIGNALED(status):
        raise AssertionError("the victim failed by itself")


def main() -> None:
    """Arguments: a home, how many kills at random moments, and a seed. Writes a JSON line for each kill."""
    home, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    household = Household(home)
    household.fill()
    dice = random.Random(seed)
    moments = [(step, at_step("modelward.ollama", step)) for step in STEPS]
    moments += [(f"moment {number}", at_any_moment(dice, _LONGEST_SECONDS)) for number in range(count)]
    for name, before in moments:
        household.change()
        kill(household, before)
        sys.stdout.write(json.dumps({"at": name, "wrong": list(household.judge())}) + "\n")
        sys.stdout.flush()
