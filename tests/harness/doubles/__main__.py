"""Starts doubles of providers and prints where they are: ``PYTHONPATH=app:tests python -m harness.doubles --help``."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AsyncExitStack, suppress

from harness.doubles import ProviderDouble
from harness.doubles.chats import put_chats
from harness.wire import Reply, WireServer
from modelward.providers.registry import KNOWN

_FAILURE = {"error": {"message": "This double fails on purpose.", "type": "api_error"}}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="harness.doubles", description=__doc__)
    parser.add_argument("providers", nargs="*", metavar="provider", help="which ones; all where none is named")
    parser.add_argument("--port-base", type=int, default=18_000, help="the first one's port; the others follow")
    parser.add_argument("--hang", action="append", default=[], metavar="provider", help="never answers")
    parser.add_argument(
        "--fail", action="append", default=[], metavar="provider[=status]", help="answers with an error"
    )
    return parser.parse_args()


async def main() -> None:
    """Serve until Ctrl+C."""
    told = _arguments()
    failing = {each.partition("=")[0]: int(each.partition("=")[2] or 500) for each in told.fail}
    async with AsyncExitStack() as running:
        for number, provider_id in enumerate(told.providers or KNOWN):
            wire = await running.enter_async_context(WireServer(port=told.port_base + number))
            double = ProviderDouble(wire, provider_id)
            put_chats(double)
            if provider_id in told.hang:
                double.broken = Reply(hang=True)
            if provider_id in failing:
                double.broken = Reply(failing[provider_id], body=_FAILURE)
            print(f"{provider_id:20} {double.url:44} {double.key}", flush=True)  # noqa: T201 - what it is for
        await asyncio.Event().wait()


with suppress(KeyboardInterrupt):
    asyncio.run(main())
