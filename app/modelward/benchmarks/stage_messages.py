"""What goes between the program and the process that times calls: pickled records behind their lengths."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass

from modelward.benchmarks.model import Timing
from modelward.core.setting_groups import NetworkSettings
from modelward.providers.model import ChatRequest, Event, Provider

LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Asked:
    """A chat to carry out. Where there is no request, the chat of that number is to be ended."""

    number: int
    provider: Provider | None = None
    key: str | None = None
    request: ChatRequest | None = None
    network: NetworkSettings | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What was heard in a chat: an event, or its end with its times and the error that ended it.

    ``bug``: the trace of an error of ours.
    """

    number: int
    event: Event | None = None
    error: BaseException | None = None
    timing: Timing | None = None
    bug: str = ""


def framed(record: Asked | tuple[Answered, ...]) -> bytes:
    """A record as it goes through a pipe."""
    content = pickle.dumps(record, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(content)) + content
