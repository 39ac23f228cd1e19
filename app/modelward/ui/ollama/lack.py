"""What stands in place of the list where there is no model to show: why, and the ways out."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from shlex import quote

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from modelward.catalog.fields import clip
from modelward.ollama.model import FolderSource, Overview, ServerState
from modelward.ui.kit.flow import FlowLayout
from modelward.ui.kit.icons import icon
from modelward.ui.kit.text import Text
from modelward.ui.kit.theme import SPACE, Theme, Token, restyle
from modelward.ui.ollama.standing import address_text

_PICTURE = 32
_WIDEST = 680


class Lack(Enum):
    """Why there is no model to show."""

    LOOKING = "looking"  # it is not known yet
    OLLAMA = "no Ollama"  # neither an answer nor a folder
    FOLDER = "no folder"  # a server answers, and nothing tells where its models lie
    RIGHT = "no right"  # the folder is there, and we may not read it
    TROUBLE = "trouble"  # it is there, and for another reason nothing in it can be read
    MODELS = "no models"


_TITLES = {
    Lack.LOOKING: "Looking for Ollama…",
    Lack.OLLAMA: "There is no Ollama here",
    Lack.FOLDER: "Ollama answers, but its models do not lie on this machine",
    Lack.RIGHT: "The models cannot be read",
    Lack.TROUBLE: "The models cannot be read",
    Lack.MODELS: "Ollama has no models yet",
}
_OLLAMA = (
    "Ollama runs models on your own machine: private, free of charge, and without a network. Once it is there, "
    "Modelward proves that its models are intact, keeps copies of them, and brings back what gets damaged or lost.\n\n"
    "It was looked for at {url} and {folders}. If it runs elsewhere, say where."
)
_FOLDER = (
    "{url} answers. To prove and copy models, Modelward has to read their files: choose the folder if it can be "
    "reached from here, for example over the network or as the volume of a container."
)
_MODELS = "Fetch one with a command such as this; it is then verified and copied by itself."
_PULL = "ollama pull llama3.2"


def lack_of(overview: Overview | None, *, can_read: bool = True) -> Lack | None:
    """Why there is no model to show; None where there are some. ``can_read``: the folder lets us read it."""
    if overview is None:
        return Lack.LOOKING
    if overview.standings or (overview.vault is not None and overview.vault.versions):
        return None
    is_running = overview.look is not None and overview.look.state is ServerState.RUNNING
    if overview.place is None or not overview.place.is_there:
        return Lack.FOLDER if is_running else Lack.OLLAMA
    if not can_read:
        return Lack.RIGHT
    return Lack.TROUBLE if problems_of(overview) else Lack.MODELS


def problems_of(overview: Overview) -> list[str]:
    """What could not be read, without what is only worth knowing of the folder."""
    detail = overview.place.detail if overview.place else ""
    return [problem for problem in overview.problems if problem != detail]


def right_command(overview: Overview) -> str:
    """The command that lets the person read the model folder."""
    assert overview.place is not None
    if overview.place.source is FolderSource.SERVICE:
        return f'sudo usermod -aG ollama "$USER" && sudo chmod -R g+rX {_quoted(overview.place.folder)}'
    return f"sudo chmod -R a+rX {_quoted(overview.place.folder)}"


def _quoted(folder: Path) -> str:
    return quote(str(folder))


class LackPage(QWidget):
    """Says why, shows a command to copy where one helps, and offers an address and a folder."""

    address_requested = Signal()
    folder_requested = Signal()
    look_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = Theme.current()
        self._picture = QLabel(self)
        self.title = Text("", "name", self, wraps=True)
        self.words = Text("", "muted", self, wraps=True)
        self.command = Text("", "mono", self, wraps=True)
        self._buttons = QWidget(self)
        self.copy = QPushButton("Copy the command", self._buttons)
        self.address = QPushButton("Set the address…", self._buttons)
        self.folder = QPushButton("Choose the folder…", self._buttons)
        self.again = QPushButton("Look again", self._buttons)
        self._lay_out()
        self._connect()
        self._theme.changed.connect(self._draw)
        self._draw()

    def show_lack(self, lack: Lack, overview: Overview | None, url: str) -> None:
        """Shows why there is nothing."""
        self.title.setText(_TITLES[lack])
        self.words.setText(_sentence(lack, overview, url))
        command = _PULL if lack is Lack.MODELS else ""
        if lack is Lack.RIGHT and overview is not None:
            command = right_command(overview)
        self.command.setText(command)
        self.setAccessibleName(f"{self.title.text()}. {self.words.text()} {command}".strip())
        for widget in (self.command, self.copy):
            widget.setVisible(bool(command))
        self.words.setVisible(bool(self.words.text()))
        for button in (self.address, self.folder):
            button.setVisible(lack not in (Lack.LOOKING, Lack.MODELS))
        first = self.copy if command else self.folder
        for button in (self.copy, self.folder):
            button.setProperty("role", "primary" if button is first else "")
            restyle(button)
        self.again.setVisible(lack is not Lack.LOOKING)
        self._buttons.updateGeometry()

    def _lay_out(self) -> None:
        flow = FlowLayout(self._buttons, gap=SPACE)
        for button in (self.copy, self.folder, self.address, self.again):
            flow.addWidget(button)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._buttons.setSizePolicy(policy)
        for text in (self.words, self.command):
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addStretch(1)
        for widget in (self._picture, self.title, self.words, self.command, self._buttons):
            column.addWidget(widget)
        column.addStretch(2)

    def _connect(self) -> None:
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.command.text()))
        self.address.clicked.connect(self.address_requested)
        self.folder.clicked.connect(self.folder_requested)
        self.again.clicked.connect(self.look_requested)

    def _draw(self) -> None:
        size = self._theme.scaled(_PICTURE)
        self._picture.setPixmap(icon("ollama", Token.FAINT).pixmap(size, size))
        for text in (self.words, self.command):
            text.setMaximumWidth(self._theme.scaled(_WIDEST))


def _sentence(lack: Lack, overview: Overview | None, url: str) -> str:
    address = address_text(url)
    if lack in (Lack.RIGHT, Lack.TROUBLE) and overview is not None and overview.place is not None:
        told = "\n".join(clip(problem, 400) for problem in problems_of(overview)[:3])
        command = "\n\nThis command gives you the right to read it:" if lack is Lack.RIGHT else ""
        return f"{overview.place.folder}\n{told}{command}"
    if lack is Lack.MODELS:
        where = f"The folder {overview.place.folder} holds none. " if overview and overview.place else ""
        return f"{where}{_MODELS}"
    place = overview.place if overview is not None else None
    folders = f"in {place.folder}, which is not there" if place is not None else "in the usual folders"
    return {Lack.OLLAMA: _OLLAMA, Lack.FOLDER: _FOLDER}.get(lack, "").format(url=address, folders=folders)
