"""Lists of models and checks of keys: the same for every provider, by its row of data."""

from __future__ import annotations

import time

from modelward.core.errors import AnswerError, NotOfferedError
from modelward.net.model import CHECKING
from modelward.providers.dialect import Line
from modelward.providers.listing_steps import STEPS
from modelward.providers.model import ModelList
from modelward.providers.pages import read_list
from modelward.providers.refusals import refuse_failure
from modelward.providers.registry import KNOWN


async def list_models(line: Line) -> ModelList:
    """A provider's own list, all of its pages. Raises NetworkError; an empty list of a cloud is an AnswerError."""
    known = line.provider.known
    steps = STEPS.get(known.id)
    found = await (steps(line) if steps else read_list(line, known.listing))
    if not found.rows and not known.is_local:
        raise AnswerError(
            f"{line.provider.title} sent an empty list of models.",
            why="A cloud that is in order lists at least one.",
            todo="Look at its site whether this key may use models; the models that are known stay.",
        )
    return found


async def check(line: Line) -> float:
    """Ask whether the provider answers and the key is good, at no cost; seconds until it answered.

    Raises KeyRefusedError and the other NetworkErrors.
    """
    listing = line.provider.known.listing
    path = _check_path(line)
    call = line.call(path, params=listing.params if path == listing.path else {}, patience=CHECKING, is_repeatable=True)
    started = time.monotonic()
    try:
        document, answer = await line.client.ask_json(call)
    except NotOfferedError:
        if not listing.names:
            raise
        # It has no list, which is known: it is there, and did not mind the key.
        return time.monotonic() - started
    if isinstance(document, dict):
        refuse_failure(call.server, document)
    return answer.latency


def _check_path(line: Line) -> str:
    known = line.provider.known
    own = KNOWN.get(known.id)
    # Another host's check is for the provider's own address alone: at a person's proxy, the key is not for that host.
    is_elsewhere = "://" in known.check_path and (own is None or own.base_url != line.provider.base_url)
    return known.listing.path if is_elsewhere or not known.check_path else known.check_path
