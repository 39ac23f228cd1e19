"""A real Secret Service for each test that asks for one: a private D-Bus, and GNOME's keyring in an empty home."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")
PACKAGES = "dbus gnome-keyring"
REQUIRED = bool(os.environ.get("MODELWARD_REQUIRE_KEYRING"))
_MISSING = pytest.StashKey[str]()

# Without folders of services nothing starts by itself: the keyring that answers is the one that was started here.
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
_NAME = "org.freedesktop.secrets"


@dataclass(frozen=True)
class SecretService:
    """A keyring that runs: ``environ`` is how a program finds it, ``folder`` where it keeps its files."""

    folder: Path
    pid: int

    @property
    def environ(self) -> dict[str, str]:
        return {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.folder}/bus"}

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Meanwhile it answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def secret_service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """An empty, unlocked keyring, which this test and its programs find; skips, loudly, where it is not installed."""
    with _started(request, is_unlocked=True) as service:
        _lead_to(service, monkeypatch)
        yield service


@pytest.fixture
def locked_secret_service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A keyring that would ask a person for its password, where nobody can be asked."""
    with _started(request, is_unlocked=False) as service:
        _lead_to(service, monkeypatch)
        yield service


def _lead_to(service: SecretService, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring.core

    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)  # it looks once a process
    for name, value in service.environ.items():
        monkeypatch.setenv(name, value)


@contextmanager
def _started(request: pytest.FixtureRequest, *, is_unlocked: bool) -> Iterator[SecretService]:
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        message = f"{' and '.join(missing)} missing: install Debian's packages {PACKAGES}"
        request.config.stash[_MISSING] = message
        (pytest.fail if REQUIRED else pytest.skip)(message)
    folder = Path(tempfile.mkdtemp(prefix="modelward-keyring-", dir="/tmp"))  # short: a socket's path has a limit
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        log = stack.enter_context((folder / "log").open("wb"))
        stack.callback(_end, _start_bus(folder, log.fileno()))
        keyring = _start_keyring(folder, log.fileno(), is_unlocked=is_unlocked)
        stack.callback(_end, keyring)
        yield SecretService(folder, keyring.pid)


def _start_bus(folder: Path, log: int) -> subprocess.Popen[bytes]:
    (folder / "bus.conf").write_text(_BUS.format(folder=folder), "utf-8")
    bus = subprocess.Popen(
        ["dbus-daemon", "--nofork", f"--config-file={folder}/bus.conf", "--print-address"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
    )
    assert bus.stdout is not None
    with bus.stdout:
        assert bus.stdout.readline(), (folder / "log").read_text("utf-8", "replace")  # said once it listens
    return bus


def _start_keyring(folder: Path, log: int, *, is_unlocked: bool) -> subprocess.Popen[bytes]:
    from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    address = f"unix:path={folder}/bus"
    plain = {name: value for name, value in os.environ.items() if name not in ("XDG_DATA_HOME", "DISPLAY")}
    environ = {**plain, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "DBUS_SESSION_BUS_ADDRESS": address}
    rule = MatchRule(
        type="signal", interface=message_bus.interface, member="NameOwnerChanged", path=message_bus.object_path
    )
    rule.add_arg_condition(0, _NAME)
    with open_dbus_connection(address) as bus, bus.filter(rule) as told:
        bus.send_and_get_reply(message_bus.AddMatch(rule))
        started = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--components=secrets", *(["--unlock"] if is_unlocked else [])],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
        assert started.stdin is not None
        with started.stdin:
            started.stdin.write(b"password of the keyring" if is_unlocked else b"")
        bus.recv_until_filtered(told, timeout=20)
        # With its name it has taken its place; a first answer says that it is ready.
        ready = new_method_call(DBusAddress("/", _NAME, "org.freedesktop.DBus.Peer"), "Ping")
        bus.send_and_get_reply(ready, timeout=20)
    return started


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(10)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    yield  # told last, where it is read
    missing = config.stash.get(_MISSING, None)
    if missing:
        terminalreporter.section("The keyring was NOT tested", sep="!", red=True, bold=True)
        terminalreporter.line(missing, red=True)
