"""The look of the window: which colours, fonts and sizes hold now, and how Qt is dressed in them.

Widgets are styled by what they are and by dynamic properties, which the style sheet knows:

- ``QPushButton`` and ``QToolButton``: ``role`` = ``primary`` (one a card), ``danger``, ``chip`` (a filter; ``active``
  when it filters), ``quiet`` (no frame until the pointer is over it), ``link``, ``inline`` (an icon as high as the text
  beside it); none is the ordinary framed button.
- ``QLabel``: ``role`` = ``name``, ``title``, ``figure``, ``strong``, ``muted``, ``small``, ``mono``, ``complaint``.
- ``QFrame``: ``role`` = ``card``, ``bar`` (a strip along an edge), ``side`` (a list of pages), ``notice`` (with
  ``tone``).

A property that changes after the widget was shown needs :func:`restyle`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import cast

from PySide6.QtCore import QDir, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from modelward.core.paths import icons
from modelward.ui.kit.stylesheet import style_sheet
from modelward.ui.kit.tokens import DARK, LIGHT, Token, Tone

__all__ = ["SPACE", "FontRole", "Mode", "Theme", "Token", "Tone", "restyle"]

SPACE = 8
"""The unit of all gaps, in pixels; 16 within cards and between them."""

RADIUS_CARD, RADIUS_CONTROL, RADIUS_TAG = 8, 6, 4

_BASE_POINTS = 10.0
_BASE_DPI = 96
_POINTS_PER_PIXEL = 72 / _BASE_DPI
_ROW, _CONTROL, _TAG, _ICON = 34, 30, 20, 16
_FAMILY = "Inter"
_PROPERTY = "modelward_theme"


class Mode(StrEnum):
    """Which appearance the person chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class FontRole(StrEnum):
    """What a text is, which decides its size and weight."""

    BODY = "body"
    STRONG = "strong"
    SMALL = "small"
    TAG = "tag"
    TITLE = "title"
    NAME = "name"
    FIGURE = "figure"
    MONO = "mono"


# Sizes in pixels at 96 dpi and 100 % text.
_FONTS: dict[FontRole, tuple[float, QFont.Weight]] = {
    FontRole.BODY: (_BASE_POINTS / _POINTS_PER_PIXEL, QFont.Weight.Normal),
    FontRole.STRONG: (_BASE_POINTS / _POINTS_PER_PIXEL, QFont.Weight.DemiBold),
    FontRole.SMALL: (12, QFont.Weight.Normal),
    FontRole.TAG: (11, QFont.Weight.Medium),
    FontRole.TITLE: (13, QFont.Weight.DemiBold),
    FontRole.NAME: (17, QFont.Weight.DemiBold),
    FontRole.FIGURE: (30, QFont.Weight.Bold),
    FontRole.MONO: (12, QFont.Weight.Normal),
}


