from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.matte.edges import edge_softness, softened

SHAPE = (80, 100)


def disc(radius: float = 24) -> np.ndarray:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return (np.hypot(x - 50, y - 40) <= radius).astype(np.float32)


def blurred(matte: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(matte, (0, 0), sigma)


@pytest.mark.parametrize("sigma", [1.5, 2.0, 3.0, 5.0])
def test_softness_is_that_of_the_blur(sigma: float) -> None:
    assert edge_softness(blurred(disc(), sigma)) == pytest.approx(sigma, rel=0.15)


def test_an_unsure_part_does_not_count() -> None:
    matte = blurred(disc(), 2)
    matte[60:, 70:] = 0.4
    assert edge_softness(matte) == pytest.approx(2, rel=0.15)
    assert edge_softness(np.zeros(SHAPE, np.float32)) == 0
    assert edge_softness(np.ones(SHAPE, np.float32)) == 0


@pytest.mark.parametrize("sigma", [1.5, 3.0])
def test_a_hard_edge_becomes_as_soft(sigma: float) -> None:
    found = softened(disc(), sigma)
    assert edge_softness(found) == pytest.approx(sigma, rel=0.15)
    assert np.abs(found - blurred(disc(), sigma)).max() < 0.07
    assert np.array_equal(found >= 0.5, disc() >= 0.5)  # the outline is as it was painted
    assert found[40, 50] == 1
    assert found[0, 0] == 0


def test_a_soft_edge_stays_also_beside_a_hard_one() -> None:
    soft = blurred(disc(), 2)
    assert softened(soft, 3) is soft
    painted = soft.copy()
    painted[36:44, 70:90] = 1  # a stroke at the right edge
    found = softened(painted, 3)
    assert np.array_equal(found[:, :50], soft[:, :50])
    assert 0.2 < found[34, 85] < 0.5  # a ramp in place of the step
    assert np.array_equal(softened(disc(), 0), disc())


@pytest.mark.parametrize(("sigma", "radius"), [(2.0, 23), (4.0, 22)])
def test_what_runs_along_a_soft_edge_gets_as_soft(sigma: float, radius: float) -> None:
    matte = blurred(disc(), sigma)
    matte[disc(radius) > 0] = 1
    assert 0.4 < np.abs(np.diff(matte, axis=1)).max() < 0.6
    softest = np.abs(np.diff(blurred(disc(), sigma), axis=1)).max()
    assert np.abs(np.diff(softened(matte, sigma), axis=1)).max() < 1.5 * softest


def test_hard_parts_of_a_painted_edge_do_not_count_unless_they_are_most_of_it() -> None:
    matte = blurred(disc(), 3)
    matte[:, 58:][disc()[:, 58:] > 0] = 1
    matte[:, 58:][disc()[:, 58:] == 0] = 0
    assert edge_softness(matte, is_painted=True) == pytest.approx(3, rel=0.15)
    matte[:, 40:][disc()[:, 40:] > 0] = 1
    matte[:, 40:][disc()[:, 40:] == 0] = 0
    assert edge_softness(matte, is_painted=True) == 0
    assert edge_softness(disc(), is_painted=True) == 0


def test_thin_lines_keep_their_outline() -> None:
    line = np.zeros(SHAPE, np.float32)
    line[40, 20:80] = 1
    assert np.array_equal(softened(line, 4) >= 0.5, line == 1)


@given(arrays(np.float32, (12, 14), elements=st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])), st.floats(0, 4))
def test_it_stays_a_matte_with_the_same_outline(matte: np.ndarray, sigma: float) -> None:
    found = softened(matte, sigma)
    assert found.dtype == np.float32
    assert found.min() >= 0
    assert found.max() <= 1
    assert np.array_equal(found >= 0.5, matte >= 0.5)
