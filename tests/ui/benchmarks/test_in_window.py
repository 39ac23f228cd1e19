"""Measuring in the whole window: the tab's place, and that the start of the program waits for none of it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from harness.windows import OpenWindow
from modelward.ui.shell.main_window import BENCHMARKS

ROWS = """
import sys
import modelward.__main__, modelward.ui.shell.application, modelward.desk, modelward.ui.shell.workspace
late = ("modelward.benchmarks", "modelward.advice", "modelward.ui.benchmarks", "pyqtgraph", "numpy")
print([name for name in sys.modules if name.startswith(late)])
"""


def test_nothing_of_measuring_is_imported_before_the_first_rows() -> None:
    told = subprocess.run([sys.executable, "-c", ROWS], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.usefixtures("filled_home")
async def test_the_tab_is_the_third_and_is_refreshed_with_what_changes(open_window: OpenWindow) -> None:
    opened = await open_window()
    await opened.quiet()
    workspace = opened.session.workspace
    assert workspace is not None
    tab = workspace.measuring.tab
    assert tab is not None
    QTest.keyClick(opened.window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.current_tab == BENCHMARKS
    await workspace.refresh.settled()
    assert opened.session.desk is not None
    await opened.session.desk.preferences.change("benchmarks.good_enough", 0.95)
    await workspace.refresh.settled()
    assert tab.map.threshold.text() == "Good enough: 0.95"
