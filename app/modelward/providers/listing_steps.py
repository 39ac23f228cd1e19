"""Lists that take more than one question: one small function each, by the id of the row of data."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from modelward.core.errors import AnswerError, NetworkError, NotOfferedError, UnreachableError
from modelward.net.model import LISTING, Method
from modelward.providers.dialect import Line
from modelward.providers.jsonparts import obj
from modelward.providers.local import root_of
from modelward.providers.model import Listing, ModelList, Paging
from modelward.providers.pages import read_list

_SHOWN_AT_ONCE = 4
_MOST_SHOWN = 1_000
"""A person's own server has dozens of models; of a list beyond this, the rest is taken as the list says."""

_XAI_OTHERS = ("/image-generation-models", "/embedding-models", "/video-generation-models")


async def _together(line: Line) -> ModelList:
    # The address of the newer list is that of the SDK 3.
    newer = Listing(
        root_of(line.provider.base_url) + "/v2/supported-models",
        {"product": "PRODUCT_SERVERLESS"},
        Paging.NEXT_CURSOR,
        "Together",
    )
    return await _first_offered(line, line.provider.known.listing, newer)


async def _lm_studio(line: Line) -> ModelList:
    root = root_of(line.provider.base_url)
    return await _first_offered(
        line,
        Listing(root + "/api/v1/models", format="LM Studio"),
        Listing(root + "/api/v0/models", format="LM Studio"),
        Listing(root + "/v1/models"),
    )


async def _first_offered(line: Line, *listings: Listing) -> ModelList:
    """The first list that the server has; LM Studio answers an unknown path with status 200 and an odd body."""
    problem: NetworkError | None = None
    for listing in listings:
        try:
            return await read_list(line, listing)
        except AnswerError as error:
            problem = error
        except NotOfferedError as error:
            problem = problem or error
    assert problem is not None
    raise problem


async def _xai(line: Line) -> ModelList:
    try:
        found = await read_list(line, line.provider.known.listing)
    except NotOfferedError:
        return await read_list(line, Listing("/models"))
    rows = list(found.rows)
    for path in _XAI_OTHERS:
        # Any other failure than "no such list" counts: else the models of that list would seem to be gone.
        try:
            rows += (await read_list(line, Listing(path))).rows
        except NotOfferedError:
            continue
    return replace(found, rows=rows)


async def _cerebras(line: Line) -> ModelList:
    """The list behind the key says which models may be called, the public one what they are."""
    found = await read_list(line, line.provider.known.listing)
    public = Listing(root_of(line.provider.base_url) + "/public/v1/models")
    try:
        told = (await read_list(line, public, with_key=False)).rows
    except NetworkError:
        return found
    by_id = {str(row.get("id")): row for row in told if isinstance(row, dict)}
    return replace(found, rows=[by_id.get(_id(row), {}) | row if isinstance(row, dict) else row for row in found.rows])


async def _perplexity(line: Line) -> ModelList:
    """Its own models are known by name; its list, where there is one, holds those that another interface passes on."""
    listing = line.provider.known.listing
    named: list[object] = [{"id": name} for name in listing.names]
    try:
        found = await read_list(line, listing)
    except NotOfferedError:
        return ModelList(named, "", line.provider.base_url + listing.path, 0.0)
    own = [row for row in found.rows if "/" not in _id(row) and _id(row) not in listing.names]
    return replace(found, rows=named + own)


async def _llama_cpp(line: Line) -> ModelList:
    found = await read_list(line, line.provider.known.listing)
    # With several models, the properties would be those of whichever is loaded.
    if len(found.rows) != 1 or not isinstance(row := found.rows[0], dict):
        return found
    try:
        props, _answer = await line.client.ask_json(
            line.call(root_of(line.provider.base_url) + "/props", patience=LISTING, is_repeatable=True)
        )
    except NetworkError:
        return found
    served = obj(obj(props).get("default_generation_settings")).get("n_ctx")
    return replace(found, rows=[{**row, "meta": {**obj(row.get("meta")), "n_ctx": served}}])


async def _ollama(line: Line) -> ModelList:
    found = await read_list(line, line.provider.known.listing)
    showing = _Showing(line)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(showing.shown(row)) for row in found.rows[:_MOST_SHOWN]]
    return replace(found, rows=[*(task.result() for task in tasks), *found.rows[_MOST_SHOWN:]])


class _Showing:
    """Asks Ollama about each model, a few at once, and no more once it does not answer."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._turn = asyncio.Semaphore(_SHOWN_AT_ONCE)
        self._answers = True

    async def shown(self, row: object) -> object:
        """The row of the list with what Ollama tells of the model; the row alone where it does not tell."""
        name = (row.get("model") or row.get("name")) if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(name, str):
            return row
        async with self._turn:
            if not self._answers:
                return row
            try:
                told, _answer = await self._line.client.ask_json(
                    self._line.call(
                        "/api/show", method=Method.POST, body={"model": name}, patience=LISTING, is_repeatable=True
                    )
                )
            except UnreachableError:
                self._answers = False
                return row
            except NetworkError:
                return row
        return _with_details(row, obj(told))


def _with_details(row: Mapping[str, object], told: Mapping[str, object]) -> dict[str, object]:
    # The rest (licence, template, the tokenizer's words) is large and says nothing that the catalogue keeps.
    info = {key: value for key, value in obj(told.get("model_info")).items() if not key.startswith("tokenizer.")}
    kept = {key: told[key] for key in ("capabilities", "remote_host", "remote_model") if told.get(key)}
    return {**row, **kept, "details": {**obj(row.get("details")), **obj(told.get("details"))}, "model_info": info}


def _id(row: object) -> str:
    return str(row.get("id")) if isinstance(row, dict) else ""


STEPS: Mapping[str, Callable[[Line], Awaitable[ModelList]]] = {
    "cerebras": _cerebras,
    "llamacpp": _llama_cpp,
    "lmstudio": _lm_studio,
    "ollama": _ollama,
    "ollama-cloud": _ollama,
    "perplexity": _perplexity,
    "togetherai": _together,
    "xai": _xai,
}
