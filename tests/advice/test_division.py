"""Planning a job: windows, cells, calls, cost, and what to beware of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from pathlib import Path

import pytest

from harness.dividing import MODEL, Place, Worker, open_place, true_tokens
from harness.facts import fact
from harness.spending import NOON
from harness.stores import database
from harness.texts import CODE, ENGLISH, book
from harness.wire import WireServer
from modelward.advice.division_model import Asking, JobPlan, Task, WindowLimit
from modelward.catalog.model import Field
from modelward.core.errors import BadValueError, FolderError, InputError, UnknownModelError
from modelward.core.progress import Progress
from modelward.store.engine import Database

__all__ = ["database"]

Open = Callable[..., AbstractAsyncContextManager[Place]]


@pytest.fixture
def store_address(tmp_path: Path) -> Path:
    """SQLite alone: what is asked of the store itself is tested on both kinds."""
    return tmp_path / "data" / "modelward.db"


@pytest.fixture
def opened(database: Database, wire: WireServer, tmp_path: Path) -> Open:
    """Opens a place with facts of its own."""
    return lambda worker=None, **facts: open_place(database, wire, tmp_path, worker or Worker(), **facts)


@pytest.fixture
async def place(opened: Open) -> AsyncIterator[Place]:
    """A place whose model has a context of 16,384."""
    async with opened(context_window=16_384) as made:
        yield made


async def plan(place: Place, **asking: object) -> JobPlan:
    return await place.division.plan(Asking(**{"model_id": MODEL, **asking}), Progress())  # type: ignore[arg-type]


async def test_a_plan_covers_the_text_and_no_call_exceeds_the_window(place: Place) -> None:
    text = book(60_000)
    planned = await plan(place, file=place.text(text), brief="What happened to the harbour?")
    assert planned.coverage == 1.0
    assert planned.parts == len(planned.cells) > 3
    room = 16_384 - planned.window.answer
    assert all(true_tokens(text[cell.start : cell.end]) + planned.overhead <= room for cell in planned.cells)
    assert planned.text_tokens.low <= true_tokens(text) <= planned.text_tokens.high
    assert planned.bill.calls == planned.parts + sum(planned.joins)
    assert planned.joins[-1] == 1
    assert planned.overlap > 0


async def test_the_brief_is_counted_in_every_cell(place: Place) -> None:
    file = place.text(book(60_000))
    short, long = await plan(place, file=file), await plan(place, file=file, brief=ENGLISH * 60)
    assert long.overhead > short.overhead + true_tokens(ENGLISH * 60)
    assert long.most + long.overhead == short.most + short.overhead
    assert long.parts > short.parts


async def test_costs_come_from_the_prices_and_the_most_is_never_less(place: Place) -> None:
    planned = await plan(place, tokens=100_000, task=Task.EXTRACT)
    bill = planned.bill
    assert bill.cost == (bill.input_tokens + 4 * bill.output_tokens) / Decimal(10**6)
    assert bill.most is not None
    assert bill.most > bill.cost
    assert planned.cells == ()
    assert planned.parts > 6


async def test_an_unknown_price_is_an_unknown_cost(opened: Open) -> None:
    async with opened(context_window=16_384, price_input=None, price_output=None) as place:
        planned = await plan(place, tokens=100_000)
    assert planned.bill.cost is None
    assert any("cost" in warning for warning in planned.warnings)


async def test_an_unknown_window_is_told(opened: Open) -> None:
    async with opened() as place:
        planned = await plan(place, tokens=100_000)
    assert planned.window.bound_by is WindowLimit.ASSUMED
    assert any("32,768" in warning for warning in planned.warnings)


async def test_dividing_a_question_about_the_whole_is_warned_of_and_dividing_items_is_not(place: Place) -> None:
    reason = await plan(place, tokens=100_000, task=Task.REASON, brief="Who is to blame?")
    assert any("questions about the whole" in warning for warning in reason.warnings)
    for task in (Task.MAP, Task.SUMMARISE, Task.EXTRACT, Task.TRANSLATE):
        assert (await plan(place, tokens=100_000, task=task, brief="Names of ships.")).warnings == ()
    whole = await plan(place, tokens=2_000, task=Task.REASON, brief="Who is to blame?")
    assert whole.warnings == ()


@pytest.mark.parametrize(
    ("brief", "words"),
    [
        ("Refactor the modules", "hang together"),
        ("Sort the ships by age", "order over the whole"),
        ("How many ships are there?", "Counts of parts"),
        ("Find what contradicts itself", "no call sees both"),
    ],
)
async def test_what_a_brief_asks_of_the_whole_is_warned_of(place: Place, brief: str, words: str) -> None:
    planned = await plan(place, tokens=100_000, task=Task.MAP, brief=brief)
    assert any(words in warning for warning in planned.warnings)


async def test_code_over_several_cells_is_warned_of(place: Place) -> None:
    planned = await plan(place, file=place.text(CODE * 900, "tide.py"), task=Task.MAP)
    assert any("This is code" in warning for warning in planned.warnings)


async def test_without_a_model_the_cheapest_at_hand_is_taken_and_the_others_are_told(opened: Open) -> None:
    async with opened(context_window=16_384) as place:
        rows = []
        for name, price in (("dear", "30"), ("cheap", "0.1"), ("tiny", "0.01")):
            stated = {"kind": "chat", "price_input": price, "price_output": price}
            stated["context_window"] = "600" if name == "tiny" else "64000"
            rows += [fact(f"openai/{name}", Field(key), value) for key, value in stated.items()]
        await place.catalog.merge(rows, now=NOON)
        await available(place)
        planned = await plan(place, tokens=50_000, model_id=None)
    assert planned.model_id == "openai/cheap"
    assert [choice.model_id for choice in planned.choices] == ["openai/cheap", MODEL, "openai/dear"]


async def available(place: Place) -> None:
    """All models of the place as their provider lists them."""
    from sqlalchemy import update

    from modelward.store import tables

    await place.database.write(lambda connection: connection.execute(update(tables.model).values(status="available")))


async def test_under_zero_burn_only_a_free_model_is_taken(opened: Open) -> None:
    async with opened(context_window=16_384, zero_burn=True) as place:
        await available(place)
        with pytest.raises(BadValueError, match="no model at hand that is known to be free"):
            await plan(place, tokens=50_000, model_id=None)
        free = {"kind": "chat", "price_input": "0", "price_output": "0", "context_window": 8_192}
        await place.catalog.merge([fact("openai/free", Field(key), value) for key, value in free.items()], now=NOON)
        await available(place)
        planned = await plan(place, tokens=50_000, model_id=None)
    assert planned.model_id == "openai/free"
    assert planned.bill.most == 0


async def test_what_measurements_stated_makes_the_count_narrow(place: Place) -> None:
    file = place.text(book(30_000))
    before = await plan(place, file=file)
    await measured(place)
    after = await plan(place, file=file)
    assert after.is_calibrated
    assert after.parts < before.parts
    assert after.bill.seconds is not None


async def measured(place: Place) -> None:
    """Five calls of the model, with what they said of their tokens and times."""
    from harness.advice import NOW
    from modelward.benchmarks.model import CallKind, CallState, Exchange, Measurement, Timing
    from modelward.benchmarks.store import MeasurementStore
    from modelward.providers.model import Usage

    store = MeasurementStore(place.database)
    for number in range(5):
        prompt = book(1_500)[number * 100 :]
        usage = Usage(input_tokens=true_tokens(prompt), output_tokens=50)
        timing = Timing(headers=50.0, first_content=200.0, chunks=(200.0, 700.0), end=1_200.0)
        call = Measurement(NOW, MODEL, "chat", CallKind.RUN, CallState.DONE, timing, usage)
        await store.file(call, Exchange(prompt, "Fine.", ""))


async def test_what_is_wrong_with_an_asking_is_said(place: Place) -> None:
    text = place.text(ENGLISH)
    with pytest.raises(BadValueError, match="a file or for a number of tokens"):
        await plan(place)
    with pytest.raises(BadValueError, match="a file or for a number of tokens"):
        await plan(place, file=text, tokens=5)
    with pytest.raises(BadValueError, match="cannot be planned"):
        await plan(place, tokens=10**12)
    with pytest.raises(BadValueError, match="brief has 40,000 characters"):
        await plan(place, file=text, brief="x" * 40_000)
    with pytest.raises(BadValueError, match="go to the brief"):
        await plan(place, file=text, brief=ENGLISH * 90)
    with pytest.raises(UnknownModelError, match="There is no model 'openai/nobody'"):
        await plan(place, file=text, model_id="openai/nobody")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There is no text in"),
        (b" \n\t\n ", "There is no text in"),
        (b"\x7fELF\x02\x01\x00\x00\xff\xfe" * 50, "is no text"),
        (b"some\x00text", "is no text"),
        ("Größe".encode("cp1252"), "is not written in utf-8"),
        ("Größe".encode("utf-16-le") + b"\xff", "is no text"),
    ],
)
async def test_a_file_that_is_no_text_is_told_so(place: Place, content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        await plan(place, file=place.text(content))


async def test_a_file_is_read_in_the_encoding_that_it_has(place: Place) -> None:
    for encoding in ("utf-16", "utf-8-sig", "utf-32"):
        assert (await plan(place, file=place.text((ENGLISH * 9).encode(encoding)))).cells[-1].end == len(ENGLISH * 9)
    named = await plan(place, file=place.text("Größe ".encode("cp1252") * 90), encoding="cp1252")
    assert named.cells[-1].end == 540
    with pytest.raises(BadValueError, match="no encoding of texts"):
        await plan(place, file=place.text(ENGLISH), encoding="base64")


async def test_a_file_that_is_not_there_or_a_folder_is_told_so(place: Place) -> None:
    with pytest.raises(InputError, match="There is no file"):
        await plan(place, file=place.folder / "nothing.txt")
    with pytest.raises(InputError, match="is a folder"):
        await plan(place, file=place.folder)


async def test_a_result_never_replaces_a_file_of_the_persons(place: Place) -> None:
    planned = await plan(place, file=place.text(ENGLISH))
    with pytest.raises(BadValueError, match="is there already"):
        await place.division.keep(planned, place.text("mine", "mine.md"))
    with pytest.raises(FolderError, match="There is no folder"):
        await place.division.keep(planned, place.folder / "nowhere" / "out.md")
    with pytest.raises(BadValueError, match="without a text"):
        await place.division.keep(await plan(place, tokens=9), place.folder / "out.md")
