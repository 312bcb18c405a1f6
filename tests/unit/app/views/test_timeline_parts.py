from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.mask_store import MaskSource, StoredMask, pack, repacked
from app.document.merging import merge_result
from app.document.references import Reference, frozen
from app.views.timeline.heat import heat_row
from app.views.timeline.lanes import Kind, Lanes, Stretch, runs
from app.views.timeline.rows import MOST_LANES, Rows
from app.views.timeline.scale import TimeScale
from tests.unit.app.document.strategies import entries


def scale_of(count: int, width: float = 500, left: float = 100) -> TimeScale:
    scale = TimeScale()
    scale.set_strip(left, width)
    scale.set_count(count)
    return scale


def test_a_fresh_clip_fits() -> None:
    scale = scale_of(50)
    assert scale.fits
    assert scale.cell == 10
    assert scale.visible == range(50)
    assert (scale.edge_of(0), scale.x_of(0), scale.edge_of(50)) == (100, 105, 600)
    assert [scale.frame_at(x) for x in (0, 100, 109.9, 110, 599, 5000)] == [0, 0, 0, 1, 49, 49]
    scale.set_strip(100, 250)
    assert scale.cell == 5


@given(
    st.integers(1, 10000),
    st.lists(
        st.one_of(
            st.tuples(st.just("zoom"), st.floats(0.1, 10), st.floats(0, 700)),
            st.tuples(st.just("scroll"), st.floats(-3000, 3000), st.just(0.0)),
            st.tuples(st.just("show"), st.floats(0, 1), st.just(0.0)),
            st.tuples(st.just("strip"), st.floats(20, 2000), st.just(0.0)),
        ),
        max_size=8,
    ),
)
def test_the_strip_never_leaves_the_clip(count: int, steps: list[tuple[str, float, float]]) -> None:
    scale = scale_of(count)
    for kind, amount, x in steps:
        if kind == "zoom":
            scale.zoom(amount, x)
        elif kind == "scroll":
            scale.scroll(amount)
        elif kind == "strip":
            scale.set_strip(100, amount)
        else:
            frame = min(count - 1, int(amount * count))
            scale.show(frame)
            assert frame in scale.visible
        assert scale.edge_of(0) <= scale.left + 1e-6
        assert scale.edge_of(count) >= scale.right - 1e-6
        for frame in (scale.visible[0], scale.visible[-1]):
            middle = min(max(scale.x_of(frame), scale.left), scale.right - 1e-9)
            assert abs(scale.frame_at(middle) - frame) <= 1


def test_zooming_keeps_the_frame_under_the_pointer() -> None:
    scale = scale_of(1000)
    x = scale.x_of(400)
    scale.zoom(8, x)
    assert scale.frame_at(x) == 400
    assert scale.x_of(400) == pytest.approx(x)
    scale.fit()
    assert scale.visible == range(1000)


# ---- lanes ----


def mask(ids: list[int], source: MaskSource = MaskSource.PROPAGATED) -> StoredMask:
    return pack(np.array([ids], np.uint8), source)


def lanes_of(entries: dict[int, StoredMask], count: int = 10, ids: tuple[int, ...] = (1, 2)) -> Lanes:
    lanes = Lanes()
    lanes.reset(count, ids, entries)
    return lanes


def test_a_lane_shows_where_the_masks_of_its_object_come_from() -> None:
    user = mask([1, 0], MaskSource.USER)
    lanes = lanes_of({0: user, 1: mask([1, 2]), 2: mask([1, 2]), 5: mask([0, 2])})
    nothing = frozen({})
    assert lanes.stretches(1, range(10), nothing) == [
        Stretch(0, 0, Kind.EDITED, False),
        Stretch(1, 2, Kind.PROPAGATED, False),
    ]
    assert lanes.stretches(2, range(10), nothing) == [
        Stretch(1, 2, Kind.PROPAGATED, False),
        Stretch(5, 5, Kind.PROPAGATED, False),
    ]
    assert lanes.stretches(1, range(1, 2), nothing) == [Stretch(1, 1, Kind.PROPAGATED, False)]
    lanes.put({1: None})
    assert lanes.stretches(1, range(10), nothing)[1] == Stretch(2, 2, Kind.PROPAGATED, False)


