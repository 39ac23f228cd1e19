"""How loops of the window begin and end."""

from __future__ import annotations

import asyncio
import logging
import sys

import pytest
from PySide6.QtWidgets import QApplication

from modelward.ui.shell.loop import PanelLoop


def test_a_closed_loop_refuses_callbacks(qapp: QApplication) -> None:
    loop = PanelLoop(qapp)
    loop.close()
    for method in (loop.call_soon, loop.call_soon_threadsafe):
        with pytest.raises(RuntimeError, match="closed"):
            method(print)
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_later(1, print)
    with pytest.raises(RuntimeError, match="closed"):
        loop.run_forever()


def test_closing_drops_what_waits_and_stops_qts_timers(qapp: QApplication) -> None:
    loop = PanelLoop(qapp)
    loop.call_soon(pytest.fail, "it never ran")
    loop.call_later(60, pytest.fail, "it never ran")
    loop.close()
    assert not loop._alarm.ready.isActive()
    assert not loop._alarm.due.isActive()


@pytest.mark.parametrize("debug", [False, True])
def test_several_loops_follow_each_other_in_one_process(qapp: QApplication, debug: bool) -> None:
    async def main(number: int) -> int:
        await asyncio.sleep(0.001)
        return await asyncio.to_thread(lambda: number)

    answers = []
    for number in range(3):
        with asyncio.Runner(loop_factory=lambda: PanelLoop(qapp), debug=debug) as runner:
            answers += [runner.run(main(number)), runner.run(main(-number))]
    assert answers == [0, 0, 1, -1, 2, -2]


def test_a_loop_may_be_made_while_another_waits_to_run_again(qapp: QApplication) -> None:
    first, second = PanelLoop(qapp), PanelLoop(qapp)
    seen: list[str] = []
    first.call_soon(seen.append, "first")
    second.run_until_complete(asyncio.sleep(0.005))
    assert seen == []
    first.run_until_complete(asyncio.sleep(0))
    assert seen == ["first"]
    for loop in (first, second):
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def test_what_waited_while_another_loop_ran_is_run_without_a_further_call(qapp: QApplication) -> None:
    first, second = PanelLoop(qapp), PanelLoop(qapp)
    seen: list[str] = []
    first.call_soon(seen.append, "first")
    first.call_soon(first.stop)
    second.run_until_complete(asyncio.sleep(0.005))
    first.run_forever()
    assert seen == ["first"]
    first.close()
    second.close()


def test_tasks_left_at_the_end_can_clean_up(qapp: QApplication) -> None:
    ended: list[str] = []

    async def background() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            ended.append("cleaned up")

    async def main() -> asyncio.Task[None]:
        task = asyncio.create_task(background())
        await asyncio.sleep(0)
        return task

    with asyncio.Runner(loop_factory=lambda: PanelLoop(qapp)) as runner:
        task = runner.run(main())
    assert (ended, task.cancelled()) == (["cleaned up"], True)


@pytest.mark.parametrize("parting", [SystemExit(3), KeyboardInterrupt()])
def test_what_ends_the_process_leaves_through_the_runner_after_clean_up(
    qapp: QApplication, parting: BaseException
) -> None:
    ended: list[str] = []

    def leave() -> None:
        raise parting

    async def main() -> None:
        asyncio.get_running_loop().call_soon(leave)
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("cleaned up")

    with pytest.raises(type(parting)), asyncio.Runner(loop_factory=lambda: PanelLoop(qapp)) as runner:
        runner.run(main())
    assert ended == ["cleaned up"]


def test_the_hooks_of_async_generators_are_given_back(qapp: QApplication) -> None:
    before = sys.get_asyncgen_hooks()
    with asyncio.Runner(loop_factory=lambda: PanelLoop(qapp)) as runner:
        runner.run(asyncio.sleep(0))
        assert sys.get_asyncgen_hooks() == before


def test_debug_mode_names_slow_callbacks(qapp: QApplication, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        asyncio.get_running_loop().slow_callback_duration = 0.0
        await asyncio.sleep(0)

    with (
        caplog.at_level(logging.WARNING, "modelward.ui.shell.loop"),
        asyncio.Runner(loop_factory=lambda: PanelLoop(qapp), debug=True) as runner,
    ):
        runner.run(main())
    assert "seconds" in caplog.text


def test_debug_mode_refuses_a_call_from_a_foreign_thread(qapp: QApplication) -> None:
    async def main() -> BaseException | None:
        loop = asyncio.get_running_loop()
        refused = await asyncio.gather(asyncio.to_thread(loop.call_soon, print), return_exceptions=True)
        return refused[0] if isinstance(refused[0], BaseException) else None

    with asyncio.Runner(loop_factory=lambda: PanelLoop(qapp), debug=True) as runner:
        assert isinstance(runner.run(main()), RuntimeError)
