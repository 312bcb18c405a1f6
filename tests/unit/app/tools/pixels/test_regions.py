from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.tools.pixels.regions import holes, like_colour, region_at

areas = hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def reachable(free: np.ndarray, starts: list[tuple[int, int]]) -> np.ndarray:
    """By the definition: step by step to the four neighbours."""
    seen, todo = np.zeros_like(free), [place for place in starts if free[place]]
    while todo:
        row, column = todo.pop()
        if seen[row, column]:
            continue
        seen[row, column] = True
        for y, x in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
            if 0 <= y < free.shape[0] and 0 <= x < free.shape[1] and free[y, x]:
                todo.append((y, x))
    return seen


@given(areas, st.integers(0, 8), st.integers(0, 8))
def test_a_region_is_what_can_be_reached(area: np.ndarray, x: int, y: int) -> None:
    x, y = x % area.shape[1], y % area.shape[0]
    assert np.array_equal(region_at(area, x, y), reachable(area, [(y, x)]))


@given(areas)
def test_holes_are_what_cannot_be_reached_from_the_border(area: np.ndarray) -> None:
    height, width = area.shape
    border = [
        (y, x) for y in range(height) for x in range(width) if y in (0, height - 1) or x in (0, width - 1)
    ]
    assert np.array_equal(holes(area), ~area & ~reachable(~area, border))


@given(
    hnp.arrays(np.uint8, (6, 7, 3), elements=st.integers(0, 40)),
    st.integers(0, 6),
    st.integers(0, 5),
    st.integers(0, 40),
)
def test_like_colour(picture: np.ndarray, x: int, y: int, tolerance: int) -> None:
    alike = (np.abs(picture.astype(int) - picture[y, x]) <= tolerance).all(axis=2)
    assert np.array_equal(like_colour(picture, x, y, tolerance, connected=False), alike)
    assert np.array_equal(like_colour(picture, x, y, tolerance), reachable(alike, [(y, x)]))


def test_a_click_beside_the_picture_finds_nothing() -> None:
    assert not region_at(np.ones((3, 3), bool), 3, 0).any()
    assert not like_colour(np.zeros((3, 3, 3), np.uint8), -1, 0, 10).any()
