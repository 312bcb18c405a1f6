from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scene.placement import Placement
from app.scene.sampling import nearest, scaled

placements = st.builds(
    Placement,
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.integers(-30, 30),
    st.integers(-30, 30),
    st.integers(1, 60),
    st.integers(1, 60),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
).filter(lambda placement: placement.visible[2] > placement.visible[0])


def pixels(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@given(placements)
def test_the_visible_part_lies_on_canvas_and_picture(placement: Placement) -> None:
    left, top, right, bottom = placement.visible
    height, width = placement.canvas
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert placement.left <= left
    assert right <= placement.left + placement.width
    assert placement.top <= top
    assert bottom <= placement.top + placement.height


def test_a_picture_out_of_sight_has_no_visible_part() -> None:
    assert Placement((10, 10), 50, 0, 20, 20, (40, 40)).visible == (0, 0, 0, 0)


@given(placements)
def test_each_device_px_shows_the_pixel_under_its_middle(placement: Placement) -> None:
    stored, (left, top, right, bottom) = pixels(placement.image), placement.visible
    shown = nearest(stored, placement, placement.visible)
    assert shown.shape == (bottom - top, right - left)
    for row in range(bottom - top):
        for column in range(right - left):
            x = (left + column - placement.left + 0.5) / placement.width * placement.image[1]
            y = (top + row - placement.top + 0.5) / placement.height * placement.image[0]
            assert shown[row, column] == stored[int(y + 1e-9), int(x + 1e-9)]


@given(placements)
def test_a_part_is_the_same_as_in_the_whole(placement: Placement) -> None:
    stored, (left, top, right, bottom) = pixels(placement.image), placement.visible
    whole = nearest(stored, placement, placement.visible)
    box = (left + (right - left) // 3, top, right, max(top + 1, (top + bottom) // 2))
    assert np.array_equal(
        nearest(stored, placement, box), whole[: box[3] - top, box[0] - left :][:, : box[2] - box[0]]
    )


@given(placements)
def test_every_placement_gives_the_visible_part(placement: Placement) -> None:
    left, top, right, bottom = placement.visible
    for shape in (placement.image, (*placement.image, 3)):
        shown = scaled(pixels(shape), placement)
        assert shown.shape == (bottom - top, right - left, *shape[2:])
        assert shown.dtype == np.uint8
    flat = np.full((*placement.image, 3), 77, np.uint8)
    assert (scaled(flat, placement) == 77).all()


def test_at_100_percent_pixels_are_as_stored_and_from_200_percent_on_crisp() -> None:
    stored = pixels((30, 40, 3))
    assert np.array_equal(scaled(stored, Placement((30, 40), -5, 3, 40, 30, (25, 20))), stored[:22, 5:25])
    doubled = scaled(stored, Placement((30, 40), 0, 0, 80, 60, (60, 80)))
    assert np.array_equal(doubled, stored.repeat(2, axis=0).repeat(2, axis=1))


@pytest.mark.parametrize("zoom", [0.3, 0.6, 0.8, 1.4])
def test_a_part_of_the_picture_is_smooth_and_in_place(zoom: float) -> None:
    ramp = np.broadcast_to(np.linspace(0, 250, 500, dtype=np.float32).astype(np.uint8), (300, 500))
    stored = np.ascontiguousarray(ramp)
    size = round(500 * zoom), round(300 * zoom)
    whole = scaled(stored, Placement((300, 500), 0, 0, *size, (2000, 2000)))
    part = scaled(stored, Placement((300, 500), -20, -10, *size, (60, 70)))
    assert part.shape == (60, 70)
    assert np.abs(part.astype(int) - whole[10:70, 20:90]).max() <= 1
