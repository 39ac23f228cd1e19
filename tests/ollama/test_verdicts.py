"""Verdicts: pure functions from a library and what is known of its blobs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from modelward.ollama import verdicts
from modelward.ollama.model import (
    BlobCheck,
    BlobState,
    Layer,
    LayerKind,
    Library,
    LocalModel,
    Manifest,
    ModelName,
    Verdict,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
WEIGHTS, CONFIG, SYSTEM = (f"sha256:{letter * 64}" for letter in "abc")
LAYERS = (
    Layer(LayerKind.CONFIG, "", CONFIG, 500),
    Layer(LayerKind.MODEL, "", WEIGHTS, 5 * 1024**3),
)


def _model(name: str, *more: Layer, remote: bool = False) -> LocalModel:
    manifest = Manifest(b"{}", "sha256:" + "f" * 64, (*LAYERS, *more))
    full = ModelName("registry.ollama.ai", "library", name, "latest")
    return LocalModel(full, Path("/models/manifests") / name, NOW, manifest, is_remote=remote)


LLAMA = _model("llama3.2")
TUNED = _model("tuned", Layer(LayerKind.SYSTEM, "", SYSTEM, 20))
LIBRARY = Library(Path("/models"), (LLAMA, TUNED))


def _checks(**states: BlobState) -> dict[str, BlobCheck]:
    """Everything intact but these."""
    named = {"weights": WEIGHTS, "config": CONFIG, "system": SYSTEM}
    sizes = {layer.digest: layer.size for layer in (*LAYERS, Layer(LayerKind.SYSTEM, "", SYSTEM, 20))}
    return {
        digest: BlobCheck(
            digest,
            states.get(word, BlobState.INTACT),
            sizes[digest],
            None if word in states else NOW,
            detail="It was not hashed yet." if states.get(word) is BlobState.UNPROVEN else "",
        )
        for word, digest in named.items()
    }


def test_a_model_is_intact_when_all_its_blobs_are_since_the_eldest_of_their_hashes() -> None:
    checks = _checks()
    checks[CONFIG] = replace(checks[CONFIG], checked_at=NOW - timedelta(days=3))
    (llama, tuned) = verdicts.judge(LIBRARY, checks)
    assert llama.verdict is tuned.verdict is Verdict.INTACT
    assert llama.proven_at == tuned.proven_at == NOW - timedelta(days=3)
    assert llama.detail == ""


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (BlobState.DAMAGED, Verdict.DAMAGED),
        (BlobState.MISSING, Verdict.MISSING),
        (BlobState.UNREADABLE, Verdict.UNREADABLE),
        (BlobState.UNPROVEN, Verdict.UNPROVEN),
    ],
)
def test_one_blob_decides_for_every_model_that_needs_it(state: BlobState, verdict: Verdict) -> None:
    both = verdicts.judge(LIBRARY, _checks(weights=state))
    assert [check.verdict for check in both] == [verdict, verdict]
    assert [check.proven_at for check in both] == [None, None]
    llama, tuned = verdicts.judge(LIBRARY, _checks(system=state))
    assert (llama.verdict, tuned.verdict) == (Verdict.INTACT, verdict)


def test_the_worst_that_is_known_is_the_verdict_and_all_of_it_is_told() -> None:
    checks = _checks(weights=BlobState.MISSING, config=BlobState.DAMAGED, system=BlobState.UNREADABLE)
    tuned = verdicts.judge(LIBRARY, checks)[1]
    assert tuned.verdict is Verdict.DAMAGED
    for word in ("bbbbbbbbbbbb", "aaaaaaaaaaaa", "cccccccccccc", "is damaged", "is missing", "is unreadable"):
        assert word in tuned.detail


def test_a_verdict_names_the_blob_who_shares_it_what_helps_and_what_ollama_makes_of_it() -> None:
    def remedy(model: LocalModel, bad: Collection[str]) -> str:
        return f"The vault has a copy of {model.name} without {len(bad)}."

    llama = verdicts.judge(LIBRARY, _checks(weights=BlobState.DAMAGED), remedy=remedy)[0]
    assert llama.detail == (
        "Blob aaaaaaaaaaaa (weights, 5.00 GiB) is damaged. It is shared with tuned:latest."
        " The vault has a copy of llama3.2:latest without 1. Ollama itself checks none of this."
        " Ollama may answer from what it remembers until it is restarted, before a repair and after."
    )


def test_layers_say_which_other_models_need_their_blob() -> None:
    llama, tuned = verdicts.judge(LIBRARY, _checks())
    assert [each.shared_by for each in llama.layers] == [(TUNED.name,), (TUNED.name,)]
    assert [each.shared_by for each in tuned.layers] == [(LLAMA.name,), (LLAMA.name,), ()]


def test_a_manifest_that_cannot_be_read_is_told_with_its_problem() -> None:
    broken = replace(LLAMA, manifest=None, problem="The file is empty.")
    (check,) = verdicts.judge(Library(Path("/models"), (broken,)), {})
    assert check.verdict is Verdict.UNREADABLE
    assert check.detail.startswith("The file is empty. Ollama leaves it out of its lists")


def test_a_stub_of_the_cloud_is_never_an_alarm() -> None:
    stub = replace(LLAMA, is_remote=True)
    (check,) = verdicts.judge(Library(Path("/models"), (stub,)), _checks(config=BlobState.MISSING))
    assert check.verdict is Verdict.REMOTE


def test_a_wrong_size_in_a_manifest_is_told_and_is_no_damage_where_the_bytes_are_those_of_the_name() -> None:
    checks = _checks()
    checks[CONFIG] = replace(checks[CONFIG], size=501)
    llama = verdicts.judge(LIBRARY, checks)[0]
    assert llama.verdict is Verdict.INTACT
    assert "states a wrong size for blob bbbbbbbbbbbb" in llama.detail


def test_an_unproven_model_says_how_much_of_it_was_not_hashed() -> None:
    llama = verdicts.judge(LIBRARY, _checks(weights=BlobState.UNPROVEN))[0]
    assert llama.detail.startswith("1 of 2 blobs (5.00 GiB) were not hashed")


def test_only_the_models_asked_for_are_judged() -> None:
    (only,) = verdicts.judge(LIBRARY, _checks(), {TUNED.name})
    assert only.model is TUNED


def test_of_a_thousand_bad_blobs_a_few_are_named_and_the_others_counted() -> None:
    tensors = [Layer(LayerKind.TENSOR, "", f"sha256:{number:064x}", 1, f"t{number}") for number in range(1000)]
    checks = _checks() | {each.digest: BlobCheck(each.digest, BlobState.MISSING) for each in tensors}
    (check,) = verdicts.judge(Library(Path("/models"), (_model("many", *tensors),)), checks)
    assert "995 more blobs are missing." in check.detail
    assert len(check.detail) < 1000


def test_a_model_that_is_intact_and_does_not_load_says_why_and_what_to_try() -> None:
    llama = verdicts.judge(LIBRARY, _checks())[0]
    assert verdicts.loaded(llama, loads=True).loads is True
    failed = verdicts.loaded(llama, loads=False, why="Ollama could not load it.")
    assert (failed.verdict, failed.loads) == (Verdict.INTACT, False)
    assert "is intact. Ollama could not load it. Ollama remembers models that failed" in failed.detail
