"""What the tab says of models, of what came of a verb, of the server and the vault."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from harness.ollama_words import GIB, NOW, alert, check, look, named, overview, standing, version
from modelward.ollama.model import (
    AlertKind,
    BackupReport,
    FolderSource,
    Loaded,
    Overview,
    Place,
    RepairMeans,
    RepairReport,
    RepairState,
    ServerState,
    Stray,
    StrayKind,
    VaultState,
    Verdict,
    VerifyReport,
)
from modelward.ui.kit.tokens import Tone
from modelward.ui.ollama import outcomes, wording
from modelward.ui.ollama.alerts import ranked, summary
from modelward.ui.ollama.hints import HintAction, hint_of
from modelward.ui.ollama.lack import Lack, lack_of, right_command
from modelward.ui.ollama.restore_dialog import preferred, replaced
from modelward.ui.ollama.rows import Row, count, rows_of
from modelward.ui.ollama.standing import proven_words, server_words, vault_text, vault_words
from modelward.ui.ollama.stray_columns import strays_text
from modelward.ui.ollama.verbs import wrong_address
from modelward.ui.shell import ollama_notices
from modelward.ui.shell.notices import Mood

URL = "http://127.0.0.1:11434"


def row(*args: object, **others: object) -> Row:
    (made,) = rows_of(overview(standing(*args, **others)))  # type: ignore[arg-type]
    return made


def tags(made: Row) -> list[str]:
    return [tag.word for tag in wording.verdict_tags(made, NOW)]


def test_a_verdict_is_a_word_and_a_second_one_says_what_the_vault_lacks() -> None:
    assert tags(row("a:1", Verdict.INTACT, version("a:1", "a:1"))) == ["intact"]
    assert tags(row("a:1", Verdict.INTACT, version("a:1", "older"))) == ["intact", "old copy"]
    assert tags(row("a:1", Verdict.UNPROVEN)) == ["not proven", "no copy"]
    assert tags(row("a:1", Verdict.DAMAGED)) == ["damaged"]
    assert tags(row("a:1", Verdict.REMOTE)) == ["remote"]


def test_a_model_repaired_within_a_day_says_so_as_long_as_it_is_whole() -> None:
    whole = replace(row("a:1", Verdict.INTACT, version("a:1", "a:1")), repaired_at=NOW - timedelta(hours=2))
    assert tags(whole) == ["repaired today"]
    assert tags(replace(whole, repaired_at=NOW - timedelta(days=2))) == ["intact"]
    assert tags(replace(whole, check=check("a:1", Verdict.DAMAGED))) == ["damaged"]
    assert "repaired 2 h ago" in wording.verdict_text(whole, NOW)


def test_models_that_only_the_vault_has_are_listed_and_not_counted_among_the_proven() -> None:
    vault = VaultState(Path("/vault"), (version("gone:1", "x", days_ago=9), version("gone:1", "y", days_ago=1)))
    rows = rows_of(overview(standing("here:1"), vault=vault))
    gone = rows[-1]
    assert (gone.title, gone.check, tags(gone)) == ("gone:1", None, ["only in the vault"])
    assert [each.id for each in gone.versions] == sorted((each.id for each in gone.versions), reverse=True)
    counted = count(rows)
    assert (counted.models, counted.provable, counted.proven, counted.size) == (1, 1, 1, GIB + 500)


def test_blobs_that_models_share_are_counted_once() -> None:
    twins = (standing("a:1"), replace(standing("b:1"), check=check("b:1", seed="a:1")))
    assert count(rows_of(overview(*twins))).size == GIB + 500


def test_how_many_are_proven_is_good_only_where_it_is_all() -> None:
    def words(*verdicts: Verdict) -> tuple[str, Tone]:
        return proven_words(count(rows_of(overview(*(standing(f"m:{at}", one) for at, one in enumerate(verdicts))))))

    assert words(Verdict.INTACT, Verdict.REMOTE) == ("1 of 1 proven", Tone.WELL)
    assert words(Verdict.INTACT, Verdict.UNPROVEN) == ("1 of 2 proven", Tone.ATTENTION)
    assert words(Verdict.INTACT, Verdict.DAMAGED) == ("1 of 2 proven, 1 bad", Tone.TROUBLE)
    assert words(Verdict.REMOTE) == ("—", Tone.NEUTRAL)


def test_facts_of_a_model_are_in_one_line_and_the_served_context_is_the_one_in_memory() -> None:
    made = row("a:1")
    assert wording.facts_text(made, None) == "3.2B · Q4_K_M · trained 131,072, served 4,096 tokens"
    assert "served 8,192 tokens" in wording.facts_text(made, Loaded("a:1", context=8192))
    held = replace(look(), loaded=(Loaded("A:1", 2 * GIB, GIB),))
    loaded = wording.is_loaded(made.name, held)
    assert loaded is not None
    assert wording.loaded_text(loaded) == "In memory · 2.0 GiB · 50 % on the graphics card"


def test_a_strangers_words_are_cut_to_one_line() -> None:
    evil = "<b>x</b>\n\x1b[31m" + "y" * 5000
    made = row("a:1", Verdict.DAMAGED, detail=evil)
    told = wording.verdict_text(made, NOW)
    assert "\n" not in told
    assert "\x1b" not in told
    assert len(told) < 700


def test_the_vault_says_plainly_whether_its_disk_is_another_one() -> None:
    kept = VaultState(Path("/vault"), (version("a:1", "a"),), 5 * GIB, 9 * GIB)
    assert vault_words(kept) == ("5.0 GiB · other disk", Tone.WELL)
    same = replace(kept, is_same_disk=True)
    assert vault_words(same) == ("5.0 GiB · same disk as the models", Tone.ATTENTION)
    assert "not against the end of the disk" in vault_text(same)
    assert vault_words(replace(kept, problem="It is read-only."))[1] is Tone.TROUBLE


@pytest.mark.parametrize(
    ("state", "words", "tone"),
    [
        (ServerState.RUNNING, "running 0.34.2", Tone.WELL),
        (ServerState.DOWN, "not running", Tone.ATTENTION),
        (ServerState.STRANGE, "strange answer", Tone.TROUBLE),
    ],
)
def test_the_server_is_told_in_words(state: ServerState, words: str, tone: Tone) -> None:
    assert server_words(look(state)) == (words, tone)


# ------------------------------------------------------------ what there is none of, and hints


def test_each_way_of_having_no_models_is_told_from_the_others() -> None:
    down = overview(has_place=False, server=ServerState.DOWN)
    gone = Place(Path("/models"), FolderSource.SETTING, is_there=False, can_write=False)
    assert lack_of(None) is Lack.LOOKING
    assert lack_of(down) is Lack.OLLAMA
    assert lack_of(overview(place=gone, server=ServerState.DOWN)) is Lack.OLLAMA
    assert lack_of(overview(has_place=False)) is Lack.FOLDER
    assert lack_of(overview(problems=("No right.",)), can_read=False) is Lack.RIGHT
    assert lack_of(overview(problems=("It was exchanged.",))) is Lack.TROUBLE
    told = Place(Path("/models"), FolderSource.APP, is_there=True, can_write=True, detail="More are elsewhere.")
    assert lack_of(overview(place=told, problems=(told.detail,))) is Lack.MODELS
    assert lack_of(overview()) is Lack.MODELS
    assert lack_of(overview(standing("a:1"))) is None
    assert lack_of(replace(down, vault=VaultState(Path("/v"), (version("a:1", "a"),)))) is None


def test_the_command_that_gives_the_right_to_read_is_safe_to_paste() -> None:
    odd = Place(Path("/mo dels/$(x)'s"), FolderSource.SETTING, is_there=True, can_write=False)
    assert right_command(overview(place=odd)) == """sudo chmod -R a+rX '/mo dels/$(x)'"'"'s'"""
    service = replace(odd, folder=Path("/usr/share/ollama/.ollama/models"), source=FolderSource.SERVICE)
    assert right_command(overview(place=service)).startswith('sudo usermod -aG ollama "$USER"')


def hint_action(shown: Overview) -> HintAction | None:
    hint = hint_of(shown, count(rows_of(shown)), URL)
    return hint.action if hint else None


def test_the_most_important_thing_is_hinted_at_and_only_where_no_alert_tells_it() -> None:
    assert hint_action(overview(standing("a:1"))) is None
    unproven = standing("a:1", Verdict.UNPROVEN)
    assert hint_action(overview(unproven)) is HintAction.VERIFY
    assert hint_action(overview(unproven, server=ServerState.DOWN)) is HintAction.LOOK
    told = overview(unproven, server=ServerState.DOWN, alerts=[alert(AlertKind.SERVICE_DOWN)])
    assert hint_action(told) is HintAction.VERIFY
    copies = VaultState(Path("/v"), (version("a:1", "a"),))
    assert hint_action(overview(vault=copies)) is HintAction.FOLDER
    told = Place(Path("/models"), FolderSource.APP, is_there=True, can_write=True, detail="More are elsewhere.")
    assert hint_action(overview(unproven, place=told, problems=(told.detail,))) is HintAction.VERIFY
    assert hint_action(overview(standing("a:1"), place=told, problems=(told.detail,))) is HintAction.FOLDER


# ------------------------------------------------------------ what came of something


def test_a_verification_tells_what_is_bad_before_anything_else() -> None:
    good, bad = check("a:1"), check("b:1", Verdict.DAMAGED, detail="Blob 8a3f differs.")
    what, why, tone = outcomes.verified(VerifyReport((good, bad), 2 * GIB, 2.0))
    assert (what, tone) == ("1 of 2 models cannot be relied on.", Tone.TROUBLE)
    assert why == "b:1 (damaged)."
    what, why, tone = outcomes.verified(VerifyReport((good, check("c:1", Verdict.REMOTE)), 2 * GIB, 2.0))
    assert (what, tone) == ("The model is intact: every blob equals its name.", Tone.WELL)
    assert why == "2.0 GiB were hashed, 1.0 GiB/s."
    what, _why, tone = outcomes.verified(VerifyReport((check("a:1", Verdict.UNPROVEN),)))
    assert (what, tone) == ("Nothing is wrong; 1 model is not proven yet.", Tone.ATTENTION)


def test_copying_tells_what_is_new_and_what_was_refused() -> None:
    made = BackupReport(made=(version("a:1", "a"),), copied_bytes=GIB)
    assert outcomes.backed_up(made)[0] == "1 model was copied into the vault, 1.0 GiB new."
    assert outcomes.backed_up(BackupReport(covered=(named("a:1"),)))[0].startswith("The vault has it all already")
    refused = BackupReport(refused={named("b:1"): "It is damaged."})
    assert outcomes.backed_up(refused) == ("Nothing was copied.", "b:1: It is damaged.", Tone.ATTENTION)


def test_a_repair_tells_from_where_it_came_and_what_is_left_to_do() -> None:
    name = named("a:1")
    done = RepairReport(name, RepairState.REPAIRED, means={"x": RepairMeans.VAULT, "y": RepairMeans.VAULT})
    assert outcomes.repaired(done)[0] == "a:1 is whole again, from the vault."
    by_hand = RepairReport(name, RepairState.BY_HAND, "Run:\nsudo cp x y")
    assert outcomes.repaired(by_hand)[1] == "Run:\nsudo cp x y"
    failed = RepairReport(name, RepairState.FAILED, "No network.")
    what, why, tone = outcomes.several_repaired((done, failed, RepairReport(named("b:1"), RepairState.NOTHING)))
    assert (what, tone) == ("2 models needed repair.", Tone.TROUBLE)
    assert why.count("\n") == 1
    assert outcomes.several_repaired(()) == ("Nothing had to be repaired.", "", Tone.WELL)


def test_a_restore_says_what_it_replaces_and_warns_where_that_would_be_lost() -> None:
    new, old = version("a:1", "a:1", days_ago=1), version("a:1", "older", days_ago=40)
    kept = row("a:1", Verdict.INTACT, new, old)
    assert preferred(kept) == 1
    what, why, tone = replaced(kept, old)
    assert "the vault has it too" in what
    assert why == "1.0 GiB are written into the model folder."
    assert tone is Tone.ACCENT
    what, why, tone = replaced(row("a:1", Verdict.INTACT, old), old)
    assert "the vault has no copy of it" in what
    assert why.startswith("Cancel and press Back up first")
    assert tone is Tone.TROUBLE
    assert replaced(kept, new)[0] == "The same version lies there already."
    damaged = row("a:1", Verdict.DAMAGED, new, old)
    assert preferred(damaged) == 0
    assert "what is bad of it is replaced" in replaced(damaged, new)[0]
    (gone,) = rows_of(overview(vault=VaultState(Path("/v"), (old,))))
    assert replaced(gone, old)[0].startswith("Nothing is replaced")


def test_strays_are_counted_with_their_bytes() -> None:
    strays = [Stray(StrayKind.ORPHAN, Path("/x"), GIB, NOW)] * 2
    assert strays_text(strays) == "2 files, 2.0 GiB"
    assert strays_text(strays[:1]) == "1 file, 1.0 GiB"


@pytest.mark.parametrize("text", ["", "192.168.1.20:11434", "localhost", "https://ollama.example/path", "[::1]:11434"])
def test_addresses_are_taken(text: str) -> None:
    assert wrong_address(text) == ""


@pytest.mark.parametrize("text", ["ftp://x", "a b", "host:99999999", "http://", "http://[::1"])
def test_what_is_no_address_is_refused_in_words(text: str) -> None:
    assert wrong_address(text)


# ------------------------------------------------------------ alerts


def test_grave_alerts_come_first_and_the_status_names_one_or_counts_them() -> None:
    down, lost = alert(AlertKind.SERVICE_DOWN), alert(AlertKind.MODEL_MISSING, "a:1", 2, minutes_ago=60)
    assert ranked([down, lost]) == [lost, down]
    assert summary([]) == ""
    assert summary([down]) == "Ollama: service down"
    assert summary([down, lost]) == "Ollama: 2 alerts"


def test_alerts_are_noticed_when_they_open_and_when_they_are_over_and_not_in_between() -> None:
    down, lost = alert(AlertKind.SERVICE_DOWN), alert(AlertKind.MODEL_MISSING, "a:1", 2)
    told = ollama_notices.of_alerts([down], [down, lost])
    assert [(notice.mood, notice.what) for notice in told] == [(Mood.TROUBLE, lost.what)]
    (over,) = ollama_notices.of_alerts([down, lost], [down])
    assert over.mood is Mood.WELL
    assert "model missing" in over.what
    many = [alert(AlertKind.CHECKSUM, f"m:{number}", number) for number in range(2, 9)]
    (summed,) = ollama_notices.of_alerts([], many)
    assert summed.mood is Mood.TROUBLE
    assert "7" in summed.what


def test_what_was_brought_back_by_itself_is_noticed_and_a_failure_is_left_to_its_alert() -> None:
    name = named("a:1")
    reports = [RepairReport(name, state) for state in RepairState]
    told = ollama_notices.of_repairs(reports)
    assert [notice.mood for notice in told] == [Mood.WELL, Mood.ATTENTION, Mood.ATTENTION]
