"""The kit's widgets, clicked and typed into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from modelward.ui.kit.theme import Mode, Theme, Token, Tone
from modelward.ui.kit.tokens import LIGHT
from modelward.ui.kit.widgets import (
    BarRow,
    Card,
    ElidedLabel,
    EmptyState,
    FilterChip,
    FlowLayout,
    KeyValueRow,
    Legend,
    NoticeBar,
    Ring,
    SearchBox,
    Segment,
    StackedBars,
    Tag,
    TagRow,
    Text,
)

# Qt's offscreen platform has no window manager to tell of a window's least size, and says so.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

LEFT = Qt.MouseButton.LeftButton
MARKUP = "<b>bold</b> <img src='file:///etc/passwd'> & more"


@pytest.fixture(autouse=True)
def theme(qapp: QApplication) -> Iterator[Theme]:
    theme = Theme.install(qapp, Mode.LIGHT)
    yield theme
    theme.dress(Mode.SYSTEM, 1.0)


def shown(qtbot: QtBot, widget: QWidget, width: int = 0, height: int = 0) -> None:
    qtbot.addWidget(widget)
    if width:
        widget.resize(width, height or widget.sizeHint().height())
    widget.show()
    qtbot.waitExposed(widget)


def colors(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(image.height())}


# Words


def test_a_stranger_s_markup_is_shown_as_it_is(qtbot: QtBot) -> None:
    for label in (Text(MARKUP), ElidedLabel(MARKUP), Tag(MARKUP)):
        qtbot.addWidget(label)
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert label.text() == MARKUP


def test_a_label_without_room_ends_in_its_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("a name that is far too long for the room it has")
    shown(qtbot, label, 60)
    assert "far too long" in label.toolTip()
    label.resize(2000, label.height())
    assert label.toolTip() == ""


def test_line_breaks_in_a_name_do_not_make_a_label_taller(qtbot: QtBot) -> None:
    label = ElidedLabel("one\ntwo\r\n\tthree")
    qtbot.addWidget(label)
    assert label.text() == "one two three"


def test_a_row_reads_out_its_key_and_value(qtbot: QtBot) -> None:
    row = KeyValueRow("Context window", "—")
    qtbot.addWidget(row)
    row.set_value("1,000,000 tokens")
    assert (row.accessibleName(), row.value) == ("Context window: 1,000,000 tokens", "1,000,000 tokens")


# Tags


@pytest.mark.parametrize("text_scale", [1.0, 1.25, 1.5])
def test_a_tag_at_its_own_size_shows_its_whole_word(theme: Theme, qtbot: QtBot, text_scale: float) -> None:
    theme.set_text_scale(text_scale)
    for word in ("available", "tools ✓", "130 not yet", "verifying 62 %"):
        tag = Tag(word, Tone.WELL)
        shown(qtbot, tag)
        tag.resize(tag.sizeHint())
        room = tag.width() - 2 * theme.scaled(6)
        assert tag.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, room) == word


def test_a_tag_has_the_soft_colour_of_its_tone_and_changes_it(qtbot: QtBot) -> None:
    tag = Tag("good", "well")
    shown(qtbot, tag)
    assert LIGHT[Token.WELL_SOFT] in colors(tag.grab().toImage())
    tag.show_state("damaged", "trouble")
    assert (tag.tone, tag.text()) == (Tone.TROUBLE, "damaged")
    assert LIGHT[Token.TROUBLE_SOFT] in colors(tag.grab().toImage())


def test_tags_break_into_lines_where_room_is_short(qtbot: QtBot) -> None:
    row = TagRow([(f"capability {number}", Tone.NEUTRAL) for number in range(8)])
    shown(qtbot, row, 1000)
    wide = row.heightForWidth(1000)
    assert row.heightForWidth(200) > 3 * wide
    row.resize(200, row.heightForWidth(200))
    tags = row.findChildren(Tag)
    assert all(row.rect().contains(tag.geometry()) for tag in tags)
    assert not any(a.geometry().intersects(b.geometry()) for a in tags for b in tags if a is not b)


def test_new_tags_take_the_place_of_the_old(qtbot: QtBot) -> None:
    row = TagRow([("old", Tone.WELL)])
    shown(qtbot, row, 300)
    row.set_tags([("new", Tone.WELL), ("newer", Tone.NEUTRAL)])
    assert [tag.text() for tag in row.findChildren(Tag) if tag.isVisible()] == ["new", "newer"]
    assert row.accessibleName() == "new, newer"


def test_an_empty_flow_takes_no_room(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    flow = FlowLayout(widget)
    assert (flow.sizeHint().height(), flow.heightForWidth(100), flow.itemAt(0), flow.takeAt(3)) == (0, 0, None, None)


# Cards


def test_a_card_shows_its_title_and_actions_and_is_named(qtbot: QtBot) -> None:
    card = Card("Missing, by field")
    action = QPushButton("Review")
    card.add_action(action)
    card.body.addWidget(Text("body"))
    shown(qtbot, card, 400)
    assert card.accessibleName() == "Missing, by field"
    assert action.geometry().center().x() > card.width() / 2
    card.set_title("")
    assert [label.text() for label in card.findChildren(Text) if label.isVisible()] == ["body"]


def test_an_empty_state_offers_the_next_step(qtbot: QtBot) -> None:
    state = EmptyState("search", "No model matches.", "Clear the filters")
    shown(qtbot, state, 300, 300)
    button = state.findChild(QPushButton)
    with qtbot.waitSignal(state.action_requested, timeout=1000):
        QTest.mouseClick(button, LEFT)
    state.show_sentence("Nothing is missing.")
    assert (button.isVisible(), state.accessibleName()) == (False, "Nothing is missing.")


# The ring


def test_a_ring_is_filled_by_its_share_and_never_looks_whole_before_it_is(qtbot: QtBot) -> None:
    ring = Ring()
    shown(qtbot, ring)
    ink, track = QColor(LIGHT[Token.WELL]).name(), QColor(LIGHT[Token.GRID]).name()
    counts = {}
    for share in (0.0, 0.001, 0.5, 0.999, 1.0):
        ring.show_share(share, f"{share:.1%}", "complete")
        image = ring.grab().toImage()
        names = [image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())]
        counts[share] = (names.count(ink), names.count(track))
    filled = [counts[share][0] for share in sorted(counts)]
    assert filled == sorted(filled)
    assert filled[0] == 0 < filled[1]
    assert counts[0.999][1] > 0 == counts[1.0][1]


@pytest.mark.parametrize("share", [-3.0, 7.0, 0.42])
def test_a_ring_says_its_figure_in_words(qtbot: QtBot, share: float) -> None:
    ring = Ring()
    qtbot.addWidget(ring)
    ring.show_share(share, "42 %", "complete")
    assert ring.accessibleName() == "42 % complete"
    assert not ring.grab().isNull()


# Bars


def rows() -> list[BarRow]:
    def row(key: str, *values: int) -> BarRow:
        names = ("openrouter", "together", "groq")
        tokens = (Token.ACCENT, Token.WORKING, Token.ATTENTION)
        parts = zip(names, values, tokens, strict=False)
        return BarRow(key, key.title(), [Segment(name, name.title(), value, token) for name, value, token in parts])

    return [row("price", 4000, 2, 300), row("capabilities", 10, 20, 0), row("nothing", 0, 0, 0)]


def buttons(bars: StackedBars) -> dict[str, QAbstractButton]:
    return {button.accessibleName(): button for button in bars.findChildren(QAbstractButton)}


def test_a_click_on_a_segment_or_a_total_says_which(qtbot: QtBot) -> None:
    bars = StackedBars()
    bars.set_rows(rows())
    shown(qtbot, bars, 500)
    chosen: list[tuple[str, str]] = []
    bars.chosen.connect(lambda row, segment: chosen.append((row, segment)))
    for name in ("Price: Groq 300", "Price: Together 2", "Capabilities: 30, all"):
        QTest.mouseClick(buttons(bars)[name], LEFT)
    assert chosen == [("price", "groq"), ("price", "together"), ("capabilities", "")]


def test_bars_stand_on_one_scale_and_even_the_smallest_part_can_be_hit(qtbot: QtBot) -> None:
    bars = StackedBars()
    bars.set_rows(rows())
    shown(qtbot, bars, 600)
    found = buttons(bars)
    assert found["Price: Together 2"].width() >= 3
    assert found["Price: Openrouter 4,000"].width() > 10 * found["Capabilities: Together 20"].width()
    assert "Capabilities: Groq 0" not in found
    assert not found["Nothing: 0, all"].isEnabled()
    assert all(button.parentWidget().rect().contains(button.geometry()) for button in found.values())


def test_arrow_keys_walk_along_a_bar_and_space_chooses(qtbot: QtBot) -> None:
    bars = StackedBars()
    bars.set_rows(rows())
    shown(qtbot, bars, 500)
    bars.activateWindow()
    first, last = buttons(bars)["Price: Openrouter 4,000"], buttons(bars)["Price: Groq 300"]
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    for _ in range(5):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert last.hasFocus()
    with qtbot.waitSignal(bars.chosen, timeout=1000) as caught:
        QTest.keyClick(last, Qt.Key.Key_Space)
    assert caught.args == ["price", "groq"]
    QTest.keyClick(last, Qt.Key.Key_Left)
    assert buttons(bars)["Price: Together 2"].hasFocus()


def test_new_bars_take_the_place_of_the_old(qtbot: QtBot) -> None:
    bars = StackedBars()
    shown(qtbot, bars, 500)
    bars.set_rows(rows())
    bars.set_rows(rows()[:1])
    visible = [name for name, button in buttons(bars).items() if button.isVisible()]
    assert len(visible) == 4
    bars.set_rows([])
    assert not any(button.isVisible() for button in buttons(bars).values())


def test_a_legend_shows_each_colour(qtbot: QtBot) -> None:
    legend = Legend()
    legend.set_entries([("OpenRouter", Token.ACCENT), ("others", Token.FAINT)])
    shown(qtbot, legend, 300)
    assert {LIGHT[Token.ACCENT], LIGHT[Token.FAINT]} <= colors(legend.grab().toImage())


# Search and filters


def test_typing_finds_and_escape_or_the_cross_clears(qtbot: QtBot) -> None:
    box = SearchBox("Search 4,812 models", "Ctrl K")
    shown(qtbot, box, 300)
    hint = box.findChild(Text)
    assert hint.isVisible()
    QTest.keyClicks(box, "claude")
    assert (box.text(), hint.isVisible()) == ("claude", False)
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert (box.text(), hint.isVisible()) == ("", True)
    QTest.keyClicks(box, "gpt")
    cross = max((b for b in box.findChildren(QToolButton) if b.isVisible()), key=lambda button: button.x())
    QTest.mouseClick(cross, LEFT)
    assert box.text() == ""


def test_the_hint_of_a_search_box_lies_within_it_and_beside_the_text(theme: Theme, qtbot: QtBot) -> None:
    theme.set_text_scale(1.5)
    box = SearchBox("Search", "Ctrl K")
    shown(qtbot, box, 300)
    hint = box.findChild(Text)
    assert box.rect().contains(hint.geometry())
    assert box.textMargins().right() >= hint.width()


@pytest.mark.parametrize("text_scale", [1.0, 1.5])
def test_a_chip_has_room_for_its_words_and_its_mark(theme: Theme, qtbot: QtBot, text_scale: float) -> None:
    theme.set_text_scale(text_scale)
    chip = FilterChip("Provider")
    chip.show_value("OpenAI & friends")
    shown(qtbot, chip)
    words = QFontMetrics(chip.font()).horizontalAdvance("Provider: OpenAI & friends")
    assert chip.sizeHint().width() >= words + theme.scaled(14) + theme.scaled(12)


def test_a_click_on_a_chip_opens_it_and_one_on_its_mark_ends_it(qtbot: QtBot) -> None:
    chip = FilterChip("Provider")
    shown(qtbot, chip)
    told: list[str] = []
    chip.opened.connect(lambda: told.append("opened"))
    chip.cleared.connect(lambda: told.append("cleared"))
    QTest.mouseClick(chip, LEFT)
    chip.show_value("OpenAI")
    chip.resize(chip.sizeHint())
    QTest.mouseClick(chip, LEFT, pos=QPoint(chip.width() - 10, chip.height() // 2))
    assert (told, chip.value) == (["opened", "cleared"], None)
    QTest.mouseClick(chip, LEFT, pos=QPoint(chip.width() - 10, chip.height() // 2))
    assert told == ["opened", "cleared", "opened"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_keys_end_a_filter_too(qtbot: QtBot, key: Qt.Key) -> None:
    chip = FilterChip("Provider")
    chip.show_value("OpenAI")
    shown(qtbot, chip)
    with qtbot.waitSignal(chip.cleared, timeout=1000):
        QTest.keyClick(chip, key)
    assert (chip.value, chip.accessibleName()) == (None, "Filter Provider")


def test_a_switch_filters_by_one_click_and_ends_by_the_next(qtbot: QtBot) -> None:
    chip = FilterChip("Incomplete", is_switch=True)
    shown(qtbot, chip)
    told: list[str] = []
    chip.opened.connect(lambda: told.append("on"))
    chip.cleared.connect(lambda: told.append("off"))
    for _ in range(2):
        QTest.mouseClick(chip, LEFT)
        told.append(chip.accessibleName())
    assert told == ["on", "Filter Incomplete, on", "off", "Filter Incomplete"]


# Messages


def test_a_message_says_what_why_and_what_to_do_and_can_be_copied_and_closed(qtbot: QtBot) -> None:
    notice = NoticeBar()
    qtbot.addWidget(notice)
    assert not notice.isVisible()
    notice.tell(MARKUP, "It ends too early.", "Download it again.", details="line 7")
    qtbot.waitExposed(notice)
    assert [label.text() for label in notice.findChildren(Text)] == [MARKUP, "It ends too early.\nDownload it again."]
    QTest.mouseClick(notice.findChild(QPushButton), LEFT)
    assert QGuiApplication.clipboard().text() == f"{MARKUP}\nIt ends too early.\nDownload it again.\nline 7"
    with qtbot.waitSignal(notice.closed, timeout=1000):
        QTest.mouseClick(notice.findChild(QToolButton), LEFT)
    assert not notice.isVisible()


def test_a_message_has_the_colour_of_its_tone_and_takes_another(qtbot: QtBot) -> None:
    notice = NoticeBar(can_close=False)
    notice.tell("Damaged.", tone=Tone.TROUBLE)
    shown(qtbot, notice, 300, 60)
    assert LIGHT[Token.TROUBLE_SOFT] in colors(notice.grab().toImage())
    notice.tell("Good.", tone=Tone.WELL)
    assert LIGHT[Token.WELL_SOFT] in colors(notice.grab().toImage())
