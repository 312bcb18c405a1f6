"""Frames on their way into the network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbi.config import MODELS, Preprocessing
from cfbi.transforms import network_size, prepare_frame

SIDES = st.integers(1, 5000)


@given(SIDES, SIDES, st.one_of(st.none(), st.integers(17, 2000)), st.sampled_from([0.5, 1.0, 1.15, 1.5]))
def test_sizes_are_16k_plus_1_and_near_what_was_asked(
    height: int, width: int, max_side: int | None, scale: float
) -> None:
    found = network_size(height, width, max_side=max_side, scale=scale)
    factor = scale * min(1.0, (max_side or 10**6) / max(height, width))
    for side, original in zip(found, (height, width), strict=True):
        assert side >= 17
        assert (side - 1) % 16 == 0
        assert side == 17 or abs(side - factor * original) < 10
    assert found[::-1] == network_size(width, height, max_side=max_side, scale=scale)


@pytest.mark.parametrize(
    ("size", "max_side", "expected"),
    [
        ((480, 854), 1040, (481, 849)),
        ((720, 1280), 1040, (577, 1041)),  # 585 is half-way, and is rounded to the even 36 * 16 + 1
        ((1280, 720), 1040, (1041, 577)),
        ((97, 65), None, (97, 65)),
        ((97, 65), 2000, (97, 65)),  # never enlarged
        ((1, 1), None, (17, 17)),
        ((4, 4000), 864, (17, 865)),
    ],
)
def test_known_sizes(size: tuple[int, int], max_side: int | None, expected: tuple[int, int]) -> None:
    assert network_size(*size, max_side=max_side) == expected


def test_planes_are_ordered_and_normalised() -> None:
    frame = np.zeros((17, 17, 3), np.uint8)
    frame[..., 0], frame[..., 1], frame[..., 2] = 255, 127, 0  # red, green, blue
    lite = prepare_frame(frame, (17, 17), MODELS["lite_cfbi"].preprocessing)
    assert lite.dtype.is_floating_point
    assert lite.shape == (3, 17, 17)
    np.testing.assert_allclose(lite[:, 8, 8], [1.0, 0.0, -127 / 128], atol=1e-6)
    authors = prepare_frame(frame, (17, 17), MODELS["resnet101_cfbi"].preprocessing)
    expected = [(0 - 0.485) / 0.229, (127 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225]  # blue first
    np.testing.assert_allclose(authors[:, 8, 8], expected, atol=1e-6)


def test_overshoot_of_the_bicubic_kernel_is_kept() -> None:
    frame = np.zeros((20, 40, 3), np.uint8)
    frame[:, 20:] = 255
    plain = Preprocessing("rgb", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 100)
    found = prepare_frame(frame, (33, 65), plain)
    assert found.min() < -0.01
    assert found.max() > 1.01


def test_a_frame_of_the_right_size_is_not_touched_and_any_layout_will_do() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (17, 33, 3), dtype=np.uint8)
    plain = Preprocessing("rgb", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 100)
    expected = frame.transpose(2, 0, 1) / np.float32(255)
    np.testing.assert_array_equal(prepare_frame(frame, (17, 33), plain), expected)
    mirrored = prepare_frame(frame[:, ::-1], (17, 33), plain)
    np.testing.assert_array_equal(mirrored, expected[:, :, ::-1])
    frame.setflags(write=False)
    assert prepare_frame(frame, (17, 33), plain).add_(1).min() >= 1  # the result is the caller's own
