"""A provider of three models of different price and skill, in a desk of its own; see :mod:`harness.skilled_models`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.facts import fact
from harness.skilled_models import SKILLS
from modelward.catalog.model import Field
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.desk import Desk

PRICES = {"tiny-talker": ("0.05", "0.10"), "steady-worker": ("0.30", "0.60"), "grand-thinker": ("5", "15")}
MODELS = [f"market/{name}" for name in SKILLS]
TALKER, WORKER, THINKER = MODELS


@asynccontextmanager
async def market_desk(url: str) -> AsyncIterator[Desk]:
    """A desk with the provider at ``url``, whose models are listed and whose prices are known."""
    paths = Paths.locate()
    desk = await Desk.open(paths, load(paths, os.environ))
    try:
        await desk.providers.add("market", url=f"{url}/v1")
        await desk.discovery.discover(Progress())
        fields = (Field.PRICE_INPUT, Field.PRICE_OUTPUT)
        prices = [
            fact(f"market/{name}", field, price)
            for name, pair in PRICES.items()
            for field, price in zip(fields, pair, strict=True)
        ]
        await CatalogStore(desk.database).merge(prices, now=utc_now())
        yield desk
    finally:
        await desk.close()
