"""Settings that change while the program runs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modelward.core.errors import SettingsError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.settings import load


@pytest.fixture
def paths() -> Paths:
    located = Paths.locate()
    located.prepare()
    return located


def opened(paths: Paths, environ: dict[str, str] | None = None) -> Preferences:
    return Preferences(paths, load(paths, environ or {}), environ or {})


async def test_a_change_counts_at_once_is_told_and_is_there_at_the_next_start(paths: Paths) -> None:
    preferences = opened(paths)
    told: list[str] = []
    preferences.subscribe(told.append)
    await preferences.change("spending.day_limit", Decimal("2.50"))
    assert preferences.settings.spending.day_limit == Decimal("2.50")
    assert told == ["spending.day_limit"]
    assert opened(paths).settings.spending.day_limit == Decimal("2.50")


async def test_no_limit_is_a_value_too(paths: Paths) -> None:
    preferences = opened(paths)
    await preferences.change("spending.day_limit", None)
    assert preferences.settings.spending.day_limit is None
    assert opened(paths).settings.spending.day_limit is None


async def test_a_value_that_is_not_allowed_changes_nothing_and_tells_nobody(paths: Paths) -> None:
    preferences = opened(paths)
    told: list[str] = []
    preferences.subscribe(told.append)
    with pytest.raises(SettingsError, match="720"):
        await preferences.change("discovery.every_hours", 10_000)
    assert preferences.settings.discovery.every_hours == 24
    assert not told
    assert not paths.config_file.exists()


async def test_a_variable_beats_what_is_saved_and_says_so(paths: Paths) -> None:
    preferences = opened(paths, {"MODELWARD__SPENDING__ZERO_BURN": "true"})
    assert preferences.is_overruled("spending.zero_burn")
    await preferences.change("spending.zero_burn", value=False)
    assert preferences.settings.spending.zero_burn
    assert not preferences.is_overruled("spending.day_limit")


async def test_who_listens_no_more_hears_nothing(paths: Paths) -> None:
    preferences = opened(paths)
    told: list[str] = []
    preferences.subscribe(told.append)()
    await preferences.change("discovery.every_hours", 12)
    assert not told
