"""When is a model completely known, and what is missing."""

from __future__ import annotations

from modelward.catalog.model import Capability, Field, Kind, Model

REQUIRED = (Field.CONTEXT_WINDOW, Field.CAPABILITIES, Field.PRICE_INPUT)
"""Fields whose lack makes a model incomplete; the input price stands for "price", see :func:`missing`."""

# Pictures, sound and video are not written into a window of tokens: asking for one would never be answered.
_WITHOUT_WINDOW = frozenset({Kind.IMAGE, Kind.AUDIO, Kind.VIDEO})

# An embedding, a score or a verdict has no output tokens that could be priced.
WITHOUT_OUTPUT = frozenset({Kind.EMBEDDING, Kind.RERANK, Kind.MODERATION})
"""Kinds of models that have no output price."""

# What these do is said by their kind: there is no word in the list of capabilities for it.
_WITHOUT_WORD = frozenset({Kind.RERANK, Kind.MODERATION})
# Price lists tell it of every model that has a price for cached input: by itself it says nothing of what one can do.
_TELLING_NOTHING = frozenset({Capability.PROMPT_CACHING})


def missing(model: Model) -> tuple[Field, ...]:
    """The required fields that are not known of this model; empty means complete.

    Context window, capabilities and price are required. A model whose kind has no token window needs none, and one
    that puts out no tokens needs no output price. ``0`` is a known free price; unknown is ``None``. Capabilities are
    known where one is stated besides prompt caching, or where tools are denied: a denial of sound and pictures alone
    does not tell what a model can do.
    """
    gaps = []
    if model.context_window is None and model.kind not in _WITHOUT_WINDOW:
        gaps.append(Field.CONTEXT_WINDOW)
    if not _knows_capabilities(model):
        gaps.append(Field.CAPABILITIES)
    if model.price_input is None or (model.price_output is None and model.kind not in WITHOUT_OUTPUT):
        gaps.append(Field.PRICE_INPUT)
    return tuple(gaps)


def _knows_capabilities(model: Model) -> bool:
    has = model.capabilities or frozenset()
    return bool(has - _TELLING_NOTHING) or Capability.TOOLS in model.not_capabilities or model.kind in _WITHOUT_WORD
