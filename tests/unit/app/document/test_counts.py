from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.document.counts import pixel_counts


@given(arrays(np.uint8, st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_they_are_those_of_numpy(mask: np.ndarray) -> None:
    expected = np.bincount(mask.ravel(), minlength=256)
    assert np.array_equal(pixel_counts(mask), expected)
    assert np.array_equal(pixel_counts(mask.T), expected)
    assert pixel_counts(mask).dtype == np.int64
