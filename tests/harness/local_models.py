"""An Ollama with two models that know most of what is true, in a process of its own.

Run as ``python -m harness.local_models TRUTH.json``: prints its address and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from harness.scripted_model import ScriptedModel, at_ollama
from harness.wire import Reply, Seen, WireServer

_FAMILIES = {"llama3.3:70b": "llama", "qwen3:32b": "qwen3"}


def _details(name: str) -> dict[str, object]:
    return {"family": _FAMILIES[name], "parameter_size": "8.0B", "quantization_level": "Q4_K_M"}


def _shown(seen: Seen) -> Reply:
    family = _FAMILIES[seen.json["model"]]
    info = {"general.architecture": family, f"{family}.context_length": 131_072}
    return Reply(body={"details": _details(seen.json["model"]), "model_info": info, "capabilities": ["completion"]})


async def _serve(truth: dict[str, dict[str, object]]) -> None:
    models = {name: ScriptedModel(truth, seed, 0.95, 0.03) for seed, name in enumerate(_FAMILIES)}
    rows = [
        {"name": name, "model": name, "size": 4 * 10**9, "digest": f"{seed:064x}", "details": _details(name)}
        for seed, name in enumerate(_FAMILIES)
    ]
    async with WireServer() as wire:
        wire.route("GET", "/api/tags", Reply(body={"models": rows}))
        wire.route("POST", "/api/show", _shown)
        wire.route("POST", "/api/chat", at_ollama(models))
        sys.stdout.write(wire.url + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
