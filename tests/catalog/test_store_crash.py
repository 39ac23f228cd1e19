"""A process that dies in the middle of a merge leaves a whole store, and the merge goes on where it was."""

from __future__ import annotations

from pathlib import Path

from harness.facts import DAY, complete
from harness.stores import start_python
from modelward.catalog.store import CatalogStore, MergeReport
from modelward.store.engine import Database

MODELS = 3000
PROGRAM = """
import asyncio, pathlib, sys
from harness.facts import DAY, complete
from modelward.catalog.store import CatalogStore
from modelward.store.engine import Database

async def main():
    store = CatalogStore(await Database.open(pathlib.Path(sys.argv[1])))
    facts = [fact for number in range(3000) for fact in complete(f"p/{number}")]
    await store.merge(facts, now=DAY, progress=lambda done, total: print(done, flush=True))

asyncio.run(main())
"""


async def test_a_process_killed_in_a_merge_leaves_a_whole_store_and_the_merge_goes_on(tmp_path: Path):
    path = tmp_path / "modelward.db"
    process = start_python(PROGRAM, path)
    assert process.stdout is not None
    done = int(process.stdout.readline())
    process.kill()
    process.communicate()
    database = await Database.open(path)
    store = CatalogStore(database)
    models = await store.models()
    kept = await store.facts_of([model.id for model in models])
    assert done // 5 <= len(models) < MODELS
    assert all(kept[model.id] == sorted(complete(model.id), key=lambda fact: fact.field) for model in models)
    assert await store.rebuild() == MergeReport()
    rest = await store.merge([fact for number in range(MODELS) for fact in complete(f"p/{number}")], now=DAY)
    assert len(rest.added) == MODELS - len(models)
    assert rest.facts_written == 5 * len(rest.added)
    await database.close()