@given(st.dictionaries(st.integers(0, 9), st.none() | entries(), max_size=4))
def test_masks_of_many_frames_are_told_as_those_of_one(masks: dict[int, StoredMask | None]) -> None:
    ids = {1}.union(*(entry.known_ids | (entry.told_ids or set()) for entry in masks.values() if entry))
    lanes = lanes_of({}, ids=tuple(ids))
    lanes.put(masks)
    for frame, entry in masks.items():
        for key in ids:
            lane = lanes[key]
            there = entry is not None and key in entry.known_ids
            drawn = entry is not None and there and entry.tells_of(key)
            gone = entry is not None and not there and entry.tells_of(key) and entry.told_ids is not None
            serial = 0 if entry is None else entry.serial_of(key)
            kind = Kind.EDITED if drawn else Kind.PROPAGATED if there else Kind.NONE
            assert (lane.kinds[frame], lane.serials[frame]) == (kind, serial if there else 0)
            assert lane.absent[frame] == (entry is not None and there and key not in entry.object_ids)
            assert lane.ages[frame] == (serial if drawn or gone else 0)


def test_a_lane_tells_where_nothing_of_the_object_was_found() -> None:
    found = np.stack([[0.8, 0.1], [0.1, 0.0], [0.1, 0.9]]).astype(np.float32)[:, None]
    away = merge_result(None, np.array([[0, 2]], np.uint8), found, (1, 2), {1, 2})
    lanes = lanes_of({0: mask([1, 2]), 1: away, 2: away, 3: mask([1, 2])})
    assert lanes.stretches(1, range(10), frozen({})) == [
        Stretch(0, 0, Kind.PROPAGATED, False),
        Stretch(1, 2, Kind.PROPAGATED, False, is_absent=True),
        Stretch(3, 3, Kind.PROPAGATED, False),
    ]
    assert [stretch.is_absent for stretch in lanes.stretches(2, range(10), frozen({}))] == [False]


def test_masks_are_stale_when_a_governing_reference_is_younger() -> None:
    entries = {0: mask([1, 0], MaskSource.USER)}
    entries |= {index: mask([1, 0]) for index in range(1, 10)}
    entries[5] = mask([1, 0], MaskSource.USER)  # corrected after the run
    lanes = lanes_of(entries)
    table = frozen({0: Reference(0)})
    assert not lanes[1].stale(lanes.references_of(1, table)).any()
    lanes.forget_stale()
    table = frozen({0: Reference(0), 5: Reference(5)})
    assert np.flatnonzero(lanes[1].stale(lanes.references_of(1, table))).tolist() == [1, 2, 3, 4, 6, 7, 8, 9]
    lanes.put({3: mask([1, 0])})  # run again
    assert np.flatnonzero(lanes[1].stale([0, 5])).tolist() == [1, 2, 4, 6, 7, 8, 9]


