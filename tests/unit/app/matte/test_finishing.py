from __future__ import annotations

from dataclasses import replace
from importlib import util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from app.document.boxes import is_empty
from app.document.finish import MatteFinish
from app.matte.chatter import evened_out
from app.matte.finishing import finish_matte, reach, to_bytes
from app.matte.refine import MattingMissingError, guided_filter, refined
from app.matte.regions import drop_specks, fill_holes
from app.matte.shape import disc, feathered, grown, leveled, smoothed, stored_px

SIZE = 64


def box(left: int, top: int, right: int, bottom: int, size: int = SIZE) -> np.ndarray:
    matte = np.zeros((size, size), np.float32)
    matte[top:bottom, left:right] = 1
    return matte


def ramp() -> np.ndarray:
    """Out on the left, in on the right, a soft edge of ten px between."""
    return np.tile(np.clip((np.arange(SIZE, dtype=np.float32) - 27) / 10, 0, 1), (SIZE, 1))


SETTINGS = st.builds(
    MatteFinish,
    threshold=st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]),
    softness=st.sampled_from([0.0, 0.3, 1.0]),
    grow_px=st.sampled_from([-3.0, 0.0, 1.5]),
    feather_px=st.sampled_from([0.0, 4.0]),
    smooth_px=st.sampled_from([0.0, 2.0]),
    fill_holes_px=st.sampled_from([0, 50]),
    drop_specks_px=st.sampled_from([0, 50]),
    refine=st.sampled_from(["off", "guided"]),
    chatter_frames=st.sampled_from([0, 1]),
)


@given(
    hnp.arrays(np.float32, (20, 24), elements=st.sampled_from([0.0, 0.3, 0.5, 1.0])),
    SETTINGS,
)
@settings(max_examples=60)
def test_every_finish_gives_a_matte(matte: np.ndarray, finish: MatteFinish) -> None:
    before = matte.copy()
    picture = np.random.default_rng(0).integers(0, 256, (20, 24, 3), np.uint8)
    found = finish_matte(matte, finish, picture, [np.roll(matte, 1, 0), matte])
    assert found.shape == matte.shape
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1
    assert np.array_equal(matte, before)
    if finish.is_neutral:
        assert found is matte


@given(SETTINGS, st.integers(4, 40), st.integers(4, 40))
@settings(max_examples=40)
def test_cropping_to_the_surroundings_changes_nothing(finish: MatteFinish, left: int, top: int) -> None:
    matte = feathered(box(left, top, left + 14, top + 11), 3)
    finish = replace(finish, refine="off", threshold=max(finish.threshold, 0.2))
    cropped = finish_matte(matte, finish)
    wide = np.zeros((3 * SIZE, 3 * SIZE), np.float32)
    wide[SIZE : 2 * SIZE, SIZE : 2 * SIZE] = matte
    middle = finish_matte(wide, finish)[SIZE : 2 * SIZE, SIZE : 2 * SIZE]
    inner = slice(8, -8)  # a matte is continued beyond the border of its frame
    assert np.abs(cropped - middle)[inner, inner].max() < 0.02


def test_an_empty_matte_stays_empty() -> None:
    empty = np.zeros((8, 8), np.float32)
    assert is_empty(reach(empty, MatteFinish(grow_px=3)))
    assert not finish_matte(empty, MatteFinish(grow_px=3, feather_px=2)).any()


# ---- edges ----


def test_the_threshold_moves_the_edge_and_softness_makes_it_harder() -> None:
    edge = ramp()
    assert np.array_equal(leveled(edge, 0.5, 1.0), edge)
    assert leveled(edge, 0.2, 1.0)[0, 29] == pytest.approx(0.5, abs=0.01)  # 0.2 lies two px from the left end
    hard = leveled(edge, 0.5, 0.0)
    assert set(np.unique(hard)) == {0.0, 1.0}
    assert hard[0, 32] == 1
    assert hard[0, 31] == 0
    half = leveled(edge, 0.5, 0.5)
    assert half[0, 29] == 0
    assert half[0, 32] == pytest.approx(0.5, abs=0.001)
    assert half[0, 35] == 1
    for softness in (0.0, 0.4, 1.0):
        for threshold in (0.0, 0.3, 1.0):
            table = leveled(edge, threshold, softness)[0]
            assert (np.diff(table) >= 0).all()
            assert table[-1] == 1


def test_a_steeper_edge_has_as_many_levels_as_went_in() -> None:
    fine = np.linspace(0, 1, 60_001, dtype=np.float32)[None]
    steep = leveled(fine, 0.4, 0.1)
    assert len(np.unique(steep)) > 5900
    np.testing.assert_allclose(steep, np.clip((fine - 0.35) / 0.1, 0, 1), atol=1e-5)
    uneven = leveled(fine, 0.25, 1.0)
    np.testing.assert_allclose(uneven[fine < 0.25], 2 * fine[fine < 0.25], atol=1e-6)
    np.testing.assert_allclose(uneven[fine > 0.25], (2 * fine[fine > 0.25] + 1) / 3, atol=1e-6)
    assert np.array_equal(fine, np.linspace(0, 1, 60_001, dtype=np.float32)[None])  # it is not written to


