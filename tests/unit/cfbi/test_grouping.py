"""Which objects are looked at together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbi.inference.framing import Box, Framing, Look
from cfbi.inference.grouping import Group, Plan, grown, is_affordable, planned, reference_windows

HD = (1080, 1920)
FRAMING = Framing(HD, 673)
WHOLE = FRAMING.whole
BALL, SHOE, CAR = Box(40, 60, 100, 120), Box(900, 1700, 960, 1780), Box(400, 700, 1000, 1600)


def test_objects_that_are_far_apart_have_windows_of_their_own() -> None:
    plan = planned({1: BALL, 2: SHOE}, (), FRAMING)
    look = Look(1.0, (321, 321))
    assert plan == Plan((Group((1,), BALL, look), Group((2,), SHOE, look)), ())


def test_objects_whose_windows_meet_share_one() -> None:
    near = Box(40, 300, 100, 360)
    plan = planned({1: BALL, 2: SHOE, 7: near}, (), FRAMING)
    assert plan is not None
    assert [(group.object_ids, group.box) for group in plan.groups] == [
        ((1, 7), Box(40, 60, 100, 360)),
        ((2,), SHOE),
    ]


def test_what_is_large_or_lost_is_looked_for_in_the_whole_frame() -> None:
    plan = planned({1: BALL, 2: CAR}, [5], FRAMING)
    assert plan is not None
    assert [group.object_ids for group in plan.groups] == [(1,)]
    assert plan.elsewhere == (2, 5)


def test_what_is_near_something_large_is_seen_with_it() -> None:
    assert planned({1: Box(450, 500, 510, 560), 2: CAR}, (), FRAMING) is None


def test_windows_cost_little_more_than_the_whole_frame() -> None:
    framing = Framing((720, 1280), 673)

    def scales(side: int, *corners: tuple[int, int]) -> list[float] | None:
        boxes = {key: Box(top, left, top + side, left + side) for key, (top, left) in enumerate(corners, 1)}
        plan = planned(boxes, (), framing)
        return None if plan is None else [group.look.scale for group in plan.groups]

    first, second, third = (20, 20), (460, 1000), (460, 20)
    assert scales(220, first, second) == [1.0, 1.0]
    # larger ones are seen less closely, as far as that is worth it
    assert scales(240, first, second) == [2 ** (-1 / 8), 2 ** (-1 / 8)]
    assert scales(240, first, second, third) is None


def test_so_many_objects_are_seen_whole() -> None:
    boxes = {key: Box(0, 110 * key, 8, 110 * key + 8) for key in range(1, 18)}
    assert planned(boxes, (), FRAMING) is None


def test_nothing_but_lost_objects_is_seen_whole() -> None:
    assert planned({}, [1, 2], FRAMING) is None


@given(data=st.data(), limit=st.integers(33, 700))
def test_no_window_meets_another_and_each_object_belongs_somewhere(data: st.DataObject, limit: int) -> None:
    framing = Framing((480, 854), limit)
    boxes = {}
    for key in range(1, data.draw(st.integers(2, 6)) + 1):
        top, left = data.draw(st.integers(0, 470)), data.draw(st.integers(0, 840))
        size = data.draw(st.integers(1, 60))
        boxes[key] = Box(top, left, min(top + size, 480), min(left + size, 854))
    plan = planned(boxes, [9], framing)
    if plan is None:
        return
    assert is_affordable(plan, framing)
    windows = [framing.window(group.look, group.box) for group in plan.groups]
    ids = [key for group in plan.groups for key in group.object_ids]
    assert sorted([*ids, *plan.elsewhere]) == [*sorted(boxes), 9]
    for group, window in zip(plan.groups, windows, strict=True):
        assert group.look.scale >= 1.2 * framing.whole.scale
        assert all(window.meets(boxes[key]) for key in group.object_ids)
        assert not any(window.meets(other) for other in windows if other is not window)
    assert planned(dict(reversed(boxes.items())), [9], framing) == plan


def test_a_window_that_has_grown_into_another_is_none() -> None:
    look = Look(1.0, (321, 321))
    boxes = {1: BALL, 2: Box(40, 460, 100, 520), 3: SHOE}
    one, two, three = (Group((key,), box, look) for key, box in boxes.items())
    plan = Plan((one, two, three), ())
    larger = grown(plan, three, FRAMING)
    assert larger.groups[:2] == (one, two)
    assert larger.groups[2].look == Look(1.0, (513, 513))
    assert grown(plan, one, FRAMING) == Plan((three,), (1, 2))


def test_a_window_that_has_grown_too_large_is_none() -> None:
    plan = Plan((Group((1,), BALL, Look(0.6, (900, 1200))), Group((2,), SHOE, Look(1.0, (321, 321)))), ())
    assert grown(plan, plan.groups[0], FRAMING) == Plan(plan.groups[1:], (1,))


def test_references_have_a_window_for_each_group_at_the_same_scale() -> None:
    look = Look(1.0, (321, 321))
    near = Box(60, 300, 110, 360)
    windows = reference_windows({1: BALL, 2: SHOE, 3: near}, FRAMING, look)
    assert windows == [Box(0, 0, 321, 545), Box(759, 1560, 1080, 1881)]
    assert reference_windows({}, FRAMING, look) == []


def test_a_reference_that_is_too_large_for_a_window_is_seen_whole_only() -> None:
    assert reference_windows({1: BALL, 2: CAR}, FRAMING, Look(1.0, (321, 321))) == [Box(0, 0, 321, 321)]


def test_references_that_fit_together_in_no_window_have_their_own() -> None:
    row = {key: Box(40, 250 * key, 100, 250 * key + 60) for key in range(1, 6)}
    windows = reference_windows(row, FRAMING, Look(1.0, (321, 321)))
    assert len(windows) > 1
    assert all(max(window.size) <= 673 for window in windows)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Box(0, 0, 10, 10), False),
        (Box(0, 0, 11, 11), True),
        (Box(20, 20, 30, 30), False),
        (Box(19, 5, 30, 30), True),
        (Box(12, 30, 15, 40), False),
        (Box(12, 12, 15, 15), True),
    ],
)
def test_boxes_meet_where_they_have_a_pixel_in_common(other: Box, expected: bool) -> None:
    box = Box(10, 10, 20, 20)
    assert box.meets(other) is expected
    assert other.meets(box) is expected
