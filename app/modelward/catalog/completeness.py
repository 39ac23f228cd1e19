"""When is a model completely known, and what is missing."""

from __future__ import annotations

from modelward.catalog.model import Field, Kind, Model

REQUIRED = (Field.CONTEXT_WINDOW, Field.CAPABILITIES, Field.PRICE_INPUT)
"""Fields whose lack makes a model incomplete; the input price stands for "price", see :func:`missing`."""

# Pictures, sound and video are not written into a window of tokens: asking for one would never be answered.
_WITHOUT_WINDOW = frozenset({Kind.IMAGE, Kind.AUDIO, Kind.VIDEO})
# An embedding, a score or a verdict has no output tokens that could be priced.
_WITHOUT_OUTPUT = frozenset({Kind.EMBEDDING, Kind.RERANK, Kind.MODERATION})


def missing(model: Model) -> tuple[Field, ...]:
    """The required fields that are not known of this model; empty means complete.

    Context window, capabilities and price are required. A model whose kind has no token window needs none, and one
    that puts out no tokens needs no output price. ``0`` is a known free price; unknown is ``None``.
    """
    gaps = []
    if model.context_window is None and model.kind not in _WITHOUT_WINDOW:
        gaps.append(Field.CONTEXT_WINDOW)
    if model.capabilities is None:
        gaps.append(Field.CAPABILITIES)
    if model.price_input is None or (model.price_output is None and model.kind not in _WITHOUT_OUTPUT):
        gaps.append(Field.PRICE_INPUT)
    return tuple(gaps)
