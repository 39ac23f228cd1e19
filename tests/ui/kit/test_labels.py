"""Labels of charts: they never cover each other or a mark, and stay within the chart."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from modelward.ui.kit.labels import Box, Wish, apart, placed

ROOM = Box(0, 0, 600, 300)
_wishes = st.lists(
    st.builds(Wish, st.floats(0, 600), st.floats(0, 300), st.just(5.0), st.floats(10, 200), st.just(14.0)), max_size=25
)


@given(_wishes)
def test_no_label_covers_another_or_a_mark_or_leaves_the_room(wishes: list[Wish]) -> None:
    taken = Box(0, 100, 600, 2)
    boxes = [box for box in placed(wishes, ROOM, [taken]) if box is not None]
    marks = [Box(wish.x - 5, wish.y - 5, 10, 10) for wish in wishes]
    assert not any(first.meets(second) for first, second in combinations(boxes, 2))
    assert not any(box.meets(mark) for box in boxes for mark in [*marks, taken])
    assert all(ROOM.holds(box) for box in boxes)


def test_a_label_with_room_stands_at_the_right_of_its_point() -> None:
    box = placed([Wish(100, 100, 5, 80, 14)], ROOM)[0]
    assert box is not None
    assert box.left > 105
    assert box.top < 100 < box.top + box.height


def test_the_most_important_label_gets_the_place() -> None:
    crowd = [Wish(300, 150, 5, 250, 14)] * 20
    found = placed(crowd, ROOM)
    assert found[0] is not None
    assert None in found


@given(st.lists(st.floats(-50, 350), min_size=1, max_size=12))
def test_labels_of_a_column_are_moved_apart_and_keep_their_order(middles: list[float]) -> None:
    found = apart(middles, 14, 0, 300)
    assert all(6.99 <= middle <= 293.01 for middle in found)
    assert all(abs(first - second) > 13.99 for first, second in combinations(found, 2))
    by_wish = [place for _, place in sorted(zip(middles, found, strict=True), key=lambda pair: pair[0])]
    if len(set(middles)) == len(middles):
        assert by_wish == sorted(by_wish)


def test_a_label_that_is_alone_stands_where_it_wants() -> None:
    assert apart([120.0], 14, 0, 300) == [120.0]
