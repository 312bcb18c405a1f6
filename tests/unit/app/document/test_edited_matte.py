from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.document.boxes import Box
from app.document.edited_matte import EditedMatte, FineParts, GrowingPlane, as_fine, place_of
from app.document.packed_matte import Fine, in_bytes, pack_matte

SHAPE = (20, 30)
boxes = st.tuples(st.integers(0, 29), st.integers(0, 19), st.integers(1, 12), st.integers(1, 9)).map(
    lambda b: (b[0], b[1], min(30, b[0] + b[2]), min(20, b[1] + b[3]))
)


def soft(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).integers(-40_000, 100_000, SHAPE)
    return np.clip(values, 0, 65535).astype(np.uint16)


@given(st.integers(0, 20), st.lists(boxes, min_size=1, max_size=4), st.booleans())
def test_parts_are_those_of_the_whole(seed: int, wanted: list[Box], is_fine: bool) -> None:
    packed = pack_matte(soft(seed) if is_fine else in_bytes(soft(seed)))
    parts, whole = FineParts(packed, packed.bytes_of(SHAPE)), packed.fine(SHAPE)
    for box in wanted:
        assert np.array_equal(parts.at(box), whole[place_of(box)])


@given(st.integers(0, 20), st.lists(boxes, min_size=1, max_size=6))
def test_a_plane_makes_every_pixel_once_and_keeps_what_is_written(seed: int, wanted: list[Box]) -> None:
    whole, made = soft(seed), np.zeros(SHAPE, int)

    def part(box: Box) -> Fine:
        made[place_of(box)] += 1
        return whole[place_of(box)]

    plane, expected = GrowingPlane(SHAPE, part), whole.copy()
    for number, box in enumerate(wanted):
        found = plane.at(box)
        assert np.array_equal(found, expected[place_of(box)])
        found += np.uint16(number)
        expected[place_of(box)] += np.uint16(number)
    assert made.max() == 1
    assert np.array_equal(made[place_of(plane.box)], np.ones_like(made[place_of(plane.box)]))
    assert made.sum() == np.ones(SHAPE)[place_of(plane.box)].sum()


def test_what_is_out_of_reach_of_a_stroke_is_not_read() -> None:
    def refuse(box: Box) -> Fine:
        raise AssertionError("it was read")

    matte = EditedMatte(np.array([[0, 100, 255]], np.uint8), refuse)
    box = (0, 0, 3, 1)
    assert not matte.lower(np.array([[0, 30_000, 65_535]], np.uint16), box)
    assert not matte.raise_to(np.zeros((1, 3), np.uint16), box)
    assert matte.coarse.tolist() == [[0, 100, 255]]


def test_coverage_of_every_kind_means_the_same() -> None:
    assert as_fine(np.array([False, True])).tolist() == [0, 65535]
    assert as_fine(np.array([0, 100, 255], np.uint8)).tolist() == [0, 25_700, 65535]
    assert as_fine(np.array([0, 25_701], np.uint16)).tolist() == [0, 25_701]
