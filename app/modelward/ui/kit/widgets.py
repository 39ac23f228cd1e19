"""The kit's widgets under one roof, for those who build with them."""

from __future__ import annotations

from modelward.ui.kit.bars import BarRow, Legend, Segment, StackedBars
from modelward.ui.kit.card import Card, EmptyState
from modelward.ui.kit.controls import FilterChip, SearchBox
from modelward.ui.kit.elided import ElidedLabel, KeyValueRow
from modelward.ui.kit.flow import FlowLayout, TagRow
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.ring import Ring
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.text import Text, rule

__all__ = [
    "BarRow",
    "Card",
    "ElidedLabel",
    "EmptyState",
    "FilterChip",
    "FlowLayout",
    "KeyValueRow",
    "Legend",
    "NoticeBar",
    "Ring",
    "SearchBox",
    "Segment",
    "StackedBars",
    "Tag",
    "TagRow",
    "Text",
    "rule",
]
