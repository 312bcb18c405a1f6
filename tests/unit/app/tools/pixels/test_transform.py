from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tools.pixels.transform import Placement, placed


def blob(*, soft: bool) -> np.ndarray:
    matte = np.zeros((30, 40), np.uint16)
    matte[10:20, 12:26] = 65535
    if soft:
        matte[9, 12:26] = 23_131
    return matte


@given(st.integers(-15, 15), st.integers(-12, 12), st.booleans())
def test_whole_pixels_are_exact(x: int, y: int, soft: bool) -> None:
    matte = blob(soft=soft)
    expected = np.zeros_like(matte)
    rows, columns = np.nonzero(matte)
    held = (rows + y >= 0) & (rows + y < 30) & (columns + x >= 0) & (columns + x < 40)
    expected[rows[held] + y, columns[held] + x] = matte[rows[held], columns[held]]
    assert np.array_equal(placed(matte, Placement((20, 15), (float(x), float(y)))), expected)


@given(
    st.floats(-180, 180),
    st.floats(0.4, 2.5),
    st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
)
def test_hard_stays_hard_and_points_come_back(angle: float, scale: float, move: tuple) -> None:
    placement = Placement((19.0, 15.0), move, (scale, scale), angle)
    assert set(np.unique(placed(blob(soft=False), placement)).tolist()) <= {0, 65535}
    assert placement.undo(placement.apply((7.0, 3.0))) == pytest.approx((7.0, 3.0), abs=1e-6)


def test_turning_by_a_right_angle_about_the_middle() -> None:
    matte = np.zeros((21, 21), np.uint16)
    matte[4, 10:16] = 65535
    turned = placed(matte, Placement((10.5, 10.5), angle=90.0))
    assert np.array_equal(turned, np.rot90(matte, -1))  # clockwise on screen


def test_scaling_about_a_point() -> None:
    doubled = placed(blob(soft=False), Placement((12.0, 10.0), scale=(2.0, 1.0)))
    assert doubled[15, 12:40].all()
    assert not doubled[15, :12].any()
    assert np.array_equal(doubled.any(axis=1), blob(soft=False).any(axis=1))


def test_the_identity_is_a_copy() -> None:
    matte = blob(soft=True)
    same = placed(matte, Placement((3.0, 4.0), angle=360.0))
    assert np.array_equal(same, matte)
    assert same is not matte
