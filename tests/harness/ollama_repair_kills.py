"""Kills processes that repair and restore models, before any change to a file or at any moment, and looks at the rest.

It runs as a process of its own, without threads, so that each victim can be a cheap fork of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.gguf_writer import tiny_gguf
from harness.killing import at_any_moment
from harness.ollama_library import Shelf
from harness.ollama_registry import Registry
from harness.ollama_repairs import OURS, checked, no_wait
from harness.ollama_server import OllamaDouble
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.net.client import Client
from modelward.ollama import library, names
from modelward.ollama.model import RepairState
from modelward.ollama.recovery import Recovery
from modelward.ollama.server import OllamaServer
from modelward.ollama.vault import Vault

ONE, TWO = "llama3.2:3b", "me/tuned:latest"
_CHANGES = frozenset(
    {"os.rename", "os.remove", "os.link", "os.symlink", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.utime"}
)
_LONGEST_SECONDS = 0.1
MOST_CHANGES = 40
"""So many changes to files a repair makes at most, about."""


class Household:
    """Two models that share their weights, and a vault that has them, made anew for each victim."""

    def __init__(self, home: Path, url: str = "") -> None:
        self.home = home
        self.url = url
        self.shelf = Shelf(home / "models")
        self.first: dict[str, str] = {}

    @property
    def vault(self) -> Vault:
        return Vault(self.home / "vault", keep=5, compress=False)

    def fill(self) -> None:
        """Two versions of the first model, of which the vault has one; what is there is the other."""
        self.shelf.add(ONE, tiny_gguf(), params={"num_ctx": 4096})
        self.shelf.add(TWO, self.shelf.digest(ONE), system="Be kind.")
        self.first = self.shelf.snapshot()
        self.vault.back_up(library.read(self.shelf.folder), Progress())
        for name in ("models", "vault"):
            shutil.copytree(self.home / name, self.home / f"{name} as new", symlinks=True)

    def anew(self) -> None:
        """All as it was at first."""
        for name in ("models", "vault"):
            shutil.rmtree(self.home / name)
            shutil.copytree(self.home / f"{name} as new", self.home / name, symlinks=True)

    def damage(self, dice: random.Random) -> None:
        """Some of the blobs go bad, each in a way of its own, and now and then a manifest is cut off."""
        blobs = sorted({*self.shelf.digests(ONE), *self.shelf.digests(TWO)})
        for digest in dice.sample(blobs, dice.randint(1, 3)):
            dice.choice([self.shelf.flip, self.shelf.truncate, self.shelf.delete])(digest)
        if dice.random() < 0.3:
            self.shelf.cut_manifest(dice.choice([ONE, TWO]))

    def recovery(self, client: Client | None = None, *, has_vault: bool = True) -> Recovery:
        server = None if client is None else OllamaServer(client, self.url)
        now = datetime.now(UTC) + timedelta(hours=1)
        vault = self.vault if has_vault else None
        return Recovery(vault, server, self.home / "scratch", clock=lambda: now, wait=no_wait)

    # ---------------------------------------------------------------- what victims do

    def repair(self, *, has_vault: bool = True) -> None:
        """Mend whatever is wrong."""
        asyncio.run(self._repair(has_vault=has_vault))

    async def _repair(self, *, has_vault: bool) -> list[RepairState]:
        client = self._client() if self.url else None
        recovery = self.recovery(client, has_vault=has_vault)
        await recovery.finish_cut_off(self.shelf.folder)
        read = library.read(self.shelf.folder)
        try:
            return [
                (await recovery.repair(read, checked(model, self.shelf), Progress())).state for model in read.models
            ]
        finally:
            if client is not None:
                await client.close()

    def restore(self) -> None:
        """Put the vault's version in the place of one that is only here."""
        asyncio.run(self._restore())

    async def _restore(self) -> RepairState:
        recovery = self.recovery()
        await recovery.finish_cut_off(self.shelf.folder)
        version = self.vault.versions(names.parse(ONE))[-1]
        return (await recovery.restore(library.read(self.shelf.folder), version, Progress())).state

    def _client(self) -> Client:
        paths = Paths.locate({"MODELWARD_HOME": str(self.home / "modelward")})
        paths.prepare()
        return Client(Preferences(paths, load(paths, {}), {}), sleep=no_wait)

    # ---------------------------------------------------------------- judging

    def judge_repair(self, before: dict[str, str], *, has_vault: bool) -> Iterator[str]:
        """What is wrong after a kill in a repair, in words; nothing where all is as promised."""
        asyncio.run(self.recovery().finish_cut_off(self.shelf.folder))
        now = self.known()
        for path, content in before.items():
            if path not in now:
                yield f"{path} is gone"
            elif now[path] not in (content, self.first.get(path)):
                yield f"{path} is neither as it was nor whole"
        yield from (f"{path} came" for path in now.keys() - before.keys() - self.first.keys() if "-partial" not in path)
        yield from self._judge_both()
        states = asyncio.run(self._repair(has_vault=has_vault))
        if set(states) - {RepairState.REPAIRED, RepairState.NOTHING, RepairState.RESTART}:
            yield f"the next repair ended with {states}"
        if self.known() != self.first:
            yield "the next repair did not make all whole"
        yield from self._judge_both()

    def judge_restore(self, wanted: set[str]) -> Iterator[str]:
        """What is wrong after a kill in a restore. ``wanted``: the contents of all that was there before."""
        asyncio.run(self.recovery().finish_cut_off(self.shelf.folder))
        lost = wanted - set(self.shelf.snapshot().values()) - self._kept()
        yield from (f"{content} is lost" for content in sorted(lost))
        if self.shelf.damaged():
            yield "blobs are damaged"
        for model in library.read(self.shelf.folder).models:
            missing = (
                [layer.digest for layer in model.manifest.blobs if not self.shelf.blob(layer.digest).exists()]
                if model.manifest
                else ["its manifest"]
            )
            yield from (f"{model.name} lacks {each}" for each in missing)
        yield from self._judge_both()
        if (state := asyncio.run(self._restore())) not in (RepairState.REPAIRED, RepairState.NOTHING):
            yield f"the next restore ended with {state}"
        now = self.known()
        yield from (f"{path} is not the restored one" for path in self.first if now.get(path) != self.first[path])

    def known(self) -> dict[str, str]:
        """Every file but ours."""
        return {path: content for path, content in self.shelf.snapshot().items() if not path.startswith(OURS)}

    def _kept(self) -> set[str]:
        """What lies in the vault, by the names of its objects, and the manifests of its versions."""
        objects = {path.name for path in (self.home / "vault" / "objects").glob("??/*")}
        return objects | {each.manifest.digest.removeprefix("sha256:") for each in self.vault.versions()}

    def _judge_both(self) -> Iterator[str]:
        if bad := self.vault.verify(Progress()).bad:
            yield f"the vault is damaged: {bad}"
        repairs = self.shelf.folder / OURS / "repairs"
        if repairs.is_dir() and any(repairs.iterdir()):
            yield "a repair is left unsettled"


