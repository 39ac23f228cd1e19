"""A page of the settings that is a form and nothing else, and the head that every page has."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from modelward.core.changes import Changes, Room
from modelward.core.preferences import Preferences
from modelward.ui.kit.forms import SettingsForm
from modelward.ui.kit.tasks import Tasks
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE
from modelward.ui.settings.pages import Page


class PageFrame(QWidget):
    """Title and sentence, what belongs at their right (``head``), and below them ``body``, which scrolls."""

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(page.title)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(page.title, "name", self))
        words.addWidget(Text(page.sentence, "muted", self, wraps=True))
        self.head = QHBoxLayout()
        self.head.setSpacing(2 * SPACE)
        self.head.addLayout(words, 1)
        self.head.setContentsMargins(0, 0, 3 * SPACE, SPACE)
        scroll = QScrollArea(self)
        self._bar = scroll.verticalScrollBar()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.content = inner = _Content()
        scroll.setWidget(inner)
        for ground in (inner, scroll.viewport()):
            ground.setAutoFillBackground(False)  # the dialog's own surface shows through
        self.body = QVBoxLayout(inner)
        self._leave_room()
        self._bar.rangeChanged.connect(self._leave_room)
        self.body.setSpacing(SPACE)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(3 * SPACE, 3 * SPACE, 0, 0)
        self.column.setSpacing(SPACE)
        self.column.addLayout(self.head)
        self.column.addWidget(scroll, 1)

    def _leave_room(self) -> None:
        """The same room at the right with a scroll bar and without, so that nothing moves when one comes."""
        bar = self._bar.sizeHint().width() if self._bar.maximum() else 0
        self.body.setContentsMargins(0, 0, 3 * SPACE - bar, 2 * SPACE)


class _Content(QWidget):
    """As high as its words at the width it has; Qt takes them for as high as at the least width."""

    def minimumSizeHint(self) -> QSize:
        least, layout = super().minimumSizeHint(), self.layout()
        # Only where some words wrap does the scroll area ask for the height at a width.
        return QSize(least.width(), 0) if layout is not None and layout.hasHeightForWidth() else least


class FormPage(PageFrame):
    """A page made from the settings that its row of data names."""

    changed = Signal(Changes)

    def __init__(self, page: Page, preferences: Preferences, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(page, parent)
        self.form = SettingsForm(preferences, page.settings, tasks, self)
        self.form.saved.connect(self._on_form_saved)
        self.body.addWidget(self.form)
        self.body.addStretch(1)

    async def reload(self) -> None:
        """The form follows the preferences by itself."""

    def stop(self) -> None:
        """Follow the preferences no longer."""
        self.form.stop()

    def _on_form_saved(self, key: str) -> None:
        self.changed.emit(Changes.of(Room.SETTINGS, frozenset({key})))
