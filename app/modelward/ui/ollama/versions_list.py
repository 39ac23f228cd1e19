"""The versions of a model in the vault."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from modelward.ollama.model import VaultVersion
from modelward.ui.kit.elided import ElidedLabel
from modelward.ui.kit.rows import plain_tooltip
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Tone
from modelward.ui.ollama import wording

_MOST = 8
_NONE = "None yet: Back up makes one."


class VersionsList(QWidget):
    """A line a version, newest first; the one that lies in the model folder is marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE)
        self._grid.setVerticalSpacing(SPACE)
        self._grid.setColumnStretch(2, 1)
        self._lines: list[tuple[ElidedLabel, Tag]] = []
        self.rest = Text(_NONE, "muted", self, wraps=True)

    def show_versions(self, versions: Sequence[VaultVersion], current: str, now: datetime) -> None:
        """Shows these versions; ``current`` is the digest of the manifest in the model folder."""
        shown = versions[:_MOST]
        self._grid.removeWidget(self.rest)
        while len(self._lines) < len(shown):
            self._lines.append(self._made(len(self._lines)))
        for place, (words, tag) in enumerate(self._lines):
            is_shown = place < len(shown)
            words.setVisible(is_shown)
            tag.setVisible(is_shown and shown[place].manifest.digest == current)
            if is_shown:
                words.setText(wording.version_text(shown[place], now))
                words.setToolTip(plain_tooltip(wording.version_tooltip(shown[place], now)))
        self._grid.addWidget(self.rest, len(self._lines), 0, 1, 3)
        more = len(versions) - len(shown)
        self.rest.setText(f"and {more:,} more" if more else _NONE)
        self.rest.setVisible(bool(more) or not versions)

    def _made(self, row: int) -> tuple[ElidedLabel, Tag]:
        words, tag = ElidedLabel("", "muted", self), Tag("current", Tone.WELL, self)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(words, row, 0)
        self._grid.addWidget(tag, row, 1, Qt.AlignmentFlag.AlignLeft)
        return words, tag
