from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.mask_store import MaskSource, StoredMask, pack
from app.tools.temporal import Stroke, carried, motion, thinned


def disc(x: float, y: float, radius: float, size: int = 80) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def entry(x: float, radius: float = 15, source: MaskSource = MaskSource.PROPAGATED) -> StoredMask:
    return pack(disc(x, 40, radius).astype(np.uint8), source)


def stroke_at(x: float, reach: int) -> Stroke:
    """A bump on the right side of a disc."""
    before = disc(x, 40, 15).astype(np.uint8)
    after = before.copy()
    after[36:45, round(x) + 10 : round(x) + 22] = 1
    return Stroke.between(5, 1, before, after, reach)


def test_a_stroke_moves_with_the_object() -> None:
    stroke = stroke_at(30, 100)
    found = carried(stroke, {6: entry(40)})
    added = (found[6].index_mask() == 1) & ~disc(40, 40, 15)
    wanted = np.roll(stroke.added, 10, axis=1)
    overlap = (added & wanted).sum() / (added | wanted).sum()
    assert overlap > 0.85
    assert found[6].source is MaskSource.USER


def test_it_scales_with_the_object() -> None:
    found = carried(stroke_at(30, 100), {6: entry(40, radius=18)})
    columns = np.flatnonzero((found[6].index_mask() == 1)[40])
    assert columns[-1] == pytest.approx(40 + 22 * 18 / 15 - 1, abs=1.5)


def test_it_falls_off_and_ends_at_its_reach() -> None:
    stroke = stroke_at(30, 3)
    found = carried(stroke, {index: entry(30) for index in range(12)})
    assert sorted(found) == [2, 3, 4, 6, 7, 8]
    areas = [int((found[index].index_mask() == 1).sum()) for index in (6, 7, 8)]
    assert areas == sorted(areas, reverse=True)
    assert areas[0] > areas[2] > disc(30, 40, 15).sum()
    assert stroke.weight(9) == 0
    assert stroke.weight(5) == 1


def test_erasing_is_carried_too_and_other_objects_lose_nothing_when_barred() -> None:
    before = disc(30, 40, 15).astype(np.uint8)
    after = before.copy()
    after[36:45, 20:30] = 0
    after[36:45, 45:55] = 1
    stroke = Stroke.between(0, 1, before, after, 50)
    other = disc(30, 40, 15).astype(np.uint8)
    other[30:50, 46:60] = 2
    store = pack(other, MaskSource.PROPAGATED)
    free = carried(stroke, {1: store})[1].index_mask()
    assert free[40, 25] == 0
    assert free[40, 50] == 1
    barred = carried(stroke, {1: store}, frozenset({2}))[1].index_mask()
    assert barred[40, 25] == 0
    assert np.array_equal(barred == 2, other == 2)


def test_frames_without_the_object_are_left_alone() -> None:
    empty = pack(np.zeros((80, 80), np.uint8), MaskSource.PROPAGATED)
    assert carried(stroke_at(30, 5), {6: empty}) == {}
    assert motion(disc(30, 40, 15), disc(30, 40, 60)) is None


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_weaker_stroke_is_part_of_a_stronger_one(first: float, second: float) -> None:
    region = disc(40, 40, 12) | disc(60, 20, 5)
    weak, strong = thinned(region, min(first, second)), thinned(region, max(first, second))
    assert (weak <= strong).all()
    assert (strong <= region).all()
    assert np.array_equal(thinned(region, 1.0), region)
