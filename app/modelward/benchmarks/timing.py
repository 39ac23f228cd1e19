"""From the raw times of a call to the figures that people compare.

Times are milliseconds since the request began to be sent; rates are tokens per second. A figure is None where the call
does not support it: it failed, said nothing, stated no tokens, or its clock makes no sense. Chunks are never counted as
tokens, as one chunk may hold several. Definitions follow vLLM's ``bench serve`` (TTFT, TPOT, E2EL) and AIPerf (TTFO,
inter-chunk latency), which differ from those of other tools:

- GuideLLM divides by all tokens in its time per output token, the first one included: :func:`tpot_with_first_ms`.
- llmperf counts the TTFT as one of the gaps between tokens.
"""

from __future__ import annotations

from itertools import pairwise

from modelward.benchmarks.model import CallState, Measurement, Metric
from modelward.providers.model import ServerTimes

NS_PER_SECOND = 1e9
_COUNTED = frozenset({CallState.DONE})


def ttft_ms(call: Measurement) -> float | None:
    """Time to first token: until the first piece with text, reasoning or content. Milliseconds."""
    timing = call.timing
    firsts = [_time(moment) for moment in (timing.first_reasoning, timing.first_content) if moment is not None]
    sensible = [moment for moment in firsts if moment is not None]
    return min(sensible, default=None)


def ttfo_ms(call: Measurement) -> float | None:
    """Time to first output: until the first piece of the answer itself, reasoning left out. Milliseconds."""
    return _time(call.timing.first_content)


def latency_ms(call: Measurement) -> float | None:
    """End-to-end latency: until the stream ended. Milliseconds."""
    return _time(call.timing.end)


def tpot_ms(call: Measurement) -> float | None:
    """Time per output token behind the first: (latency - TTFT) / (output tokens - 1). Milliseconds.

    None for fewer than two tokens, and where the whole answer came in one piece: then nothing is known of its pace.
    """
    first, end, tokens = ttft_ms(call), latency_ms(call), call.usage.output_tokens
    if first is None or end is None or tokens is None or tokens < 2 or len(call.timing.chunks) < 2:
        return None
    return (end - first) / (tokens - 1) if end > first else None


def tpot_with_first_ms(call: Measurement) -> float | None:
    """Time per output token as GuideLLM has it: latency / output tokens. Milliseconds; for comparison alone."""
    end, tokens = latency_ms(call), call.usage.output_tokens
    return end / tokens if end is not None and tokens and tokens > 0 else None


def decode_tps(call: Measurement) -> float | None:
    """Decode speed: 1000 / TPOT. Tokens per second while the answer is written.

    Of a call that nobody timed from outside, as llama-bench measures, what the server itself measured.
    """
    pace = tpot_ms(call)
    if pace is None and call.timing.end is None:
        return server_decode_tps(call)
    return 1000 / pace if pace else None


def e2e_tps(call: Measurement) -> float | None:
    """End-to-end speed: output tokens / latency. Tokens per second; not to be compared with decode speed."""
    end, tokens = latency_ms(call), call.usage.output_tokens
    return tokens / end * 1000 if end and tokens and tokens > 0 else None


def prefill_tps(call: Measurement) -> float | None:
    """Prefill speed, in tokens per second: what Ollama measured where it did, else input tokens / TTFT.

    Ollama counts tokens that it had in its cache and times only the others, so that a repeated prompt would look
    absurdly fast; the measuring begins every prompt differently for that.
    """
    tokens = call.usage.input_tokens
    if not tokens or tokens < 0:
        return None
    if call.server.prompt_eval_ns:
        return tokens / call.server.prompt_eval_ns * NS_PER_SECOND
    first = ttft_ms(call)
    return tokens / first * 1000 if first else None


def server_decode_tps(call: Measurement) -> float | None:
    """Decode speed as Ollama measured it, without network and loading: tokens / time of evaluation."""
    tokens, spent = call.usage.output_tokens, call.server.eval_ns
    return tokens / spent * NS_PER_SECOND if tokens and tokens > 0 and spent else None


def chunk_gaps_ms(call: Measurement) -> tuple[float, ...]:
    """Inter-chunk latency: the gaps between pieces with text, in milliseconds; for jitter alone."""
    return tuple(max(after - before, 0.0) for before, after in pairwise(call.timing.chunks))


def cold_load_ms(times: ServerTimes) -> float | None:
    """What loading the model took, in milliseconds, as Ollama measured it."""
    return times.load_ns / 1e6 if times.load_ns else None


def value_of(call: Measurement, metric: Metric) -> float | None:
    """A call's figure of one metric; None for quality, which is graded, and for calls that did not end well."""
    if call.state not in _COUNTED:
        return None
    if metric is Metric.COST:
        return None if call.cost is None else float(call.cost)
    figure = _FIGURES.get(metric)
    return None if figure is None else figure(call)


_FIGURES = {
    Metric.TTFT: ttft_ms,
    Metric.TTFO: ttfo_ms,
    Metric.LATENCY: latency_ms,
    Metric.TPOT: tpot_ms,
    Metric.DECODE: decode_tps,
    Metric.END_TO_END: e2e_tps,
    Metric.PREFILL: prefill_tps,
}


def _time(moment: float | None) -> float | None:
    """A moment that can be: not before the request, and a number."""
    return moment if moment is not None and 0 <= moment < float("inf") else None
