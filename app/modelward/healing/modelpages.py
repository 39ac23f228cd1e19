"""The pages of single models to which the providers' own lists point."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from urllib.parse import urlsplit

from modelward.catalog.model import Fact, Field, Source
from modelward.healing.docfiles import is_safe

HOSTS = frozenset({"huggingface.co"})
"""Where such pages stand, besides on the hosts that the provider's documentation file names."""

MOST_PAGES = 20
"""Such pages that are read in one healing."""


class ModelPages:
    """Gives out the page of a model after the other, until there were :data:`MOST_PAGES`."""

    def __init__(self, facts: Mapping[str, Iterable[Fact]]) -> None:
        self._pages = {id_: page for id_, stated in facts.items() if (page := _stated(stated))}
        self._left = MOST_PAGES

    def take(self, id_: str, hosts: Collection[str]) -> str | None:
        """The address of a model's page; None where none is stated on one of ``hosts``, or there were enough."""
        page = self._pages.get(id_)
        if page is None or not self._left or not is_safe(page) or urlsplit(page).netloc.lower() not in hosts:
            return None
        self._left -= 1
        return page


def _stated(facts: Iterable[Fact]) -> str | None:
    """What the provider said last; what anybody else says of it does not count."""
    said = [each for each in facts if each.field is Field.MODEL_PAGE and each.source is Source.PROVIDER]
    return str(max(said, key=lambda fact: fact.observed_at).value) if said else None
