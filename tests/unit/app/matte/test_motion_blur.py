from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.objects import ObjectInfo
from app.export.mattes import chosen_index_mask, finish_on, finished_matte, neighbours_of
from app.matte.motion import Motion
from app.matte.motion_blur import motion_blurred

SIZE = 160
CAMERA = MatteFinish(motion_blur_degrees=180)


def square(left: int, top: int = 60, side: int = 40) -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[max(0, top) : top + side, max(0, left) : left + side] = 1
    return mask


def stored(left: int, top: int = 60) -> StoredMask:
    return pack(square(left, top), MaskSource.PROPAGATED)


def shown(entries: dict[int, StoredMask], finish: MatteFinish = CAMERA, aspect: float = 1.0) -> np.ndarray:
    """Frame 1 of some."""
    around = neighbours_of(entries.get, 1, finish)
    return finished_matte(entries[1], 1, finish, None, around, aspect)


RAMP = (np.arange(10) + 0.5) / 10


def test_half_open_shutter_spreads_an_edge_over_half_the_way() -> None:
    found = shown({0: stored(40), 1: stored(60), 2: stored(80)})
    row = found[80]
    assert not row[:55].any()
    assert row[55:65] == pytest.approx(RAMP, abs=1e-3)
    assert (row[65:95] == 1).all()
    assert row[95:105] == pytest.approx(RAMP[::-1], abs=1e-3)
    assert not row[105:].any()
    # above and below are as hard as they were
    assert not found[:60].any()
    assert not found[100:].any()
    assert np.array_equal(found[60:100], np.tile(row, (40, 1)))
    assert found.sum() == pytest.approx(1600, rel=1e-3)


def test_the_angle_says_how_long() -> None:
    entries = {0: stored(40), 1: stored(60), 2: stored(80)}
    for degrees, width in ((72, 4), (180, 10), (360, 20)):
        row = shown(entries, MatteFinish(motion_blur_degrees=degrees))[80]
        assert row[60 - width // 2 : 60 + width // 2] == pytest.approx(
            (np.arange(width) + 0.5) / width, abs=1e-3
        )
        assert np.count_nonzero((row > 0) & (row < 1)) == 2 * width
    assert np.array_equal(shown(entries, MatteFinish()), square(60))


def test_what_rests_stays_bit_by_bit() -> None:
    soft = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE), np.uint8)
    entry = pack(square(60), MaskSource.PROPAGATED, {1: soft})
    found = shown(dict.fromkeys(range(3), entry))
    assert np.array_equal(found, entry.matte(1) / np.float32(255))
    matte = square(60).astype(np.float32)
    still = Motion((80.0, 80.0))
    assert motion_blurred(matte, still, still, 360) is matte
    # one px in a frame is half a px while the shutter is open
    assert motion_blurred(matte, Motion((80.0, 80.0), (-1.0, 0.0)), None, 180) is matte


def test_at_the_end_of_a_span_the_side_that_is_there_counts() -> None:
    both = shown({0: stored(40), 1: stored(60), 2: stored(80)})
    assert np.array_equal(shown({1: stored(60), 2: stored(80)}), both)
    assert np.array_equal(shown({0: stored(40), 1: stored(60)}), both)
    # a neighbour that has other objects only is none
    other = pack(square(0) * np.uint8(2), MaskSource.PROPAGATED)
    assert np.array_equal(shown({0: other, 1: stored(60), 2: stored(80)}), both)
    # nor is one on which the network found nothing of it
    nothing = np.zeros((SIZE, SIZE), np.uint8)
    looked = pack(nothing, MaskSource.PROPAGATED, {1: nothing})
    assert np.array_equal(shown({0: looked, 1: stored(60), 2: stored(80)}), both)


