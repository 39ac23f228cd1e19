"""The true wire of each provider's list: where it stands, how it is cut into pages, what lies beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.doubles.rows import XAI_IMAGES, Row, cerebras_public, ollama_shown
from harness.wire import Reply, Seen

Body = Callable[[list[Row], Seen], object]
PAGE = 2
"""Rows on a page of those who have pages."""


@dataclass(frozen=True, slots=True)
class Route:
    """One question that a provider answers. ``path`` begins at the host; ``is_public``: any key will do, or none."""

    path: str
    answer: Body
    method: str = "GET"
    is_public: bool = False


def data(rows: list[Row], _seen: Seen) -> object:
    return {"object": "list", "data": rows}


def models(rows: list[Row], _seen: Seen) -> object:
    return {"models": rows}


def array(rows: list[Row], _seen: Seen) -> object:
    return rows


def _after_id(rows: list[Row], seen: Seen) -> object:
    after = seen.query.get("after_id")
    ids = [row.get("id") for row in rows]
    start = ids.index(after) + 1 if after in ids else 0
    page = rows[start : start + PAGE]
    first, last = (page[0].get("id"), page[-1].get("id")) if page else (None, None)
    return {"data": page, "has_more": start + PAGE < len(rows), "first_id": first, "last_id": last}


def _by_token(asked: str, told: str) -> Body:
    def page(rows: list[Row], seen: Seen) -> object:
        start = int(seen.query.get(asked, "at-0").removeprefix("at-"))
        more = {told: f"at-{start + PAGE}"} if start + PAGE < len(rows) else {}
        return {"models": rows[start : start + PAGE], **more}

    return page


def _told(document: object) -> Body:
    return lambda _rows, _seen: document


def _cerebras(rows: list[Row], _seen: Seen) -> object:
    return {
        "object": "list",
        "data": [*(cerebras_public(str(row.get("id"))) for row in rows), cerebras_public("other")],
    }


def _shown(rows: list[Row], seen: Seen) -> object:
    asked = seen.json["model"]
    found = next((row for row in rows if row.get("name") == asked), None)
    return Reply(404, body={"error": f"model '{asked}' not found"}) if found is None else ollama_shown(found)


_UNEXPECTED = {"error": "Unexpected endpoint or method. (GET). Returning 200 anyway"}

_OLLAMA = (
    Route("/api/tags", models, is_public=True),
    Route("/api/show", _shown, "POST", is_public=True),
    Route("/api/version", _told({"version": "0.13.0"}), is_public=True),
)

LISTS: Mapping[str, tuple[Route, ...]] = {
    "anthropic": (Route("/v1/models", _after_id),),
    "google": (Route("/v1beta/models", _by_token("pageToken", "nextPageToken")),),
    "cohere": (Route("/v1/models", _by_token("page_token", "next_page_token")),),
    "fireworks-ai": (Route("/v1/accounts/fireworks/models", _by_token("pageToken", "nextPageToken")),),
    "openrouter": (
        Route("/api/v1/models", data, is_public=True),
        Route("/api/v1/key", _told({"data": {"label": "planted", "limit": None, "usage": 0, "is_free_tier": False}})),
    ),
    "togetherai": (Route("/v1/models", array),),
    "xai": (
        Route("/v1/language-models", models),
        Route("/v1/image-generation-models", _told({"models": XAI_IMAGES})),
        Route("/v1/models", data),
    ),
    "cerebras": (Route("/v1/models", data), Route("/public/v1/models", _cerebras, is_public=True)),
    "github-models": (Route("/catalog/models", array),),
    "vercel": (Route("/v1/models", data, is_public=True),),
    "perplexity": (Route("/v1/models", data),),
    "ollama": _OLLAMA,
    "ollama-cloud": _OLLAMA,
    "lmstudio": (
        Route("/api/v1/models", models),
        Route("/v1/models", lambda rows, seen: data([{"id": r.get("key"), "object": "model"} for r in rows], seen)),
        Route("/api/version", _told(_UNEXPECTED), is_public=True),
        Route("/props", _told(_UNEXPECTED), is_public=True),
    ),
    "llamacpp": (
        Route("/v1/models", data),
        Route("/props", _told({"default_generation_settings": {"n_ctx": 8_192}, "total_slots": 4})),
    ),
}
"""By provider. The others answer under their base address with OpenAI's list."""
