"""Charts as files: PNG at twice the size of the screen, or SVG."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QWidget

from modelward.core.atomic import replace_file
from modelward.core.errors import FolderError
from modelward.ui.kit import dialogs

_SHARP = 2
Draw = Callable[[QPainter, QSize], None]


async def save_picture(window: QWidget, name: str, size: QSize, draw: Draw) -> Path | None:
    """Ask where, and write what ``draw`` draws there; the file, or None when the person leaves. Raises FolderError."""
    patterns = "Pictures (*.png);;Drawings (*.svg)"
    path = await dialogs.save_file(window, "Save the chart", f"{name}.png", patterns, "png")
    if path is not None:
        await asyncio.to_thread(write_file, path, picture(path.suffix.lower(), size, draw))
    return path


async def save_table(window: QWidget, name: str, text: str) -> Path | None:
    """Ask where, and write a table as CSV; the file, or None when the person leaves. Raises FolderError."""
    path = await dialogs.save_file(window, "Save the figures", f"{name}.csv", "Tables (*.csv)", "csv")
    if path is not None:
        await asyncio.to_thread(write_file, path, text.encode())
    return path


def picture(ending: str, size: QSize, draw: Draw) -> bytes:
    """A picture's file: SVG where it ends so, else PNG."""
    return _svg(size, draw) if ending == ".svg" else _png(size, draw)


def write_file(path: Path, content: bytes) -> None:
    """Write a file that was asked for. Raises FolderError."""
    try:
        replace_file(path, content)
    except OSError as error:
        raise FolderError(f"{path} could not be written ({error.strerror}).", todo="Choose another folder.") from None


def _png(size: QSize, draw: Draw) -> bytes:
    image = QImage(size * _SHARP, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(_SHARP)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter, size)
    painter.end()
    return _bytes(lambda buffer: QImageWriter(buffer, QByteArray(b"png")).write(image))


def _svg(size: QSize, draw: Draw) -> bytes:
    from PySide6.QtSvg import QSvgGenerator

    def write(buffer: QBuffer) -> None:
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(size)
        generator.setViewBox(QRect(0, 0, size.width(), size.height()))
        painter = QPainter(generator)
        draw(painter, size)
        painter.end()

    return _bytes(write)


def _bytes(write: Callable[[QBuffer], object]) -> bytes:
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    buffer.close()
    return bytes(held.data())