def test_growing_moves_the_edge_by_whole_and_by_parts_of_pixels() -> None:
    matte = box(20, 20, 40, 40)
    assert np.array_equal(grown(matte, 3)[30], box(17, 20, 43, 40)[30])
    assert np.array_equal(grown(matte, -3)[30], box(23, 20, 37, 40)[30])
    assert grown(matte, 1.5)[30, 18] == 0.5
    assert grown(matte, 1.5)[30, 19] == 1
    assert np.array_equal(grown(box(0, 0, 64, 20), -2)[:, 5], box(0, 0, 64, 18)[:, 5])  # not from the border
    assert disc(2).sum() == 13


def test_feather_is_as_wide_as_it_says_and_centred() -> None:
    row = feathered(box(32, 0, 64, 64), 8)[32]
    assert row[31] + row[32] == pytest.approx(1, abs=0.01)
    wide = np.count_nonzero((row > 0.025) & (row < 0.975))
    assert 12 <= wide <= 20  # two sigmas on each side


def test_smoothing_takes_bumps_away_and_keeps_the_edge_hard() -> None:
    matte = box(10, 20, 54, 44)
    matte[18:20, 30:32] = 1  # a bump
    matte[44:46, 30:32] = 1
    even = smoothed(matte, 3)
    assert even[18, 30:32].max() < 0.3
    assert even[32, 32] == 1
    row = even[32]
    assert np.count_nonzero((row > 0.1) & (row < 0.9)) <= 4
    assert np.abs((even >= 0.5).sum() - 44 * 24) < 40


# ---- regions ----


def test_only_small_enclosed_holes_are_filled() -> None:
    matte = box(5, 5, 60, 60)
    matte[10:14, 10:14] = 0  # 16 px
    matte[30:40, 30:40] = 0  # 100 px
    matte[20:25, 5:9] = 0  # a bay, open to the outside
    filled = fill_holes(matte, 20)
    assert filled[10:14, 10:14].min() == 1
    assert filled[30:40, 30:40].max() == 0
    assert filled[20:25, 5:9].max() == 0
    assert fill_holes(matte, 100)[30:40, 30:40].min() == 1


def test_holes_are_filled_with_their_soft_rim() -> None:
    matte = box(5, 5, 60, 60)
    matte[20:26, 20:26] = 0.7
    matte[21:25, 21:25] = 0.2
    assert fill_holes(matte, 30)[18:28, 18:28].min() == 1


def test_specks_go_with_their_halo_and_the_object_stays() -> None:
    matte = box(5, 5, 30, 30)
    matte[50:53, 50:53] = 0.3
    matte[51, 51] = 1
    left = drop_specks(matte, 10)
    assert not left[45:, 45:].any()
    assert np.array_equal(left[:40, :40], matte[:40, :40])
    alone = box(50, 50, 52, 52)
    assert np.array_equal(drop_specks(alone, 100), alone)


# ---- time ----


def test_flicker_is_evened_out_and_motion_is_not() -> None:
    clean = [box(15 + 2 * step, 20, 35 + 2 * step, 40) for step in range(5)]
    noisy = []
    for step, matte in enumerate(clean):
        flicker = matte.copy()
        flicker[20 + 4 * step : 23 + 4 * step, 15 + 2 * step] = 0  # other rows of the edge on every frame
        noisy.append(flicker)
    assert (noisy[2] != clean[2]).sum() == 3
    even = evened_out(noisy[2], [noisy[index] for index in (0, 1, 3, 4)])
    assert np.array_equal(even >= 0.5, clean[2])
    steady = evened_out(clean[2], [clean[index] for index in (0, 1, 3, 4)])
    assert np.abs(steady - clean[2]).max() < 0.01


def test_neighbours_that_show_something_else_do_not_count() -> None:
    matte = box(10, 10, 30, 30)
    assert evened_out(matte, [box(10, 10, 12, 12), np.zeros_like(matte)]) is matte


# ---- picture ----


