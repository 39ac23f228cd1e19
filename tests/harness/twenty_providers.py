"""Twenty providers in a process of their own, each as slow as its number, one of them silent.

Run as ``python -m harness.twenty_providers``: prints a line ``title address`` for each and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import sys

from harness.wire import Reply, Seen, WireServer

PROVIDERS = 20
MODELS = 100
FASTEST_SECONDS, STEP_SECONDS = 0.5, 0.05
SILENT = 7
"""The number of the one that never answers."""


def seconds_of(number: int) -> float:
    """How long a provider takes to answer."""
    return FASTEST_SECONDS + STEP_SECONDS * number


def _route(wire: WireServer, number: int) -> None:
    rows = [
        {"id": f"model-{each}", "object": "model", "created": 1_760_000_000, "owned_by": "lab"}
        for each in range(MODELS)
    ]

    async def answer(_seen: Seen) -> Reply:
        await asyncio.sleep(seconds_of(number))
        return Reply(body={"object": "list", "data": rows}, hang=number == SILENT)

    wire.route("GET", "/v1/models", answer)


async def _serve() -> None:
    wires = [WireServer() for _ in range(PROVIDERS)]
    for number, wire in enumerate(wires):
        await wire.__aenter__()
        _route(wire, number)
        sys.stdout.write(f"slow-{number} {wire.url}/v1\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for wire in wires:
        await wire.__aexit__(None, None, None)


if __name__ == "__main__":
    asyncio.run(_serve())
