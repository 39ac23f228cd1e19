"""Keys go through the whole program, as commands of their own, and no byte of one is found where it may not be."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
import zstandard

import modelward
from harness.planted import PLANTED, found_under
from harness.secret_service import SecretService
from harness.wire import Reply, Seen, WireServer

KEPT = f"sk-{PLANTED}-kept-in-the-keyring"
SHAPELESS = f"{PLANTED}+of/no&shape"
FROM_ENVIRONMENT = f"gsk_{PLANTED}fromtheenvironment"

pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="arguments are read from /proc")


class Person:
    """Runs commands one after the other and keeps all that they printed and were started with."""

    def __init__(self, home: Path) -> None:
        code = str(Path(modelward.__file__).parents[1])
        self._environ = os.environ | {"MODELWARD_HOME": str(home), "PYTHONPATH": code, "LOG_LEVEL": "DEBUG"}
        self.seen = ""

    async def runs(self, line: str, typed: str = "", code: int = 0) -> None:
        """Run a command line of words without spaces, with this in its standard input."""
        ended, told = await asyncio.to_thread(self._run, line, typed)
        self.seen += told
        assert ended == code, f"{line}: {told}".replace(PLANTED, "(the key)")

    def _run(self, line: str, typed: str) -> tuple[int, str]:
        with subprocess.Popen(
            [sys.executable, "-m", "modelward", *line.split()],
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            arguments = Path(f"/proc/{process.pid}/cmdline").read_text("utf-8")
            told, _ = process.communicate(typed)
            return process.returncode, arguments + told


def echoing(seen: Seen) -> Reply:
    """Refuses, and says the key back in every place that there is."""
    key = seen.headers["authorization"].removeprefix("Bearer ")
    words = f"Incorrect API key provided: {key}. {seen.headers['authorization']}"
    headers = {"x-echo": key, "www-authenticate": f"Bearer realm={key}", "set-cookie": f"session={key}"}
    return Reply(401, headers, {"error": {"message": words, "code": key, "param": [key], "type": "wrong"}})


def echoing_inside_success(seen: Seen) -> Reply:
    return Reply(200, {}, {"error": {"message": f"bad {seen.headers['authorization']}", "code": 401}})


def echoing_as_a_page(seen: Seen) -> Reply:
    return Reply(400, {"content-type": "text/html"}, f"<h1>Oops</h1><pre>{dict(seen.headers)!r}</pre>")


def suffixes(folder: Path) -> set[str]:
    return {path.suffix for path in folder.rglob("*")}


async def test_no_byte_of_a_key_is_found_outside_the_keyring(
    filled_home: Path, secret_service: SecretService, wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.route("GET", "/v1/models", echoing)
    wire.route("GET", "/wrong/models", echoing_inside_success)
    wire.route("GET", "/broken/models", echoing_as_a_page)
    monkeypatch.setenv("GROQ_API_KEY", FROM_ENVIRONMENT)
    person = Person(filled_home)

    await person.runs(f"providers add openai --url {wire.url}/v1")
    await person.runs("keys set openai", typed=f'"{KEPT}"\n')
    await person.runs(f"providers add mine --as openai --url {wire.url}/wrong")
    await person.runs("keys set mine", typed=SHAPELESS)
    await person.runs(f"providers add groq --url {wire.url}/broken")
    await person.runs("providers test --json", code=1)
    await person.runs("discover", code=1)
    for line in ("keys list --json", "status --json", "config show --json", "backup create"):
        await person.runs(line)
    assert keyring.get_password("modelward", "openai") == KEPT
    assert keyring.get_password("modelward", "mine") == SHAPELESS
    await person.runs("keys delete openai")
    await person.runs("providers remove mine --yes")

    used = {seen.headers["authorization"].removeprefix("Bearer ") for seen in wire.requests}
    assert used == {KEPT, SHAPELESS, FROM_ENVIRONMENT}
    assert PLANTED not in person.seen
    assert {".zst", ".db", ".jsonl"} <= suffixes(filled_home)
    assert found_under(filled_home) == []
    assert keyring.get_password("modelward", "openai") is None
    assert keyring.get_password("modelward", "mine") is None


def test_the_search_finds_keys_in_plain_and_in_compressed_files(tmp_path: Path) -> None:
    for name, content in {
        "plain.db": b"\0\1" + KEPT.encode(),
        "copy.db.zst": zstandard.compress(b"x" * 10_000 + KEPT.encode()),
        "damaged.zst": b"no such format",
        "clean.db": b"nothing",
    }.items():
        (tmp_path / name).write_bytes(content)
    assert [path.name for path in found_under(tmp_path)] == ["copy.db.zst", "plain.db"]
