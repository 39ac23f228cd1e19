"""Tables as lines: merged cells stand wherever they reach, and each cell knows its header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelward.healing.lines import MOST_CELLS, Line, row

_MOST_COLUMNS = 100
_MOST_HEADER_ROWS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is written: how many columns and rows it reaches over, and whether it is a header."""

    text: str
    columns: int = 1
    rows: int = 1
    is_header: bool = False


class Budget:
    """How many more cells a page may have; what goes beyond is left out."""

    def __init__(self, cells: int = MOST_CELLS) -> None:
        self.left = cells

    def take(self) -> bool:
        """Use up one; whether there was one."""
        self.left -= 1
        return self.left >= 0


def lines_of(rows: Sequence[Sequence[Cell]], heading: str, budget: Budget) -> Iterator[Line]:
    """The rows of a table as lines. A row that is one cell all over stands above the rows that follow it."""
    grid = _expanded(rows, budget)
    if not grid:
        return
    has_headers = any(cell.is_header for cells in grid for cell in cells)
    headers: list[str] = []
    section, was_header = heading, False
    for number, cells in enumerate(grid):
        if all(cell.is_header for cell in cells) if has_headers else number == 0:
            headers = _joined(headers, cells) if was_header and number < _MOST_HEADER_ROWS else _texts(cells)
            was_header = True
            continue
        was_header = False
        if len(cells) > 1 and all(cell is cells[0] for cell in cells):
            section = f"{heading} › {cells[0].text}" if heading else cells[0].text
            continue
        names = headers + [""] * (len(cells) - len(headers))
        yield row(tuple(zip(names, _texts(cells), strict=False)), section)


def _expanded(rows: Sequence[Sequence[Cell]], budget: Budget) -> list[list[Cell]]:
    """Every place of the grid with the cell that reaches there."""
    grid: list[list[Cell]] = []
    hanging: dict[int, tuple[Cell, int]] = {}  # by column: a cell from above, and how many rows it still reaches
    for written in rows:
        cells: list[Cell] = []
        for cell in written:
            _hang(cells, hanging, budget)
            for _ in range(min(cell.columns, _MOST_COLUMNS)):
                if len(cells) >= _MOST_COLUMNS or not budget.take():
                    break
                if cell.rows > 1:
                    hanging[len(cells)] = (cell, cell.rows)
                cells.append(cell)
        _hang(cells, hanging, budget)
        hanging = {column: (cell, left - 1) for column, (cell, left) in hanging.items() if left > 1}
        if cells:
            grid.append(cells)
    return grid


def _hang(cells: list[Cell], hanging: dict[int, tuple[Cell, int]], budget: Budget) -> None:
    while len(cells) in hanging and len(cells) < _MOST_COLUMNS and budget.take():
        cells.append(hanging[len(cells)][0])


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [cell.text for cell in cells]


def _joined(above: Sequence[str], cells: Sequence[Cell]) -> list[str]:
    """Headers in two rows: "Price" over "Input" is "Price Input"."""
    texts = _texts(cells)
    padded = [*above, *[""] * (len(texts) - len(above))]
    return [over if over == text else f"{over} {text}".strip() for over, text in zip(padded, texts, strict=False)]