def kill(live: Callable[[], None], before: Callable[[int], None]) -> bool:
    """Fork a victim; ``before`` waits, in this process, for the moment to kill it, or makes it kill itself.

    Whether it was killed: it may have ended before.
    """
    victim = os.fork()
    if victim == 0:
        code = 9
        try:
            before(0)
            live()
            code = 0
        finally:
            os._exit(code)
    before(victim)
    _, status = os.waitpid(victim, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        raise AssertionError("the victim failed by itself")
    return os.WIFSIGNALED(status)


def before_change(number: int, home: Path) -> Callable[[int], None]:
    """The victim kills itself right before so many changes to files below a folder were made."""

    def before(victim: int) -> None:
        if victim:
            return
        left = [number]

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if _is_change(event, arguments, home):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)

    return before


def _is_change(event: str, arguments: tuple[Any, ...], home: Path) -> bool:
    if event == "open":
        flags = arguments[2]
        if not (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            return False
    elif event not in _CHANGES:
        return False
    return isinstance(arguments[0], str | os.PathLike) and str(arguments[0]).startswith(str(home))


def main() -> None:
    """Arguments: a home that :func:`serve` has filled, how many kills, a seed, and the address of that server.

    Writes a JSON line for each victim, also for one that had ended before its moment came.
    """
    home, count, seed, url = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    household = Household(home, url)
    household.first = Shelf(home / "models as new").snapshot()
    dice = random.Random(seed)
    scenes = [_repaired, _restored, _downloaded]
    number = kills = 0
    while kills < count:
        scene = scenes[number % len(scenes)]
        number += 1
        at_change = dice.random() < 0.7
        moment = (
            before_change(dice.randint(1, MOST_CHANGES), home) if at_change else at_any_moment(dice, _LONGEST_SECONDS)
        )
        was_killed, wrong = scene(household, moment, dice)
        kills += was_killed
        told = {"at": f"{number} {scene.__name__}", "killed": was_killed, "wrong": wrong}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def serve() -> None:
    """Argument: a home, which is filled. Serves its models, with a registry behind, until the input ends."""
    household = Household(Path(sys.argv[1]))
    household.fill()

    async def until_the_end() -> None:
        async with Registry() as registry, OllamaDouble(household.shelf.folder, registry=registry.url) as ollama:
            registry.publish(household.shelf, ONE)
            sys.stdout.write(f"{ollama.url}\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)

    asyncio.run(until_the_end())


def _repaired(household: Household, moment: Callable[[int], None], dice: random.Random) -> tuple[bool, list[str]]:
    url, household.url = household.url, ""
    household.anew()
    household.damage(dice)
    before = household.known()
    was_killed = kill(household.repair, moment)
    wrong = list(household.judge_repair(before, has_vault=True))
    household.url = url
    return was_killed, wrong


def _restored(household: Household, moment: Callable[[int], None], _dice: random.Random) -> tuple[bool, list[str]]:
    url, household.url = household.url, ""
    household.anew()
    household.shelf.add(ONE, tiny_gguf("second"), params={"num_ctx": 8192})
    wanted = set(household.shelf.snapshot().values())
    was_killed = kill(household.restore, moment)
    wrong = list(household.judge_restore(wanted))
    household.url = url
    return was_killed, wrong


def _downloaded(household: Household, moment: Callable[[int], None], dice: random.Random) -> tuple[bool, list[str]]:
    household.anew()
    blobs = household.shelf.digests(ONE)
    for digest in dice.sample(blobs, dice.randint(1, len(blobs))):
        dice.choice([household.shelf.flip, household.shelf.truncate, household.shelf.delete])(digest)
    before = household.known()
    was_killed = kill(lambda: household.repair(has_vault=False), moment)
    return was_killed, list(household.judge_repair(before, has_vault=False))
