"""Sessions of a tiny network."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from cfbi import FrameResult, InferenceSession
from cfbi.model.network import Network
from tests.unit.cfbi.tiny import filled_tiny, noise_frame, two_objects

H, W = 49, 65
FRAMES = [noise_frame(H, W, seed) for seed in range(5)]
MASK = two_objects(H, W)


@functools.cache
def network() -> Network:
    return filled_tiny()


def session(**options: Any) -> InferenceSession:
    return InferenceSession(network(), **options)


def started(**options: Any) -> InferenceSession:
    """A session whose reference is frame 0 with objects 1 and 2."""
    result = session(**options)
    result.add_reference(FRAMES[0], MASK)
    return result


def same(found: FrameResult, expected: FrameResult, tolerance: float = 0.0) -> None:
    assert found.object_ids == expected.object_ids
    np.testing.assert_allclose(found.probability, expected.probability, atol=tolerance, rtol=0)
    if tolerance == 0:
        np.testing.assert_array_equal(found.index_mask, expected.index_mask)


def well_formed(result: FrameResult, height: int, width: int, ids: tuple[int, ...]) -> None:
    assert result.object_ids == ids
    assert result.index_mask.shape == (height, width)
    assert result.index_mask.dtype == np.uint8
    assert result.probability.shape == (len(ids) + 1, height, width)
    assert result.probability.dtype == np.float32
    assert result.probability.min() >= 0
    np.testing.assert_allclose(result.probability.sum(0), 1, atol=1e-5)
    winners = np.array([0, *ids], np.uint8)[result.probability.argmax(0)]
    np.testing.assert_array_equal(result.index_mask, winners)
