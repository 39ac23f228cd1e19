"""Proves by asking what the catalogue claims of models."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from modelward.benchmarks import capability_facts
from modelward.benchmarks.capability_asking import Asker
from modelward.benchmarks.capability_claims import (
    CONTEXT_WINDOW,
    EMBEDDING_SIZE,
    Claims,
    check_subjects,
    claims_of,
    subjects_of,
)
from modelward.benchmarks.capability_costs import Cost, cost_of
from modelward.benchmarks.capability_tries import BRIEF_TOKENS, THINKING_TOKENS, tries_of
from modelward.benchmarks.model import CapabilityProof, Plan, Proof, ProofPlan
from modelward.benchmarks.planning import Planner
from modelward.benchmarks.purse import Purse
from modelward.benchmarks.store import ProofStore
from modelward.benchmarks.turns import Turns
from modelward.catalog.model import Capability, Model, Status
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock
from modelward.core.errors import KnownError, StoreError, UsageError
from modelward.core.progress import Progress
from modelward.spending.estimate import most_tokens_of
from modelward.spending.gateway import Gateway
from modelward.spending.model import Purpose
from modelward.spending.pricing import Tariff, most, tariff_of

log = logging.getLogger(__name__)

_TEXTS = ("A ferry crosses the sound.", "The bakery opens at seven.")


@dataclass(frozen=True, slots=True)
class _Subject:
    """A model with what is claimed of it and what is to be proven."""

    model: Model
    tariff: Tariff
    claims: Claims
    subjects: tuple[str, ...]

    @property
    def output_tokens(self) -> int:
        """Of an answer: a model that thinks needs room for it."""
        may_think = self.claims.of(Capability.REASONING) is not False
        return THINKING_TOKENS if may_think else BRIEF_TOKENS


class Prover:
    """Asks models. What is found is kept as proofs, and filed as measured facts."""

    def __init__(
        self,
        turns: Turns,
        planner: Planner,
        purse: Purse,
        gateway: Gateway,
        catalog: CatalogStore,
        proofs: ProofStore,
        clock: Clock,
    ) -> None:
        self._turns = turns
        self._planner = planner
        self._purse = purse
        self._gateway = gateway
        self._catalog = catalog
        self._proofs = proofs
        self._clock = clock

    async def plan(self, model_ids: Sequence[str], subjects: Collection[str] = ()) -> ProofPlan:
        """See :meth:`.service.BenchmarkService.plan_proofs`."""
        check_subjects(subjects)
        refused: dict[str, str] = {}
        chosen: dict[str, tuple[str, ...]] = {}
        whole = Cost()
        for id_ in dict.fromkeys(model_ids):
            try:
                each = await self._subject(id_, subjects)
                whole += cost_of(each.tariff, each.claims, each.subjects, each.output_tokens)
            except KnownError as error:
                refused[id_] = str(error)
                continue
            chosen[id_] = each.subjects
        spent = whole.usd, whole.most_usd
        tokens = whole.input_tokens, whole.output_tokens
        notes = await self._planner.checked(Plan((), whole.calls, *tokens, *spent, None))
        return ProofPlan(chosen, whole.calls, *spent, refused, notes)

    async def prove(
        self, model_ids: Sequence[str], progress: Progress, subjects: Collection[str] = ()
    ) -> tuple[CapabilityProof, ...]:
        """See :meth:`.service.BenchmarkService.prove`."""
        plan = await self.plan(model_ids, subjects)
        if not plan.subjects:
            reasons = " ".join(f"{model}: {why}" for model, why in plan.refused.items())
            raise UsageError("None of these models can be asked to prove anything.", why=reasons)
        total = sum(map(len, plan.subjects.values()))
        found: list[CapabilityProof] = []
        for id_, each in plan.subjects.items():
            try:
                found += await self._of(await self._subject(id_, each), progress, len(found), total)
            except StoreError:
                raise
            except KnownError as error:
                log.info("%s could not be asked: %s", id_, error)
        return tuple(found)

    async def _subject(self, model_id: str, wanted: Collection[str]) -> _Subject:
        """Raises KnownError for a model that cannot be asked."""
        model = await self._catalog.model(model_id)
        facts = await self._catalog.facts(model_id)
        if model is None:
            raise KnownError("It is not in the catalogue.")
        if model.status is Status.RETIRED:
            raise KnownError("It was retired: its provider lists it no more.")
        tariff, claims = tariff_of(model, facts), claims_of(facts)
        subjects = subjects_of(model, claims, wanted, is_free=tariff.is_free)
        if not subjects:
            raise KnownError("Nothing of this can be proven of it.")
        if EMBEDDING_SIZE not in subjects:
            model, _line = await self._planner.askable(model_id, may_evict=False)
        return _Subject(model, tariff, claims, subjects)

    async def _of(self, each: _Subject, progress: Progress, done: int, total: int) -> list[CapabilityProof]:
        asker = Asker(self._turns, self._planner, each.model, each.output_tokens)
        proofs: list[CapabilityProof] = []
        for subject in each.subjects:
            progress.checkpoint()
            words = subject.replace("_", " ")
            progress.update(done=done + len(proofs), total=total, unit="proofs", text=f"{each.model.id}: {words}")
            proof = replace(await self._proof(asker, each, subject), at=self._clock())
            # One at a time: what was paid for is kept, whatever comes.
            await self._proofs.file([proof])
            await capability_facts.file(self._catalog, proof, each.claims, self._clock)
            proofs.append(proof)
        return proofs

    async def _proof(self, asker: Asker, each: _Subject, subject: str) -> CapabilityProof:
        claimed, id_ = each.claims.of(subject), each.model.id
        if subject == EMBEDDING_SIZE:
            return await self._embedding(each)
        if subject == CONTEXT_WINDOW:
            proof, found, words = await asker.window(each.claims.window or 0, is_free=each.tariff.is_free)
            return CapabilityProof(id_, subject, claimed, proof, found, detail=words)
        capability = Capability(subject)
        tries = tries_of(capability, output_tokens=each.output_tokens)
        if not tries:
            words = "There is no way yet to ask for it here."
            return CapabilityProof(id_, subject, claimed, Proof.UNDECIDED, detail=words)
        decided = await asker.settle(capability, tries)
        if capability is Capability.STRUCTURED_OUTPUT:
            decided = await asker.in_words(decided)
        return CapabilityProof(id_, subject, claimed, decided[0], detail=decided[1])

    async def _embedding(self, each: _Subject) -> CapabilityProof:
        """How long a model's vectors are. A call that fails refutes nothing."""
        undecided = CapabilityProof(each.model.id, EMBEDDING_SIZE, None, Proof.UNDECIDED)
        most_usd = most(each.tariff, most_tokens_of(_TEXTS), 0)
        cost: Decimal | None = None
        try:
            await self._purse.take(most_usd)
            try:
                found = await self._gateway.embed(each.model.id, _TEXTS, Purpose.BENCHMARK)
                cost = most(each.tariff, found.usage.input_tokens or most_tokens_of(_TEXTS), 0)
            finally:
                self._purse.give_back(most_usd, cost)
        except StoreError:
            raise
        except KnownError as error:
            return replace(undecided, detail=str(error))
        first, second = found.vectors
        if first == second:
            return replace(undecided, detail="Two different texts came to the same vector.")
        words = f"Two texts came to two vectors of {len(first):,} figures."
        return replace(undecided, proof=Proof.PROVEN, found=len(first), detail=words)
