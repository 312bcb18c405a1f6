from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.errors import UserError
from app.media import Frame, VideoInfo, VideoSource
from app.worker.propagation import DIRECTIONS, Direction, plan_propagation, propagate_clip
from cfbi import FrameResult

HEIGHT, WIDTH = 4, 6


class NumberedSource(VideoSource):
    """Frames whose pixels are their index."""

    def __init__(self, count: int) -> None:
        self._info = VideoInfo(WIDTH, HEIGHT, count, Fraction(25), "numbered")

    @property
    def info(self) -> VideoInfo:
        return self._info

    def frame(self, index: int) -> Frame:
        self.check_index(index)
        return np.full((HEIGHT, WIDTH, 3), index, np.uint8)

    def close(self) -> None:
        pass


class RecordingSession:
    """Writes down what it is asked; hands out the mask of the previous frame."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []
        self.previous = np.zeros((HEIGHT, WIDTH), np.uint8)

    def add_reference(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        self.calls.append(("reference", int(frame[0, 0, 0])))
        self.previous = index_mask

    def set_previous(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        self.calls.append(("previous", int(frame[0, 0, 0])))
        self.previous = index_mask

    def step(self, frame: NDArray[np.uint8]) -> FrameResult:
        self.calls.append(("step", int(frame[0, 0, 0])))
        return FrameResult(self.previous, np.ones((1, HEIGHT, WIDTH), np.float32), ())


def mask(object_id: int = 1) -> NDArray[np.uint8]:
    index_mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    index_mask[1:3, object_id % 4 : object_id % 4 + 2] = object_id
    return index_mask


def run(
    references: dict[int, NDArray[np.uint8]],
    direction: Direction = "forward",
    frame_range: range | None = None,
    count: int = 8,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[list[tuple[int, FrameResult]], list[tuple[str, int]]]:
    session = RecordingSession()
    results = propagate_clip(
        NumberedSource(count),
        references,
        make_session=lambda: session,
        direction=direction,
        frame_range=frame_range,
        should_stop=should_stop,
    )
    return list(results), session.calls


def test_forward_from_the_first_frame() -> None:
    results, calls = run({0: mask()}, count=4)
    assert [index for index, _ in results] == [0, 1, 2, 3]
    assert calls == [("reference", 0), ("previous", 0), ("step", 1), ("step", 2), ("step", 3)]


def test_reference_frames_give_the_users_mask_with_certainty() -> None:
    painted = mask(3)
    painted[0, 0] = 255
    results, _ = run({0: mask(1), 2: painted}, count=4)
    result = results[2][1]
    np.testing.assert_array_equal(result.index_mask, painted)
    assert result.object_ids == (1, 3)
    assert result.probability.shape == (3, HEIGHT, WIDTH)
    assert result.probability.dtype == np.float32
    np.testing.assert_array_equal(result.probability.sum(axis=0), 1)
    np.testing.assert_array_equal(result.probability[2] == 1, painted == 3)
    assert result.probability[0, 0, 0] == 1  # void is background here
    assert not result.index_mask.flags.writeable
    assert not result.probability.flags.writeable


def test_all_references_are_added_first_and_the_pass_goes_on_from_each() -> None:
    results, calls = run({1: mask(), 3: mask(2)}, count=6)
    assert [index for index, _ in results] == [1, 2, 3, 4, 5]
    assert calls == [
        ("reference", 1),
        ("reference", 3),
        ("previous", 1),
        ("step", 2),
        ("previous", 3),
        ("step", 4),
        ("step", 5),
    ]


def test_backward_starts_at_the_latest_reference() -> None:
    results, calls = run({2: mask(), 5: mask()}, direction="backward")
    assert [index for index, _ in results] == [5, 4, 3, 2, 1, 0]
    assert calls[2:] == [
        ("previous", 5),
        ("step", 4),
        ("step", 3),
        ("previous", 2),
        ("step", 1),
        ("step", 0),
    ]


def test_both_goes_forward_from_the_earliest_reference_then_backward_from_it() -> None:
    results, calls = run({2: mask(), 5: mask()}, direction="both")
    assert [index for index, _ in results] == [2, 3, 4, 5, 6, 7, 1, 0]
    assert calls[-3:] == [("previous", 2), ("step", 1), ("step", 0)]


def test_range_starts_from_the_nearest_reference_before_it() -> None:
    results, calls = run({0: mask(), 3: mask(), 7: mask()}, frame_range=range(5, 7))
    assert [index for index, _ in results] == [5, 6]
    assert calls[3:] == [("previous", 3), ("step", 5), ("step", 6)]


def test_backward_range_starts_from_the_nearest_reference_after_it() -> None:
    results, calls = run({0: mask(), 4: mask(), 7: mask()}, direction="backward", frame_range=range(1, 4))
    assert [index for index, _ in results] == [3, 2, 1]
    assert calls[3:] == [("previous", 4), ("step", 3), ("step", 2), ("step", 1)]


def test_masks_without_an_object_are_given_to_the_network_last() -> None:
    _, calls = run({0: np.zeros((HEIGHT, WIDTH), np.uint8), 2: mask()}, count=4)
    assert calls[:3] == [("reference", 2), ("reference", 0), ("previous", 0)]


def test_stops_before_the_next_frame() -> None:
    seen: list[int] = []
    session = RecordingSession()
    for index, _ in propagate_clip(
        NumberedSource(8), {0: mask()}, make_session=lambda: session, should_stop=lambda: len(seen) == 3
    ):
        seen.append(index)
    assert seen == [0, 1, 2]
    assert session.calls[-1] == ("step", 2)
    assert run({0: mask()}, should_stop=lambda: True) == ([], [])


def test_frames_are_decoded_only_when_asked_for() -> None:
    session = RecordingSession()
    results = propagate_clip(NumberedSource(100), {0: mask()}, make_session=lambda: session)
    next(results)
    next(results)
    assert session.calls == [("reference", 0), ("previous", 0), ("step", 1)]


@given(
    st.sets(st.integers(0, 19), min_size=1, max_size=4),
    st.tuples(st.integers(0, 19), st.integers(0, 19)).map(sorted),
    st.sampled_from(DIRECTIONS),
)
def test_plans_cover_each_reachable_frame_once(
    references: set[int], ends: list[int], direction: Direction
) -> None:
    wanted = range(ends[0], ends[1] + 1)
    reachable = {
        index
        for index in wanted
        if direction == "both"
        or (direction == "forward" and min(references) <= index)
        or (direction == "backward" and max(references) >= index)
    }
    if not reachable:
        with pytest.raises(UserError, match="cannot be reached"):
            plan_propagation(dict.fromkeys(references), wanted, direction)
        return
    plan = plan_propagation(dict.fromkeys(references), wanted, direction)
    order = [*plan.forward, *plan.backward]
    assert sorted(order) == sorted(reachable)
    assert plan.frame_count == len(order) == len(plan.span)


@pytest.mark.parametrize(
    ("references", "message"),
    [
        ({}, "no reference frame"),
        ({8: mask()}, r"no frame 8 for a mask: numbered has frames 0 to 7"),
        ({0: np.ones((5, 6), np.uint8)}, r"mask of frame 0 is 6x5, but numbered is 6x4"),
        ({3: np.zeros((4, 6), np.uint8)}, r"mask of frame 3 shows no object"),
        ({3: np.full((4, 6), 255, np.uint8)}, r"mask of frame 3 shows no object"),
    ],
)
def test_references_that_do_not_fit(references: dict[int, NDArray[np.uint8]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        run(references)


def test_empty_range_is_refused() -> None:
    with pytest.raises(UserError, match="range of frames is empty"):
        run({0: mask()}, frame_range=range(3, 3))
