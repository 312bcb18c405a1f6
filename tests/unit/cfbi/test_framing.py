"""How the network looks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbi.inference.framing import Box, Framing, Look, box_of, lost_ones
from cfbi.transforms import network_size

HD = (1080, 1920)


def test_a_small_object_of_a_large_frame_is_cut_out_with_its_surroundings() -> None:
    framing, car = Framing(HD, 673), Box(500, 900, 600, 1100)
    # 200 px long: at least a sixteenth of 1920 px on each side, 120 px
    look = framing.look_at(car, 1)
    assert look == Look(1.0, (353, 449))
    assert framing.window(look, car) == Box(352, 784, 705, 1233)


def test_larger_objects_are_not_seen_longer_than_the_pictures_learnt_from() -> None:
    framing, person = Framing(HD, 673), Box(100, 600, 800, 1000)
    look = framing.look_at(person, 1)
    assert look == Look(2 ** (-9 / 8), (1050, 701))
    assert look.scale * 700 <= 337
    assert framing.look_at(Box(100, 600, 500, 1600), 1) == framing.whole


def test_what_the_network_sees_as_it_is_needs_no_window() -> None:
    framing = Framing((480, 640), 640)
    assert framing.whole == Look(1.0, (480, 640))
    assert framing.look_at(Box(10, 10, 20, 20), 1) == framing.whole


def test_a_window_that_gains_too_little_is_not_worth_it() -> None:
    framing = Framing((480, 854), 673)
    assert framing.whole == Look(673 / 854, (480, 854))
    assert framing.look_at(Box(40, 200, 240, 545), 1) == framing.whole
    assert framing.look_at(Box(190, 300, 290, 400), 1) == Look(1.0, (225, 225))


def test_several_objects_need_more_gain() -> None:
    assert Framing((480, 854), 673).look_at(Box(190, 300, 290, 400), 2) == Look(673 / 854, (480, 854))
    assert Framing(HD, 673).look_at(Box(500, 900, 600, 1100), 2) == Look(1.0, (353, 449))


def test_references_are_seen_at_the_same_scale_with_room_of_their_own() -> None:
    framing = Framing(HD, 673)
    look = framing.look_at(Box(500, 900, 600, 1100), 1)
    assert framing.look_at_reference(look, Box(0, 0, 500, 500)) == Look(1.0, (769, 769))
    assert framing.look_at_reference(look, None) == look
    assert framing.look_at_reference(framing.whole, Box(0, 0, 500, 500)) == framing.whole


def test_references_are_not_seen_many_times_larger_than_other_pictures() -> None:
    framing, apart = Framing((2160, 3840), 673), Box(100, 100, 2100, 3800)
    most = framing.most_for_reference(apart)
    assert most == 3 * 673 / 3840
    look = framing.look_at(Box(500, 900, 600, 1100), 2, most)
    assert max(framing.look_at_reference(look, apart).size) * look.scale <= 3 * 673
    # in HD they never are
    assert Framing(HD, 673).most_for_reference(Box(0, 0, *HD)) > 1


def test_windows_grow_to_the_whole_frame() -> None:
    framing = Framing(HD, 673)
    looks = [framing.look_at(Box(0, 0, 60, 60), 1)]
    while looks[-1] != framing.whole:
        looks.append(framing.further(looks[-1], 1))
    assert [look.size for look in looks] == [(321, 321), (513, 513), (801, 801), (1080, 1235), HD]
    assert [round(look.scale, 3) for look in looks] == [1.0, 1.0, 0.841, 0.545, 0.351]


@given(
    frame=st.tuples(st.integers(20, 1200), st.integers(20, 1200)),
    limit=st.integers(17, 900),
    data=st.data(),
)
def test_a_window_holds_its_box_and_lies_in_the_frame(
    frame: tuple[int, int], limit: int, data: st.DataObject
) -> None:
    framing = Framing(frame, limit)
    top, left = (data.draw(st.integers(0, side - 1)) for side in frame)
    bottom, right = (
        data.draw(st.integers(start + 1, side)) for start, side in zip((top, left), frame, strict=True)
    )
    box = Box(top, left, bottom, right)
    count = data.draw(st.integers(1, 3))
    look = framing.look_at(box, count)
    for seen in (look, framing.look_at_reference(look, box), framing.further(look, count)):
        window = framing.window(seen, box)
        assert window.size == seen.size
        assert 0 <= window.top <= box.top < box.bottom <= window.bottom <= frame[0]
        assert 0 <= window.left <= box.left < box.right <= window.right <= frame[1]
        assert seen == framing.whole or (1.2 if count == 1 else 1.5) * framing.whole.scale <= seen.scale <= 1
    if look != framing.whole:
        assert max(network_size(*look.size, max_side=None, scale=look.scale)) <= max(limit + 8, 17)


def test_neighbouring_frames_share_windows() -> None:
    framing = Framing(HD, 673)
    seen = set()
    for step in range(40):  # 40 px to the right, a little larger from frame to frame
        box = Box(500, 900 + step, 600, 1000 + step + step // 4)
        seen.add(framing.window(framing.look_at(box, 1), box))
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("pixel", "window", "cut"),
    [
        ((0, 5), Box(10, 10, 30, 30), True),
        ((1, 5), Box(10, 10, 30, 30), True),
        ((2, 5), Box(10, 10, 30, 30), False),
        ((0, 5), Box(0, 10, 20, 30), False),  # the frame's own edge
        ((19, 5), Box(10, 10, 30, 30), True),
        ((19, 5), Box(80, 10, 100, 30), False),
        ((5, 0), Box(10, 10, 30, 30), True),
        ((5, 0), Box(10, 0, 30, 20), False),
        ((5, 18), Box(10, 10, 30, 30), True),
        ((5, 18), Box(10, 100, 30, 120), False),
    ],
)
def test_objects_at_the_edge_of_a_window(pixel: tuple[int, int], window: Box, cut: bool) -> None:
    mask = np.zeros(window.size, np.uint8)
    mask[pixel] = 3
    assert Framing((100, 120), 33).is_cut(window, mask) is cut


def test_an_object_that_is_all_but_gone_is_lost() -> None:
    mask = np.zeros((50, 50), np.uint8)
    mask[:10, :10] = 1
    mask[20, :2] = 2
    assert lost_ones(mask, {1: 1420}) == set()  # 100 px of 1420
    assert lost_ones(mask, {1: 1430}) == {1}
    assert lost_ones(mask, {1: 100, 2: 101}) == {2}
    assert lost_ones(mask, {3: 1}) == {3}


def test_boxes_know_only_the_objects_that_are_asked_for() -> None:
    mask = np.zeros((9, 12), np.uint8)
    mask[2:4, 3:9] = 1
    mask[6, 1] = 2
    mask[8, 11] = 255
    assert box_of(mask, [1]) == Box(2, 3, 4, 9)
    assert box_of(mask, [1, 2]) == Box(2, 1, 7, 9)
    assert box_of(mask, [4]) is None
    assert box_of(mask, []) is None


def test_cutting_the_whole_array_copies_nothing() -> None:
    array = np.arange(48, dtype=np.uint8).reshape(6, 8)
    assert Box(0, 0, 6, 8).cut(array) is array
    part = Box(1, 2, 3, 4).cut(array)
    assert part.tolist() == [[10, 11], [18, 19]]
    assert not part.flags.writeable
