"""The log: what was said early or late, by whom, without secrets, on console and disk."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from modelward.core.log import FILE_NAME, Log

KEY = "sk-ant-api03-" + "abcDEF123" * 4
logger = logging.getLogger("modelward.store.engine")


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log()
    yield made
    made.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@contextmanager
def unwatched() -> Iterator[None]:
    """Without pytest's own handlers, which refuse a record whose arguments do not fit."""
    root = logging.getLogger()
    watching = [handler for handler in root.handlers if type(handler).__module__.startswith("_pytest")]
    for handler in watching:
        root.removeHandler(handler)
    try:
        yield
    finally:
        for handler in watching:
            root.addHandler(handler)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE_NAME).read_text("utf-8").splitlines()]


def test_a_record_is_one_line_of_json_with_when_who_and_what(log: Log, folder: Path) -> None:
    log.configure("INFO", folder, console=io.StringIO())
    logger.info("Read %d models of %s.", 3, "Zürich", extra={"provider": "groq", "size": 1.5})
    log.stop()
    (line,) = lines(folder)
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "event": "Read 3 models of Zürich.",
        "level": "info",
        "logger": "modelward.store.engine",
        "provider": "groq",
        "size": 1.5,
    }


def test_the_console_shows_the_same_record(log: Log, folder: Path) -> None:
    console = io.StringIO()
    log.configure("INFO", folder, console=console)
    logger.warning("The file %s is damaged.", "x.json", extra={"line": 7})
    log.stop()
    told = console.getvalue()
    assert [
        word for word in ("warning", "The file x.json is damaged.", "line=7", "store.engine") if word not in told
    ] == []
    assert told.count("\n") == 1


def test_what_was_said_before_the_configuration_is_written_after_it(log: Log, folder: Path) -> None:
    logger.debug("too quiet")
    logger.info("early, with its %s", arguments := ["first"])
    arguments.append("changed later")
    log.configure("INFO", folder, console=io.StringIO())
    logger.info("late")
    log.stop()
    assert [line["event"] for line in lines(folder)] == ["early, with its ['first']", "late"]


def test_warnings_of_a_start_that_never_configured_the_log_are_told(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    logger.info("not worth it")
    logger.warning("The layout is damaged, key %s", KEY)
    log.stop()
    assert capsys.readouterr().err == "WARNING The layout is damaged, key sk-ant-***\n"


def test_levels_hold_for_ours_and_libraries_speak_from_warnings_on(log: Log, folder: Path) -> None:
    console = io.StringIO()
    log.configure("DEBUG", folder, console=console, console_level="ERROR")
    logger.debug("ours")
    for level in (logging.DEBUG, logging.INFO, logging.WARNING):
        logging.getLogger("apscheduler.scheduler").log(level, "theirs at %d", level)
    log.stop()
    assert [line["event"] for line in lines(folder)] == ["ours", "theirs at 30"]
    assert console.getvalue() == ""


def test_no_secret_reaches_disk_or_console_by_any_way(log: Log, folder: Path) -> None:
    console = io.StringIO()
    log.configure("DEBUG", folder, console=console)
    try:
        raise ValueError(f"the provider refused {KEY}")
    except ValueError:
        logger.exception(
            "asked with %s", {"x-api-key": KEY}, extra={"headers": {"authorization": KEY}, "url": f"?key={KEY}"}
        )
    logger.error(f"in the message {KEY}")  # noqa: G004 - what must not be done is done here
    with unwatched():
        logger.error("arguments that %d do not fit", KEY)
    logger.error("a stack", stack_info=True, extra={KEY: KEY})
    log.stop()
    written = (folder / FILE_NAME).read_text() + console.getvalue()
    assert KEY not in written
    assert KEY[13:] not in written
    assert len(lines(folder)) == 4


def test_an_exception_is_one_field_of_its_line(log: Log, folder: Path) -> None:
    log.configure("INFO", folder, console=io.StringIO())
    try:
        raise ZeroDivisionError("by hand")
    except ZeroDivisionError:
        logger.exception("broken")
    log.stop()
    (line,) = lines(folder)
    assert line["exception"].startswith("Traceback (most recent call last)")
    assert line["exception"].endswith("ZeroDivisionError: by hand")


def test_texts_that_no_encoding_holds_are_written_all_the_same(log: Log, folder: Path) -> None:
    log.configure("INFO", folder, console=io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    logger.info("name \udcff and 模型\x00\n second")
    log.stop()
    assert (folder / FILE_NAME).read_text("utf-8").count("\n") == 1


def test_a_full_file_is_set_aside_and_a_new_one_begun(log: Log, folder: Path) -> None:
    log.configure("INFO", folder, console=io.StringIO(), max_bytes=2000)
    for number in range(200):
        logger.info("record %04d", number)
    log.stop()
    kept = sorted(item.name for item in folder.iterdir())
    assert kept == sorted([FILE_NAME] + [f"{FILE_NAME}.{number}" for number in range(1, 11)])
    assert max(item.stat().st_size for item in folder.iterdir()) <= 2000
    assert lines(folder)[-1]["event"] == "record 0199"


def test_a_folder_that_cannot_be_written_costs_only_the_file_and_is_said_once(log: Log, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    console = io.StringIO()
    log.configure("INFO", tmp_path / "file" / "logs", console=console)
    logger.info("goes on")
    log.stop()
    assert console.getvalue().count("cannot be written") == 1
    assert "goes on" in console.getvalue()


def test_a_full_disk_is_said_once_and_the_console_goes_on(
    log: Log, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.mkdir()
    (folder / FILE_NAME).symlink_to("/dev/full")
    console = io.StringIO()
    log.configure("INFO", folder, console=console)
    for _number in range(3):
        logger.info("goes on with %s", KEY)
    log.stop()
    told = capsys.readouterr().err
    assert console.getvalue().count("goes on") == 3
    assert told.count("modelward: the log cannot be written") == 1
    assert "goes on" not in told


def test_records_of_many_threads_are_all_written(log: Log, folder: Path) -> None:
    log.configure("INFO", folder, console=io.StringIO())
    threads = [
        threading.Thread(target=lambda: [logger.info("record") for _number in range(200)]) for _thread in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.stop()
    assert len(lines(folder)) == 800


def test_stopping_twice_is_harmless_and_leaves_logging_as_it_was(folder: Path) -> None:
    before = (list(logging.getLogger().handlers), logging.getLogger("modelward").level)
    log = Log()
    log.configure("INFO", folder, console=io.StringIO())
    log.stop()
    log.stop()
    assert (list(logging.getLogger().handlers), logging.getLogger("modelward").level) == before


def test_the_early_log_costs_the_start_no_structlog(home: Path) -> None:
    code = "import sys; from modelward.core.log import Log; Log().stop(); print('structlog' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout == "False\n"
