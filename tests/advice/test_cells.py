"""Cutting texts into cells, judged by real vocabularies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.dividing import most_true_tokens
from harness.texts import CHINESE, CODE, ENGLISH, book, noise, texts
from modelward.advice.cells import OVERLAP, divide
from modelward.advice.division_model import Cell
from modelward.advice.tokens import plain
from modelward.advice.windows import USABLE


def assert_whole(text: str, cells: list[Cell], most: int) -> None:
    """Every character is in one cell of its own, and no cell is larger than allowed."""
    assert "".join(text[cell.core : cell.end] for cell in cells) == text
    assert [cell.core for cell in cells[1:]] == [cell.end for cell in cells[:-1]]
    assert all(cell.start <= cell.core < cell.end for cell in cells)
    assert all(plain().high(text[cell.start : cell.end]) <= most for cell in cells)


@given(texts(), st.sampled_from((32, 64, 200, 1_000, 5_000)))
@settings(max_examples=120)
def test_no_cell_of_any_text_exceeds_its_window_and_nothing_is_left_out(text: str, most: int) -> None:
    cells = divide(text, most, plain())
    assert_whole(text, cells, most)
    # A window is used to nine tenths; a token more is where a text begins.
    assert all(most_true_tokens(text[cell.start : cell.end]) <= most / USABLE + 1 for cell in cells)


@pytest.mark.parametrize("tokens", [1_000, 10_000, 100_000, 1_000_000])
def test_no_cell_of_a_book_exceeds_its_window(tokens: int) -> None:
    text = book(tokens)
    cells = divide(text, 3_000, plain())
    assert_whole(text, cells, 3_000)
    assert max(most_true_tokens(text[cell.start : cell.end]) for cell in cells[:: max(1, len(cells) // 60)]) <= 3_000


def test_a_text_that_fits_is_one_cell() -> None:
    assert [(cell.start, cell.core, cell.end) for cell in divide(ENGLISH, 500, plain())] == [(0, 0, len(ENGLISH))]
    assert divide("", 500, plain()) == []


def test_cells_repeat_a_twentieth_to_a_tenth_of_what_stands_before() -> None:
    text = book(40_000)
    for cell in divide(text, 2_000, plain())[1:]:
        assert 0.04 * 2_000 <= plain().high(text[cell.start : cell.core]) <= OVERLAP * 2_000 + 1


def test_cells_are_full() -> None:
    text = book(60_000)
    cells = divide(text, 4_000, plain())
    assert sum(cell.tokens.high for cell in cells[:-1]) / (len(cells) - 1) >= 0.7 * 4_000


def test_a_block_of_code_that_fits_is_never_cut() -> None:
    blocks = [f"```python\n{CODE.replace('tide', f'tide_{number}')}\n\n{CODE}```\n" for number in range(60)]
    text = "\n".join(ENGLISH * (1 + number % 3) + "\n\n" + block for number, block in enumerate(blocks))
    cells = divide(text, 700, plain())
    assert len(cells) > 5
    owns = [text[cell.core : cell.end] for cell in cells]
    assert all(sum(block in own for own in owns) == 1 for block in blocks)


def test_a_sign_of_code_inside_of_a_longer_fence_does_not_end_it() -> None:
    block = f"````\n```\n{CODE}\n\n# no heading\n\n{CODE}```\n````\n"
    text = (ENGLISH + "\n\n" + block) * 12
    owns = [text[cell.core : cell.end] for cell in divide(text, 600, plain())]
    assert sum(own.count(block) for own in owns) == 12


def test_cells_end_at_headings_and_paragraphs_where_they_can() -> None:
    text = "".join(f"# Chapter {number}\n\n{ENGLISH * 3}\n\n{ENGLISH}\n\n" for number in range(60))
    cells = divide(text, 2_000, plain())
    starts = [text[cell.core : cell.core + 20] for cell in cells[1:]]
    assert len(cells) > 5
    assert all(start.startswith("# Chapter") for start in starts)


def test_a_paragraph_larger_than_a_cell_is_cut_behind_sentences() -> None:
    text = ENGLISH * 400
    owns = [text[cell.core : cell.end] for cell in divide(text, 900, plain())]
    assert sum(own.rstrip().endswith((".", ",")) for own in owns) >= 0.9 * len(owns)


@pytest.mark.parametrize(
    "text",
    [
        noise("base64", 200_000, 3),
        "x" * 100_000,
        " " * 100_000,
        "\n" * 100_000,
        CHINESE.replace("。", "").replace("，", "") * 900,
        "".join("a" + " " * (number % 1_200) for number in range(300)),
    ],
    ids=["base64", "one letter", "spaces", "lines", "no spaces", "spaces of all lengths"],
)
def test_a_text_without_structure_is_covered_too(text: str) -> None:
    assert_whole(text, divide(text, 500, plain()), 500)


def test_cells_too_small_for_anything_are_refused() -> None:
    with pytest.raises(ValueError, match="cells of 31 tokens"):
        divide(ENGLISH, 31, plain())
