"""Colours that can be read, sizes that grow with the text, and an appearance that follows the system."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from modelward.core.paths import icons
from modelward.ui.kit.theme import FontRole, Mode, Theme, restyle
from modelward.ui.kit.tokens import DARK, LIGHT, Token, Tone

# Qt's offscreen platform has no window manager to tell of a window's least size, and says so.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

READABLE = 4.5
GROUNDS = (Token.SURFACE, Token.BG, Token.RAISED, Token.SELECTION)
WORDS = [
    *((ink, ground) for ink in (Token.TEXT, Token.MUTED) for ground in (*GROUNDS, Token.NEUTRAL_SOFT, Token.GRID)),
    *((tone.ink, tone.ground) for tone in Tone),
    *((tone.ink, ground) for tone in Tone for ground in (Token.SURFACE, Token.BG, Token.SELECTION)),
    *((Token.TEXT, tone.ground) for tone in Tone),
    *((Token.ON_ACCENT, ground) for ground in (Token.ACCENT, Token.ACCENT_STRONG)),
    *((Token.ON_ACCENT, ground) for ground in (Token.TROUBLE, Token.TROUBLE_STRONG)),
]


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    theme = Theme.install(qapp, Mode.LIGHT)
    yield theme
    theme.dress(Mode.SYSTEM, 1.0)


def luminance(color: str) -> float:
    parts = [channel / 255 for channel in QColor(color).getRgb()[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_every_word_can_be_read_on_every_ground_it_stands_on(colors: dict[Token, str]) -> None:
    poor = [(ink, ground) for ink, ground in WORDS if contrast(colors[ink], colors[ground]) < READABLE]
    assert poor == []


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_every_token_has_a_colour(colors: dict[Token, str]) -> None:
    assert set(colors) == set(Token)


def test_no_other_module_of_the_kit_states_a_colour() -> None:
    folder = Path(__file__).parents[3] / "app/modelward/ui"
    stating = {
        path.name for path in folder.rglob("*.py") if re.search(r"#[0-9A-Fa-f]{6}\b", path.read_text(encoding="utf-8"))
    }
    assert stating == {"tokens.py"}


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_the_marks_of_controls_have_the_colours_of_their_appearance(mode: Mode) -> None:
    colors = set((LIGHT if mode is Mode.LIGHT else DARK).values())
    drawn = [path.read_text(encoding="utf-8") for path in (icons() / "controls").glob(f"*-{mode}.svg")]
    assert len(drawn) == 5
    assert {color for text in drawn for color in re.findall("#[0-9A-F]{6}", text)} <= colors


def test_every_file_that_the_style_sheet_names_exists(theme: Theme, qapp: QApplication) -> None:
    for mode in (Mode.LIGHT, Mode.DARK):
        theme.set_mode(mode)
        named = set(re.findall(r'url\("icons:(.+?)"\)', qapp.styleSheet()))
        assert named
        assert [name for name in named if not (icons() / name).is_file()] == []


def test_changing_the_mode_recolours_what_is_shown_and_tells_once(theme: Theme, qtbot: QtBot) -> None:
    button = QPushButton("Heal now")
    button.setProperty("role", "primary")
    qtbot.addWidget(button)
    button.show()
    told: list[bool] = []
    theme.changed.connect(lambda: told.append(theme.is_dark))
    assert button.grab().toImage().pixelColor(button.width() // 2, 4) == QColor(LIGHT[Token.ACCENT])
    theme.set_mode(Mode.DARK)
    theme.set_mode(Mode.DARK)
    assert button.grab().toImage().pixelColor(button.width() // 2, 4) == QColor(DARK[Token.ACCENT])
    assert told == [True]


def test_the_system_mode_follows_the_system_while_it_runs(theme: Theme, qapp: QApplication) -> None:
    told = qapp.styleHints().colorSchemeChanged
    theme.set_mode(Mode.SYSTEM)
    followed = []
    for scheme in (Qt.ColorScheme.Dark, Qt.ColorScheme.Light, Qt.ColorScheme.Dark, Qt.ColorScheme.Unknown):
        told.emit(scheme)
        followed.append(theme.is_dark)
    assert followed == [True, False, True, False]


def test_a_chosen_mode_stays_whatever_the_system_does(theme: Theme, qapp: QApplication) -> None:
    told = qapp.styleHints().colorSchemeChanged
    told.emit(Qt.ColorScheme.Dark)
    stayed = not theme.is_dark
    told.emit(Qt.ColorScheme.Light)
    assert stayed


def test_there_is_one_theme_however_often_it_is_installed(theme: Theme, qapp: QApplication) -> None:
    assert Theme.install(qapp, Mode.DARK) is theme
    assert Theme.current() is theme
    assert theme.mode is Mode.DARK


@pytest.mark.parametrize("text_scale", [1.0, 1.25, 1.5, 2.0])
def test_what_holds_text_grows_with_it(theme: Theme, qtbot: QtBot, text_scale: float) -> None:
    theme.set_text_scale(text_scale)
    line = QFontMetrics(theme.font()).height()
    assert theme.row_height >= line + 8
    assert theme.tag_height >= QFontMetrics(theme.font(FontRole.TAG)).height()
    for control in (QPushButton("Ag"), QLineEdit("Ag")):
        qtbot.addWidget(control)
        assert control.sizeHint().height() >= max(line + 4, theme.control_height - 1)


@pytest.mark.parametrize("role", ["", "primary", "danger", "quiet", "chip"])
def test_a_button_shows_its_focus_and_keeps_its_size(theme: Theme, qtbot: QtBot, role: str) -> None:
    button = QPushButton("Back up now")
    button.setProperty("role", role)
    qtbot.addWidget(button)
    button.show()
    qtbot.waitExposed(button)
    button.clearFocus()
    before, size = button.grab().toImage(), button.sizeHint()
    button.activateWindow()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    assert button.grab().toImage() != before
    assert button.sizeHint() == size


def test_figures_are_of_equal_width(theme: Theme) -> None:
    metrics = QFontMetrics(theme.font())
    assert metrics.horizontalAdvance("1111111") == metrics.horizontalAdvance("8888888")


def test_a_property_that_changes_later_is_seen_after_a_restyle(theme: Theme, qtbot: QtBot) -> None:
    button = QPushButton("Delete")
    qtbot.addWidget(button)
    button.show()
    button.setProperty("role", "danger")
    restyle(button)
    assert button.grab().toImage().pixelColor(button.width() // 2, 4) == QColor(LIGHT[Token.TROUBLE])
