"""The Doctor: asks models for what nobody states, and believes them as far as they have earned it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Iterable, Sequence

from modelward.catalog.fields import clip
from modelward.catalog.model import Model, Status
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock, utc_now
from modelward.core.errors import KnownError, StoreError
from modelward.core.preferences import Preferences
from modelward.core.progress import Progress
from modelward.healing import means
from modelward.healing.answers import read_answer
from modelward.healing.asking import Heard, ask
from modelward.healing.belief import Judge, Said
from modelward.healing.calibration import Record
from modelward.healing.failures import Failures
from modelward.healing.known import KnownModels
from modelward.healing.means import Asked, Price
from modelward.healing.model import Cost, Gap, Means, Outcome, Step, Verdict
from modelward.healing.question import MOST_MODELS, Gaps, Question, by_model, make, room, still_open
from modelward.providers.service import ProviderService
from modelward.spending.gateway import Gateway

RECORD = "healing.trust"
"""Under this key of the state stands how often models were right about known ones."""

_MOST_ANSWERS = 2


class Doctor:
    """Asks at most two models for each batch of gaps, cheapest first. Used on the loop's thread, one healing at a time.

    Known models stand among the unknown ones in every question, and how well they were told is remembered.
    """

    def __init__(
        self,
        gateway: Gateway,
        catalog: CatalogStore,
        providers: ProviderService,
        preferences: Preferences,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._gateway = gateway
        self._catalog = catalog
        self._providers = providers
        self._preferences = preferences
        self._clock = clock
        self._failures = Failures(clock)
        self._chance = random.Random()  # noqa: S311 - which known models are asked about is no secret

    async def why_not(self) -> str:
        """See :meth:`.model.Healer.why_not`."""
        if not self._preferences.settings.healing.inference:
            return "Asking models is switched off."
        try:
            at_hand = await self._at_hand(await self._catalog.models(), Record())
        except StoreError as error:
            return str(error)
        if at_hand:
            return ""
        if self._preferences.settings.spending.zero_burn:
            return "No local or free model is at hand, and Zero-Burn is on."
        return "No model is at hand that could be asked."

    async def heal(self, gaps: Sequence[Gap], progress: Progress) -> AsyncGenerator[Step, None]:
        """See :meth:`.model.Healer.heal`. Gaps of which no model can know (rate limits) are not tried, nor is what is
        left when nobody is at hand any more."""
        waiting, batch = by_model(gaps), list[Gaps]()
        total = len(waiting)
        self._failures.begin()
        try:
            healing = await self._begin()
            while waiting and (at_hand := await self._at_hand(healing.models, healing.record)):
                progress.checkpoint()
                progress.update(done=total - len(waiting), total=total, unit="models")
                count = room(waiting[:MOST_MODELS], means.likely(at_hand))
                batch, waiting = waiting[:count], waiting[count:]
                yield await self._step(healing, batch, at_hand, progress)
        except StoreError as error:
            yield Step(tuple(_failed(batch, str(error))))

    async def _begin(self) -> _Healing:
        models = await self._catalog.models()
        record = Record()
        record.load(await self._catalog.state(RECORD))
        known = await asyncio.to_thread(KnownModels, self._catalog, models, self._chance)
        return _Healing(models, known, record)

    async def _at_hand(self, models: Sequence[Model], record: Record) -> list[Asked]:
        """Who may be asked now, the best choice first."""
        zero_burn = self._preferences.settings.spending.zero_burn
        found = await means.models_at_hand(self._catalog, self._providers, models, zero_burn=zero_burn)
        willing = (each for each in found if not self._failures.is_passed_over(each))
        return means.in_order(willing, self._failures.lately(), record.standing)

    async def _step(
        self, healing: _Healing, batch: Sequence[Gaps], at_hand: Sequence[Asked], progress: Progress
    ) -> Step:
        """One question, and what follows from the answers. What is known by now, by whatever means, is not asked."""
        now = {model.id: model for model in await self._catalog.models_with([gaps[0].model.id for gaps in batch])}
        found = [still_open(gaps, now.get(gaps[0].model.id)) for gaps in batch]
        retired = [gaps for gaps in found if gaps and gaps[0].model.status is Status.RETIRED]
        left = [gaps for gaps in found if gaps and gaps not in retired]
        verdicts = _failed(retired, "The model was retired meanwhile.")
        if not left:
            return Step(tuple(verdicts))
        first = at_hand[0].id
        question = await make(left, healing.known, lambda id_: healing.record.knows(first, id_), self._chance)
        threshold = self._preferences.settings.healing.threshold
        asking = _Asking(question, Judge(healing.record, threshold, self._clock()))
        await self._ask(asking, at_hand, progress)
        await self._catalog.set_state(RECORD, await asyncio.to_thread(healing.record.dump))
        return Step((*verdicts, *asking.verdicts()), asking.cost)

    async def _ask(self, asking: _Asking, at_hand: Sequence[Asked], progress: Progress) -> None:
        """Have up to two models answer; in the place of one that cannot be asked now, the next one is."""
        left, first = list(at_hand), None
        while len(asking.said) < _MOST_ANSWERS and (asked := means.following(first, left)) is not None:
            left.remove(asked)
            if self._failures.is_passed_over(asked) or not asking.is_worth(asked):
                continue
            progress.update(text=f"Asking {clip(asked.id)} about {len(asking.question.gaps)} models")
            heard = await ask(self._gateway, asked, asking.question.request(asked), self._clock())
            asking.cost += heard.cost
            if heard.error is None or heard.text:
                first = asked
                is_readable = await asking.take(asked, heard, f"{self._clock():%Y-%m-%d}")
                self._failures.answered(asked, is_readable=is_readable)
            if heard.error is not None:
                asking.error = heard.error
                self._failures.failed(asked, heard.error)


class _Healing:
    """What one healing works with: the models as they were when it began, the known ones, and the record."""

    def __init__(self, models: Sequence[Model], known: KnownModels, record: Record) -> None:
        self.models = models
        self.known = known
        self.record = record


class _Asking:
    """One question under way: who said what, what it cost, and what went wrong last."""

    def __init__(self, question: Question, judge: Judge) -> None:
        self.question = question
        self.said: list[Said] = []
        self.cost = Cost()
        self.error: KnownError | None = None
        self._judge = judge

    async def take(self, asked: Asked, heard: Heard, today: str) -> bool:
        """Read an answer, and learn from what it says of known models; whether it could be read."""
        # In a thread: an answer that is made to be hard to read takes a second.
        question = self.question
        answer = await asyncio.to_thread(read_answer, heard.text, question.names, question.fields, today)
        told = "refuses to answer" if heard.is_refusal else "answers with nothing that could be read"
        name = clip(asked.model.name, 60)
        self.said.append(Said(asked.id, name, answer.claims, "" if answer.is_readable else f"{name} {told}."))
        self._judge.learn(self.said, self.question.known)
        return answer.is_readable

    def is_worth(self, asked: Asked) -> bool:
        """Whether asking one more changes anything. A free one is always worth it; a paid one only where something
        was claimed that is not believed yet, or nothing could be read."""
        if not self.said or asked.price <= Price.FREE:
            return True
        return any(verdict.outcome in (Outcome.NOT_BELIEVED, Outcome.FAILED) for verdict in self.verdicts())

    def verdicts(self) -> list[Verdict]:
        """What becomes of each gap, as it stands now."""
        if not self.said:
            return _failed(self.question.gaps.values(), str(self.error or "No model could be asked."))
        each = self.question.gaps.items()
        return [self._judge.verdict(gap, name, self.said) for name, gaps in each for gap in gaps]


def _failed(of_models: Iterable[Gaps], why: str) -> list[Verdict]:
    return [
        Verdict(gap.model.id, gap.field, Means.INFERENCE, Outcome.FAILED, clip(why, 300))
        for gaps in of_models
        for gap in gaps
    ]
