"""What discovery found, told in notices."""

from __future__ import annotations

from datetime import UTC, datetime

from modelward.core.errors import KeyRefusedError
from modelward.discovery.model import CatalogueReport, DiscoveryReport, Look, ModelChange, ProviderReport, State
from modelward.ui.shell.discovery_notices import of_discovery, of_looks
from modelward.ui.shell.notices import Mood

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def report(**given: object) -> ProviderReport:
    return ProviderReport("openai", "OpenAI", State.OK, **given)  # type: ignore[arg-type]


def looked(state: State, provider: str = "openai") -> Look:
    return Look(provider, NOW, state)


def test_nothing_new_makes_no_notice() -> None:
    assert of_discovery(DiscoveryReport((report(models=5),))) == []


def test_new_retired_and_changed_models_of_all_providers_make_one_notice() -> None:
    changed = (ModelChange("openai/gpt-1", "input price $3.00 → $2.50"),)
    reports = (report(new=("openai/gpt-2",), retired=("openai/gpt-0",)), report(changed=changed))
    (notice,) = of_discovery(DiscoveryReport(reports))
    assert notice.mood is Mood.WELL
    assert notice.what == "Models: 1 new, 1 retired, 1 with another price or window."
    assert "New: openai/gpt-2." in notice.why
    assert "openai/gpt-1 (input price $3.00 → $2.50)" in notice.why


def test_a_long_list_is_told_in_short() -> None:
    (notice,) = of_discovery(DiscoveryReport((report(new=tuple(f"openai/gpt-{n}" for n in range(500))),)))
    assert "and 488 more" in notice.why
    assert len(notice.why) < 1_000


def test_each_failure_is_told_in_its_own_words() -> None:
    error = KeyRefusedError("OpenAI refuses the key.", why="It was revoked.", todo="Set another one.")
    (notice,) = of_discovery(DiscoveryReport((report(error=error),), (CatalogueReport("models.dev"),)))
    assert (notice.mood, notice.what, notice.todo) == (Mood.ATTENTION, "OpenAI refuses the key.", "Set another one.")


def test_only_a_change_of_a_look_is_told() -> None:
    before = {"openai": looked(State.OK)}
    assert of_looks({}, [looked(State.UNREACHABLE)]) == []
    assert of_looks(before, [looked(State.OK)]) == []
    (lost,) = of_looks(before, [looked(State.UNREACHABLE)])
    assert (lost.mood, lost.what) == (Mood.ATTENTION, "OpenAI does not answer.")
    assert of_looks({"openai": looked(State.FAILED)}, [looked(State.UNREACHABLE)]) == []
    (back,) = of_looks({"openai": looked(State.UNREACHABLE)}, [looked(State.OK)])
    assert (back.mood, back.what) == (Mood.WELL, "OpenAI answers again.")
