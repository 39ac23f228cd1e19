"""Where the labels of a chart stand: beside their points, over nothing, or nowhere. Pure geometry, in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MOST = 40
"""So many labels are placed at most; of more nobody would read any."""


class Box(NamedTuple):
    """A rectangle."""

    left: float
    top: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        """Whether both have a place in common."""
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.top + other.height
            and other.top < self.top + self.height
        )

    def holds(self, other: Box) -> bool:
        """Whether the other lies within."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.left + other.width <= self.left + self.width
            and other.top + other.height <= self.top + self.height
        )


class Wish(NamedTuple):
    """A label that wants a place: of this size, beside a point whose mark reaches ``radius`` far."""

    x: float
    y: float
    radius: float
    width: float
    height: float


def placed(wishes: Sequence[Wish], room: Box, taken: Sequence[Box] = ()) -> list[Box | None]:
    """Where each label stands, the first being the most important; None where it has no place.

    No label covers another, the mark of a wish, or what is ``taken`` already.
    """
    covered = [*taken, *map(_mark, wishes)]
    found: list[Box | None] = []
    for wish in wishes[:MOST]:
        spot = next((box for box in _beside(wish) if room.holds(box) and not any(map(box.meets, covered))), None)
        found.append(spot)
        if spot is not None:
            covered.append(spot)
    return found + [None] * (len(wishes) - len(found))


def apart(middles: Sequence[float], height: float, top: float, bottom: float) -> list[float]:
    """Labels of one column moved apart so far that they do not overlap, each as near to its wish as it can.

    Takes and gives the middles, in any order. Where there is no room for all, they stand as close as they must.
    """
    if not middles:
        return []
    step = min(height, (bottom - top) / len(middles))
    order = sorted(range(len(middles)), key=lambda number: middles[number])
    groups: list[tuple[float, int]] = []  # the middle of a group that touches, and how many it has
    for number in order:
        group = (min(max(middles[number], top + step / 2), bottom - step / 2), 1)
        while groups and groups[-1][0] + groups[-1][1] * step / 2 > group[0] - group[1] * step / 2:
            group = _merged(groups.pop(), group, step, top, bottom)
        groups.append(group)
    stands = [middle - (count - 1) * step / 2 + place * step for middle, count in groups for place in range(count)]
    found = [0.0] * len(middles)
    for number, stand in zip(order, stands, strict=True):
        found[number] = stand
    return found


def _merged(
    first: tuple[float, int], second: tuple[float, int], step: float, top: float, bottom: float
) -> tuple[float, int]:
    count = first[1] + second[1]
    middle = (first[0] * first[1] + second[0] * second[1]) / count
    reach = count * step / 2
    return min(max(middle, top + reach), bottom - reach), count


def _mark(wish: Wish) -> Box:
    return Box(wish.x - wish.radius, wish.y - wish.radius, 2 * wish.radius, 2 * wish.radius)


def _beside(wish: Wish) -> list[Box]:
    """The places around a point, the best first: at its right, left, above, below, then on the slant."""
    x, y, radius, width, height = wish
    gap = radius + 4
    right, left, centre = x + gap, x - gap - width, x - width / 2
    middle, above, below = y - height / 2, y - gap - height + 2, y + gap - 2
    near = [(right, middle), (left, middle), (centre, above), (centre, below)]
    slant = [(right, above), (right, below), (left, above), (left, below)]
    far = [(centre, above - height), (centre, below + height), (right, above - height), (right, below + height)]
    return [Box(*place, width, height) for place in (*near, *slant, *far)]
