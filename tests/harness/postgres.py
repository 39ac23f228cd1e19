"""A private PostgreSQL cluster for the tests, from Debian's own binaries, with a fresh database for each test."""

from __future__ import annotations

import getpass
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

PACKAGE = "postgresql"
# The server refuses to run as root; this is the account that Debian's package makes.
ACCOUNT = "postgres"
REQUIRED = bool(os.environ.get("MODELWARD_REQUIRE_POSTGRES"))
_MISSING = pytest.StashKey[str]()


@dataclass
class Cluster:
    """A running server that only this test run can reach, through a socket in a folder of its own."""

    binaries: Path
    folder: Path
    user: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def run(self, program: str, *arguments: str) -> None:
        """Runs one of PostgreSQL's programs as the account that owns the cluster."""
        identity = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.folder / "log").open("ab") as log:
            subprocess.run(
                [str(self.binaries / program), *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=True,
                **identity,
            )

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}@/{database}?host={quote(str(self.folder), safe='')}"

    def execute(self, statement: str) -> None:
        """Runs one administrative statement."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def _find_binaries() -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = [Path(found).parent for found in [shutil.which("pg_ctl")] if found]
    return next((folder for folder in [*debian, *on_path] if (folder / "initdb").exists()), None)


@pytest.fixture(scope="session")
def postgres_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A private PostgreSQL server for this run; skips, loudly, where its binaries are missing."""
    binaries = _find_binaries()
    if binaries is None:
        message = f"PostgreSQL's server binaries are missing: install Debian's package '{PACKAGE}'"
        request.config.stash[_MISSING] = message
        (pytest.fail if REQUIRED else pytest.skip)(message)
    folder = Path(tempfile.mkdtemp(prefix="modelward-pg-", dir="/tmp"))  # short: a socket's path may have 107 bytes
    as_root = os.geteuid() == 0
    if as_root:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    cluster = Cluster(binaries, folder, ACCOUNT if as_root else getpass.getuser())
    data = str(folder / "data")
    try:
        cluster.run("initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "-U", cluster.user)
        cluster.run("pg_ctl", "-D", data, "-w", "-o", f"-k {folder} -h '' -F", "start")
        yield cluster
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            cluster.run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that exists for this test alone."""
    name = f"modelward_{next(postgres_cluster.numbers)}"
    postgres_cluster.execute(f'CREATE DATABASE "{name}"')
    yield postgres_cluster.url(name)
    postgres_cluster.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    yield  # told last, where it is read
    missing = config.stash.get(_MISSING, None)
    if missing:
        terminalreporter.section("PostgreSQL was NOT tested", sep="!", red=True, bold=True)
        terminalreporter.line(missing, red=True)