def disc_picture(size: int = 96, radius: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """An orange disc on blue, with its exact mask."""
    steps = np.arange(size) - size / 2 + 0.5
    inside = (steps[:, None] ** 2 + steps[None] ** 2) < radius**2
    picture = np.where(inside[..., None], (230, 140, 40), (40, 60, 130)).astype(np.uint8)
    noise = np.random.default_rng(2).integers(-6, 7, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8), inside.astype(np.float32)


def test_the_guided_edge_follows_the_picture() -> None:
    picture, truth = disc_picture()
    rough = np.roll(truth, (2, -2), (0, 1))  # two px off
    found = refined(rough, picture, 6)
    assert np.abs((found >= 0.5) - truth).sum() < 0.35 * np.abs(rough - truth).sum()
    far = np.hypot(*np.mgrid[-48:48, -48:48]) > 44
    assert not found[far].any()


def test_the_guided_filter_is_the_naive_one() -> None:
    rng = np.random.default_rng(3)
    guide, source = rng.random((9, 8, 3), np.float32), rng.random((9, 8), np.float32)
    radius, epsilon = 1, 0.01
    height, width = source.shape
    slopes, offsets = np.zeros((height, width, 3)), np.zeros((height, width))
    reflected = [np.pad(guide, ((1, 1), (1, 1), (0, 0)), "symmetric"), np.pad(source, 1, "symmetric")]
    for y in range(height):
        for x in range(width):
            colors = reflected[0][y : y + 3, x : x + 3].reshape(-1, 3)
            values = reflected[1][y : y + 3, x : x + 3].ravel()
            cov = np.cov(colors.T, bias=True) + epsilon * np.eye(3)
            cross = (colors * values[:, None]).mean(0) - colors.mean(0) * values.mean()
            slopes[y, x] = np.linalg.solve(cov, cross)
            offsets[y, x] = values.mean() - slopes[y, x] @ colors.mean(0)
    slopes = np.pad(slopes, ((1, 1), (1, 1), (0, 0)), "symmetric")
    offsets = np.pad(offsets, 1, "symmetric")
    wanted = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            slope, offset = slopes[y : y + 3, x : x + 3].mean((0, 1)), offsets[y : y + 3, x : x + 3].mean()
            wanted[y, x] = slope @ guide[y, x] + offset
    assert np.abs(guided_filter(guide, source, (radius, radius), epsilon) - wanted).max() < 2e-3


def test_closed_form_needs_its_package_or_follows_the_picture() -> None:
    picture, truth = disc_picture(48, 14)
    rough = np.roll(truth, (1, -1), (0, 1))
    if util.find_spec("pymatting") is None:
        with pytest.raises(MattingMissingError, match="pymatting"):
            refined(rough, picture, 4, closed_form=True)
        return
    found = refined(rough, picture, 4, closed_form=True)
    assert np.abs(found - truth).sum() < 0.5 * np.abs(rough - truth).sum()


def test_bytes_are_rounded() -> None:
    assert to_bytes(np.array([[0, 0.5, 1, 0.1]], np.float32)).tolist() == [[0, 128, 255, 26]]


def ellipse(across: float, down: float, size: int = 161) -> NDArray[np.float32]:
    """(size, size) float32: a solid ellipse of these radii in the middle."""
    places = np.arange(size) - size // 2
    inside = (places[None] / across) ** 2 + (places[:, None] / down) ** 2 <= 1
    return inside.astype(np.float32)


def extents(matte: NDArray[np.float32]) -> tuple[float, float]:
    """Half width and half height of the middle row and column, soft edges counted by their share."""
    middle = matte.shape[0] // 2
    return float(matte[middle].sum()) / 2, float(matte[:, middle].sum()) / 2


@pytest.mark.parametrize("aspect", [2.0, 0.5, 64 / 45])
@pytest.mark.parametrize(
    "finish", [MatteFinish(grow_px=12), MatteFinish(grow_px=-12.5), MatteFinish(grow_px=3)]
)
def test_a_circle_on_screen_stays_one_when_it_grows(finish: MatteFinish, aspect: float) -> None:
    across, down = stored_px(40, aspect)
    was = extents(ellipse(across, down))
    now = extents(finish_matte(ellipse(across, down), finish, aspect=aspect))
    wanted = stored_px(finish.grow_px, aspect)
    assert now[0] - was[0] == pytest.approx(wanted[0], abs=1.1)  # tips of a raster are blunt
    assert now[1] - was[1] == pytest.approx(wanted[1], abs=1.1)


@pytest.mark.parametrize("aspect", [2.0, 0.5])
def test_a_feather_is_as_wide_on_screen_to_all_sides(aspect: float) -> None:
    across, down = stored_px(50, aspect)
    found = finish_matte(ellipse(across, down), MatteFinish(feather_px=10), aspect=aspect)
    middle = found.shape[0] // 2
    soft = [np.count_nonzero((line > 0.1) & (line < 0.9)) / 2 for line in (found[middle], found[:, middle])]
    scale = stored_px(1, aspect)
    assert soft[0] / scale[0] == pytest.approx(soft[1] / scale[1], abs=2)


def test_areas_are_those_on_screen() -> None:
    matte = np.ones((30, 30), np.float32)
    matte[10:12, 10:12] = 0
    filled = finish_matte(matte, MatteFinish(fill_holes_px=4))
    assert filled.min() == 1
    assert finish_matte(matte, MatteFinish(fill_holes_px=7), aspect=2.0).min() == 0  # 8 px on screen
    assert finish_matte(matte, MatteFinish(fill_holes_px=8), aspect=2.0).min() == 1


@pytest.mark.parametrize("radius", [1, 2, 5, 9])
def test_a_disc_is_the_same_from_one_radius_or_two(radius: int) -> None:
    steps = np.arange(-radius, radius + 1)
    circle = steps[:, None] ** 2 + steps[None] ** 2 <= radius**2 + 0.25 * radius
    np.testing.assert_array_equal(disc(radius), circle)
    assert disc(radius, 0).shape == (1, 2 * radius + 1)
