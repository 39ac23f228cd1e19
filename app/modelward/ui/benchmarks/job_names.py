"""The names of the jobs that the Benchmarks tab starts."""

from __future__ import annotations

MEASURE, PROVE, IMPORT, EXPORT, DIVIDE, SEARCH = (
    "benchmark",
    "prove claims",
    "import measurements",
    "export measurements",
    "divided job",
    "search the sweet spot",
)
