"""Result files as GuideLLM, llama-bench and ``vllm bench serve`` write them, made up by hand. T0: 20 November 2026."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

T0 = 1_795_168_800.0
"""20 November 2026, 10:00 UTC, in seconds since 1970."""

DATA = '{"prompt_tokens": 512, "output_tokens": 11}'


def old_request(number: int = 0, **more: object) -> dict[str, Any]:
    """A request of versions 0.2 and 0.3: 11 tokens, the first after 100 ms, the last after 300 ms, done at 310 ms."""
    start = T0 + number
    return {
        "type_": "generative_text_response",
        "request_id": f"r{number}",
        "prompt": "Hello",
        "output": "Hi there",
        "prompt_tokens": 512,
        "output_tokens": 11,
        "start_time": start,
        "end_time": start + 0.31,
        "first_token_time": start + 0.1,
        "last_token_time": start + 0.3,
        "request_latency": 0.31,
        "time_to_first_token_ms": 100.0,
        "time_per_output_token_ms": 200 / 11,
        "inter_token_latency_ms": 20.0,
        **more,
    }


def new_request(number: int = 0, *, first_output: float | None = None, **timings: object) -> dict[str, Any]:
    """The same request of version 0.4 and later; with ``first_output`` (seconds) of 0.7 and later."""
    start = T0 + number
    moments: dict[str, object] = {
        "resolve_start": start - 0.01,
        "request_start": start,
        "first_token_iteration": start + 0.1,
        "last_token_iteration": start + 0.3,
        "token_iterations": 11,
        "request_end": start + 0.31,
        "resolve_end": start + 0.32,
    }
    if first_output is not None:
        moments["first_output_token_iteration"] = start + first_output
    return {
        "type_": "generative_request_stats",
        "request_id": f"r{number}",
        "output": "Hi there",
        "info": {"status": "completed", "timings": {**moments, **timings}, "error": None},
        "input_metrics": {"text_tokens": 512, "cached_tokens": 256, "total_tokens": 512},
        "output_metrics": {"text_tokens": 11, "total_tokens": 11},
        "output_tokens": 11,
        "time_per_output_token_ms": 300 / 11,
    }


def guidellm(
    *requests: dict[str, Any],
    model: str = "able",
    strategy: Mapping[str, object] | None = None,
    errored: tuple[dict[str, Any], ...] = (),
    concurrency: float = 3.6,
) -> dict[str, Any]:
    """A report of one run; its version follows from its requests."""
    strategy = {"type_": "concurrent", "streams": 4} if strategy is None else strategy
    shared = {
        "type_": "generative_benchmark",
        "metrics": {"request_concurrency": {"successful": {"mean": concurrency, "median": 4.0}}},
        "requests": {"successful": list(requests), "incomplete": [old_request(99)], "errored": list(errored)},
        "start_time": T0,
    }
    if "info" in (requests or errored)[0]:
        config = {"strategy": strategy, "backend": {"target": "http://127.0.0.1:8000", "model": model}}
        run = {**shared, "config": config}
        if "first_output_token_iteration" not in (requests or errored)[0]["info"]["timings"]:
            return {"metadata": {"version": 1}, "args": {"data": [DATA]}, "benchmarks": [run]}
        spec = {
            "data": [{"kind": "synthetic_text", "prompt_tokens": 512, "prompt_tokens_stdev": 9, "output_tokens": 11}]
        }
        metadata = {"version": 2, "guidellm_version": "0.7.3"}
        return {"metadata": metadata, "config": {"spec": spec}, "benchmarks": [run]}
    worker = {"type_": "generative_requests_worker", "backend_model": model}
    loader = {"data": DATA, "processor": "somebody/tokenizer"}
    return {"benchmarks": [{**shared, "args": {"strategy": strategy}, "worker": worker, "request_loader": loader}]}


def llama_bench(prompt: int = 512, written: int = 0, **more: object) -> dict[str, Any]:
    """A test of llama-bench with three repetitions of 100, 125 and 160 ms."""
    return {
        "build_commit": "abcdef12",
        "build_number": 7000,
        "cpu_info": "A processor",
        "gpu_info": "",
        "backends": "CPU",
        "model_filename": "C:\\models\\Able-7B-Q4_K_M.gguf",
        "model_type": "able 7B Q4_K - Medium",
        "n_batch": 2048,
        "n_threads": 8,
        "n_gpu_layers": -1,
        "flash_attn": False,
        "n_prompt": prompt,
        "n_gen": written,
        "n_depth": 0,
        "test_time": "2026-11-20T10:00:00Z",
        "avg_ns": 128_333_333,
        "avg_ts": 4_000.0,
        "samples_ns": [100_000_000, 125_000_000, 160_000_000],
        "samples_ts": [5_120.0, 4_096.0, 3_200.0],
        **more,
    }


def vllm(**more: object) -> dict[str, Any]:
    """Two requests that went well and one that failed, saved in detail."""
    return {
        "date": datetime.fromtimestamp(T0, UTC).astimezone().strftime("%Y%m%d-%H%M%S"),
        "backend": "vllm",
        "model_id": "able",
        "request_rate": "inf",
        "max_concurrency": 2,
        "completed": 2,
        "failed": 1,
        "request_throughput": 3.1,
        "input_lens": [1024, 1030, 1024],
        "output_lens": [3, 3, 0],
        "ttfts": [0.1, 0.2, 0.0],
        "itls": [[0.02, 0.03], [0.05, 0.05], []],
        "start_times": [5000.0, 5000.5, 5001.0],
        "generated_texts": ["a b c", "d e f", ""],
        "errors": ["", "", "Internal Server Error"],
        "mean_ttft_ms": 150.0,
        **more,
    }
