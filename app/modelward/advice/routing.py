"""Which model serves which use case, as a table for routers; keys are named by their variables, never written.

LiteLLM (docs.litellm.ai, pages "Config.yaml" and "Fallbacks"): ``model_list`` gives a name to each deployment, names of
variables stand as ``os.environ/NAME``, ``router_settings.fallbacks`` names the groups that are asked next. What speaks
OpenAI's wire is ``openai/NAME`` with its address there, and must have some key (page "OpenAI-Compatible Endpoints").
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from modelward.advice.model import Facts, Query
from modelward.advice.recommend import recommend
from modelward.benchmarks.model import UseCase
from modelward.catalog.fields import clip
from modelward.catalog.model import Model
from modelward.core.atomic import replace_file
from modelward.core.errors import FolderError, UsageError
from modelward.providers.model import KeyNeed, KnownProvider

FALLBACKS = 2
"""Further models that are named for each use case."""

_LOOKED_AT = 10  # of the best: one far behind them stands in for nobody

_PREFIXES = {"anthropic": "anthropic", "cohere": "cohere_chat", "google": "gemini", "ollama": "ollama_chat"}
_CHAT_PATH = "/chat/completions"
_NO_KEY = "none"  # LiteLLM's client of OpenAI's wire refuses to ask without any


class Router(StrEnum):
    """For whom the table is written."""

    LITELLM = "litellm"
    PLAIN = "plain"


class Way(NamedTuple):
    """How a provider is asked. ``key``: the variable that holds its key; empty: it takes none."""

    known: KnownProvider
    key: str


class Route(NamedTuple):
    """Who serves a use case; ``fallbacks`` are asked in their order when that one fails."""

    use_case: UseCase
    model: Model
    fallbacks: tuple[Model, ...]
    quality: float


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """The routes; ``without``: use cases for which no model was measured that fits."""

    routes: tuple[Route, ...]
    without: tuple[UseCase, ...]


def routing_table(facts: Facts, query: Query, use_cases: Sequence[UseCase] = tuple(UseCase)) -> RoutingTable:
    """The recommended model of each use case under the constraints of ``query``; fallbacks of other providers first,
    because it is mostly a whole provider that fails."""
    by_id = {model.id: model for model in facts.models}
    routes, without = [], []
    for use_case in use_cases:
        found = recommend(facts, replace(query, use_case=use_case), top=_LOOKED_AT).top
        if not found:
            without.append(use_case)
            continue
        first, *others = [by_id[each.model_id] for each in found]
        others.sort(key=lambda model, first=first: model.provider == first.provider)  # type: ignore[misc]
        routes.append(Route(use_case, first, tuple(others[:FALLBACKS]), found[0].quality.score))
    return RoutingTable(tuple(routes), tuple(without))


def key_variable(known: KnownProvider, provider_id: str, found_in: str = "") -> str:
    """The variable in which a router finds a provider's key: where it was found, else where people keep it."""
    if known.key is KeyNeed.NONE:
        return ""
    made_up = re.sub(r"[^A-Z0-9]+", "_", provider_id.upper()).strip("_") + "_API_KEY"
    return found_in or (known.env[0] if known.env else made_up)


def written(table: RoutingTable, ways: Mapping[str, Way], router: Router) -> dict[str, object]:
    """The table as a document for a router."""
    return _litellm(table, ways) if router is Router.LITELLM else _plain(table, ways)


def save(document: Mapping[str, object], file: Path) -> None:
    """Write a document as JSON or YAML, as the file's name says. Raises UsageError, FolderError."""
    match file.suffix.lower():
        case ".json":
            text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        case ".yaml" | ".yml":
            import yaml

            text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        case _:
            raise UsageError(f"{clip(file.name)} is neither JSON nor YAML.", todo="Let the name end in .json or .yaml.")
    try:
        replace_file(file, text.encode())
    except OSError as error:
        raise FolderError(
            f"{clip(file)} cannot be written.", why=error.strerror or str(error), todo="Choose another place."
        ) from error


# ---------------------------------------------------------------- plain


def _plain(table: RoutingTable, ways: Mapping[str, Way]) -> dict[str, object]:
    return {
        "routes": {
            route.use_case.value: {
                **_plain_model(route.model, ways),
                "fallbacks": [_plain_model(model, ways) for model in route.fallbacks],
            }
            for route in table.routes
        }
    }


def _plain_model(model: Model, ways: Mapping[str, Way]) -> dict[str, object]:
    way = ways.get(model.provider)
    where = {} if way is None else {"baseUrl": way.known.base_url, "keyVariable": way.key or None}
    return {"model": model.id, "provider": model.provider, "name": model.name, **where}


# ---------------------------------------------------------------- LiteLLM


def _litellm(table: RoutingTable, ways: Mapping[str, Way]) -> dict[str, object]:
    """Each use case is a group with its model alone; the models that stand in for it are groups under their ids."""
    groups = {route.use_case.value: route.model for route in table.routes}
    groups |= {model.id: model for route in table.routes for model in route.fallbacks}
    fallbacks = [
        {route.use_case.value: [model.id for model in route.fallbacks]} for route in table.routes if route.fallbacks
    ]
    return {
        "model_list": [_deployment(name, model, ways.get(model.provider)) for name, model in groups.items()],
        "router_settings": {"fallbacks": fallbacks},
    }


def _deployment(name: str, model: Model, way: Way | None) -> dict[str, object]:
    deployment: dict[str, object] = {"model_name": name, "litellm_params": _parameters(model, way)}
    if model.price_input is not None and model.price_output is not None:
        deployment["model_info"] = {
            "input_cost_per_token": _per_token(model.price_input),
            "output_cost_per_token": _per_token(model.price_output),
        }
    return deployment


def _parameters(model: Model, way: Way | None) -> dict[str, object]:
    if way is None:
        return {"model": f"{model.provider}/{model.name}"}
    known = way.known
    prefix = _PREFIXES.get(known.dialect, "openai")
    parameters: dict[str, object] = {"model": f"{prefix}/{model.name}"}
    if known.dialect == "ollama":
        parameters["api_base"] = known.base_url
    elif prefix == "openai":
        parameters["api_base"] = known.base_url.rstrip("/") + known.chat_path.removesuffix(_CHAT_PATH)
    if way.key:
        parameters["api_key"] = f"os.environ/{way.key}"
    elif prefix == "openai":
        parameters["api_key"] = _NO_KEY
    return parameters


def _per_token(price: Decimal) -> float:
    return float(price.scaleb(-6))
