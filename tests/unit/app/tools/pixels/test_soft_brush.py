from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.edited_matte import as_fine
from app.tools.pixels.soft_brush import Dab, stroke_coverage
from app.tools.raster import capsule

SHAPE = (40, 50)
coordinates = st.floats(-20, 70, allow_nan=False)
dabs = st.builds(Dab, st.tuples(coordinates, coordinates), st.floats(0.2, 15), st.floats(0, 1))
hardnesses = st.floats(0, 1)


def whole(start: Dab, end: Dab, hardness: float) -> np.ndarray:
    coverage, (left, top, right, bottom) = stroke_coverage(start, end, hardness, SHAPE)
    assert 0 <= left <= right <= SHAPE[1]
    assert 0 <= top <= bottom <= SHAPE[0]
    assert coverage.shape == (bottom - top, right - left)
    assert coverage.dtype in (np.bool_, np.uint16)
    full = np.zeros(SHAPE, np.uint16)
    full[top:bottom, left:right] = as_fine(coverage)
    return full


@given(dabs, dabs, hardnesses)
def test_nothing_beyond_the_larger_radius_and_never_stronger_than_the_stronger_end(
    start: Dab, end: Dab, hardness: float
) -> None:
    full = whole(start, end, hardness)
    reach, _ = capsule(start.at, end.at, max(start.radius, end.radius) + 1e-3, SHAPE)
    assert np.count_nonzero(full) <= np.count_nonzero(reach)
    assert full.max(initial=0) <= round(65535 * max(start.strength, end.strength)) + 1


@given(st.tuples(coordinates, coordinates), st.tuples(coordinates, coordinates), st.floats(0.5, 15))
def test_a_hard_brush_is_the_capsule(start: tuple, end: tuple, radius: float) -> None:
    coverage, box = stroke_coverage(Dab(start, radius), Dab(end, radius), 1.0, SHAPE)
    expected, expected_box = capsule(start, end, radius, SHAPE)
    assert box == expected_box
    assert np.array_equal(coverage, expected)
    assert coverage.dtype == bool


@given(dabs, dabs, st.floats(0, 0.95))
def test_a_stroke_in_two_parts_is_the_stroke(start: Dab, end: Dab, hardness: float) -> None:
    middle = Dab(
        ((start.at[0] + end.at[0]) / 2, (start.at[1] + end.at[1]) / 2),
        (start.radius + end.radius) / 2,
        (start.strength + end.strength) / 2,
    )
    if start.radius != end.radius or start.strength != end.strength:
        start, end = (
            Dab(start.at, middle.radius, middle.strength),
            Dab(end.at, middle.radius, middle.strength),
        )
    once = whole(start, end, hardness).astype(int)
    parts = np.maximum(whole(start, middle, hardness), whole(middle, end, hardness)).astype(int)
    different = np.abs(once - parts) > 514
    # the pixel under each dab is always covered
    assert np.count_nonzero(different) <= 1


def test_a_soft_edge_falls_off_between_hardness_and_radius() -> None:
    row = whole(Dab((25.5, 20.5), 10), Dab((25.5, 20.5), 10), 0.5)[20]
    assert row[20:31].tolist() == [65535] * 11
    assert (np.diff(row[30:37].astype(int)) < 0).any()
    assert row[33] == pytest.approx(65535 * (0.4**2) * (3 - 0.8), abs=1)
    assert row[35] == 0


def test_size_and_strength_change_evenly_along_the_stroke() -> None:
    full = whole(Dab((5.5, 20.5), 2, 1.0), Dab((45.5, 20.5), 8, 0.5), 1.0)
    assert full[20, 25] == round(65535 * 0.75)
    widths = np.count_nonzero(full, axis=0)
    assert (widths[6], widths[25], widths[44]) == (5, 11, 15)
