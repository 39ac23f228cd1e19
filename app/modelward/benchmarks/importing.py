"""What other tools measured, brought in beside our own measurements."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from modelward.benchmarks import import_files
from modelward.benchmarks.import_rows import ImportedCall
from modelward.benchmarks.model import CallKind, ImportedFile, Measurement, Series, Timing
from modelward.benchmarks.store import MeasurementStore
from modelward.catalog.fields import clip
from modelward.catalog.model import Capability, Model
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock
from modelward.core.errors import BadValueError, InputError, UnknownModelError
from modelward.core.progress import Progress

ANY = ""
"""Stands for the model's name in a file that names but one."""

_AT_ONCE = 500  # calls that are filed in one transaction
_SHOWN = 4


class Importer:
    """Takes files in. A file that is taken in twice changes nothing."""

    def __init__(self, catalog: CatalogStore, store: MeasurementStore, clock: Clock) -> None:
        self._catalog = catalog
        self._store = store
        self._clock = clock

    async def take_in(self, file: Path, progress: Progress, chosen: Mapping[str, str]) -> ImportedFile:
        """See :meth:`.service.BenchmarkService.import_file`."""
        progress.update(text=f"Reading {clip(file.name)}")
        tool, found, problems = await asyncio.to_thread(import_files.read, file, self._clock())
        models = await self._models({call.name for call in found}, chosen)
        calls = [_measurement(call, models[call.name]) for call in found]
        fresh = await self._fresh(calls)
        for start in range(0, len(fresh), _AT_ONCE):
            progress.checkpoint()
            progress.update(done=start, total=len(fresh), unit="calls", text=f"Importing {clip(file.name)}")
            await self._store.file_all(fresh[start : start + _AT_ONCE])
        ids = {name: model.id for name, model in models.items()}
        return ImportedFile(tool, len(fresh), len(calls) - len(fresh), ids, problems)

    async def _models(self, names: set[str], chosen: Mapping[str, str]) -> dict[str, Model]:
        """The model that each name means: as the person chose, else by its name. Raises InputError."""
        if ANY in chosen and len(names - chosen.keys()) > 1:
            raise BadValueError(
                f"The file names {len(names):,} models: {_listed(names)}.",
                todo="Say for each which model of the catalogue it is.",
            )
        known = await self._catalog.models()
        return {name: await self._model(name, chosen.get(name) or chosen.get(ANY), known) for name in sorted(names)}

    async def _model(self, name: str, chosen: str | None, known: Iterable[Model]) -> Model:
        if chosen is not None:
            model = await self._catalog.model(chosen)
            if model is None:
                todo = "An id is provider/name; see: modelward catalog list."
                raise UnknownModelError(f"There is no model {clip(chosen)!r} in the catalogue.", todo=todo)
            return model
        found = named(name, known)
        if len(found) == 1:
            return found[0]
        what = f"could be {_listed(model.id for model in found)}" if found else "is no model of the catalogue"
        raise InputError(f"{clip(name)}, which the file names, {what}.", todo="Say which model of the catalogue it is.")

    async def _fresh(self, calls: list[Measurement]) -> list[Measurement]:
        """The calls that were not taken in before."""
        by_series: dict[Series, list[Measurement]] = defaultdict(list)
        for call in calls:
            by_series[Series(call.model_id, call.workload, call.concurrency)].append(call)
        fresh: list[Measurement] = []
        for series, part in by_series.items():
            times = [call.at for call in part]
            known = Counter(map(_print, await self._store.imported(series, min(times), max(times))))
            for call in part:
                if known[_print(call)]:
                    known[_print(call)] -= 1
                else:
                    fresh.append(call)
        return sorted(fresh, key=lambda call: call.at)


def named(name: str, known: Iterable[Model]) -> list[Model]:
    """The models that a tool's name can mean: by id, else by name, else by the last part of both."""
    wanted = name.casefold()
    models = list(known)
    for same in (
        [model for model in models if model.id.casefold() == wanted],
        [model for model in models if model.name.casefold() == wanted],
        [model for model in models if _tail(model.name) == _tail(name)],
    ):
        if same:
            return same
    return []


def _tail(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name.casefold().removesuffix(".gguf").removesuffix(":latest")


def _listed(names: Iterable[str]) -> str:
    shown = sorted(names)
    return ", ".join(map(clip, shown[:_SHOWN])) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")


def _print(call: Measurement) -> tuple[object, ...]:
    """What tells a call from others of its series."""
    usage, server = call.usage, call.server
    figures = usage.input_tokens, usage.output_tokens, server.prompt_eval_ns, server.eval_ns
    return call.at, call.state, call.timing.end, call.timing.first_content, call.timing.first_reasoning, *figures


def _measurement(call: ImportedCall, model: Model) -> Measurement:
    return Measurement(
        at=call.at,
        model_id=model.id,
        workload=call.workload,
        kind=CallKind.IMPORTED,
        state=call.state,
        timing=_timing(call, may_think=Capability.REASONING in (model.capabilities or ())),
        usage=call.usage,
        concurrency=call.concurrency,
        server=call.server,
        detail=call.detail,
    )


def _timing(call: ImportedCall, *, may_think: bool) -> Timing:
    """Where a tool did not tell thoughts from the answer, its first piece is taken for what it surely is.

    Of a model that thinks, the first piece of all may be a thought; and of one whose thoughts were left out, nobody
    knows the first piece.
    """
    thought, answer = None, call.first_answer
    if call.first is None and may_think:
        return Timing(end=call.end)
    if call.first is not None and answer is None:
        thought, answer = (call.first, None) if may_think else (None, call.first)
    elif call.first is not None and answer is not None and call.first < answer:
        thought = call.first
    return Timing(None, thought, answer, call.chunks, call.end)
