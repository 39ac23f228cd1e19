"""What the Benchmarks tab says, as plain words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from modelward.advice.model import Advised, Query, Recommendation, SweetSpot
from modelward.advice.use_cases import PROFILES
from modelward.benchmarks.model import (
    Batch,
    BatchState,
    CallState,
    CapabilityProof,
    Measurement,
    Plan,
    Proof,
    Result,
    UseCase,
    Workload,
)
from modelward.catalog.fields import clip
from modelward.core import units
from modelward.ui.benchmarks import figures
from modelward.ui.catalog.names import SHORT_CAPABILITIES, in_order, provider_name
from modelward.ui.kit.tokens import Tone

_LONGEST = 60
_PLAIN = re.compile(r"[\w.-]+")  # of one with a tag, the provider tells on which machine it is

STATE_TONES = {
    CallState.DONE: Tone.WELL,
    CallState.FAILED: Tone.TROUBLE,
    CallState.REFUSED: Tone.ATTENTION,
    CallState.LIMITED: Tone.ATTENTION,
    CallState.EMPTY: Tone.ATTENTION,
    CallState.CANCELLED: Tone.NEUTRAL,
}
PROOF_TONES = {Proof.PROVEN: Tone.WELL, Proof.REFUTED: Tone.TROUBLE, Proof.UNDECIDED: Tone.ATTENTION}


def name_of(model_id: str) -> str:
    """A model as charts and tables call it: ``qwen3:8b (Ollama)``."""
    provider, _, name = model_id.partition("/")
    return f"{clip(name, _LONGEST)} ({provider_name(provider)})" if name else clip(model_id, _LONGEST)


def short_names(model_ids: Iterable[str]) -> dict[str, str]:
    """The same models as shortly as they can be told apart: ``gpt-oss-120b``; those of a server with its name."""
    ids = list(model_ids)
    last = {id_: id_.rpartition("/")[2] for id_ in ids}
    used = Counter(last.values())
    return {
        id_: clip(name, _LONGEST) if used[name] == 1 and _PLAIN.fullmatch(name) else name_of(id_)
        for id_, name in last.items()
    }


def use_case_title(use_case: UseCase) -> str:
    """``Writing code``."""
    return PROFILES[use_case].title


def many(count: int, word: str) -> str:
    """``1 call``, ``20 calls``."""
    return f"1 {word}" if count == 1 else f"{count:,} {word}s"


def streams(concurrency: int) -> str:
    """``one stream``, ``8 streams at once``."""
    return "one stream" if concurrency == 1 else f"{concurrency} streams at once"


def workload_title(tag: str, listed: Iterable[Workload]) -> str:
    """A workload as people call it; one that is not offered any more by its tag."""
    found = list(listed)
    for each in found:
        if each.tag == tag:
            return f"{each.title}, graded" if each.use_case else each.title
    older = next((each for each in found if each.name == tag.partition("@")[0]), None)
    return f"{older.title}, older questions" if older else clip(tag, _LONGEST)


def runs_text(results: Sequence[Result]) -> str:
    """``20 calls each``, ``5 to 20 calls each``."""
    if not results:
        return ""
    least, most = min(each.runs for each in results), max(each.runs for each in results)
    return f"{many(least, 'call')} each" if least == most else f"{least:,} to {most:,} calls each"


# ---------------------------------------------------------------- advice


def needs_text(query: Query) -> str:
    """What a model must have to be advised: ``tools · ≥ 64 k context``; empty where anything will do."""
    said = [SHORT_CAPABILITIES[each] for each in in_order(query.require)]
    if query.min_context:
        said.append(f"≥ {_thousands(query.min_context)} context")
    if query.max_price is not None:
        said.append(f"≤ {units.price(query.max_price)} / 1M")
    if query.max_task_price is not None:
        said.append(f"≤ {units.money(query.max_task_price)} a task")
    if query.max_latency is not None:
        said.append(f"≤ {query.max_latency:g} s")
    said += [
        word
        for word, is_on in (
            ("local", query.local_only),
            ("available now", query.available),
            ("key at hand", query.key_at_hand),
        )
        if is_on
    ]
    return " · ".join(said)


def ruled_out_text(found: Recommendation) -> str:
    """Who was left out, and why: ``Ruled out: 38 lack a capability. 209 not measured yet.``"""
    said = []
    if found.counts:
        parts = [f"{count:,} {why}" for why, count in sorted(found.counts.items(), key=lambda each: -each[1])]
        said.append(f"Ruled out: {', '.join(parts)}.")
    if found.unmeasured:
        said.append(f"{len(found.unmeasured):,} not measured yet.")
    return " ".join(said)


def why_text(advised: Advised) -> str:
    """Why a model stands where it stands, in one line."""
    return advised.why[0] if advised.why else ""


def spot_text(spot: SweetSpot) -> str:
    """What is to be said of the sweet spot, where it is another model than the one advised."""
    if spot.pick is None:
        return f"None that was measured reaches {figures.quality(spot.threshold)} at a known cost."
    saved = saving_text(spot)
    task = "free" if spot.pick.cost.usd == 0 else f"{figures.cost(spot.pick.cost.usd)} a task"
    return f"Sweet spot: {name_of(spot.pick.model_id)}, {task}{saved and f', {saved}'}."


def saving_text(spot: SweetSpot) -> str:
    """``94% less than grand (OpenAI)``; empty where nothing is saved."""
    return f"{spot.saving_share:.0%} less than {name_of(spot.baseline.model_id)}" if _saves(spot) else ""  # type: ignore[union-attr]


def _saves(spot: SweetSpot) -> bool:
    return bool(
        spot.pick
        and spot.baseline
        and spot.baseline.model_id != spot.pick.model_id
        and spot.saving_share
        and spot.saving_share > 0
    )


# ---------------------------------------------------------------- plans and runs


def plan_text(plan: Plan) -> str:
    """What a run will do: calls, tokens, time."""
    if not plan.cells:
        return "Nothing can be measured with this choice."
    models = len({cell.model_id for cell in plan.cells})
    said = [
        f"{many(plan.calls, 'call')} to {many(models, 'model')}",
        f"about {plan.input_tokens:,} tokens in and {plan.output_tokens:,} out",
    ]
    if plan.seconds is not None:
        said.append(f"about {figures.span_text(plan.seconds)}")
    return ", ".join(said) + "."


def cost_text(plan: Plan) -> str:
    """What a plan costs."""
    if plan.usd is None or plan.most_usd is None:
        return "What it costs is not known."
    if not plan.most_usd:
        return "It is free."
    return f"It costs about {units.money(plan.usd)}, and {units.money(plan.most_usd)} at most."


def batch_title(batch: Batch, listed: Sequence[Workload]) -> str:
    """What a run measures: ``3 models · Chat``."""
    models = list(dict.fromkeys(cell.model_id for cell in batch.plan.cells))
    tags = list(dict.fromkeys(cell.workload for cell in batch.plan.cells))
    who = name_of(models[0]) if len(models) == 1 else many(len(models), "model")
    what = workload_title(tags[0], listed) if len(tags) == 1 else many(len(tags), "suite")
    return f"{who} · {what}"


def batch_text(batch: Batch) -> str:
    """How far a run is, and what it cost so far."""
    spent = "free so far" if not batch.spent else f"{units.money(batch.spent)} so far"
    return f"{batch.done:,} of {many(batch.total, 'call')} · {spent}"


def ended_text(batch: Batch) -> tuple[str, str, Tone]:
    """What is told of a run that has ended: what, why, and its tone."""
    what = {
        BatchState.DONE: "Measured.",
        BatchState.PAUSED: "Measuring is paused.",
        BatchState.STOPPED: "Measuring was stopped.",
    }.get(batch.state, "Measuring was cancelled.")
    tone = Tone.WELL if batch.state is BatchState.DONE else Tone.ATTENTION
    return what, " ".join(part for part in (batch_text(batch) + ".", clip(batch.detail, 300)) if part), tone


# ---------------------------------------------------------------- claims


def subject_text(subject: str) -> str:
    """What is claimed: ``structured output``, ``context window``."""
    return clip(subject.replace("_", " "), 40)


def claimed_text(proof: CapabilityProof) -> str:
    """What the catalogue says."""
    if proof.claimed is None:
        return "nothing"
    return {True: "yes", False: "no"}[proof.claimed] if isinstance(proof.claimed, bool) else f"{proof.claimed:,}"


def found_text(proof: CapabilityProof) -> str:
    """What was found: the word of the proof, and the size where one was looked for."""
    return proof.proof.value if proof.found is None else f"{proof.proof.value}: {proof.found:,}"


def unproven_text(subjects: Mapping[str, Sequence[str]]) -> str:
    """What proving will ask about."""
    asked = dict.fromkeys(subject for each in subjects.values() for subject in each)
    return ", ".join(map(subject_text, asked))


def tokens_text(call: Measurement) -> str:
    """Tokens in and out of a call; estimates are marked."""
    read, wrote = call.usage.input_tokens, call.usage.output_tokens
    about = "~" if call.tokens_estimated else ""
    return f"{about}{units.count(read)} → {about}{units.count(wrote)}"


def per_million(price: Decimal | None) -> str:
    """A price as the list of models shows it."""
    return units.price(price)


def _thousands(tokens: int) -> str:
    return f"{tokens // 1000:,} k" if tokens >= 1000 and tokens % 1000 == 0 else f"{tokens:,}"