def test_a_run_of_one_object_leaves_the_others_stale() -> None:
    both = np.array([[1, 2]], np.uint8)
    old = {index: pack(both, MaskSource.PROPAGATED) for index in range(1, 5)}
    entries = {0: pack(both, MaskSource.USER), **old}  # the reference was corrected after the run
    found = np.stack([np.zeros(2), [1, 0], [0, 1]]).astype(np.float32)[:, None]
    for index in (1, 2):
        entries[index] = merge_result(old[index], both, found, (1, 2), {1})
    lanes = Lanes()
    lanes.reset(5, (1, 2), entries)
    assert np.flatnonzero(lanes[1].stale([0])).tolist() == [3, 4]
    assert np.flatnonzero(lanes[2].stale([0])).tolist() == [1, 2, 3, 4]
    # correcting one object on the reference makes only that one stale
    corrected = np.array([[0, 2]], np.uint8)
    run = {index: pack(both, MaskSource.PROPAGATED) for index in range(1, 5)}
    lanes.reset(5, (1, 2), {0: repacked(entries[0], corrected, {}), **run})
    assert not lanes[1].stale([0]).any()  # not shown there any more, so nothing governs it
    moved = repacked(entries[0], np.array([[1, 1]], np.uint8), {})
    lanes.reset(5, (1, 2), {0: moved, **run})
    assert np.flatnonzero(lanes[1].stale([0])).tolist() == [1, 2, 3, 4]
    assert not lanes[2].stale([0]).any()


def test_what_a_run_added_to_a_painted_frame_is_not_edited() -> None:
    painted = repacked(None, np.array([[1, 0]], np.uint8), {})
    found = np.stack([np.zeros(2), [1, 0], [0, 1]]).astype(np.float32)[:, None]
    lanes = Lanes()
    entry = merge_result(painted, np.array([[1, 2]], np.uint8), found, (1, 2), {2})
    lanes.reset(1, (1, 2), {0: entry})
    assert (lanes[1].kinds[0], lanes[2].kinds[0]) == (Kind.EDITED, Kind.PROPAGATED)


def test_a_reference_governs_up_to_the_next_one_only() -> None:
    entries = {index: mask([1, 0]) for index in range(10)}
    entries[9] = mask([1, 0], MaskSource.USER)
    lanes = lanes_of(entries)
    assert np.flatnonzero(lanes[1].stale([0, 5, 9])).tolist() == [6, 7, 8]


def test_references_of_an_object_show_it_teach_it_and_are_on() -> None:
    user = MaskSource.USER
    entries = {0: mask([1, 0], user), 1: mask([1, 2], user), 2: mask([1, 2], user), 3: mask([1, 2], user)}
    entries[4] = repacked(mask([0, 2]), np.array([[1, 2]], np.uint8), {})  # only object 1 was drawn there
    entries[5] = mask([1, 2])
    lanes = lanes_of(entries)
    table = frozen(
        {
            0: Reference(0),
            1: Reference(1, left_out=frozenset({2})),
            2: Reference(2, enabled=False),
            3: Reference(3),
            4: Reference(4),
            5: Reference(5, confirmed=frozenset({2})),
        }
    )
    assert lanes.references_of(2, table) == [3, 5]
    assert lanes.references_of(1, table) == [0, 1, 3, 4]


def test_a_correction_of_one_object_makes_only_its_masks_stale() -> None:
    both = np.array([[1, 2, 0]], np.uint8)
    entries = {0: pack(both, MaskSource.USER)}
    entries |= {index: pack(both, MaskSource.PROPAGATED) for index in range(1, 6)}
    entries[3] = repacked(entries[3], np.array([[1, 2, 1]], np.uint8), {})
    lanes = Lanes()
    lanes.reset(6, (1, 2), entries)
    table = frozen({0: Reference(0), 3: Reference(3)})
    assert np.flatnonzero(lanes[1].stale(lanes.references_of(1, table))).tolist() == [1, 2, 4, 5]
    assert not lanes[2].stale(lanes.references_of(2, table)).any()
    # nor is what is left once an object was taken off a frame
    gone = repacked(entries[2], np.array([[0, 2, 0]], np.uint8), {}, {1})
    lanes.put({2: gone})
    table = frozen({0: Reference(0), 2: Reference(2)})
    assert lanes.references_of(1, table) == [0, 2]
    assert np.flatnonzero(lanes[1].stale([0, 2])).tolist() == [1, 4, 5]
    assert not lanes[2].stale(lanes.references_of(2, table)).any()
    # what is only confirmed says nothing new
    table = frozen({0: Reference(0), 3: Reference(3, confirmed=frozenset({2}))})
    lanes.forget_stale()
    assert lanes.references_of(2, table) == [0, 3]
    assert not lanes[2].stale(lanes.references_of(2, table)).any()


