"""Jobs and their steps in the database, and what was learned of models' tokens and windows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from modelward.advice.division_model import Job, JobSpec, JobState, Step, Task
from modelward.core.errors import BadValueError
from modelward.store import tables
from modelward.store.engine import Database
from modelward.store.tables import upsert

_plan, _step, _state = tables.job_plan, tables.job_step, tables.state
_call, _text = tables.measurement, tables.measurement_text
_TOKENS, _CAP = "advice.tokens/", "advice.cap/"
_CAP_HOLDS = timedelta(days=30)
"""Servers are set up anew: what a refusal taught is forgotten then."""
_MOST_SAMPLES = 40
_LONGEST_KEPT = 200_000  # characters; measured prompts are cut there, and then tell nothing
_LONGEST_DETAIL = 2_000


class Speed(NamedTuple):
    """Medians of a model's latest calls: milliseconds to the first token and for each later one, tokens read a
    second; None where nothing was measured."""

    ttft: float | None = None
    tpot: float | None = None
    prefill: float | None = None


class JobStore:
    """Division's part of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, at: datetime, spec: JobSpec) -> int:
        """Keep a job that is about to run; its id."""
        row = {"at": at, "state": JobState.PLANNED.value, "plan": _spec_json(spec), "detail": ""}

        def work(connection: Connection) -> int:
            key = connection.execute(insert(_plan).values(row)).inserted_primary_key
            assert key is not None
            return int(key[0])

        return await self._database.write(work)

    async def job(self, job_id: int) -> Job:
        """One job. Raises BadValueError where there is none."""
        found = await self.jobs(only=job_id)
        if not found:
            raise BadValueError(f"There is no job {job_id}.", todo="See: modelward plan list.")
        return found[0]

    async def jobs(self, most: int = 100, *, only: int | None = None) -> list[Job]:
        """The jobs, newest first."""
        cells = select(_step.c.job_id, func.count().label("done")).where(_step.c.level == 0).group_by(_step.c.job_id)
        done = cells.subquery()
        query = select(_plan, done.c.done).join(done, done.c.job_id == _plan.c.id, isouter=True)
        if only is not None:
            query = query.where(_plan.c.id == only)
        query = query.order_by(_plan.c.id.desc()).limit(most)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [Job(row.id, row.at, JobState(row.state), _spec_of(row.plan), row.done or 0, row.detail) for row in rows]

    async def set_state(self, job_id: int, state: JobState, detail: str = "") -> None:
        """How a job stands now, and why."""
        values = {"state": state.value, "detail": _storable(detail)[:_LONGEST_DETAIL]}
        statement = update(_plan).where(_plan.c.id == job_id).values(values)
        await self._database.write(lambda connection: connection.execute(statement))

    async def steps(self, job_id: int) -> list[Step]:
        """The answers that a job has, in order."""
        query = select(_step).where(_step.c.job_id == job_id).order_by(_step.c.level, _step.c.number)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [
            Step(row.level, row.number, row.basis, row.answer, row.input_tokens, row.output_tokens, row.cost)
            for row in rows
        ]

    async def add_step(self, job_id: int, step: Step) -> None:
        """Keep an answer; a former one of the same place is replaced."""
        row = asdict(step) | {"job_id": job_id, "answer": _storable(step.answer)}
        await self._database.write(lambda connection: upsert(connection, _step, [row]))

    # ------------------------------------------------------------ what was learned

    async def learned(self, model_id: str) -> str | None:
        """What was learned of how a model counts, as it was kept."""
        return await self._read(_TOKENS + model_id)

    async def learn(self, model_id: str, change: Callable[[str | None], str]) -> None:
        """Change what was learned of how a model counts, in one transaction."""
        key = _TOKENS + model_id

        def work(connection: Connection) -> None:
            kept = connection.scalar(select(_state.c.value).where(_state.c.key == key))
            upsert(connection, _state, [{"key": key, "value": change(kept)}])

        await self._database.write(work)

    async def cap(self, model_id: str, now: datetime) -> int | None:
        """The context that a refusal has taught, in tokens, as long as that holds."""
        return (await self.caps([model_id], now)).get(model_id)

    async def caps(self, model_ids: Iterable[str], now: datetime) -> dict[str, int]:
        """The caps of those models that have one."""
        wanted = {_CAP + model_id: model_id for model_id in model_ids}
        query = select(_state.c.key, _state.c.value).where(_state.c.key.startswith(_CAP, autoescape=True))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        found = ((wanted[row.key], _cap_of(row.value, now)) for row in rows if row.key in wanted)
        return {model_id: cap for model_id, cap in found if cap is not None}

    async def set_cap(self, model_id: str, tokens: int, at: datetime) -> None:
        """A refusal has taught that a model's context has no more than so many tokens."""
        row = {"key": _CAP + model_id, "value": json.dumps([tokens, at.isoformat()])}
        await self._database.write(lambda connection: upsert(connection, _state, [row]))

    # ------------------------------------------------------------ what was measured

    async def measured_texts(self, model_id: str) -> list[tuple[str, int]]:
        """Prompts that were measured, and the tokens that the provider stated for each."""
        query = (
            select(_text.c.prompt, _call.c.input_tokens)
            .join(_call, _call.c.id == _text.c.measurement_id)
            .where(_call.c.model_id == model_id, _call.c.tokens_estimated.is_(False), _call.c.input_tokens.is_not(None))
            .where(func.length(_text.c.prompt) < _LONGEST_KEPT)
            .order_by(_call.c.id.desc())
            .limit(_MOST_SAMPLES)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [(row.prompt, row.input_tokens) for row in rows]

    async def speed(self, model_id: str) -> Speed:
        """How fast a model was in its latest measurements."""
        columns = (_call.c.ttft_ms, _call.c.tpot_ms, _call.c.prefill_tps)
        query = select(*columns).where(_call.c.model_id == model_id, _call.c.state == "done")
        query = query.order_by(_call.c.id.desc()).limit(_MOST_SAMPLES)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        found = ([value for value in column if value is not None] for column in zip(*rows, strict=True))
        return Speed(*(median(column) if column else None for column in found))

    async def _read(self, key: str) -> str | None:
        query = select(_state.c.value).where(_state.c.key == key)
        return await self._database.read(lambda connection: connection.scalar(query))


def _storable(text: str) -> str:
    """Without what no database holds: PostgreSQL takes no zero characters, and no half characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def _cap_of(value: str, now: datetime) -> int | None:
    tokens, at = json.loads(value)
    return int(tokens) if now - datetime.fromisoformat(at) < _CAP_HOLDS else None


def _spec_json(spec: JobSpec) -> str:
    values = asdict(spec) | {"task": spec.task.value, "file": str(spec.file), "output": str(spec.output)}
    return _storable(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def _spec_of(text: str) -> JobSpec:
    values: dict[str, Any] = json.loads(text)
    spans = tuple((int(start), int(core), int(end)) for start, core, end in values.pop("spans"))
    task, file, output = Task(values.pop("task")), Path(values.pop("file")), Path(values.pop("output"))
    return JobSpec(task=task, file=file, output=output, spans=spans, **values)


def total_cost(steps: Iterable[Step]) -> Decimal | None:
    """What answers cost together, in USD; None where that of one is unknown."""
    total = Decimal(0)
    for step in steps:
        if step.cost is None:
            return None
        total += step.cost
    return total
