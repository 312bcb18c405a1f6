from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.document.boxes import bounds
from app.matte.motion import Motion, PlacedMatte, moments
from app.matte.motion import motion_between as motion_of_placed

SHAPE = (240, 320)


def motion_between(here: np.ndarray, there: np.ndarray, aspect: float = 1.0) -> Motion | None:
    return motion_of_placed(PlacedMatte.of(here), PlacedMatte.of(there), aspect)


def blob(x: float, y: float, turn: float = 0.0, zoom: float = 1.0, aspect: float = 1.0) -> np.ndarray:
    """An L of 60 by 90 px on screen about a place in stored px, edges smoothed."""
    points = np.array([[-30, -45], [0, -45], [0, 15], [30, 15], [30, 45], [-30, 45]], np.float64) * zoom
    cosine, sine = math.cos(turn), math.sin(turn)
    placed = points @ np.array([[cosine, sine], [-sine, cosine]])
    placed = placed * (min(1.0, 1 / aspect), min(1.0, aspect)) + (x, y)
    matte = np.zeros(SHAPE, np.uint8)
    cv2.fillPoly(matte, [np.rint(placed * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return matte / np.float32(255)


@given(
    st.floats(-40, 40),
    st.floats(-40, 40),
    st.floats(-0.5, 0.5),
    st.floats(0.8, 1.25),
    st.sampled_from([0.6, 1.0, 1.5]),
)
@settings(max_examples=40, deadline=None)
def test_shift_turn_and_zoom_are_found(x: float, y: float, turn: float, zoom: float, aspect: float) -> None:
    here, there = blob(150, 120, aspect=aspect), blob(150 + x, 120 + y, turn, zoom, aspect)
    found = motion_between(here, there, aspect)
    assert found is not None
    assert found.turn == pytest.approx(turn, abs=0.02)
    assert found.zoom == pytest.approx(zoom, rel=0.02)
    end, place = moments(there), moments(here)
    assert end is not None
    assert place is not None
    assert found.shift == pytest.approx((end[1] - place[1], end[2] - place[2]), abs=0.5)
    moved = cv2.warpAffine(here, found.at(1), SHAPE[::-1])
    assert np.abs(moved - there).sum() < 0.05 * there.sum()


def test_what_comes_into_the_picture_moves_and_does_not_grow() -> None:
    here, there = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    here[100:160, :50] = 1
    there[100:160, :30] = 1
    found = motion_between(here, there)
    assert found is not None
    assert found.shift == pytest.approx((-20, 0), abs=0.01)
    assert found.zoom == pytest.approx(1, abs=1e-3)
    # it went out of the picture upwards, and slanting
    found = motion_between(blob(150, 20), blob(163, -4))
    assert found is not None
    assert found.shift == pytest.approx((13, -24), abs=0.5)
    assert found.zoom == pytest.approx(1, abs=0.01)


def test_a_large_object_is_matched_on_a_small_grid() -> None:
    here, there = np.zeros((1080, 1920), np.float32), np.zeros((1080, 1920), np.float32)
    cv2.ellipse(here, (900, 500), (500, 250), 0, 0, 360, 1, -1)
    cv2.ellipse(there, (937, 489), (500, 250), 4, 0, 360, 1, -1)
    found = motion_between(here, there)
    assert found is not None
    assert found.shift == pytest.approx((37, -11), abs=0.5)
    assert found.turn == pytest.approx(math.radians(4), abs=0.003)
    assert found.zoom == pytest.approx(1, abs=0.002)


def test_what_is_not_there_or_is_another_thing_has_no_motion() -> None:
    here = blob(150, 120)
    assert motion_between(here, np.zeros(SHAPE, np.float32)) is None
    assert motion_between(np.zeros(SHAPE, np.float32), here) is None
    ring = np.zeros(SHAPE, np.float32)
    cv2.circle(ring, (150, 120), 100, 1, 2)
    assert motion_between(here, ring) is None


def test_a_share_of_a_motion() -> None:
    motion = Motion((10.0, 20.0), (8.0, -4.0), 4.0, math.pi / 2)
    assert np.allclose(motion.at(0), [[1, 0, 0], [0, 1, 0]])
    assert np.allclose(motion.at(0.5) @ (10, 20, 1), (14, 18))
    assert np.allclose(motion.at(1) @ (11, 20, 1), (18, 20))  # a step to the right becomes four down
    assert np.allclose(motion.at(-1) @ (10, 20, 1), (2, 24))
    wide = Motion((0.0, 0.0), turn=math.pi / 2, aspect=2.0)  # two stored px across are four down
    assert np.allclose(wide.at(1) @ (2, 0, 1), (0, 4))


@given(
    st.floats(-1, 1),
    st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
    st.floats(0.5, 2),
    st.floats(-1.5, 1.5),
    st.sampled_from([0.5, 1.0, 2.0]),
)
@example(-1.0, (0.0, 0.0), 0.5, 0.0, 1.0)
def test_no_point_travels_further_than_said(
    share: float, shift: tuple[float, float], zoom: float, turn: float, aspect: float
) -> None:
    motion = Motion((30.0, 40.0), shift, zoom, turn, aspect)
    box = (10, 30, 60, 90)
    corners = np.array([[x, y, 1] for x in box[::2] for y in box[1::2]], np.float64)
    moved = corners @ motion.at(share).T
    assert np.hypot(*(moved - corners[:, :2]).T).max() <= motion.travel_px(share, box) + 1e-6


@given(
    arrays(np.float32, (40, 50), elements=st.sampled_from([np.float32(value) for value in (0, 0.1, 0.7, 1)])),
    st.integers(0, 130),
    st.integers(0, 210),
)
@settings(max_examples=40, deadline=None)
def test_a_placed_matte_has_the_moments_of_the_whole_to_the_last_bit(
    values: np.ndarray, top: int, left: int
) -> None:
    whole = np.zeros(SHAPE, np.float32)
    whole[top : top + 40, left : left + 50] = values
    placed = PlacedMatte.of(whole)
    assert placed.moments == moments(whole)
    assert np.array_equal(placed.window((0, 0, SHAPE[1], SHAPE[0])), whole)
    cut = PlacedMatte.of(values, (left, top, left + 50, top + 40), SHAPE)
    assert cut.equals(placed)
    assert cut.box == bounds(whole)
    assert not cut.equals(PlacedMatte.of(np.ones(SHAPE, np.float32)))
