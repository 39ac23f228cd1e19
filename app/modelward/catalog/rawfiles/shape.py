"""The words in which a format is described, and small looks into strangers' JSON that never raise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from modelward.catalog.model import Capability
from modelward.catalog.sheet import Row

Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class ListFormat:
    """A list of models as one kind of server gives it.

    ``label`` names the server ("Groq"). ``provider`` is its id, or None where anybody may run one. ``container`` is
    the key under which the list stands, or None where the document is the list. ``fits`` recognises rows (a sample of
    them), ``name`` finds a row's name, ``read`` writes what a row states.
    """

    label: str
    provider: str | None
    container: str | None
    fits: Callable[[Sequence[Body]], bool]
    read: Callable[[Row, Body], None]
    name: Callable[[Body], object]

    @property
    def title(self) -> str:
        """The format's name for people."""
        return f"{self.label} list of models"

    @property
    def origin(self) -> str:
        """Who speaks in the facts."""
        return f"{self.label} list-models file"


def by_id(body: Body) -> object:
    """The name of a row that calls it ``id``."""
    return body.get("id")


def by_name(body: Body) -> object:
    """The name of a row that calls it ``name``."""
    return body.get("name")


def obj(raw: object) -> Body:
    """An object, or an empty one where it is something else."""
    return raw if isinstance(raw, dict) else {}


def words(raw: object) -> frozenset[str]:
    """The texts in a list; empty where it is no list."""
    return frozenset(word.lower() for word in raw if isinstance(word, str)) if isinstance(raw, list) else frozenset()


def flag(raw: object) -> bool | None:
    """True or False where it says so, else None."""
    return raw if isinstance(raw, bool) else None


def is_positive(raw: object) -> bool:
    """True for a number, or a text of one, above zero."""
    try:
        return not isinstance(raw, bool) and isinstance(raw, int | float | str) and float(str(raw)[:40]) > 0
    except ValueError:
        return False


def is_zero(raw: object) -> bool:
    """True for a number, or a text of one, that is zero."""
    try:
        return not isinstance(raw, bool) and isinstance(raw, int | float | str) and float(str(raw)[:40]) == 0
    except ValueError:
        return False


def any_row(key: str) -> Callable[[Sequence[Body]], bool]:
    """Recognises rows of which one has a certain key."""
    return lambda rows: any(key in row for row in rows)


def owned_by(*owners: str) -> Callable[[Sequence[Body]], bool]:
    """Recognises rows that mostly say that one of certain owners owns them."""
    return lambda rows: sum(row.get("owned_by") in owners for row in rows) * 2 > len(rows)


def day_of(seconds: object) -> str | None:
    """The day of a Unix time, as YYYY-MM-DD; None for what is no plausible one (before 2015, or beyond 2099)."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 1.42e9 < seconds < 4.1e9:
        return None
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def day_in(text: object) -> str | None:
    """The day at the beginning of an ISO 8601 time; None where there is none, or where it is the epoch ("unknown")."""
    found = re.match(r"(\d{4}-\d\d-\d\d)", text) if isinstance(text, str) else None
    return found[1] if found and not found[1].startswith("1970") else None


def inputs(stated: Iterable[str]) -> dict[Capability, bool | None]:
    """What a complete list of input modalities says; an empty one says nothing."""
    known = frozenset(stated)
    return (
        {
            Capability.VISION: "image" in known,
            Capability.AUDIO_INPUT: "audio" in known,
            Capability.VIDEO_INPUT: "video" in known,
            Capability.PDF_INPUT: bool(known & {"file", "pdf"}) or None,
        }
        if known
        else {}
    )


def outputs(stated: Iterable[str]) -> dict[Capability, bool | None]:
    """What a complete list of output modalities says; an empty one says nothing."""
    known = frozenset(stated)
    if not known:
        return {}
    return {Capability.IMAGE_OUTPUT: "image" in known, Capability.AUDIO_OUTPUT: bool(known & {"audio", "speech"})}


_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_PAGE = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]{0,250}(?::\d{1,5})?(?:/[^\s<>\"\\]{0,240})?")


def page_of(raw: object) -> str | None:
    """The page of a Hugging Face id ("org/name"); None for what is no such id."""
    is_id = isinstance(raw, str) and _REPOSITORY.fullmatch(raw) and ".." not in raw
    return f"https://huggingface.co/{raw}" if is_id else None


def page_at(raw: object) -> str | None:
    """An address of a page that begins with https://; None for any other, and for what is none."""
    is_page = isinstance(raw, str) and raw.isascii() and raw.isprintable() and _PAGE.fullmatch(raw)
    return str(raw) if is_page else None


_SCALES = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def parameters(text: object) -> int | None:
    """A number of parameters as people write it: "8.0B", "26B-A4B" (all of them, not the active ones), "8x7B"."""
    found = (
        re.match(r"(?:(\d{1,3})x)?(\d{1,6}(?:\.\d{1,4})?)\s*([KMBT])(?![a-z])", text, re.IGNORECASE)
        if (isinstance(text, str) and len(text) < 40)
        else None
    )
    if found is None or found[1]:
        # "8x7B" shares some of its parts: the sum of the experts is more than there is.
        return None
    return round(float(found[2]) * _SCALES[found[3].upper()]) or None