def test_a_new_object_gets_a_lane_and_a_removed_one_loses_it() -> None:
    entries = {0: mask([1, 2])}
    lanes = lanes_of(entries, ids=(1,))
    lanes.set_objects([1, 2], entries)
    assert lanes[2].kinds[0] == Kind.PROPAGATED
    lanes.set_objects([2], entries)
    with pytest.raises(KeyError):
        lanes[1]


# ---- heat ----


def test_each_pixel_shows_the_worst_of_its_frames() -> None:
    trust = np.array([1, 1, 0, 1, np.nan, np.nan, 1, 1], np.float32)
    nobody = np.zeros(8, bool)
    row = heat_row(trust, nobody, 0.0, 0.5, 4)[0]  # two frames a pixel
    assert row[1].tolist() == [60, 60, 222, 255]  # red
    assert row[2].tolist() == [0, 0, 0, 0]  # nothing known
    assert row[0].tolist() == row[3].tolist()
    assert row[0][1] > row[0][2]  # green
    wide = heat_row(trust, nobody, 0.0, 3.0, 24)[0]
    assert [wide[index].tolist() == [60, 60, 222, 255] for index in (5, 6, 8, 9)] == [
        False,
        True,
        True,
        False,
    ]


def test_reviewed_frames_are_grey_and_hide_no_bad_neighbour() -> None:
    trust = np.array([0.1, 0.1, 0.0, 0.1], np.float32)
    reviewed = np.array([True, True, True, False])
    row = heat_row(trust, reviewed, 0.0, 0.5, 2)[0]
    assert abs(int(row[0][0]) - int(row[0][2])) < 20  # grey
    assert row[1][2] > 200  # the unreviewed one is red


@given(
    st.lists(st.one_of(st.floats(0, 1, width=32), st.just(float("nan"))), max_size=40), st.floats(0.05, 20)
)
def test_heat_is_premultiplied_and_has_the_width(values: list[float], cell: float) -> None:
    trust = np.array(values, np.float32)
    row = heat_row(trust, np.zeros(len(values), bool), 0.0, cell, 30)
    assert row.shape == (1, 30, 4)
    assert (row[..., :3] <= row[..., 3:]).all()


# ---- rows ----


def test_rows_scroll_when_there_are_more_lanes_than_fit() -> None:
    rows = Rows(MOST_LANES + 2)
    assert rows.shown_lanes == range(MOST_LANES)
    rows = rows.scrolled(5)
    assert rows.first_lane == 2
    assert rows.lane_at(rows.lanes_top) == 2
    assert rows.lane_at(rows.lanes_top - 1) is None
    assert rows.lane_at(rows.scroll_top + 1) is None
    assert Rows(0).lane_at(Rows(0).lanes_top + 1) is None
    assert Rows(1).height == Rows(0).height < Rows(3).height


def test_rows_scroll_no_farther_than_it_takes_to_see_a_lane() -> None:
    rows = Rows(MOST_LANES + 4)
    assert rows.showing(MOST_LANES - 1) == rows
    assert rows.showing(MOST_LANES).first_lane == 1
    assert rows.showing(MOST_LANES + 3).first_lane == 4
    assert rows.scrolled(4).showing(2).first_lane == 2
    assert Rows(0).showing(0) == Rows(0)


@given(st.lists(st.integers(0, 40)))
def test_spans_hold_just_the_frames_that_they_are_made_of(frames: list[int]) -> None:
    found = runs(frames)
    assert [index for first, last in found for index in range(first, last + 1)] == sorted(set(frames))
    assert all(later[0] - former[1] > 1 for former, later in pairwise(found))
