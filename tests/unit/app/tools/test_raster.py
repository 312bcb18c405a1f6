from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.tools.raster import capsule, disc

coordinates = st.floats(-30, 60, allow_nan=False)
points = st.tuples(coordinates, coordinates)
shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


def naive(
    start: tuple[float, float], end: tuple[float, float], radius: float, shape: tuple[int, int]
) -> np.ndarray:
    full = np.zeros(shape, bool)
    a, b = np.array(start), np.array(end)
    for row in range(shape[0]):
        for column in range(shape[1]):
            point = np.array((column + 0.5, row + 0.5))
            length2 = float(((b - a) ** 2).sum())
            along = 0.0 if length2 == 0 else float(np.clip(((point - a) * (b - a)).sum() / length2, 0, 1))
            under = any((column, row) == (int(np.floor(p[0])), int(np.floor(p[1]))) for p in (a, b))
            full[row, column] = under or ((point - (a + along * (b - a))) ** 2).sum() <= radius**2
    return full


@given(points, points, st.floats(0.1, 25), shapes)
def test_equals_the_definition_inside_the_box_and_covers_nothing_outside(start, end, radius, shape) -> None:
    coverage, (left, top, right, bottom) = capsule(start, end, radius, shape)
    assert 0 <= left <= right <= shape[1]
    assert 0 <= top <= bottom <= shape[0]
    assert coverage.shape == (bottom - top, right - left)
    found = np.zeros(shape, bool)
    found[top:bottom, left:right] = coverage
    expected = naive(start, end, radius, shape)
    # pixels whose distance equals the radius to the last bit may fall on either side
    assert np.count_nonzero(found != expected) <= 1


def test_disc_of_radius_two() -> None:
    coverage, box = disc((4.5, 4.5), 2.0, (9, 9))
    full = np.zeros((9, 9), bool)
    full[box[1] : box[3], box[0] : box[2]] = coverage
    expected = ["..x..", ".xxx.", "xxxxx", ".xxx.", "..x.."]
    assert [["x" if v else "." for v in row] for row in full[2:7, 2:7]] == [list(row) for row in expected]
    assert full.sum() == 13


def test_the_smallest_brush_paints_the_pixel_under_the_pointer() -> None:
    coverage, box = disc((3.02, 5.9), 0.5, (10, 10))
    full = np.zeros((10, 10), bool)
    full[box[1] : box[3], box[0] : box[2]] = coverage
    assert full[5, 3]
    assert full.sum() == 1


def test_far_outside_is_empty() -> None:
    coverage, box = capsule((-100, -100), (-50, -90), 10, (20, 20))
    assert coverage.size == 0
    assert box == (0, 0, 0, 0)
