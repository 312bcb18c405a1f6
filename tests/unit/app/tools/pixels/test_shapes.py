from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.tools.pixels.shapes import ellipse, polygon, rectangle, squared

coordinates = st.floats(-12, 32, allow_nan=False)
points = st.tuples(coordinates, coordinates)
SHAPE = (20, 24)


def whole(area: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """The coverage on the whole picture; fails if the box does not lie inside it."""
    assert 0 <= box[0] <= box[2] <= SHAPE[1]
    assert 0 <= box[1] <= box[3] <= SHAPE[0]
    assert area.shape == (box[3] - box[1], box[2] - box[0])
    full = np.zeros(SHAPE, bool)
    full[box[1] : box[3], box[0] : box[2]] = area
    return full


def winding(corners: list[tuple[float, float]], x: float, y: float) -> int:
    """How often the closed line goes round a point."""
    turns = 0
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        if y0 <= y < y1 and side > 0:
            turns += 1
        elif y1 <= y < y0 and side < 0:
            turns -= 1
    return turns


@given(st.lists(points, min_size=3, max_size=9))
def test_a_pixel_is_inside_if_the_line_goes_round_its_centre(corners: list) -> None:
    full = whole(*polygon(corners, SHAPE))
    expected = np.array(
        [[winding(corners, x + 0.5, y + 0.5) != 0 for x in range(SHAPE[1])] for y in range(SHAPE[0])]
    )
    # a centre that lies on the line to the last bit may fall on either side
    assert np.count_nonzero(full != expected) <= 2


def test_a_line_that_crosses_itself_has_no_hole() -> None:
    star = [(12, 1), (18, 18), (2, 7), (22, 7), (6, 18)]
    assert whole(*polygon(star, SHAPE))[10, 12]


@given(points, points)
def test_a_rectangle_holds_the_centres_between_its_corners(first: tuple, second: tuple) -> None:
    full = whole(*rectangle(first, second, SHAPE))
    (left, right), (top, bottom) = sorted((first[0], second[0])), sorted((first[1], second[1]))
    columns, rows = np.arange(SHAPE[1]) + 0.5, (np.arange(SHAPE[0]) + 0.5)[:, None]
    expected = (columns > left) & (columns < right) & (rows > top) & (rows < bottom)
    edge = np.isin(columns, (left, right)) | np.isin(rows, (top, bottom))
    assert np.array_equal(full & ~edge, expected & ~edge)


@given(points, points)
def test_an_ellipse_lies_in_its_rectangle(first: tuple, second: tuple) -> None:
    inner, outer = whole(*ellipse(first, second, SHAPE)), whole(*rectangle(first, second, SHAPE))
    columns, rows = np.arange(SHAPE[1]) + 0.5, (np.arange(SHAPE[0]) + 0.5)[:, None]
    edge = np.isin(columns, (first[0], second[0])) | np.isin(rows, (first[1], second[1]))
    assert not (inner & ~outer & ~edge).any()


def test_the_area_of_an_ellipse() -> None:
    full = whole(*ellipse((2, 3), (22, 17), SHAPE))
    assert abs(full.sum() - np.pi * 10 * 7) < 6
    assert np.array_equal(full, full[:, ::-1])


def test_too_few_corners_and_far_away_are_empty() -> None:
    assert not whole(*polygon([(1, 1), (5, 5)], SHAPE)).any()
    assert not whole(*polygon([(100, 100), (110, 100), (100, 120)], SHAPE)).any()
    assert not whole(*ellipse((3, 3), (3, 9), SHAPE)).any()


def test_a_square_holds_the_rectangle_on_its_side_of_the_first_corner() -> None:
    assert squared((2, 3), (10, 5)) == (10, 11)
    assert squared((10, 10), (7, 4)) == (4, 4)
