from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.document.mask_store import MaskSource, pack
from app.scene.confidence import SURE, confidence, confidence_of

SHAPE = (3, 4)


def full(value: int) -> np.ndarray:
    return np.full(SHAPE, value, np.uint8)


def test_it_is_the_margin_of_the_two_likeliest() -> None:
    # 102 of object 1, 128 of object 2, which leaves 25 of background
    assert (confidence([(full(102), True), (full(128), True)], SHAPE) == 26).all()
    assert (confidence([(full(200), True)], SHAPE) == 200 - 55).all()
    assert (confidence([(full(10), True)], SHAPE) == 235).all()
    assert (confidence([(full(255), True)], SHAPE) == SURE).all()
    assert (confidence([], SHAPE) == SURE).all()


def test_only_what_is_drawn_counts() -> None:
    assert (confidence([(full(128), False)], SHAPE) == SURE).all()
    # the hidden one and the background are the likeliest; of the other nothing is there
    assert (confidence([(full(128), False), (full(2), True)], SHAPE) == SURE).all()
    # the rival may be hidden
    assert (confidence([(full(128), False), (full(120), True)], SHAPE) == 8).all()


@given(st.lists(st.tuples(arrays(np.uint8, SHAPE), st.just(True)), min_size=1, max_size=4))
def test_it_is_what_sorting_says(mattes: list[tuple[np.ndarray, bool]]) -> None:
    rows = [matte.astype(int) for matte, _ in mattes]
    ranked = np.sort([*rows, np.maximum(0, 255 - sum(rows))], axis=0)
    first, second = ranked[-1], ranked[-2]
    expected = np.where(np.max(rows, axis=0) == 0, SURE, first - second)
    expected[np.max(rows, axis=0) < second] = SURE
    assert np.array_equal(confidence(mattes, SHAPE), expected)


def test_what_was_painted_is_sure() -> None:
    assert confidence_of(None, [1]) is None
    assert confidence_of(pack(full(1), MaskSource.USER), [1]) is None
    soft = pack(full(1), MaskSource.PROPAGATED, {1: full(153)})
    found = confidence_of(soft, [1])
    assert found is not None
    assert (found == 51).all()
