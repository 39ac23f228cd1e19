"""Icons: all there, crisp, in the theme's colours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from modelward.core.paths import icons
from modelward.ui.kit.icons import app_icon, icon, pixmap
from modelward.ui.kit.theme import Mode, Theme, Token
from modelward.ui.kit.tokens import DARK, LIGHT

# Qt's offscreen platform has no window manager to tell of a window's least size, and says so.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

NAMES = sorted(path.stem for path in icons().glob("*.svg") if path.stem != "modelward")


@pytest.fixture(autouse=True)
def theme(qapp: QApplication) -> Iterator[Theme]:
    theme = Theme.install(qapp, Mode.LIGHT)
    yield theme
    theme.set_mode(Mode.SYSTEM)


def solid_colors(image: QImage) -> set[str]:
    """The colours of the pixels that are drawn whole."""
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {pixel.name().upper() for pixel in pixels if pixel.alpha() == 255}


@pytest.mark.parametrize("name", NAMES)
def test_each_icon_is_drawn_in_the_colour_of_its_token_alone(name: str) -> None:
    assert solid_colors(pixmap(name, Token.ACCENT, 64, 1.0).toImage()) == {LIGHT[Token.ACCENT]}


@pytest.mark.parametrize("name", NAMES)
def test_each_icon_leaves_an_edge_free(name: str) -> None:
    image = pixmap(name, Token.TEXT, 64, 1.0).toImage()
    rim = [(x, y) for x in range(64) for y in range(64) if x in {0, 63} or y in {0, 63}]
    assert [place for place in rim if image.pixelColor(*place).alpha()] == []


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_an_icon_has_as_many_pixels_as_the_screen_shows(ratio: float) -> None:
    drawn = icon("health").pixmap(QSize(16, 16), ratio)
    assert (drawn.width(), drawn.devicePixelRatio()) == (round(16 * ratio), ratio)


def test_an_icon_set_already_follows_the_theme(theme: Theme, qtbot: QtBot) -> None:
    button = QPushButton(icon("dot", Token.WELL), "")
    qtbot.addWidget(button)
    button.show()
    middle = button.rect().center()
    assert button.grab().toImage().pixelColor(middle) == QColor(LIGHT[Token.WELL])
    theme.set_mode(Mode.DARK)
    assert button.grab().toImage().pixelColor(middle) == QColor(DARK[Token.WELL])


def test_a_disabled_icon_is_faint() -> None:
    drawn = icon("dot", Token.WELL).pixmap(QSize(16, 16), 1.0, QIcon.Mode.Disabled)
    assert solid_colors(drawn.toImage()) == {LIGHT[Token.FAINT]}


def test_a_copy_that_qt_makes_of_an_icon_is_still_drawn() -> None:
    original = icon("dot", Token.WELL)
    for _ in range(200):
        copy = QIcon(original)
        copy.addPixmap(original.pixmap(8, 8))  # makes Qt copy the engine
        assert not copy.pixmap(16, 16).isNull()
    assert solid_colors(original.pixmap(16, 16).toImage()) == {LIGHT[Token.WELL]}


def test_an_unknown_icon_is_an_error_at_once() -> None:
    with pytest.raises(FileNotFoundError):
        pixmap("no-such-icon", Token.TEXT, 16, 1.0)


def test_the_mark_comes_in_the_sizes_that_desktops_ask_for() -> None:
    mark = app_icon()
    assert {size.width() for size in mark.availableSizes()} >= {16, 24, 32, 48, 64, 128, 256}
    assert LIGHT[Token.ACCENT] in solid_colors(mark.pixmap(64, 64).toImage())
