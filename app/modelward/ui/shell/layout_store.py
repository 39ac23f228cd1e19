"""Where the window remembers how it looks: geometry, current tab, splitters, columns; one small ini file."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

logger = logging.getLogger(__name__)

THEME_KEY = "window/theme"
"""The appearance in force at the last time, so that the first paint need not wait for the settings."""


class LayoutStore:
    """Layout values by key (``window/geometry``, ``catalog/columns``), kept in ``file``.

    A layout is a comfort: a file that cannot be read or written costs only the comfort, so that nothing here raises.
    A damaged file is set aside as ``<name>.damaged`` and the window starts with its defaults.
    """

    def __init__(self, file: Path) -> None:
        self._settings = _opened(file)

    def text(self, key: str, default: str = "") -> str:
        """The text kept under a key."""
        value = self._settings.value(key)
        return value if isinstance(value, str) else default

    def state(self, key: str) -> QByteArray:
        """The geometry or header state kept under a key; empty where there is none."""
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep(self, key: str, value: str | QByteArray) -> None:
        """Remembers a value; it reaches the disk with :meth:`save` or when Qt finds time."""
        self._settings.setValue(key, value)

    def save(self) -> None:
        """Writes what is kept to the disk."""
        self._settings.sync()
        if self._settings.status() is not QSettings.Status.NoError:
            logger.warning("The window's layout could not be saved to %s.", self._settings.fileName())


def _opened(file: Path) -> QSettings:
    settings = QSettings(str(file), QSettings.Format.IniFormat)
    settings.allKeys()
    if settings.status() is QSettings.Status.NoError:
        return settings
    logger.warning("The window's layout in %s is damaged; it is set aside.", file)
    try:
        file.replace(file.with_name(file.name + ".damaged"))
    except OSError as error:
        logger.warning("It could not be set aside: %s.", error)
    return QSettings(str(file), QSettings.Format.IniFormat)
