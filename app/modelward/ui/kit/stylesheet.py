"""The style sheet that dresses Qt's own widgets, made from the tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Template

from PySide6.QtGui import QFont

from modelward.ui.kit.tokens import LIGHT, Token

_BUTTONS = """
QPushButton, QToolButton {
  background: $surface; color: $text; border: 1px solid $line; border-radius: 6px;
  padding: $pad_y $pad_x; min-height: $inner; icon-size: $mark;
}
QToolButton { padding: $pad_y; min-width: $inner; }
QPushButton:hover, QToolButton:hover { background: $raised; border-color: $faint; }
QPushButton:pressed, QToolButton:pressed { background: $grid; }
QPushButton:checked, QToolButton:checked { background: $accent_soft; border-color: $accent; color: $accent; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: $pad_y_focus $pad_x_focus; }
QToolButton:focus { padding: $pad_y_focus; }
QPushButton:disabled, QToolButton:disabled { color: $faint; background: $bg; border-color: $grid; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[role="primary"]:hover { background: $accent_strong; border-color: $accent_strong; }
QPushButton[role="primary"]:focus { border-color: $text; }
QPushButton[role="danger"] { background: $trouble; color: $on_accent; border-color: $trouble; }
QPushButton[role="danger"]:hover { background: $trouble_strong; border-color: $trouble_strong; }
QPushButton[role="danger"]:focus { border-color: $text; }
QPushButton[role="primary"]:disabled, QPushButton[role="danger"]:disabled {
  background: $grid; color: $faint; border-color: $grid;
}
QPushButton[active="true"] { background: $accent_soft; color: $accent; border-color: $accent; }
QPushButton[role="state"][tone="well"] { color: $well; }
QPushButton[role="state"][tone="attention"] { color: $attention; border-color: $attention; }
QPushButton[role="quiet"], QToolButton[role="quiet"] { background: transparent; border-color: transparent; }
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover { background: $grid; }
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus { border-color: $accent; }
QPushButton[role="link"] {
  background: transparent; border-color: transparent; color: $accent; padding-left: 2px; padding-right: 2px;
}
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 2px solid $accent; padding: $pad_y_focus 1px; }
QPushButton[role="link"]:disabled, QPushButton[role="total"]:disabled { color: $faint; background: transparent; }
QPushButton[role="total"] {
  background: transparent; border-color: transparent; font-weight: 600; text-align: left; padding: 0 3px; min-height: 0;
}
QPushButton[role="total"]:hover { color: $accent; text-decoration: underline; }
QPushButton[role="total"]:focus { border: 2px solid $accent; padding: 0 2px; }
QPushButton[marked="true"] { padding-right: $marked; }
QPushButton[marked="true"]:focus { padding-right: $marked_focus; }
QToolButton[compact="true"] { min-width: 0; min-height: 0; padding: 2px; border-radius: 4px; }
QToolButton[compact="true"]:focus { padding: 1px; }
QLineEdit QToolButton { background: transparent; border: none; padding: 0; min-width: 0; min-height: 0; }
QToolButton[role="inline"] {
  background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 1px;
  min-width: $mark; min-height: $mark;
}
QToolButton[role="inline"]:hover { background: $grid; }
QToolButton[role="inline"]:focus { border-color: $accent; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: none; width: 0; }
"""

_FIELDS = """
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
  background: $surface; color: $text; border: 1px solid $line; border-radius: 6px;
  selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { padding: 3px 8px; min-height: $inner_field; icon-size: $mark; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover { border-color: $faint; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
  border: 2px solid $accent; padding: 2px 7px;
}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit, QAbstractSpinBox QLineEdit:focus, QComboBox QLineEdit:focus {
  border: none; padding: 0 0 0 6px; min-height: 0; background: transparent;
}
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; }
QLineEdit:disabled, QPlainTextEdit:disabled, QTextEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled,
QComboBox:disabled { background: $bg; color: $faint; border-color: $grid; }
QComboBox::drop-down { border: none; width: $arrow_box; }
QComboBox::down-arrow { image: url("icons:controls/chevron-down-$mode.svg"); width: $mark; height: $mark; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; outline: none; padding: 4px; }
QSpinBox::up-button, QDoubleSpinBox::up-button { border: none; width: $arrow_box; subcontrol-position: top right; }
QSpinBox::down-button, QDoubleSpinBox::down-button {
  border: none; width: $arrow_box; subcontrol-position: bottom right;
}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {
  image: url("icons:controls/chevron-up-$mode.svg"); width: $mark_small; height: $mark_small;
}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {
  image: url("icons:controls/chevron-down-$mode.svg"); width: $mark_small; height: $mark_small;
}
QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox:disabled, QRadioButton:disabled { color: $faint; }
QCheckBox::indicator, QMenu::indicator:non-exclusive, QAbstractItemView::indicator {
  width: $box; height: $box; border: 1px solid $faint; border-radius: 4px; background: $surface;
}
QRadioButton::indicator, QMenu::indicator:exclusive {
  width: $box; height: $box; border: 1px solid $faint; border-radius: $round; background: $surface;
}
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QCheckBox::indicator:checked, QMenu::indicator:non-exclusive:checked, QAbstractItemView::indicator:checked {
  background: $accent; border-color: $accent; image: url("icons:controls/check-$mode.svg");
}
QCheckBox::indicator:indeterminate {
  background: $accent; border-color: $accent; image: url("icons:controls/minus-$mode.svg");
}
QRadioButton::indicator:checked, QMenu::indicator:exclusive:checked {
  background: $accent; border-color: $accent; image: url("icons:controls/dot-$mode.svg");
}
QCheckBox::indicator:disabled { background: $grid; border-color: $grid; }
"""

_VIEWS = """
QTableView, QTreeView, QListView {
  background: $surface; color: $text; border: none; gridline-color: $grid; outline: none;
  selection-background-color: $selection; selection-color: $text;
}
QTableView:focus, QTreeView:focus, QListView:focus { border: none; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section {
  background: $surface; color: $muted; border: none; border-bottom: 1px solid $line; padding: 0 10px; font-weight: 500;
}
QHeaderView::section:hover { color: $text; background: $raised; }
QHeaderView::up-arrow { image: url("icons:controls/chevron-up-$mode.svg"); width: $mark_small; height: $mark_small; }
QHeaderView::down-arrow {
  image: url("icons:controls/chevron-down-$mode.svg"); width: $mark_small; height: $mark_small;
}
QTableCornerButton::section { background: $surface; border: none; border-bottom: 1px solid $line; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $line; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea { background: transparent; border: none; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QProgressBar { background: $grid; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; color: $text; }
QProgressBar::chunk { background: $working; border-radius: 3px; }
"""

_WINDOWS = """
QToolTip { background: $surface; color: $text; border: 1px solid $line; padding: 4px 6px; }
QBalloonTip QLabel { color: $on_balloon; }
QBalloonTip QPushButton { background: transparent; border: none; padding: 0; min-height: 0; }
QMenu { background: $surface; color: $text; border: 1px solid $line; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; background: transparent; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $faint; }
QMenu::icon { padding-left: 8px; }
QMenu::indicator { left: 8px; }
QMenu::separator { height: 1px; background: $grid; margin: 4px 8px; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar::tab {
  background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent; padding: 8px 14px;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; font-weight: 600; }
QTabBar::tab:focus { color: $accent; }
QStatusBar { background: $surface; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
QDialog { background: $surface; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QGroupBox { border: none; margin-top: 1.6em; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }
QFrame[role="card"] { background: $surface; border: 1px solid $line; border-radius: 8px; }
QFrame[role="side"] { background: $bg; border: none; border-right: 1px solid $line; }
QFrame[role="side"] QListView { background: transparent; }
QFrame[role="side"] QListView::item { border: 1px solid transparent; border-radius: 6px; padding: 0 8px; }
QFrame[role="side"] QListView::item:hover { background: $grid; }
QFrame[role="side"] QListView::item:selected { background: $selection; color: $text; }
QFrame[role="side"] QListView::item:selected:focus { border-color: $accent; }
QFrame[role="bar"] { background: $surface; border: none; }
QFrame[role="notice"] { border: none; border-radius: 6px; background: $neutral_soft; }
QFrame[role="notice"][tone="accent"] { background: $accent_soft; }
QFrame[role="notice"][tone="well"] { background: $well_soft; }
QFrame[role="notice"][tone="working"] { background: $working_soft; }
QFrame[role="notice"][tone="attention"] { background: $attention_soft; }
QFrame[role="notice"][tone="trouble"] { background: $trouble_soft; }
QFrame[role="rule"] { background: $grid; border: none; max-height: 1px; min-height: 1px; }
QLabel { background: transparent; }
QLabel:disabled { color: $faint; }
QLabel[role="muted"], QLabel[role="small"] { color: $muted; }
QLabel[role="small"][tone="attention"] { color: $attention; }
QLabel[role="small"][tone="trouble"] { color: $trouble; }
QLabel[role="complaint"] { color: $trouble; }
QLabel[role="keys"] { color: $muted; background: $neutral_soft; border-radius: 4px; padding: 2px 6px; }
"""

_FONT = 'QLabel[role="{name}"] {{ font-size: {points:.2f}pt; font-weight: {weight}; }}\n'
_LABEL_FONTS = {
    "name": "name",
    "title": "title",
    "figure": "figure",
    "strong": "strong",
    "small": "small",
    "keys": "tag",
}
_MONO = 'QLabel[role="mono"] {{ font-family: "{family}"; font-size: {points:.2f}pt; }}\n'


def style_sheet(
    colors: Mapping[Token, str], scaled: Callable[[float], int], fonts: Mapping[str, QFont], *, is_dark: bool
) -> str:
    """The whole style sheet of one appearance; ``scaled`` turns pixels at 100 % text into pixels now."""
    # Qt adds padding and border to min-height: 30 px of control are 20 inside, 4 + 4 of padding and 1 + 1 of border.
    lengths = {
        "inner": scaled(30) - 10,
        "inner_field": scaled(30) - 8,
        "pad_y": 4,
        "pad_y_focus": 3,
        "pad_x": scaled(12),
        "pad_x_focus": scaled(12) - 1,
        "marked": scaled(12) + scaled(14) + 4,
        "marked_focus": scaled(12) + scaled(14) + 3,
        "arrow_box": scaled(24),
        "mark": scaled(16),
        "mark_small": scaled(12),
        "box": scaled(16),
        "round": scaled(16) // 2,
    }
    words = {
        **{token.value: color for token, color in colors.items()},
        **{name: f"{length}px" for name, length in lengths.items()},
        "mode": "dark" if is_dark else "light",
        "on_balloon": LIGHT[Token.TEXT],  # Qt paints its messages beside the tray on pale yellow, whatever the palette
    }
    sheet = Template(_BUTTONS + _FIELDS + _VIEWS + _WINDOWS).substitute(words)
    roles = "".join(
        _FONT.format(name=name, points=fonts[role].pointSizeF(), weight=fonts[role].weight().value)
        for name, role in _LABEL_FONTS.items()
    )
    mono = fonts["mono"]
    return sheet + roles + _MONO.format(family=mono.family(), points=mono.pointSizeF())
