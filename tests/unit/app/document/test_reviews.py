from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.ranking import rank
from app.document.reviews import Reviews
from app.document.snapshot import ReviewTable

FRAMES = 6
marks = st.frozensets(
    st.tuples(st.integers(0, FRAMES - 1), st.integers(1, 3), st.integers(0, 2)), max_size=12
)
masks = st.tuples(st.integers(0, FRAMES - 1), st.dictionaries(st.integers(1, 3), st.integers(0, 2)))
steps = st.lists(st.one_of(marks, masks), max_size=12)


@given(steps)
def test_marks_hold_for_the_mask_that_was_looked_at(
    changes: list[ReviewTable | tuple[int, dict[int, int]]],
) -> None:
    reviews = Reviews()
    serials = {(frame, key): 0 for frame in range(FRAMES) for key in (1, 2, 3)}

    def serial_of(frame: int, key: int) -> int:
        return serials[frame, key]

    for change in changes:
        before = reviews.marks
        if isinstance(change, frozenset):
            reviews.put(change, serial_of)
        else:
            frame, new = change
            serials |= {(frame, key): serial for key, serial in new.items()}
            changed = reviews.masks_changed([frame], serial_of)
            assert changed == (reviews.marks != before)
        expected = {(frame, key) for frame, key, serial in reviews.table if serials[frame, key] == serial}
        assert reviews.marks == expected
        for key in (1, 2, 3):
            row = reviews.row(key, FRAMES)
            assert row.tolist() == [(frame, key) in expected for frame in range(FRAMES)]
            assert ((2, key) in reviews) == ((2, key) in expected)


def test_a_clip_that_grows_has_longer_rows() -> None:
    reviews = Reviews()
    reviews.put(frozenset({(3, 1, 7)}), lambda frame, key: 7)
    assert np.flatnonzero(reviews.row(1, 5)).tolist() == [3]
    assert np.flatnonzero(reviews.row(1, 500)).tolist() == [3]
    assert len(reviews.row(1, 500)) == 500
    with pytest.raises(ValueError, match="read-only"):
        reviews.row(1, 5)[0] = True


trusts = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, math.nan]), min_size=FRAMES, max_size=FRAMES)


def worth_a_look(trust: list[float], frame: int, frames: range) -> bool:
    """Whether a frame is not one of many in a row without the object."""
    if trust[frame] != 0:
        return True
    first = last = frame
    while first - 1 in frames and trust[first - 1] == 0:
        first -= 1
    while last + 1 in frames and trust[last + 1] == 0:
        last += 1
    begins = first - 1 in frames and trust[first - 1] > 0
    ends = last + 1 in frames and trust[last + 1] > 0
    return (frame == first and (begins or not ends)) or (frame == last and ends)


def test_an_absence_is_looked_at_where_it_begins_and_ends() -> None:
    def seen(object_id: int) -> np.ndarray:
        return np.zeros(9, np.bool_)

    gone = np.array([1, 0.9, 0, 0, 0, 0, 0.8, 0, 0], np.float32)
    never = np.array([math.nan] + 8 * [0], np.float32)
    assert rank({1: gone}, seen, range(9)).frames.tolist() == [2, 5, 7, 6, 1]
    assert rank({1: gone}, seen, range(3, 5)).frames.tolist() == [3]  # all of a span
    assert rank({1: never}, seen, range(9)).frames.tolist() == [1]
    both = rank({1: gone, 2: never}, seen, range(9))
    assert list(zip(both.frames.tolist(), both.object_ids.tolist(), strict=True))[:4] == [
        (1, 2),
        (2, 1),
        (5, 1),
        (7, 1),
    ]


@given(
    st.dictionaries(st.integers(1, 4), trusts),
    st.sets(st.tuples(st.integers(0, FRAMES - 1), st.integers(1, 4))),
    st.integers(0, FRAMES - 1),
    st.integers(0, FRAMES),
)
def test_the_least_trusted_comes_first(
    trust: dict[int, list[float]], reviewed: set[tuple[int, int]], first: int, stop: int
) -> None:
    def seen(object_id: int) -> np.ndarray:
        return np.array([(frame, object_id) in reviewed for frame in range(FRAMES)])

    frames = range(first, max(first, stop))
    arrays = {key: np.array(values, np.float32) for key, values in trust.items()}
    found = rank(arrays, seen, frames)
    expected = sorted(
        (values[frame], frame, key)
        for key, values in trust.items()
        for frame in frames
        if values[frame] < 1 and (frame, key) not in reviewed and worth_a_look(values, frame, frames)
    )
    rows = zip(found.trust.tolist(), found.frames.tolist(), found.object_ids.tolist(), strict=True)
    assert list(rows) == expected
    for place, (_, frame, key) in enumerate(expected):
        assert found.place_of(frame, key) == place
    assert found.place_of(0, 9) is None
