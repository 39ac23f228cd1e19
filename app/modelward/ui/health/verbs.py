"""What can be done about healing in the window: pause, try again, accept, reject, take back, choose the threshold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from modelward.catalog.fields import clip
from modelward.core.changes import Changes
from modelward.core.clock import Clock
from modelward.core.errors import KnownError
from modelward.core.schedule import BY_PERSON
from modelward.desk import Desk
from modelward.healing.model import Cycle, Fill, UndoReport
from modelward.ui.health import wording
from modelward.ui.kit import dialogs
from modelward.ui.kit.notice import NoticeBar
from modelward.ui.kit.theme import Tone

_THRESHOLD = "healing.threshold"


class HealingVerbs(QObject):
    """The verbs of the Health tab. ``changed`` carries what a verb changed; results are told in the notice bar."""

    changed = Signal(Changes)

    def __init__(self, desk: Desk, clock: Clock, notice: NoticeBar, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._clock = clock
        self._notice = notice
        self._window = window

    def pause(self, until: Callable[[datetime], datetime | None]) -> None:
        """Pauses all work by the clock, until a moment that is reckoned from now."""
        self._desk.schedule.pause(until(self._clock()), because=BY_PERSON)

    def resume(self) -> None:
        """Ends the pause."""
        self._desk.schedule.resume()

    async def set_threshold(self, threshold: float) -> None:
        """Sets from when on a value is believed, 0.5 to 1."""
        preferences = self._desk.preferences
        if preferences.is_overruled(_THRESHOLD):
            told = f"The threshold is set by the {preferences.origin(_THRESHOLD)}."
            self._notice.tell(told, "Change it there.", tone=Tone.ATTENTION)
            return
        try:
            await preferences.change(_THRESHOLD, threshold)
        except KnownError as error:
            self._tell_error(error)

    async def try_again(self, ids: Collection[str] | None) -> None:
        """Forgets what was tried on these models, or on all."""
        changes = await self._desk.healing.try_again(ids)
        which = "All models are" if ids is None else "1 model is" if len(ids) == 1 else f"{len(ids):,} models are"
        self._notice.tell(f"{which} tried again with the next cycle.", "Heal now begins it at once.", tone=Tone.WELL)
        self.changed.emit(changes)

    async def accept(self, ids: Collection[int]) -> None:
        """Writes these proposals into the catalogue."""
        number, changes = await self._desk.healing.accept(ids)
        told = f"{wording.values(number)} {'was' if number == 1 else 'were'} written."
        late = len(ids) - number
        self._notice.tell(told, _late(late) if late else "", tone=Tone.ATTENTION if late else Tone.WELL)
        self.changed.emit(changes)

    async def reject(self, ids: Collection[int]) -> None:
        """Drops these proposals."""
        number, changes = await self._desk.healing.reject(ids)
        told = f"{wording.values(number)} {'was' if number == 1 else 'were'} rejected."
        self._notice.tell(told, "Try again brings them back to be looked for.", tone=Tone.WELL)
        self.changed.emit(changes)

    async def undo_fill(self, fill: Fill) -> None:
        """Takes one value back."""
        await self._undo(lambda: self._desk.healing.undo_fill(fill.id))

    async def undo_cycle(self, cycle: Cycle) -> None:
        """Takes back what a cycle wrote, after asking."""
        when = wording.when(cycle.started_at, self._clock())
        if await dialogs.confirm(
            self._window,
            f"Take back the cycle of {when}?",
            f"What models and documentation told ({clip(wording.filled(cycle), 100)}) goes, where it still stands as "
            "it was written. It is not looked for this way again until you say so. What rules told stays.",
            "Take it back",
            danger=True,
        ):
            await self._undo(lambda: self._desk.healing.undo_cycle(cycle.id))

    async def _undo(self, verb: Callable[[], Awaitable[tuple[UndoReport, Changes]]]) -> None:
        try:
            report, changes = await verb()
        except KnownError as error:
            self._tell_error(error)
            return
        what, why = wording.undone(report)
        self._notice.tell(what, why, tone=Tone.WELL if report.undone else Tone.ATTENTION)
        self.changed.emit(changes)

    def _tell_error(self, error: KnownError) -> None:
        self._notice.tell(error.what, error.why, error.todo)


def _late(number: int) -> str:
    return f"{wording.values(number)} had been answered, or something newer was stated meanwhile."
