"""The tray's pictures: the shield, with a badge whose shape tells how all is."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap

from modelward.ui.kit.icons import pixmap
from modelward.ui.kit.theme import Token

_SIZES = (16, 22, 24, 32, 48, 64)


class TrayState(StrEnum):
    """What the icon tells; the values are colours and, but for the first, names of badges."""

    WELL = "well"
    WORKING = "working"
    ATTENTION = "attention"
    TROUBLE = "trouble"


def picture(state: TrayState) -> QIcon:
    """The icon in the colours of now. Plain pictures, as trays are other programs, which know no theme of ours."""
    drawn = QIcon()
    for size in _SIZES:
        drawn.addPixmap(_drawn(state, size))
    return drawn


def _drawn(state: TrayState, size: int) -> QPixmap:
    # On an image of its own: pixmaps made of one image share the key by which Qt remembers what icons look like.
    picture = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.drawPixmap(0, 0, pixmap("tray/shield", Token.ACCENT, size, 1.0))
    painter.drawPixmap(0, 0, pixmap("tray/pulse", Token.SURFACE, size, 1.0))
    if state is not TrayState.WELL:
        # A ground of its own: a panel may be dark where the windows are light, and the other way round.
        painter.drawPixmap(0, 0, pixmap("tray/ground", Token.SURFACE, size, 1.0))
        painter.drawPixmap(0, 0, pixmap(f"tray/{state.value}", Token(state.value), size, 1.0))
    painter.end()
    return QPixmap.fromImage(picture)
