from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.document.boxes import EMPTY_BOX, bounds, is_empty, united, widened

areas = hnp.arrays(np.bool_, (6, 9))


def covered(box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    area = np.zeros((6, 9), bool)
    area[top:bottom, left:right] = True
    return area


def test_bounds() -> None:
    area = np.zeros((4, 6), np.uint8)
    assert bounds(area) == EMPTY_BOX
    area[1, 2] = area[2, 4] = 7
    assert bounds(area) == (2, 1, 5, 3)


@given(areas)
def test_bounds_hold_every_pixel_and_no_side_can_move_in(area: np.ndarray) -> None:
    box = left, top, right, bottom = bounds(area)
    assert is_empty(box) == (not area.any())
    assert not (area & ~covered(box)).any()
    for side in (area[top:bottom, left:right][edge] for edge in (0, -1) if area.any()):
        assert side.any()
    for side in (area[top:bottom, left:right][:, edge] for edge in (0, -1) if area.any()):
        assert side.any()


@given(areas, areas)
def test_the_box_of_both_is_the_box_of_all_their_pixels(first: np.ndarray, second: np.ndarray) -> None:
    assert united(bounds(first), bounds(second)) == bounds(first | second)


@given(areas.filter(np.any), st.integers(0, 12))
def test_a_margin_ends_at_the_edges_of_the_picture(area: np.ndarray, by_px: int) -> None:
    beyond = covered(bounds(area))
    for _ in range(by_px):
        beyond = np.lib.stride_tricks.sliding_window_view(np.pad(beyond, 1), (3, 3)).any(axis=(2, 3))
    assert widened(bounds(area), by_px, area.shape) == bounds(beyond)
