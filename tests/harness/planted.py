"""The search for keys: a test after which a planted one lies in its home, or stands in its output, fails."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from modelward.core import redact

PLANTED = "planted-key-7f3a"
"""Every key of the tests holds this text."""


def found_under(folder: Path) -> list[Path]:
    """The files that hold a planted key, compressed ones read as what they hold."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and PLANTED.encode() in _content(path)]


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".zst":
        return content
    import zstandard

    try:
        return content + zstandard.ZstdDecompressor().decompressobj().decompress(content)
    except zstandard.ZstdError:  # some tests damage their copies
        return content


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    redact._remembered = ()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # A test that made no such key left none. By the teardown everything is closed and written.
    if report.when == "teardown" and report.passed and any(PLANTED in text for text in redact._remembered):
        leaks = list(_leaks(item, report))
        if leaks:
            report.outcome = "failed"
            report.longrepr = "a planted key was found in " + "; ".join(leaks)
    return report


def _leaks(item: pytest.Item, report: pytest.TestReport) -> Iterator[str]:
    home = getattr(item, "funcargs", {}).get("home")
    if isinstance(home, Path) and home.is_dir():
        yield from map(str, found_under(home))
    for name in ("capstdout", "capstderr", "caplog"):
        if PLANTED in getattr(report, name):
            yield f"what was captured: {name}"
