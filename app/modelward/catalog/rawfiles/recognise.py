"""Tells what a document is by its content, and hands it to the reader of that format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from modelward.catalog.export import is_export, read_export
from modelward.catalog.fields import clip
from modelward.catalog.model import Source
from modelward.catalog.rawfiles import RawFile, clouds, litellm, local, names, routers
from modelward.catalog.rawfiles.shape import Body, ListFormat, by_id, by_name, obj
from modelward.catalog.reference import models_dev
from modelward.catalog.sheet import FactSheet, Row
from modelward.core.errors import InputError

# The more telling marks come first: an OpenRouter row also has what a plain OpenAI row has.
LIST_FORMATS = (*routers.FORMATS, *local.FORMATS, *clouds.FORMATS)

_SAMPLE = 50


def read_document(document: object, name: str, observed_at: datetime, provider: str | None) -> RawFile:
    """Read a document of any known format; ``name`` is the file's. Raises InputError where it is none of them."""
    if isinstance(document, dict):
        if is_export(document):
            facts, ids, problems = read_export(document)
            return RawFile("Modelward export", None, facts, ids, problems)
        catalogue = document.get("providers") if isinstance(document.get("providers"), dict) else document
        if _is_models_dev(obj(catalogue)):
            sheet = FactSheet(Source.REFERENCE, models_dev.ORIGIN, models_dev.as_of(catalogue, observed_at))
            models_dev.read_catalogue(catalogue, sheet)
            return _raw("models.dev catalogue", None, sheet)
        if litellm.fits(document):
            sheet = FactSheet(Source.REFERENCE, litellm.ORIGIN, observed_at)
            litellm.read(document, sheet)
            return _raw("LiteLLM price map", None, sheet)
        if "model_info" in document and "details" in document:
            return _one_of_ollama(document, name, observed_at, provider)
    return _list(document, name, observed_at, provider)


def _is_models_dev(document: Body) -> bool:
    entries = [entry for entry in list(document.values())[:_SAMPLE] if isinstance(entry, dict)]
    return any(isinstance(entry.get("models"), dict) for entry in entries)


def _one_of_ollama(document: Body, name: str, observed_at: datetime, provider: str | None) -> RawFile:
    sheet = FactSheet(Source.PROVIDER, "Ollama show file", observed_at)
    model = document.get("model") or document.get("name") or names.shown_model(name)
    owner = names.provider_named(provider) if provider else "ollama"
    row = sheet.row(owner, model, "the document")
    if row is not None:
        local.read_ollama(row, document)
    return _raw("Ollama's answer about one model", owner, sheet)


def _list(document: object, name: str, observed_at: datetime, provider: str | None) -> RawFile:
    container, rows = _rows(document)
    sample = sample_of(rows)
    for known in LIST_FORMATS:
        if known.container == container and sample and known.fits(sample):
            owner = _owner(provider, known.provider, sample, name)
            return _read_list(known, owner, rows, observed_at)
    if not any("id" in row or "name" in row for row in sample):
        raise InputError(
            "It is no format that is known here.",
            why="It holds no list of models: none of its rows has an id." if rows else "Its list of models is empty.",
            todo="Known are list-models answers, models.dev's api.json, LiteLLM's price map, and our own export.",
        )
    owner = _owner(provider, None, sample, name)
    return _read_list(plain_format(owner, sample), owner, rows, observed_at)


def plain_format(owner: str, sample: Sequence[Body]) -> ListFormat:
    """The format of rows that tell no more than that a model is there."""
    named = by_name if sample and "id" not in sample[0] else by_id
    return ListFormat(owner, owner, None, bool, _nothing_more, named)


def sample_of(rows: Sequence[object]) -> list[Body]:
    """The first rows that are objects: enough to tell what the list is."""
    return [row for row in rows[:_SAMPLE] if isinstance(row, dict)]


def _nothing_more(row: Row, body: Body) -> None:
    """A plain row: what is told is that the model is there."""


def _rows(document: object) -> tuple[str | None, list[object]]:
    if isinstance(document, list):
        return None, document
    if not isinstance(document, dict):
        raise InputError("It is no format that is known here.", why="The document is neither a list nor an object.")
    for container in ("data", "models"):
        rows = document.get(container)
        if isinstance(rows, list):
            return container, rows
        if rows is not None:
            raise InputError("It is no list of models.", why=f'"{container}" is not a list.')
    if "error" in document:
        said = document["error"]
        message = said.get("message") if isinstance(said, dict) else said
        raise InputError("It is a server's error answer and no list of models.", why=clip(message, 200))
    raise InputError(
        "It is no format that is known here.",
        why='It has neither "data" nor "models", nor the marks of a price map.',
        todo="Known are list-models answers, models.dev's api.json, LiteLLM's price map, and our own export.",
    )


def _owner(given: str | None, known: str | None, sample: Sequence[Body], name: str) -> str:
    if given:
        return names.provider_named(given)
    owners = Counter(owner for row in sample if isinstance(owner := row.get("owned_by"), str))
    has_slash = any("/" in str(row.get("id")) for row in sample)
    found = known or names.provider_of_owner(owners, len(sample), has_slash=has_slash) or names.provider_in(name)
    if found:
        return found
    raise InputError(
        "It does not say whose models these are.",
        why="Rows of this shape come from many servers, and neither they nor the file's name tell which.",
        todo="Name the provider: modelward catalog import --provider NAME FILE, or call the file NAME-models.json.",
    )


def _read_list(known: ListFormat, owner: str, rows: list[object], observed_at: datetime) -> RawFile:
    sheet = FactSheet(Source.PROVIDER, known.origin, observed_at)
    read_rows(rows, known, owner, sheet)
    return _raw(known.title, owner, sheet)


def read_rows(rows: list[object], known: ListFormat, owner: str, sheet: FactSheet, evidence: str | None = None) -> None:
    """Write what the rows of a list state on a sheet; ``rows`` is empty afterwards."""
    for number, body in enumerate(_drained(rows), start=1):
        if not isinstance(body, dict):
            sheet.problem(f"row {number:,}", "It must be an object.")
        elif (row := sheet.row(owner, known.name(body), f"row {number:,}", evidence)) is not None:
            known.read(row, body)


def _drained(rows: list[object]) -> Iterator[object]:
    """Each row once, forgotten as soon as it was read: of a large file, rows and facts need not be kept both."""
    rows.reverse()
    while rows:
        yield rows.pop()


def _raw(title: str, provider: str | None, sheet: FactSheet) -> RawFile:
    return RawFile(title, provider, sheet.facts, tuple(sheet.ids), sheet.all_problems())
