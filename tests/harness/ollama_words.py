"""Local models as the guard tells of them, made by hand, for what only shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from modelward.ollama.model import (
    Alert,
    AlertKind,
    AlertState,
    BlobCheck,
    BlobState,
    ConfigFacts,
    FolderSource,
    Layer,
    LayerCheck,
    LayerKind,
    LocalModel,
    Manifest,
    ModelCheck,
    ModelName,
    Overview,
    Place,
    ServerLook,
    ServerState,
    Standing,
    VaultState,
    VaultVersion,
    Verdict,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GIB = 1024**3
_STATES = {
    Verdict.DAMAGED: BlobState.DAMAGED,
    Verdict.MISSING: BlobState.MISSING,
    Verdict.UNREADABLE: BlobState.UNREADABLE,
    Verdict.UNPROVEN: BlobState.UNPROVEN,
}


def digest(seed: str) -> str:
    """A digest, the same one for the same seed."""
    return "sha256:" + hashlib.sha256(seed.encode()).hexdigest()


def named(text: str) -> ModelName:
    """A name of Ollama's public library."""
    model, _, tag = text.partition(":")
    return ModelName("registry.ollama.ai", "library", model, tag or "latest")


def manifest(seed: str, size: int = GIB) -> Manifest:
    """A manifest of a config and weights."""
    config = Layer(LayerKind.CONFIG, "application/json", digest(f"{seed} config"), 500)
    weights = Layer(LayerKind.MODEL, "application/gguf", digest(f"{seed} weights"), size)
    return Manifest(b"{}", digest(f"{seed} manifest"), (config, weights))


def version(name: str, seed: str, *, days_ago: float = 1, is_verified: bool = True) -> VaultVersion:
    """A version in the vault."""
    made = NOW - timedelta(days=days_ago)
    return VaultVersion(
        f"{made:%Y%m%d%H%M%S}-{seed}", named(name), manifest(seed), made, NOW, made if is_verified else None
    )


def check(
    name: str,
    verdict: Verdict = Verdict.INTACT,
    *,
    seed: str = "",
    detail: str = "",
    config: ConfigFacts | None = None,
    shared_by: Sequence[str] = (),
) -> ModelCheck:
    """What is to be said of a model; the bad state, where there is one, is that of its weights."""
    made = manifest(seed or name)
    model = LocalModel(
        named(name),
        Path("/models/manifests") / name,
        NOW - timedelta(days=3),
        made,
        is_remote=verdict is Verdict.REMOTE,
        config=config or ConfigFacts("gguf", "llama", "3.2B", "Q4_K_M", ("completion",), 131_072, 4096),
    )
    proven = NOW - timedelta(hours=3) if verdict is Verdict.INTACT else None
    layers = tuple(
        LayerCheck(
            layer,
            BlobCheck(layer.digest, _STATES.get(verdict, BlobState.INTACT), layer.size, proven),
            tuple(named(other) for other in shared_by),
        )
        for layer in made.layers
    )
    return ModelCheck(model, verdict, layers, proven, detail)


def standing(name: str, verdict: Verdict = Verdict.INTACT, *versions: VaultVersion, **others: str) -> Standing:
    """How a model stands."""
    return Standing(check(name, verdict, detail=others.get("detail", "")), versions, answer_ms=41.0)


def look(state: ServerState = ServerState.RUNNING) -> ServerLook:
    """A look at the server."""
    return ServerLook(NOW, "http://127.0.0.1:11434", state, "0.34.2" if state is ServerState.RUNNING else "", 2.0)


def overview(
    *standings: Standing,
    place: Place | None = None,
    has_place: bool = True,
    server: ServerState = ServerState.RUNNING,
    vault: VaultState | None = None,
    alerts: Sequence[Alert] = (),
    problems: Sequence[str] = (),
) -> Overview:
    """How all stands."""
    here = place or Place(Path("/models"), FolderSource.DEFAULT, is_there=True, can_write=True)
    kept = vault or VaultState(Path("/vault"), tuple(each for one in standings for each in one.versions), 5 * GIB)
    return Overview(
        here if has_place else None, look(server), standings, kept, (), tuple(alerts), problems=tuple(problems)
    )


def alert(kind: AlertKind, subject: str = "", number: int = 1, *, minutes_ago: float = 14) -> Alert:
    """An alert that is open."""
    opened = NOW - timedelta(minutes=minutes_ago)
    return Alert(number, kind, subject, AlertState.OPEN, opened, NOW, None, 2, f"{kind.value} of {subject}.", "Why.")
