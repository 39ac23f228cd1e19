"""Lists of models as providers send them, read into facts by the same readers as files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from modelward.catalog.fields import PRICES
from modelward.catalog.model import Source
from modelward.catalog.rawfiles import local
from modelward.catalog.rawfiles.recognise import LIST_FORMATS, plain_format, read_rows, sample_of
from modelward.catalog.rawfiles.shape import Body, ListFormat
from modelward.catalog.sheet import FactSheet
from modelward.core.errors import InputError


def read_listing(
    rows: list[object],
    *,
    format: str,  # noqa: A002 - the word of the list's own class
    provider: str,
    origin: str,
    observed_at: datetime,
    evidence: str,
    is_local: bool,
) -> FactSheet:
    """What a provider's own list states. Slow for very long lists: call it in a thread. ``rows`` is empty afterwards.

    ``format`` is the label of a reader ("Anthropic"); where it is empty, the content tells, and rows of no known kind
    only tell that their models are there. Every model is ``provider``'s, whatever the rows say. ``origin`` ("OpenAI
    API") and ``evidence`` (the list's address) stand in the facts. ``is_local``: the server runs on the person's own
    machines, where no token has a price; the same software in a cloud says nothing of what it costs.

    Rows and values that cannot be taken become problems. Raises InputError for rows nested too deeply to be read.
    """
    sheet = FactSheet(Source.PROVIDER, origin, observed_at)
    try:
        known = _format(format, provider, sample_of(rows))
        read_rows(rows, known, provider, sheet, evidence)
    except RecursionError:
        raise InputError("The lists or objects in its rows are nested too deeply.") from None
    if known in local.FORMATS and not is_local:
        sheet.facts = [fact for fact in sheet.facts if fact.field not in PRICES]
    return sheet


def _format(label: str, provider: str, sample: Sequence[Body]) -> ListFormat:
    candidates = [known for known in LIST_FORMATS if label in ("", known.label)]
    fitting = (known for known in candidates if sample and known.fits(sample))
    # Of a server that changed its rows, what can be read is read; the last of its formats is the one with plain ids.
    return next(fitting, candidates[-1] if label and candidates else plain_format(provider, sample))
