"""Our own export: the catalogue as JSON with every fact (which can be imported again) and as CSV for a sheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from modelward.catalog.fields import FIELDS, clip, decimal_text, field_named, read, to_json
from modelward.catalog.model import Fact, Model, Source, split_id
from modelward.catalog.sheet import MOST_PROBLEMS, Problem, fault_of_name
from modelward.core.atomic import replace_file
from modelward.core.errors import BadValueError, FolderError, InputError, UsageError

FORMAT = "modelward-catalog"
VERSION = 1

_LONGEST_NOTE = 10_000
# A sheet takes a cell that begins so for a formula, and may run what a stranger's model name says.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_export(path: Path, models: Sequence[Model], facts: Mapping[str, Sequence[Fact]], now: datetime) -> None:
    """Write models to a ``.json`` file with their facts by model id, or to a ``.csv`` file without them.

    The new file replaces an older one whole or not at all. Raises UsageError for another ending, FolderError where
    the file cannot be written.
    """
    match path.suffix.lower():
        case ".json":
            content = "".join(json_parts(models, facts, now)).encode("ascii")
        case ".csv":
            content = csv_text(models).encode("utf-8-sig", errors="replace")
        case _:
            raise UsageError(
                f"{clip(path.name)} is neither .json nor .csv.", todo="Give the file one of these two endings."
            )
    try:
        replace_file(path, content)
    except OSError as error:
        raise FolderError(f"{clip(path)} cannot be written.", why=f"{error.strerror or error}.") from error


def json_parts(models: Iterable[Model], facts: Mapping[str, Sequence[Fact]], now: datetime) -> Iterator[str]:
    """The export as pieces of JSON text, a model each. Only ASCII: marks that hide or turn text stand as escapes."""
    head = {"format": FORMAT, "version": VERSION, "exportedAt": time_text(now)}
    yield json.dumps(head)[:-1] + ', "models": ['
    for number, model in enumerate(models):
        stated = [fact_json(fact) for fact in facts.get(model.id, ())]
        yield (",\n" if number else "\n") + json.dumps({**model_json(model), "facts": stated}, separators=(",", ":"))
    yield "\n]}\n"


def csv_text(models: Iterable[Model]) -> str:
    """The models as a table of comma-separated values; cells that a sheet would take for a formula begin with ``'``."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_camel(name) for name in Model._fields)
    for model in models:
        writer.writerow(_cell(value) for value in model_json(model).values())
    return out.getvalue()


def model_json(model: Model) -> dict[str, object]:
    """A model's effective values as JSON: camelCase keys, money as decimal strings, null for unknown."""
    return {_camel(name): _plain(value) for name, value in model._asdict().items()}


def fact_json(fact: Fact, *, effective: bool | None = None) -> dict[str, object]:
    """A fact as JSON; ``effective`` (where given) says whether it is the one that counts."""
    shown: dict[str, object] = {
        "field": FIELDS[fact.field].json_key,
        "value": to_json(fact.field, fact.value),
        "source": fact.source.value,
        "origin": fact.origin,
        "confidence": fact.confidence,
        "observedAt": time_text(fact.observed_at),
        "evidence": fact.evidence,
        "quote": fact.quote,
    }
    if effective is not None:
        shown["effective"] = effective
    return shown


def time_text(moment: datetime) -> str:
    """A time as ISO 8601 in UTC, to the microsecond where it has them: ``2026-11-20T13:00:00Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_export(document: Mapping[str, object]) -> bool:
    """True for a document that says that it is our export, of whatever version."""
    return document.get("format") == FORMAT


def read_export(document: Mapping[str, object]) -> tuple[list[Fact], tuple[str, ...], list[Problem]]:
    """The facts of an export exactly as they were, the ids of its models, and what could not be taken.

    Raises InputError where it was written by a newer Modelward, or holds no list of models.
    """
    version, models = document.get("version"), document.get("models")
    if isinstance(version, bool) or not isinstance(version, int):
        raise InputError("It is an export of Modelward that does not say its version.")
    if version > VERSION:
        raise InputError(
            "It was exported by a newer Modelward.",
            why=f"It has version {version}; this one reads up to {VERSION}.",
            todo="Update Modelward.",
        )
    if not isinstance(models, list):
        raise InputError("It is an export of Modelward without a list of models.")
    reader = _Reader()
    for number, body in enumerate(models, start=1):
        reader.model(body, f"row {number:,}")
    return reader.facts, tuple(reader.ids), reader.problems


class _Reader:
    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.ids: dict[str, None] = {}
        self.problems: list[Problem] = []

    def model(self, body: object, place: str) -> None:
        if not isinstance(body, dict):
            return self._problem(place, "It must be an object.")
        id_ = body.get("id")
        try:
            if why := fault_of_name(id_) or fault_of_name(split_id(str(id_))[0]):
                return self._problem(place, why)
        except ValueError:
            return self._problem(place, f"{clip(id_)!r} is not provider/name.")
        if id_ in self.ids:
            return self._problem(f"{place} ({clip(id_)})", "This model was there before; the first row of it counts.")
        self.ids[str(id_)] = None
        facts = body.get("facts")
        for number, fact in enumerate(facts if isinstance(facts, list) else [], start=1):
            try:
                self.facts.append(_fact(str(id_), fact))
            except BadValueError as error:
                self._problem(f"{place} ({clip(id_)}), fact {number}", str(error))
        return None

    def _problem(self, place: str, what: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(place, what))


def _fact(id_: str, body: object) -> Fact:
    if not isinstance(body, dict):
        raise BadValueError("It must be an object.")
    field = field_named(str(body.get("field")))
    try:
        source = Source(str(body.get("source")))
    except ValueError:
        raise BadValueError(f"{clip(body.get('source'))!r} is no source.") from None
    origin = _note(body, "origin")
    if not origin:
        raise BadValueError("It has no origin.")
    confidence = body.get("confidence", 1.0)
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise BadValueError(f"The confidence {clip(confidence)} is not between 0 and 1.")
    return Fact(
        id_,
        field,
        source,
        origin,
        read(field, body.get("value")),
        _time(body.get("observedAt")),
        float(confidence),
        _note(body, "evidence"),
        _note(body, "quote"),
    )


def _note(body: Mapping[str, object], key: str) -> str | None:
    text = body.get(key)
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > _LONGEST_NOTE:
        raise BadValueError(f"Its {key} is not text of at most {_LONGEST_NOTE:,} characters.")
    return text


def _time(raw: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(raw)[:40])
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadValueError(f"{clip(raw)!r} is no time with an offset.")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return time_text(value)
    return sorted(value) if isinstance(value, frozenset) else value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