def test_without_neighbours_nothing_is_done() -> None:
    other = pack(square(0) * np.uint8(2), MaskSource.PROPAGATED)
    for entries in ({1: stored(60)}, {0: other, 1: stored(60), 2: other}):
        assert np.array_equal(shown(entries), square(60))
        around = neighbours_of(entries.get, 1, CAMERA)
        assert finish_on(CAMERA, entries[1], 1, around).is_neutral  # the canvas need not ask for it


def test_each_half_follows_its_own_side() -> None:
    # it turns back: at the moment of the frame it is at its farthest
    row = shown({0: stored(40), 1: stored(60), 2: stored(40)})[80]
    assert not row[60 - 5 - 1 : 55].any()
    assert not row[100:].any()
    assert row[55:60] == pytest.approx((np.arange(5) + 0.5) / 5, abs=0.02)
    # it starts to move: half of the time it rests
    row = shown({0: stored(60), 1: stored(60), 2: stored(80), 3: stored(100)})[80]
    assert row[60:65] == pytest.approx(0.5 + (np.arange(5) + 0.5) / 10, abs=0.02)
    assert row[100:105] == pytest.approx((np.arange(5)[::-1] + 0.5) / 10, abs=0.02)
    assert row[59] == 0


def test_a_disc_gets_ramps_as_wide_as_its_way() -> None:
    def disc(x: int) -> StoredMask:
        rows, columns = np.mgrid[:SIZE, :SIZE]
        return pack(((columns - x) ** 2 + (rows - 80) ** 2 <= 30**2).astype(np.uint8), MaskSource.PROPAGATED)

    entries = {frame: disc(60 + 16 * frame) for frame in range(3)}  # 76 on frame 1
    for degrees, width in ((90, 4), (180, 8), (360, 16)):
        found = shown(entries, MatteFinish(motion_blur_degrees=degrees))
        ramp = (np.arange(width) + 0.5) / width
        middle = found[80]
        assert middle[46 - width // 2 : 46 + width // 2] == pytest.approx(ramp, abs=1e-3)
        assert middle[107 - width // 2 : 107 + width // 2] == pytest.approx(ramp[::-1], abs=1e-3)
        assert found.sum() == pytest.approx(entries[1].matte(1).sum() / 255, rel=1e-3)
        assert 0 <= found.min() <= found.max() <= 1
    assert np.array_equal(shown(entries, MatteFinish()), entries[1].matte(1) / np.float32(255))


def test_nothing_is_blurred_across_a_cut() -> None:
    # at rest, then at rest in another place: both frames at the cut stay as they are
    lefts = {0: 20, 1: 20, 2: 100, 3: 100}
    entries = {frame: stored(left) for frame, left in lefts.items()}
    assert np.array_equal(shown(entries), square(20))
    assert np.array_equal(shown({frame - 1: entry for frame, entry in entries.items()}), square(100))
    # while it moves, each side of the cut is as the end of a clip
    moving = {0: stored(16), 1: stored(20), 2: stored(100), 3: stored(104)}
    assert np.array_equal(shown(moving), shown({0: stored(16), 1: stored(20)}))
    later = {frame - 1: entry for frame, entry in moving.items()}
    assert np.array_equal(shown(later), shown({1: stored(100), 2: stored(104)}))
    assert np.count_nonzero((shown(moving)[80] > 0) & (shown(moving)[80] < 1)) == 4


def test_what_sets_off_or_comes_to_rest_is_no_jump() -> None:
    kicked = {frame: stored(left) for frame, left in {0: 10, 1: 10, 2: 50, 3: 90}.items()}
    rests = {2 - frame: entry for frame, entry in kicked.items()}
    for entries in (kicked, rests):
        row = shown(entries)[80]
        assert row[10:20] == pytest.approx(0.5 + (np.arange(10) + 0.5) / 20, abs=0.02)
        assert row[50:60] == pytest.approx((np.arange(10)[::-1] + 0.5) / 20, abs=0.02)


def test_a_turn_blurs_what_is_far_from_the_middle() -> None:
    matte = np.zeros((SIZE, SIZE), np.float32)
    matte[76:84, 20:140] = 1
    turn = Motion((79.5, 79.5), turn=math.radians(10))
    found = motion_blurred(matte, None, turn, 360)
    soft = (found > 0.02) & (found < 0.98)
    assert np.count_nonzero(soft[:, 80]) <= 2
    assert np.count_nonzero(soft[:, 130]) >= 12
    assert found.sum() == pytest.approx(matte.sum(), rel=0.01)


def test_the_edge_of_the_frame_casts_no_shadow() -> None:
    row = shown({0: stored(-40), 1: stored(-20), 2: stored(0)})[80]
    assert (row[:15] == 1).all()
    assert row[15:25] == pytest.approx(RAMP[::-1], abs=0.03)


def test_pixels_that_are_not_square_blur_alike() -> None:
    # a square on screen that turns by a quarter of a circle's eighth, with pixels twice as wide as high
    tall = np.zeros((SIZE, SIZE), np.float32)
    tall[40:120, 60:100] = 1
    turn = Motion((79.5, 79.5), turn=math.radians(20), aspect=2.0)
    found = motion_blurred(tall, None, turn, 360)
    spread = np.abs(found - tall)
    right, below = spread[:, 80:].sum(), spread[80:, :].sum()
    left, above = spread[:, :80].sum(), spread[:80, :].sum()
    assert [left, above, below] == pytest.approx([right] * 3, rel=0.02)
    on_screen = np.repeat(found, 2, axis=1)[:, SIZE // 2 : SIZE // 2 + SIZE]
    assert np.abs(on_screen - np.rot90(on_screen)).mean() < 0.01


@given(
    st.floats(-60, 60),
    st.floats(-60, 60),
    st.floats(0.8, 1.25),
    st.floats(-0.4, 0.4),
    st.floats(1, 360),
)
@settings(max_examples=40, deadline=None)
def test_what_is_covered_stays_as_much(x: float, y: float, zoom: float, turn: float, degrees: float) -> None:
    matte = np.zeros((2 * SIZE, 2 * SIZE), np.float32)
    matte[120:200, 130:190] = 1
    motion = Motion((159.5, 159.5), (x, y), zoom, turn)
    found = motion_blurred(matte, None, motion, degrees)
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1
    assert found.sum() == pytest.approx(matte.sum(), rel=0.01)


def test_however_fast_no_steps_are_seen() -> None:
    matte = np.zeros((80, 2000), np.float32)
    matte[20:60, 900:1100] = 1
    found = motion_blurred(matte, None, Motion((999.5, 39.5), (1600.0, 0.0)), 360)
    assert np.abs(np.diff(found[40])).max() <= 2.1 / 255
    assert found.sum() == pytest.approx(matte.sum(), rel=0.01)


def test_it_comes_after_the_feather() -> None:
    entries = {0: stored(40), 1: stored(60), 2: stored(80)}
    both = shown(entries, MatteFinish(motion_blur_degrees=180, grow_px=3, feather_px=6))
    alone = shown({1: stored(60)}, MatteFinish(grow_px=3, feather_px=6))
    motion = Motion((79.5, 79.5), (20.0, 0.0))
    assert np.abs(both - motion_blurred(alone, None, motion, 180)).max() < 1e-3


def test_an_index_mask_shows_the_moment() -> None:
    small = {index: pack(square(20 + 40 * index, side=6), MaskSource.PROPAGATED) for index in range(3)}
    around = neighbours_of(small.get, 1, CAMERA)
    assert finished_matte(small[1], 1, CAMERA, None, around).max() < 0.5
    for finish in (CAMERA, MatteFinish(motion_blur_degrees=180, grow_px=1)):
        item = ObjectInfo(1, "ball", (255, 0, 0), finish=finish)
        index = chosen_index_mask(small[1], [item], None, around)
        assert index[63, 63] == 1
        assert np.count_nonzero(index) >= 36
    assert CAMERA.keeps_outline
