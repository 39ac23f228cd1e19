"""The double of Ollama's server as a program, and what can be changed in it while it runs."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.ollama_server import FAILING, HANG, HTML, OllamaDouble
from harness.wire import Reply

_INSTEAD = {"html": HTML, "hang": HANG, "failing": FAILING}


def change(double: OllamaDouble, wanted: dict[str, Any]) -> Reply:
    """Change what is wanted.

    ``instead``: "html", "hang", "failing" or null. ``lying``, ``prunes``, ``offline``: true or false. ``registry``:
    its address. ``delay``: seconds. ``refuses``: what llama-server says. ``folder``: another one. ``restart``: true.
    """
    unknown = sorted(set(wanted) - set(_CHANGES))
    if unknown:
        return Reply(400, body={"error": f"nothing is called so here: {', '.join(unknown)}"})
    for key, value in wanted.items():
        _CHANGES[key](double, value)
    return Reply(body={"changed": list(wanted), "folder": str(double.store.folder)})


def _put(double: OllamaDouble, value: str | None) -> None:
    double.instead = {"*": _INSTEAD[value]} if value else {}


_CHANGES: dict[str, Callable[[OllamaDouble, Any], None]] = {
    "instead": _put,
    "lying": lambda double, value: setattr(double, "is_lying", bool(value)),
    "prunes": lambda double, value: setattr(double, "prunes", bool(value)),
    "delay": lambda double, value: setattr(double, "delay", float(value)),
    "refuses": lambda double, value: setattr(double.runner, "refuses", str(value)),
    "registry": lambda double, value: setattr(double.source, "url", value),
    "offline": lambda double, value: setattr(double.source, "is_offline", bool(value)),
    "folder": lambda double, value: double.move(Path(value)),
    "restart": lambda double, _value: double.restart(),
}


async def _serve(given: argparse.Namespace) -> None:
    async with OllamaDouble(given.models, registry=given.registry, port=given.port) as double:
        double.is_lying = given.lying
        double.delay = given.delay
        double.source.every_line = given.every_line
        _put(double, given.instead)
        sys.stdout.write(f"{double.url} serves {given.models}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve until the program is ended."""
    parser = argparse.ArgumentParser(description="Serve a model folder as Ollama does")
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--registry", help="address of a registry's double; none: no way out")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--lying", action="store_true", help="answer success and do nothing")
    parser.add_argument("--every-line", action="store_true", help="a line of progress for each piece of a pull")
    parser.add_argument("--instead", choices=sorted(_INSTEAD), help="answer so to everything")
    asyncio.run(_serve(parser.parse_args()))
