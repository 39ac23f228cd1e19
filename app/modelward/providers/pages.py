"""One list of models read to its end: pages, containers, and servers that never come to an end."""

from __future__ import annotations

from dataclasses import replace

from modelward.core.errors import AnswerError
from modelward.net.model import LISTING, Answer, Call
from modelward.providers.dialect import Line
from modelward.providers.limits import limits_of
from modelward.providers.model import Listing, ModelList, Paging
from modelward.providers.modelrows import check_models, rows_in

MOST_PAGES = 200
MOST_ROWS = 100_000
"""The longest list known has about 3,000 rows; what goes beyond these figures is no list of models."""

_LONGEST_TOKEN = 2048
_ASKED_WITH = {
    Paging.AFTER_ID: "after_id",
    Paging.NEXT_PAGE_TOKEN: "pageToken",
    Paging.NEXT_PAGE_TOKEN_SNAKE: "page_token",
    Paging.NEXT_CURSOR: "after",
}


async def read_list(line: Line, listing: Listing, *, with_key: bool = True) -> ModelList:
    """All rows of a list. Raises NetworkError: AnswerError also for a list that does not end, or is none."""
    call = line.call(listing.path, params=listing.params, patience=LISTING, is_repeatable=True)
    if not with_key:
        call = replace(call, key=None)
    rows: list[object] = []
    first: Answer | None = None
    seen: set[str] = set()
    token = ""
    for _ in range(MOST_PAGES):
        document, answer = await line.client.ask_json(_page(call, listing.paging, token))
        first = first or answer
        page = rows_in(call.server, document)
        rows += page
        if len(rows) > MOST_ROWS:
            break
        token = _next(call.server, listing.paging, document, page)
        if not token:
            check_models(call.server, rows)
            return _listed(line, listing, rows, first, call.url)
        if token in seen:
            raise _endless(call.server, "It names the same next page again and again.")
        seen.add(token)
    raise _endless(call.server, f"It has more than {MOST_PAGES:,} pages or {MOST_ROWS:,} rows.")


def _page(call: Call, paging: Paging, token: str) -> Call:
    return replace(call, params={**call.params, _ASKED_WITH[paging]: token}) if token else call


def _listed(line: Line, listing: Listing, rows: list[object], answer: Answer, url: str) -> ModelList:
    return ModelList(rows, listing.format, url, answer.latency, limits_of(line.provider.known, answer.headers))


def _next(server: str, paging: Paging, document: object, page: list[object]) -> str:
    """What the next page is asked for with; empty at the end."""
    if paging is Paging.NONE or not isinstance(document, dict):
        return ""
    if paging is Paging.AFTER_ID:
        if document.get("has_more") is not True:
            return ""
        last = page[-1] if page else None
        token = document.get("last_id") or (last.get("id") if isinstance(last, dict) else None)
        if not token:
            raise _endless(server, "It says that there is more, but not what to ask for.")
    else:
        token = document.get(paging.value)
    if not token:
        return ""
    if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
        raise _endless(server, "Where its next page is cannot be read.")
    return token


def _endless(server: str, why: str) -> AnswerError:
    return AnswerError(
        f"{server}'s list of models does not come to an end.",
        why=why,
        todo="Try again later; nothing of it was taken, and the models that are known stay.",
    )
