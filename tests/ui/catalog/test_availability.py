"""Whether a model's provider answers, as the details show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget, QPushButton

from harness.catalog_tab import Eventually
from modelward.core.clock import utc_now
from modelward.discovery.days import Day
from modelward.discovery.model import Look, State
from modelward.discovery.standing import Standing
from modelward.ui.catalog.availability import Availability, day_words, sentence
from modelward.ui.catalog.tab import CatalogTab
from modelward.ui.kit.text import Text


def looks_at(provider: str) -> Sequence[Look]:
    now = utc_now()
    return (
        Look(provider, now - timedelta(days=2), State.UNREACHABLE, None, "No answer."),
        Look(provider, now - timedelta(minutes=3), State.OK, 420.4),
    )


def test_the_last_look_is_told_with_its_time() -> None:
    now = utc_now()
    well = Look("openai", now - timedelta(minutes=3), State.OK, 420.4)
    assert sentence("openai", well, now) == "OpenAI answers · 420 ms · checked 3 min ago"
    lost = Look("openai", now, State.UNREACHABLE, None, "The name is not known.")
    assert sentence("openai", lost, now) == "OpenAI cannot be reached · checked just now · The name is not known."


def test_a_day_says_what_it_was() -> None:
    day = utc_now().date().replace(month=11, day=3)
    assert day_words(Day(day, State.OK, 48, 48)) == "3 Nov: always answered (48 of 48 checks)"
    assert day_words(Day(day, None, 0, 0)) == "3 Nov: not checked"


async def test_the_details_of_a_model_show_whether_its_provider_answers(
    tab: CatalogTab, eventually: Eventually
) -> None:
    async def history(provider: str) -> Sequence[Look]:
        return looks_at(provider)

    tab.show_providers({"anthropic": Standing.READY}, history)
    tab.show_model("anthropic/claude-sonnet")
    shown = tab.details.findChild(Availability)
    assert shown is not None
    await eventually(shown.isVisible)
    words = [text.text() for text in shown.findChildren(Text)]
    assert any(text.startswith("Anthropic answers · 420 ms") for text in words)


async def test_a_provider_that_nobody_looked_at_shows_nothing(tab: CatalogTab, eventually: Eventually) -> None:
    tab.show_model("openai/gpt-mini")
    await eventually(lambda: tab.details.findChild(Text, "") is not None)
    shown = tab.details.findChild(Availability)
    assert shown is not None
    assert not shown.isVisible()


async def test_the_list_of_providers_names_those_in_use_first_with_their_state(tab: CatalogTab) -> None:
    async def history(_provider: str) -> Sequence[Look]:
        return ()

    tab.show_providers({"openai": Standing.NO_KEY, "groq": Standing.READY}, history)
    (chip,) = (b for b in tab.toolbar.filters.findChildren(QPushButton) if b.text() == "Provider")
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    (shown,) = (found for found in tab.toolbar.filters.findChildren(QListWidget) if found.isVisible())
    lines = [shown.item(row).text() for row in range(shown.count())]
    assert lines[:2] == ["Groq  (0)  ·  ready", "OpenAI  (2)  ·  no key"]
    assert lines[2] == "Anthropic  (1)"
