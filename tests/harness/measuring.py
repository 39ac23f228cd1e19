"""All that a call needs to be measured, over a real store and a server of OpenAI's wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from harness.facts import fact
from modelward.benchmarks.measuring import Measurer
from modelward.benchmarks.stage import Place, Stage
from modelward.catalog.model import Field
from modelward.catalog.store import CatalogStore
from modelward.core.clock import utc_now
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.settings import load
from modelward.net.client import Client
from modelward.providers.keys import Keys
from modelward.providers.service import ProviderService
from modelward.spending.gateway import Gateway
from modelward.spending.service import SpendingService
from modelward.store.engine import Database

KEY = "sk-planted-key-7f3a-measure"


@dataclass(frozen=True, slots=True)
class MeasuringPlace:
    """A measurer with all that it stands on."""

    measurer: Measurer
    gateway: Gateway
    catalog: CatalogStore
    providers: ProviderService
    spending: SpendingService
    database: Database
    preferences: Preferences
    stage: Place


@asynccontextmanager
async def measuring_place(
    url: str, models: Sequence[str], *, price: str = "1", stage: Callable[[Preferences], Place] = Stage
) -> AsyncIterator[MeasuringPlace]:
    """A place whose models of the provider "openai" are served at ``url`` for ``price`` USD per 1M tokens."""
    paths = Paths.locate()
    paths.prepare()
    environ = {"OPENAI_API_KEY": KEY, "MODELWARD__SPENDING__ZERO_BURN": "false", "NO_PROXY": "*"}
    preferences = Preferences(paths, load(paths, environ), environ)
    database, client, timing = await Database.open(paths.database), Client(preferences), stage(preferences)
    catalog, spending = CatalogStore(database), SpendingService(database, preferences)
    providers = ProviderService(database, Keys(environ), client, environ=environ)
    prices = (Field.PRICE_INPUT, Field.PRICE_OUTPUT, Field.PRICE_CACHE_READ)
    await catalog.merge([fact(f"openai/{model}", field, price) for model in models for field in prices], now=utc_now())
    await providers.add("openai", url=f"{url}/v1")
    gateway = Gateway(spending, catalog, providers)
    measurer = Measurer(gateway, catalog, timing)
    try:
        yield MeasuringPlace(measurer, gateway, catalog, providers, spending, database, preferences, timing)
    finally:
        await timing.close()
        await client.close()
        await database.close()
