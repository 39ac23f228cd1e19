"""Chats with the models of a double."""

from __future__ import annotations

from harness.chat_doubles import DOUBLES, MODEL, Told
from harness.doubles import ProviderDouble


def put_chats(double: ProviderDouble) -> None:
    """Let every model of a double tell the same, on the wire of its dialect."""
    known = double.original
    chat = next(each for each in DOUBLES if each.dialect == known.dialect)
    names = [str(row.get("id") or row.get("name")).removeprefix("models/") for row in double.rows]
    for path in {known.chat_path.replace("{model}", name) for name in [*names, MODEL]}:
        double.wire.route("POST", double.path + path, double.guarded(chat.reply(Told())))
