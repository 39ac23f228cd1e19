"""The desk: opened, filled, used and closed over a real store."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from modelward.catalog.model import Field, Kind, Source
from modelward.catalog.service import CatalogService
from modelward.core.changes import Room
from modelward.core.errors import BadValueError, DamagedStoreError, NewerStoreError, StoreBusyError
from modelward.core.paths import Paths
from modelward.core.progress import Progress
from modelward.core.settings import load
from modelward.core.timetable import TIMETABLE
from modelward.desk import Desk

OPENAI_LIST = '{"object":"list","data":[{"id":"gpt-4o-new","object":"model","created":1,"owned_by":"openai"}]}'
MODEL = "openai/gpt-4o-new"


async def opened(paths: Paths) -> Desk:
    return await Desk.open(paths, load(paths, os.environ))


def drop(paths: Paths, name: str, text: str) -> Path:
    file = paths.raw / name
    file.write_text(text, "utf-8")
    return file


async def test_a_second_fill_has_nothing_to_do(filled_home: Path, paths: Paths) -> None:
    desk = await opened(paths)
    try:
        report, changes = await desk.fill(Progress())
        assert not changes
        assert (report.reference.origins, report.survey.surveyed, report.raw_files.files) == ((), 0, ())
    finally:
        await desk.close()


async def test_files_in_the_raw_folder_are_read_when_new_or_changed(desk: Desk, paths: Paths) -> None:
    file = drop(paths, "openai.json", OPENAI_LIST)
    drop(paths, ".hidden.json", OPENAI_LIST)
    first, changes = await desk.catalog.import_raw_folder(paths.raw, Progress())
    assert [report.added for report in first.files] == [1]
    assert changes.touched == {Room.CATALOG: frozenset({MODEL})}
    again, _ = await desk.catalog.import_raw_folder(paths.raw, Progress())
    assert again.files == ()
    os.utime(file, (1, 1))
    touched, _ = await desk.catalog.import_raw_folder(paths.raw, Progress())
    assert touched.files == ()
    file.write_text(OPENAI_LIST.replace("gpt-4o-new", "gpt-4o-newer"), "utf-8")
    changed, _ = await desk.catalog.import_raw_folder(paths.raw, Progress())
    assert [report.added for report in changed.files] == [1]


async def test_a_broken_raw_file_is_told_once_and_costs_the_others_nothing(desk: Desk, paths: Paths) -> None:
    drop(paths, "a-broken.json", "{")
    drop(paths, "b-openai.json", OPENAI_LIST)
    report, _ = await desk.catalog.import_raw_folder(paths.raw, Progress())
    assert [file.path.name for file in report.failed] == ["a-broken.json"]
    assert [model.id for model in await desk.catalog.models()] == [MODEL]
    assert (await desk.catalog.import_raw_folder(paths.raw, Progress()))[0].files == ()


async def test_the_raw_folder_can_be_switched_off(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWARD__CATALOG__READ_RAW_FOLDER", "false")
    desk = await opened(paths)
    try:
        drop(paths, "openai.json", OPENAI_LIST)
        report, _ = await desk.fill(Progress())
        assert report.raw_files.files == ()
    finally:
        await desk.close()


async def test_what_a_new_name_tells_is_filed_with_its_rule(desk: Desk, paths: Paths) -> None:
    await desk.catalog.import_files([drop(paths, "openai.json", OPENAI_LIST)], Progress())
    details = await desk.catalog.details(MODEL)
    assert details.model.kind is Kind.CHAT
    kind = details.resolved.deciding[Field.KIND]
    assert kind.source is Source.SURVEY
    assert kind.origin.startswith("openai.yaml: ")


async def test_an_own_rule_speaks_before_ours_and_again_when_it_changes(desk: Desk, paths: Paths) -> None:
    await desk.catalog.import_files([drop(paths, "openai.json", OPENAI_LIST)], Progress())
    rule = """provider: openai
rules:
  - name: mine
    pattern: gpt-4o-new
    kind: chat
    family: mine
    context_window: 4242
    day: 2026-01-02
    address: https://example.org/mine
    examples: [gpt-4o-new]
"""
    (paths.zoning / "openai.yaml").write_text(rule, "utf-8")
    report, _ = await desk.surveys.run_if_rules_changed(Progress())
    assert report.problems == ()
    assert (await desk.catalog.details(MODEL)).model.context_window == 4242
    (paths.zoning / "openai.yaml").unlink()
    await desk.surveys.run_if_rules_changed(Progress())
    assert (await desk.catalog.details(MODEL)).model.context_window != 4242


async def test_the_last_own_value_counts_even_where_the_clock_was_set_back(desk: Desk, paths: Paths) -> None:
    await desk.catalog.import_files([drop(paths, "openai.json", OPENAI_LIST)], Progress())
    await desk.catalog.set_value(MODEL, Field.RPM, "10")
    yesterday = datetime.now(UTC) - timedelta(days=1)

    async def nobody(_ids: object) -> None:
        return None

    back = CatalogService(desk.catalog._store, identify=nobody, clock=lambda: yesterday)
    model, changes = await back.set_value(MODEL, Field.RPM, "20")
    assert model.rpm == 20
    assert changes.touched[Room.CATALOG] == {MODEL}
    with pytest.raises(BadValueError):
        await back.clear_value(MODEL, Field.TPM)


async def test_a_damaged_store_is_set_aside_whole_and_a_new_one_begun(filled_home: Path, paths: Paths) -> None:
    content = paths.database.read_bytes()
    damaged = b"\x00" * 4096 + content[4096:]
    paths.database.write_bytes(damaged)
    desk = await opened(paths)
    try:
        assert [type(notice) for notice in desk.notices] == [DamagedStoreError]
        assert await desk.catalog.models() == []
    finally:
        await desk.close()
    aside = list(paths.data.glob("modelward.db.damaged-*"))
    assert [file.read_bytes() == damaged for file in aside] == [True]


async def test_a_store_from_the_future_is_refused_and_left_as_it_is(filled_home: Path, paths: Paths) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(paths.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerStoreError, match="newer"):
        await opened(paths)
    with closing(sqlite3.connect(paths.database)) as connection:
        assert connection.execute("SELECT count(*) FROM model").fetchone()[0] > 4500
    # The refusal let go of the lock: whoever brings the right version can start.
    with pytest.raises(NewerStoreError):
        await opened(paths)


async def test_one_modelward_owns_a_store_and_others_may_look(filled_home: Path, paths: Paths) -> None:
    owner = await opened(paths)
    try:
        with pytest.raises(StoreBusyError):
            await opened(paths)
        reader = await Desk.open(paths, load(paths, os.environ), reader=True)
        try:
            assert reader.is_reader
            assert (await reader.catalog.health()).total > 4500
            with pytest.raises(StoreBusyError):
                await reader.catalog.set_value("openai/gpt-5-mini", Field.RPM, "1")
        finally:
            await reader.close()
    finally:
        await owner.close()


async def test_every_entry_of_the_timetable_is_planned_after_the_start(desk: Desk) -> None:
    desk.start()
    rows = desk.schedule.rows()
    assert [row.entry for row in rows] == list(TIMETABLE)
    assert all(row.next_run is not None for row in rows)


async def test_closing_twice_is_harmless(paths: Paths) -> None:
    desk = await opened(paths)
    await desk.close()
    await desk.close()
    again = await opened(paths)
    assert await again.catalog.models() == []
    await again.close()