def restyle(widget: QWidget) -> None:
    """Let the style sheet look again at a widget whose dynamic property changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


class Theme(QObject):
    """The appearance in force, one for the application. ``changed`` is emitted once all of it is in place."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._mode = Mode.SYSTEM
        self._look: tuple[bool, float] | None = None
        self._family = _FAMILY if QFontDatabase.hasFamily(_FAMILY) else app.font().family()
        self._colors: dict[str, QColor] = {}
        self._fonts: dict[str, QFont] = {}
        app.setStyle("Fusion")
        QDir.setSearchPaths("icons", [str(icons())])  # how the style sheet names the marks of check boxes and arrows
        app.setProperty(_PROPERTY, self)
        self._system_is_dark = app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        app.styleHints().colorSchemeChanged.connect(self._on_color_scheme_changed)

    @classmethod
    def install(cls, app: QApplication, mode: Mode | str = Mode.SYSTEM, *, text_scale: float = 1.0) -> Theme:
        """Dress an application, or change how it is dressed; ``text_scale`` is 1.0 to 1.5 and more."""
        theme = cls._find(app) or cls(app)
        theme.dress(Mode(mode), text_scale)
        return theme

    @classmethod
    def current(cls) -> Theme:
        """The installed theme; a plain one is installed where nobody did."""
        app = cast("QApplication", QApplication.instance())
        return cls._find(app) or cls.install(app)

    @staticmethod
    def _find(app: QApplication) -> Theme | None:
        found = app.property(_PROPERTY)
        return found if isinstance(found, Theme) else None

    @property
    def text_scale(self) -> float:
        """How large text is, 1.0 being its size as designed."""
        return self._look[1] if self._look else 1.0

    @property
    def mode(self) -> Mode:
        """What the person chose."""
        return self._mode

    @property
    def is_dark(self) -> bool:
        """Whether the dark colours hold now."""
        return self._look is not None and self._look[0]

    def dress(self, mode: Mode, text_scale: float) -> None:
        """Take on an appearance; nothing is done where it is the present one."""
        self._mode = mode
        look = (self._wants_dark(), text_scale)
        if look != self._look:
            self._look = look
            self._apply()

    def set_mode(self, mode: Mode | str) -> None:
        """Change to the light or the dark appearance, or follow the system."""
        self.dress(Mode(mode), self.text_scale)

    def set_text_scale(self, text_scale: float) -> None:
        """Make all text larger or smaller; what holds text grows with it."""
        self.dress(self._mode, text_scale)

    def color(self, token: Token | str) -> QColor:
        """The colour of a token; do not change it."""
        return self._colors[token]

    def tone(self, tone: Tone | str) -> tuple[QColor, QColor]:
        """Ground and ink of a tone."""
        tone = Tone(tone)
        return self._colors[tone.ground], self._colors[tone.ink]

    def font(self, role: FontRole | str = FontRole.BODY) -> QFont:
        """The font of a role, with figures of equal width."""
        return QFont(self._fonts[role])

    def scaled(self, pixels: float) -> int:
        """A length that must grow with the text: so many pixels at 100 %."""
        return round(pixels * self._growth)

    @property
    def row_height(self) -> int:
        """Height of a table's row, in pixels."""
        return self.scaled(_ROW)

    @property
    def control_height(self) -> int:
        """Height of buttons, fields and boxes, in pixels."""
        return self.scaled(_CONTROL)

    @property
    def tag_height(self) -> int:
        """Height of a tag, in pixels."""
        return self.scaled(_TAG)

    @property
    def icon_size(self) -> int:
        """Edge of an icon beside text, in pixels."""
        return self.scaled(_ICON)

    def _on_color_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        self._system_is_dark = scheme is Qt.ColorScheme.Dark
        self.dress(self._mode, self.text_scale)

    def _wants_dark(self) -> bool:
        if self._mode is Mode.SYSTEM:
            return self._system_is_dark
        return self._mode is Mode.DARK

    def _apply(self) -> None:
        colors = DARK if self.is_dark else LIGHT
        self._colors = {token.value: QColor(value) for token, value in colors.items()}
        self._fonts = {role.value: self._make_font(role) for role in FontRole}
        self._growth = self._measure_growth()
        self._app.setFont(self._fonts[FontRole.BODY])
        self._app.setPalette(self._palette())
        self._app.setStyleSheet(style_sheet(colors, self.scaled, self._fonts, is_dark=self.is_dark))
        self.changed.emit()

    def _make_font(self, role: FontRole) -> QFont:
        pixels, weight = _FONTS[role]
        if role is FontRole.MONO:
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        else:
            font = QFont(self._family)
            font.setFeature(QFont.Tag("tnum"), 1)
        # Points, so that a desktop that asks for larger text by its dpi gets it.
        font.setPointSizeF(pixels * _POINTS_PER_PIXEL * self.text_scale)
        font.setWeight(weight)
        return font

    def _measure_growth(self) -> float:
        dpi = QGuiApplication.primaryScreen().logicalDotsPerInchY()
        # A system font may stand taller than Inter at the same size: rows must hold it all the same.
        line = QFontMetricsF(self._fonts[FontRole.BODY]).height()
        return max(self.text_scale * dpi / _BASE_DPI, line / (_ROW - 2 * SPACE))

    def _palette(self) -> QPalette:
        palette = QPalette()
        role = QPalette.ColorRole
        for part, token in {
            role.Window: Token.BG,
            role.WindowText: Token.TEXT,
            role.Base: Token.SURFACE,
            role.AlternateBase: Token.RAISED,
            role.ToolTipBase: Token.SURFACE,
            role.ToolTipText: Token.TEXT,
            role.PlaceholderText: Token.MUTED,
            role.Text: Token.TEXT,
            role.Button: Token.SURFACE,
            role.ButtonText: Token.TEXT,
            role.BrightText: Token.TROUBLE,
            role.Highlight: Token.SELECTION,
            role.HighlightedText: Token.TEXT,
            role.Link: Token.ACCENT,
            role.LinkVisited: Token.ACCENT,
            role.Accent: Token.ACCENT,
            role.Light: Token.RAISED,
            role.Midlight: Token.GRID,
            role.Mid: Token.LINE,
            role.Dark: Token.LINE,
            role.Shadow: Token.LINE,
        }.items():
            palette.setColor(part, self._colors[token])
        for part in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
            palette.setColor(QPalette.ColorGroup.Disabled, part, self._colors[Token.FAINT])
        return palette
