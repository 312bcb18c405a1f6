"""Labels gone astray."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cfbi.training.stray import stray_mask
from tests.unit.cfbi.tiny import two_objects


@settings(max_examples=60)
@given(seed=st.integers(0, 2**31), height=st.integers(4, 40), width=st.integers(4, 40))
def test_only_the_reference_s_objects_stray(seed: int, height: int, width: int) -> None:
    reference = two_objects(height, width, 1, 3)
    previous = two_objects(height, width, 1, 2)
    previous[:2, :3] = 255
    before = previous.copy()
    found = stray_mask(previous, reference, np.random.default_rng(seed))
    np.testing.assert_array_equal(previous, before)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found == 255, previous == 255)
    changed = set(np.unique(found[found != previous]))
    assert changed <= {0, 1, 3}
    np.testing.assert_array_equal(found, stray_mask(previous, reference, np.random.default_rng(seed)))


def test_an_object_that_left_is_seen_on_another_one() -> None:
    reference = two_objects(60, 60, 1, 2)
    previous = np.where(reference == 1, 1, 0).astype(np.uint8)
    found = [stray_mask(previous, reference, np.random.default_rng(seed)) for seed in range(200)]
    taken = [np.mean(mask[previous == 1] == 2) for mask in found]
    assert (
        0.25 < np.mean(np.array(taken) > 0.05) < 0.75
    )  # the other half moves object 1 itself, or the ground's
    assert max(taken) > 0.9
    gone = [not (mask == 1).any() or not (mask[previous == 1] == 1).any() for mask in found]
    assert 0.1 < np.mean(gone) < 0.6


def test_without_objects_nothing_strays() -> None:
    previous = two_objects(9, 9)
    nothing = np.zeros((9, 9), np.uint8)
    np.testing.assert_array_equal(stray_mask(previous, nothing, np.random.default_rng(0)), previous)
    ignored = np.full((9, 9), 255, np.uint8)
    np.testing.assert_array_equal(stray_mask(ignored, previous, np.random.default_rng(0)), ignored)
