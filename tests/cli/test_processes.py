"""Commands as processes of their own: a second one, signals, broken pipes, no Qt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import modelward

PROGRAM = [sys.executable, "-m", "modelward"]


def environment(home: Path) -> dict[str, str]:
    return os.environ | {"MODELWARD_HOME": str(home), "PYTHONPATH": str(Path(modelward.__file__).parents[1])}


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, *arguments], env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], env=environment(home), capture_output=True, text=True, check=False)


def serving(home: Path) -> subprocess.Popen[str]:
    server = start(home, "serve")
    assert server.stderr is not None
    assert "serving" in server.stderr.readline()
    return server


def test_a_second_serve_exits_4_and_readers_go_on(filled_home: Path) -> None:
    server = serving(filled_home)
    try:
        second = finished(filled_home, "serve")
        writer = finished(filled_home, "catalog", "set", "openai/gpt-5-mini", "rpm", "1")
        reader = finished(filled_home, "status")
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate()
    assert second.returncode == writer.returncode == 4
    assert str(server.pid) in second.stderr
    assert reader.returncode == 0
    assert "a Modelward is running on it" in reader.stdout


def test_serve_ends_cleanly_on_both_signals(filled_home: Path) -> None:
    codes = []
    for each in (signal.SIGTERM, signal.SIGINT):
        server = serving(filled_home)
        server.send_signal(each)
        _, err = server.communicate()
        codes.append(server.returncode)
        assert "Traceback" not in err
    assert codes == [0, 0]


def test_a_killed_serve_leaves_the_store_free(filled_home: Path) -> None:
    server = serving(filled_home)
    server.kill()
    server.communicate()
    assert finished(filled_home, "survey", "--json").returncode == 0


def test_a_reader_that_goes_away_ends_the_list_quietly(filled_home: Path) -> None:
    listing = start(filled_home, "catalog", "list", "--json")
    assert listing.stdout is not None
    assert listing.stderr is not None
    listing.stdout.readline()
    listing.stdout.close()
    assert listing.wait() == 0
    assert listing.stderr.read() == ""
    listing.stderr.close()


def test_commands_load_no_qt(filled_home: Path) -> None:
    program = (
        "import sys; sys.argv[1:] = ['status']\n"
        "from modelward.__main__ import main\n"
        "code = main(); assert not any(name.startswith('PySide6') for name in sys.modules); sys.exit(code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment(filled_home), capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_read_only_home_is_said_in_words(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, where a folder is due", "utf-8")
    ran = finished(blocked, "status")
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert str(blocked) in ran.stderr
