"""The program's own icons, drawn in the colours of the theme at the moment they are painted."""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap

from modelward.core.paths import icons
from modelward.ui.kit.theme import Theme, Token

_APP_SIZES = (16, 22, 24, 32, 48, 64, 128, 256)
_HAND = b"currentColor"


def icon(name: str, token: Token | str = Token.MUTED) -> QIcon:
    """An icon by its file's name in ``icons/``. It follows the theme by itself, also where it is set already."""
    return QIcon(_LineEngine(name, Token(token)))


def pixmap(name: str, token: Token | str, size: int, ratio: float) -> QPixmap:
    """An icon as a picture of ``size`` by ``size`` pixels, sharp on a screen of that device-pixel ratio."""
    image = _drawn(_source(name), Theme.current().color(Token(token)).name().encode(), round(size * ratio))
    image.setDevicePixelRatio(ratio)
    return QPixmap.fromImage(image)


def app_icon() -> QIcon:
    """The mark of Modelward: a shield with a pulse line."""
    found = QIcon()
    for size in _APP_SIZES:
        found.addPixmap(QPixmap.fromImage(_drawn(_source("modelward"), b"", size)))
    return found


class _LineEngine(QIconEngine):
    """Paints one line icon in the colour that its token has now; disabled: faint."""

    def __init__(self, name: str, token: Token) -> None:
        super().__init__()
        self._name = name
        self._token = token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(rect, self.scaledPixmap(rect.size(), mode, state, ratio))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:  # noqa: ARG002
        token = Token.FAINT if mode is QIcon.Mode.Disabled else self._token
        return pixmap(self._name, token, min(size.width(), size.height()), scale)

    def clone(self) -> QIconEngine:
        copy = _LineEngine(self._name, self._token)
        # Qt owns the copy, but PySide frees what nobody in Python holds, and Qt would paint with freed memory.
        _clones.append(copy)
        return copy


_clones: list[_LineEngine] = []


@cache
def _source(name: str) -> bytes:
    return (icons() / f"{name}.svg").read_bytes()


@lru_cache(maxsize=512)
def _drawn(source: bytes, color: bytes, pixels: int) -> QImage:
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(source.replace(_HAND, color))).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return image
