from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.editing import MaskEdit
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.packed_matte import WHITE
from app.tools.pixels.soft_brush import Dab, stroke_coverage
from app.tools.temporal import Area, Stroke, carried, motion


def disc(x: float, y: float, radius: float, size: int = 80) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def entry(x: float, radius: float = 15, source: MaskSource = MaskSource.PROPAGATED) -> StoredMask:
    return pack(disc(x, 40, radius).astype(np.uint8), source)


def bump(x: float) -> np.ndarray:
    area = np.zeros((80, 80), np.bool_)
    area[36:45, round(x) + 10 : round(x) + 22] = True
    return area & ~disc(x, 40, 15)


def stroke_at(x: float, reach: int) -> Stroke:
    """A bump on the right side of a disc."""
    after = (disc(x, 40, 15) | bump(x)).astype(np.uint8)
    return Stroke.between(5, 1, entry(x), pack(after, MaskSource.USER), reach)


def test_a_stroke_moves_with_the_object() -> None:
    stroke = stroke_at(30, 100)
    found = carried(stroke, {6: entry(40)})
    added = (found[6].index_mask() == 1) & ~disc(40, 40, 15)
    wanted = np.roll(bump(30), 10, axis=1)
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
    masks = pack(before, MaskSource.PROPAGATED), pack(after, MaskSource.USER)
    stroke = Stroke.between(0, 1, *masks, 50)
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
    region = (disc(40, 40, 12) | disc(60, 20, 5)) * np.uint16(WHITE)
    area = Area.of(region, np.zeros_like(region))
    weak, strong = area.thinned(min(first, second)), area.thinned(max(first, second))
    assert (weak <= strong).all()
    assert (strong <= area.cover).all()
    assert np.array_equal(area.thinned(1.0), area.cover)
    assert set(np.unique(weak)) <= {0, WHITE}  # a hard stroke stays hard


# ---- as soft as the stroke ----


def soft_disc(x: float, softness: float = 2.0) -> StoredMask:
    """A disc as the network draws it."""
    matte = cv2.GaussianBlur(disc(x, 40, 15).astype(np.float32), (0, 0), softness)
    fine = np.rint(matte * WHITE).astype(np.uint16)
    return pack((matte >= 0.5).astype(np.uint8), MaskSource.PROPAGATED, {1: fine})


def painted(before: StoredMask, hardness: float, *, erase: bool = False) -> StoredMask:
    """A brush of 20 px on the right side of a disc at 30."""
    edit = MaskEdit(5, before, before.shape)
    dab = Dab((44.5, 40.5), 10)
    edit.paint(*stroke_coverage(dab, dab, hardness, before.shape), 1, erase=erase)
    after = edit.patch().after
    assert after is not None
    return after


@pytest.mark.parametrize("erase", [False, True])
@pytest.mark.parametrize("source", ["network", "user"])
def test_a_soft_stroke_is_as_soft_where_it_is_carried(source: str, erase: bool) -> None:
    before = soft_disc(30) if source == "network" else entry(30)
    there = soft_disc(40) if source == "network" else entry(40)
    after = painted(before, 0.2, erase=erase)
    found = carried(Stroke.between(5, 1, before, after, 10**6), {6: there})[6]
    wanted, got = after.fine_matte(1)[:, :-10] / WHITE, found.fine_matte(1)[:, 10:] / WHITE
    assert np.abs(wanted - got).max() < 0.05  # the object is ten px further, and the stroke with it
    row = got[40, 20:48]
    assert np.abs(np.diff(row)).max() < 0.2


def test_a_soft_stroke_gets_thinner_and_stays_soft() -> None:
    before = entry(30)
    stroke = Stroke.between(5, 1, before, painted(before, 0.5), 3)
    found = carried(stroke, dict.fromkeys((6, 7), before))
    rows = [found[index].fine_matte(1)[40] / WHITE for index in (6, 7)]
    assert rows[0].sum() > rows[1].sum() > before.fine_matte(1)[40].sum() / WHITE + 1
    for row in rows:
        assert np.abs(np.diff(row[46:])).max() < 0.4
    assert stroke.added.thinned(0.0).max() < 0.05 * WHITE


def test_a_stroke_that_gets_thinner_stays_joined_to_the_object() -> None:
    stroke = stroke_at(30, 3)
    found = carried(stroke, {index: entry(30) for index in (6, 7, 8)})
    ends = []
    for index in (6, 7, 8):
        row = np.flatnonzero(found[index].index_mask()[40] == 1)
        assert np.array_equal(row, np.arange(row[0], row[-1] + 1))
        ends.append(int(row[-1]))
    assert 51 > ends[0] > ends[1] > ends[2] > 45


def test_a_hard_stroke_leaves_no_seam_to_a_soft_edge() -> None:
    before, there = soft_disc(30), soft_disc(40)
    stroke = Stroke.between(5, 1, before, painted(before, 1.0), 10**6)
    row = carried(stroke, {6: there})[6].fine_matte(1)[40, 40:64] / WHITE
    assert (row == 1).all()
