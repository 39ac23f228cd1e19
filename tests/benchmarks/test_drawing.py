"""Words as pictures."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage

from modelward.benchmarks.drawing import drawn


@pytest.mark.parametrize("word", ["TOVIK", "BANURE", "LUDOKI", "MZ"])
def test_a_picture_is_a_png_that_others_can_read(word: str) -> None:
    image = drawn(word)
    assert image.media_type == "image/png"
    read = QImage.fromData(image.data, "PNG")
    assert (read.width(), read.height()) == ((6 * len(word) + 5) * 10, 130)
    assert max(read.width(), read.height()) <= 512


def test_the_letters_stand_black_on_white() -> None:
    read = QImage.fromData(drawn("TI").data, "PNG")

    def is_black(column: int, row: int) -> bool:
        colour = read.pixelColor(30 + column * 10 + 5, 30 + row * 10 + 5)
        assert colour in (QColor("black"), QColor("white"))
        return colour == QColor("black")

    rows = ["".join("#" if is_black(column, row) else "." for column in range(11)) for row in range(7)]
    assert rows == ["#####..###.", *["..#.....#.."] * 5, "..#....###."]


def test_a_letter_that_cannot_be_drawn_is_an_error() -> None:
    with pytest.raises(KeyError):
        drawn("Ä")
