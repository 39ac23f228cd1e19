"""The question before a restore: which version comes back, and what it replaces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QButtonGroup, QFrame, QRadioButton, QScrollArea, QVBoxLayout, QWidget

from modelward.catalog.fields import clip
from modelward.ollama.model import BlobState, VaultVersion
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.theme import SPACE, Theme, Tone
from modelward.ui.ollama.figures import size_text
from modelward.ui.ollama.rows import Row
from modelward.ui.ollama.wording import version_text, version_tooltip

_WIDTH, _MOST_HEIGHT = 520, 260
_GOOD = frozenset({BlobState.INTACT, BlobState.UNPROVEN})


class RestoreDialog(Sheet):
    """Accepted when the person wants :attr:`chosen` back. Enter alone leaves everything as it is."""

    def __init__(self, row: Row, now: datetime, parent: QWidget | None) -> None:
        super().__init__(
            parent, f"Restore {clip(row.title, 200)}?", "Which version is to lie in the model folder?", Tone.TROUBLE
        )
        self.setMinimumWidth(Theme.current().scaled(_WIDTH))
        self._row = row
        self.versions: Sequence[VaultVersion] = row.versions
        self.choices = QButtonGroup(self)
        self.column.addWidget(self._scrolled(now), 1)
        self.told = NoticeBar(self, can_close=False)
        self.column.addWidget(self.told)
        self.action = self.add_buttons("Restore", is_danger=True)
        self.choices.idToggled.connect(self._tell)
        self._tell()

    @property
    def chosen(self) -> VaultVersion:
        """The version that is marked."""
        return self.versions[max(self.choices.checkedId(), 0)]

    def _scrolled(self, now: datetime) -> QWidget:
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        first = preferred(self._row)
        for number, version in enumerate(self.versions):
            current = " · current" if version.manifest.digest == self._row.manifest_digest else ""
            choice = QRadioButton(f"{version_text(version, now)}{current}", content)
            choice.setToolTip(version_tooltip(version, now))
            choice.setChecked(number == first)
            self.choices.addButton(choice, number)
            column.addWidget(choice)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        for ground in (scroll.viewport(), content):
            ground.setAutoFillBackground(False)
        scroll.setFixedHeight(min(content.sizeHint().height() + SPACE, Theme.current().scaled(_MOST_HEIGHT)))
        return scroll

    def _tell(self) -> None:
        what, why, tone = replaced(self._row, self.chosen)
        self.told.tell(what, why, tone=tone)


def preferred(row: Row) -> int:
    """Which version is marked at first: the newest, but none that lies in the model folder whole."""
    others = (at for at, version in enumerate(row.versions) if version.manifest.digest != row.manifest_digest)
    return 0 if row.is_bad else next(others, 0)


def replaced(row: Row, version: VaultVersion) -> tuple[str, str, Tone]:
    """What a restore of a version would replace, in words."""
    size = size_text(missing_bytes(row, version))
    written = (
        f"{size} are written into the model folder." if missing_bytes(row, version) else "No blob has to be written."
    )
    if row.check is None or not row.manifest_digest:
        return "Nothing is replaced: the model folder has no version of it that can be read.", written, Tone.ACCENT
    if row.manifest_digest == version.manifest.digest:
        if row.is_bad:
            return "The same version lies there, damaged: what is bad of it is replaced.", written, Tone.ACCENT
        return "The same version lies there already.", written, Tone.ACCENT
    today = row.manifest_digest[-64:][:12]
    if row.has_current_copy:
        return f"The version that lies there now ({today}) is replaced; the vault has it too.", written, Tone.ACCENT
    why = f"Cancel and press Back up first to keep it. {written}"
    return f"The version that lies there now ({today}) is replaced, and the vault has no copy of it.", why, Tone.TROUBLE


def missing_bytes(row: Row, version: VaultVersion) -> int:
    """Bytes of the version's blobs that the model does not have whole now."""
    here = {each.layer.digest for each in row.check.layers if each.check.state in _GOOD} if row.check else set()
    return sum(layer.size for layer in version.manifest.blobs if layer.digest not in here)
