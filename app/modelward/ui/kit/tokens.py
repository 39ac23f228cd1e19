"""The colours of both appearances, by name. No other module states a colour."""

from __future__ import annotations

from enum import StrEnum


class Token(StrEnum):
    """What a colour is for."""

    BG = "bg"  # the window
    SURFACE = "surface"  # cards, tables, bars
    RAISED = "raised"  # under the pointer
    LINE = "line"  # borders
    GRID = "grid"  # row lines, chart grid
    TEXT = "text"
    MUTED = "muted"  # secondary text
    FAINT = "faint"  # never for what must be read
    ACCENT = "accent"  # primary buttons, selection, charts
    ACCENT_STRONG = "accent_strong"  # the accent under the pointer
    ACCENT_SOFT = "accent_soft"
    ON_ACCENT = "on_accent"  # text on the accent or on trouble
    WELL = "well"
    WELL_SOFT = "well_soft"
    WELL_PALE = "well_pale"  # good, but less than what is drawn beside it; never for text
    WORKING = "working"
    WORKING_SOFT = "working_soft"
    ATTENTION = "attention"
    ATTENTION_SOFT = "attention_soft"
    TROUBLE = "trouble"
    TROUBLE_STRONG = "trouble_strong"  # trouble under the pointer
    TROUBLE_SOFT = "trouble_soft"
    NEUTRAL_SOFT = "neutral_soft"  # the ground of a tag that says neither good nor bad
    SELECTION = "selection"  # the selected row


class Tone(StrEnum):
    """What a word or a message says of the state: good, running, to be looked at, wrong, or nothing of it."""

    NEUTRAL = "neutral"
    ACCENT = "accent"
    WELL = "well"
    WORKING = "working"
    ATTENTION = "attention"
    TROUBLE = "trouble"

    @property
    def ink(self) -> Token:
        """The colour of its words."""
        return Token.MUTED if self is Tone.NEUTRAL else Token(self.value)

    @property
    def ground(self) -> Token:
        """The colour beneath its words."""
        return Token(f"{self.value}_soft")


LIGHT: dict[Token, str] = {
    Token.BG: "#F4F6F8",
    Token.SURFACE: "#FFFFFF",
    Token.RAISED: "#FBFCFD",
    Token.LINE: "#DFE4EA",
    Token.GRID: "#EBEEF2",
    Token.TEXT: "#18212B",
    Token.MUTED: "#5A6673",
    Token.FAINT: "#8A95A1",
    Token.ACCENT: "#0B767F",
    Token.ACCENT_STRONG: "#096972",
    Token.ACCENT_SOFT: "#DCF1F1",
    Token.ON_ACCENT: "#FFFFFF",
    Token.WELL: "#1A7A4D",
    Token.WELL_SOFT: "#DDF3E7",
    Token.WELL_PALE: "#98CBB1",
    Token.WORKING: "#2860D9",
    Token.WORKING_SOFT: "#E0E9FC",
    Token.ATTENTION: "#976006",
    Token.ATTENTION_SOFT: "#FBEFD5",
    Token.TROUBLE: "#BE3131",
    Token.TROUBLE_STRONG: "#A52727",
    Token.TROUBLE_SOFT: "#FBE1E1",
    Token.NEUTRAL_SOFT: "#E9EDF2",
    Token.SELECTION: "#E3F3F4",
}

DARK: dict[Token, str] = {
    Token.BG: "#12161B",
    Token.SURFACE: "#1A2027",
    Token.RAISED: "#1F262E",
    Token.LINE: "#2C353F",
    Token.GRID: "#252D36",
    Token.TEXT: "#E4EAF0",
    Token.MUTED: "#9AA7B4",
    Token.FAINT: "#6E7B88",
    Token.ACCENT: "#3FC1C6",
    Token.ACCENT_STRONG: "#5ACFD3",
    Token.ACCENT_SOFT: "#17383B",
    Token.ON_ACCENT: "#0C1518",
    Token.WELL: "#4CC38A",
    Token.WELL_SOFT: "#183527",
    Token.WELL_PALE: "#2C6A4B",
    Token.WORKING: "#7AA7FF",
    Token.WORKING_SOFT: "#1C2C4A",
    Token.ATTENTION: "#E2B04A",
    Token.ATTENTION_SOFT: "#3A2E14",
    Token.TROUBLE: "#F07A7A",
    Token.TROUBLE_STRONG: "#F49494",
    Token.TROUBLE_SOFT: "#432022",
    Token.NEUTRAL_SOFT: "#27303A",
    Token.SELECTION: "#1A3336",
}
