"""From proofs to facts: what was measured stands in the catalogue beside what is claimed."""

from __future__ import annotations

from modelward.benchmarks.capability_claims import CONTEXT_WINDOW, EMBEDDING_SIZE, ORIGIN, Claims
from modelward.benchmarks.model import CapabilityProof, Proof
from modelward.catalog.fields import MAX_TEXT
from modelward.catalog.model import Capabilities, Capability, Fact, FactValue, Field, Source
from modelward.catalog.store import CatalogStore
from modelward.core.clock import Clock

_SURE = {Proof.PROVEN: 0.95, Proof.REFUTED: 0.8}
"""How sure a fact is: one good answer is no accident, three bad ones may be."""


async def file(catalog: CatalogStore, proof: CapabilityProof, claims: Claims, clock: Clock) -> None:
    """Let the catalogue state what was found in place of what was found before. What is undecided changes nothing.

    Each subject is an origin of its own, so that each can be renewed alone. Raises StoreError.
    """
    if proof.proof is not Proof.UNDECIDED:
        facts = _facts(proof, claims)
        origin = _origin(proof.subject)
        await catalog.replace_source(Source.MEASURED, facts, ids=[proof.model_id], origin=origin, now=clock())


def _facts(proof: CapabilityProof, claims: Claims) -> list[Fact]:
    stated = _window(proof, claims) if proof.subject == CONTEXT_WINDOW else _capability(proof)
    if stated is None or proof.at is None:
        return []
    field, value = stated
    sure, quote = _SURE[proof.proof], proof.detail[:MAX_TEXT]
    origin = _origin(proof.subject)
    return [Fact(proof.model_id, field, Source.MEASURED, origin, value, proof.at, sure, quote=quote)]


def _origin(subject: str) -> str:
    return f"{ORIGIN}: {subject}"


def _capability(proof: CapabilityProof) -> tuple[Field, FactValue]:
    word = frozenset({Capability.EMBEDDING if proof.subject == EMBEDDING_SIZE else Capability(proof.subject)})
    is_proven = proof.proof is Proof.PROVEN
    return Field.CAPABILITIES, Capabilities(word) if is_proven else Capabilities(lacks=word)


def _window(proof: CapabilityProof, claims: Claims) -> tuple[Field, FactValue] | None:
    """The claim itself where it is proven, as tokens are counted too roughly for more; else what is served."""
    if proof.proof is Proof.PROVEN:
        return None if claims.window is None else (claims.window_field, claims.window)
    return None if proof.found is None else (Field.SERVED_CONTEXT, proof.found)
