"""Dividing: ten times the text takes ten times as long, up to ten million tokens; and no cell exceeds its window."""

from __future__ import annotations

import time

import pytest

from harness.dividing import most_true_tokens, true_tokens
from harness.texts import book, noise
from modelward.advice.cells import divide
from modelward.advice.tokens import plain

pytestmark = pytest.mark.bench

AT_MOST = 13.0
SMALL, LARGE = 1_000_000, 10_000_000
CELL = 8_000


def fastest_seconds(text: str, rounds: int) -> float:
    """Processor time of the best of some rounds."""

    def once() -> float:
        start = time.process_time()
        divide(text, CELL, plain())
        return time.process_time() - start

    return min(once() for _ in range(rounds))


@pytest.mark.parametrize("kind", ["book", "one line", "base64", "line ends"])
def test_time_grows_with_the_text_and_no_faster(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    whole = made(kind)
    small = whole[: len(whole) // 10]
    fastest_seconds(small[: len(small) // 10], 1)  # builds the tables, once
    ratio = (large := fastest_seconds(whole, 2)) / fastest_seconds(small, 3)
    with capsys.disabled():
        print(f"\n{kind}: {len(whole) / 1e6:.0f} M characters in {large:.1f} s, ratio {ratio:.1f}")  # noqa: T201
    assert ratio < AT_MOST


def made(kind: str) -> str:
    """A text of ten million tokens."""
    if kind == "base64":
        part = noise("base64", 100_000, 1)
        return part * (LARGE // true_tokens(part))
    if kind == "line ends":
        return "\n" * LARGE
    text = book(LARGE * 6 // 5)
    return text if kind == "book" else text.replace("\n", " ")


def test_no_cell_of_ten_million_tokens_exceeds_its_window_and_all_is_covered() -> None:
    text = book(LARGE * 6 // 5)
    assert true_tokens(text) >= LARGE
    cells = divide(text, CELL, plain())
    assert [cell.core for cell in cells[1:]] == [cell.end for cell in cells[:-1]]
    assert (cells[0].core, cells[-1].end) == (0, len(text))
    assert max(most_true_tokens(text[cell.start : cell.end]) for cell in cells) <= CELL
