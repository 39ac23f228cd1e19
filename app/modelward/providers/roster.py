"""Which provider an id means: a row of data of the registry, with what the person made of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from modelward.core.errors import BadValueError, UnknownProviderError
from modelward.core.redact import redacted
from modelward.providers.local import OLLAMA, ollama_url, placed
from modelward.providers.model import KnownProvider, Provider
from modelward.providers.registry import COMPATIBLE, KNOWN
from modelward.providers.store import ProviderRow

LONGEST_TITLE = 100
"""Characters."""

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_LONGEST_SHOWN = 24
"""A longer text that is no provider's id may be a key at the wrong place: it is not repeated."""


def provider_of(provider_id: str, row: ProviderRow | None, environ: Mapping[str, str]) -> Provider | None:
    """The provider of an id with its row in the store; None where nothing says what it speaks like."""
    known = kind_of(row.kind) if row is not None and row.kind else KNOWN.get(provider_id)
    if known is None:
        return None
    if row is not None and row.base_url:
        known = placed(known, row.base_url)
    elif known.id == OLLAMA.id and environ.get("OLLAMA_HOST", "").strip():
        known = placed(known, ollama_url(environ["OLLAMA_HOST"]))
    if provider_id not in KNOWN:
        # A variable holds the key of the provider that it names, which another server must not see.
        known = replace(known, env=())
    if row is None:
        return Provider(provider_id, known.title, known)
    return Provider(
        provider_id,
        row.title or (known.title if provider_id in KNOWN else provider_id),
        known,
        enabled=row.enabled,
        is_added=row.added_at is not None or (known.is_local and row.listed_models is not None),
        last_discovery_at=row.last_discovery_at,
        last_error=row.last_error,
        listed_models=row.listed_models,
    )


def kind_of(kind: str) -> KnownProvider | None:
    """The row of data of a provider or of a kind of compatible server."""
    return KNOWN.get(kind) or COMPATIBLE.get(kind)


def require_kind(kind: str) -> KnownProvider:
    """As :func:`kind_of`. Raises BadValueError that names the kinds."""
    known = kind_of(kind.strip().lower())
    if known is None:
        raise BadValueError(
            f"There is no kind {_shown(kind)} of server.",
            todo=f"The kinds are {', '.join(sorted(COMPATIBLE))}, or a provider's id such as openai or anthropic.",
        )
    return known


def require_id(provider_id: str) -> str:
    """The id in lower case. Raises BadValueError for what can be no id of a provider."""
    plain = provider_id.strip().lower()
    if not _ID.fullmatch(plain):
        raise BadValueError(
            f"{_shown(provider_id)} cannot be the id of a provider.",
            todo="Use letters a to z, digits, dots, dashes and underscores, such as my-server.",
        )
    return plain


def new_id(title: str, address: str, taken: Collection[str]) -> str:
    """An id for a person's own server, made from its title or its host, which nobody else has."""
    words = re.sub(r"[^a-z0-9._-]+", "-", (title or (urlsplit(address).hostname or "")).lower()).strip("-._")
    base = words[:90].rstrip("-._") or "server"
    candidates = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in candidates if each not in taken)


def require_title(title: str) -> str:
    """A title on one line. Raises BadValueError."""
    plain = " ".join(title.split())
    if not plain or len(plain) > LONGEST_TITLE or not plain.isprintable():
        raise BadValueError(
            "This cannot be the name of a provider.", todo=f"Use up to {LONGEST_TITLE} letters, digits and marks."
        )
    return plain


def unknown(provider_id: str, ids: Iterable[str]) -> UnknownProviderError:
    """No provider of that id, with what may have been meant."""
    import difflib

    close = difflib.get_close_matches(provider_id.strip().lower(), list(ids), 3, cutoff=0.6)
    guess = f"Did you mean {' or '.join(close)}? " if close else ""
    return UnknownProviderError(
        f"There is no provider {_shown(provider_id)}.",
        todo=f"{guess}modelward providers list --all names those that are known; one of your own needs its address.",
    )


def _shown(text: str) -> str:
    is_harmless = len(text) <= _LONGEST_SHOWN and text.isprintable() and redacted(text) == text
    return repr(text) if is_harmless else "of that name"
