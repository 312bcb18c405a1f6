from __future__ import annotations

import weakref
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.document.run_plan import Direction, Pass, RunPlan
from app.errors import UserError
from app.media import Frame, VideoInfo, VideoSource
from app.worker.propagation import propagate_clip
from app.worker.walk import CutFound, Given, PassBegins, Shrunk, Task, Visit, Walker
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
        self.ids: set[int] = set()
        self.learnt: list[NDArray[np.uint8]] = []

    def add_reference(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        self.calls.append(("reference", int(frame[0, 0, 0])))
        self.previous = index_mask
        self.learnt.append(index_mask)
        self.ids |= set(np.unique(index_mask).tolist()) - {0, 255}

    def set_previous(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        self.calls.append(("previous", int(frame[0, 0, 0])))
        self.previous = index_mask

    def step(self, frame: NDArray[np.uint8]) -> FrameResult:
        self.calls.append(("step", int(frame[0, 0, 0])))
        ids = tuple(sorted(self.ids))
        rows = np.stack([self.previous == key for key in (0, *ids)]).astype(np.float32)
        return FrameResult(self.previous, rows, ids)


def mask(object_id: int = 1) -> NDArray[np.uint8]:
    index_mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    index_mask[1:3, object_id % 4 : object_id % 4 + 2] = object_id
    return index_mask


FORWARD, BACKWARD, BOTH = Direction.FORWARD, Direction.BACKWARD, Direction.BOTH


def run(
    references: dict[int, NDArray[np.uint8]],
    direction: Direction = FORWARD,
    span: range | None = None,
    count: int = 8,
    should_stop: Callable[[], bool] = lambda: False,
    **options: Any,
) -> tuple[list[tuple[int, FrameResult]], list[tuple[str, int]]]:
    session = RecordingSession()
    results = propagate_clip(
        NumberedSource(count),
        references,
        make_session=lambda: session,
        direction=direction,
        span=span,
        should_stop=should_stop,
        **options,
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
    results, calls = run({2: mask(), 5: mask()}, direction=BACKWARD)
    assert [index for index, _ in results] == [5, 4, 3, 2, 1, 0]
    assert calls[2:] == [
        ("previous", 5),
        ("step", 4),
        ("step", 3),
        ("previous", 2),
        ("step", 1),
        ("step", 0),
    ]


def test_both_fuses_between_references() -> None:
    results, calls = run({2: mask(1), 5: mask(2)}, direction=BOTH)
    # the first pass between two references is not handed out, the second one is
    assert [index for index, _ in results] == [2, 5, 4, 3, 6, 7, 1, 0]
    assert calls[2:] == [
        ("previous", 2),
        ("step", 3),
        ("step", 4),
        ("previous", 5),
        ("step", 4),
        ("step", 3),
        ("previous", 5),
        ("step", 6),
        ("step", 7),
        ("previous", 2),
        ("step", 1),
        ("step", 0),
    ]
    found = dict(results)
    # both sides are sure, so the nearer one wins where they differ
    np.testing.assert_array_equal(found[3].index_mask, mask(1))
    np.testing.assert_array_equal(found[4].index_mask, mask(2))
    assert found[3].probability[1].max() == pytest.approx(2 / 3, abs=1e-5)


def test_both_without_fusing() -> None:
    results, calls = run({2: mask(), 5: mask()}, direction=BOTH, fuse=False)
    assert [index for index, _ in results] == [2, 3, 4, 5, 6, 7, 1, 0]
    assert calls[-3:] == [("previous", 2), ("step", 1), ("step", 0)]


def test_range_starts_from_the_nearest_reference_before_it() -> None:
    results, calls = run({0: mask(), 3: mask(), 7: mask()}, span=range(5, 7))
    assert [index for index, _ in results] == [5, 6]
    assert calls[3:] == [("previous", 3), ("step", 5), ("step", 6)]


def test_backward_range_starts_from_the_nearest_reference_after_it() -> None:
    results, calls = run({0: mask(), 4: mask(), 7: mask()}, direction=BACKWARD, span=range(1, 4))
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
        run({0: mask()}, span=range(3, 3))


def test_a_late_mask_is_laid_over_what_the_run_brought_and_learnt_there() -> None:
    late = np.zeros((HEIGHT, WIDTH), np.uint8)
    late[1, 2:6] = 2  # covers a part of object 1
    session = RecordingSession()
    source = NumberedSource(6)
    results = dict(
        propagate_clip(source, {0: mask(1), 3: late}, make_session=lambda: session, merge_late=True)
    )
    assert session.calls == [
        ("reference", 0),
        ("previous", 0),
        ("step", 1),
        ("step", 2),
        ("step", 3),
        ("reference", 3),
        ("step", 4),
        ("step", 5),
    ]
    both = np.where(late == 2, 2, mask(1))
    np.testing.assert_array_equal(session.learnt[1], both)
    assert results[2].object_ids == (1,)
    for index in (3, 4, 5):
        np.testing.assert_array_equal(results[index].index_mask, both)
        assert results[index].object_ids == (1, 2)
        np.testing.assert_array_equal(results[index].probability.sum(axis=0), 1)
    np.testing.assert_array_equal(results[3].probability[1] == 1, both == 1)


def test_without_merging_a_late_mask_shows_all_objects_of_its_frame() -> None:
    late = np.zeros((HEIGHT, WIDTH), np.uint8)
    late[3, 5] = 2
    results, _ = run({0: mask(1), 3: late}, count=6)
    np.testing.assert_array_equal(dict(results)[4].index_mask, late)


class ShotSource(NumberedSource):
    """Two shots of noise, twelve frames together; the first ends before frame 6."""

    def __init__(self) -> None:
        super().__init__(12)

    def frame(self, index: int) -> Frame:
        rng = np.random.default_rng(int(index >= 6))
        patches = rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        patches[0, 0] = index
        return patches


def shots(references: dict[int, NDArray[np.uint8]], direction: Direction) -> tuple[list[int], list[object]]:
    notes: list[object] = []
    session = RecordingSession()
    results = propagate_clip(
        ShotSource(),
        references,
        make_session=lambda: session,
        direction=direction,
        stops_at_cuts=True,
        noted=notes.append,
    )
    return [index for index, _ in results], notes


def test_a_cut_ends_a_pass() -> None:
    assert shots({0: mask()}, FORWARD) == ([0, 1, 2, 3, 4, 5], [CutFound(5, 6)])
    assert shots({11: mask()}, BACKWARD) == ([11, 10, 9, 8, 7, 6], [CutFound(6, 5)])
    assert shots({3: mask()}, BOTH) == ([3, 4, 5, 2, 1, 0], [CutFound(5, 6)])


def test_a_mask_right_after_the_cut_bridges_it() -> None:
    assert shots({0: mask(), 6: mask()}, FORWARD) == (list(range(12)), [])


def test_two_references_with_a_cut_between_them_each_keep_their_shot() -> None:
    order, notes = shots({2: mask(), 9: mask()}, BOTH)
    assert notes == [CutFound(5, 6), CutFound(6, 5)]
    # those of the first shot become final once the second pass has met the cut
    assert order == [2, 9, 8, 7, 6, 5, 4, 3, 10, 11, 1, 0]


def test_a_cut_is_the_last_that_is_told_of_its_pass() -> None:
    """Whoever drops the pass then must not take masks beyond the cut for those of the next one."""
    passes = (Pass(0, range(1, 10)), Pass(9, range(8, 0, -1), partner=0))
    given = {index: Given(mask()) for index in (0, 7, 9)}
    references = {0: mask(), 9: mask()}
    task = Task(RunPlan(0, passes), references, references, given=given.get, stops_at_cuts=True)
    walker = Walker(task, ShotSource(), lambda share: RecordingSession())
    assert all(note is None for note in walker.prepare())
    events = [(type(event), getattr(event, "frame_index", -1)) for event in walker.run()]
    second = events.index((PassBegins, -1), 1)
    assert events[second - 3 : second] == [(Visit, 7), (Visit, 9), (CutFound, -1)]


def test_a_late_mask_beyond_a_cut_is_learnt_all_the_same() -> None:
    session = RecordingSession()
    results = propagate_clip(
        ShotSource(),
        {0: mask(1), 8: mask(2)},
        make_session=lambda: session,
        direction=BOTH,
        stops_at_cuts=True,
        merge_late=True,
    )
    assert sorted(index for index, _ in results) == list(range(12))
    assert len(session.learnt) == 2


class SmallMemory(RecordingSession):
    """Runs out of memory on one frame unless pictures are small enough."""

    def __init__(self, share: float, fits: float, frame: int) -> None:
        super().__init__()
        self.share, self.fits, self.bad = share, fits, frame

    def step(self, frame: NDArray[np.uint8]) -> FrameResult:
        if int(frame[0, 0, 0]) == self.bad and self.share > self.fits:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        return super().step(frame)


@pytest.mark.parametrize("fits", [0.5, 0.25])
def test_memory_that_runs_out_halves_the_pictures_and_goes_on_at_the_same_frame(fits: float) -> None:
    sessions: list[SmallMemory] = []
    notes: list[object] = []

    def make(share: float = 1.0) -> SmallMemory:
        sessions.append(SmallMemory(share, fits, 3))
        return sessions[-1]

    results = propagate_clip(NumberedSource(6), {0: mask()}, make_session=make, noted=notes.append)
    assert [index for index, _ in results] == [0, 1, 2, 3, 4, 5]
    assert notes == [Shrunk(share) for share in (0.5, 0.25) if share >= fits]
    assert sessions[-1].calls == [("reference", 0), ("previous", 2), ("step", 3), ("step", 4), ("step", 5)]
    assert sessions[-1].share == fits


def test_memory_that_runs_out_again_while_the_frame_before_is_shown_anew() -> None:
    class Smaller(SmallMemory):
        def set_previous(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
            if int(frame[0, 0, 0]) > 0 and self.share > 0.25:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
            super().set_previous(frame, index_mask)

    notes: list[object] = []
    results = propagate_clip(
        NumberedSource(6),
        {0: mask()},
        make_session=lambda share=1.0: Smaller(share, 0.5, 3),
        noted=notes.append,
    )
    assert [index for index, _ in results] == [0, 1, 2, 3, 4, 5]
    assert notes == [Shrunk(0.5), Shrunk(0.25)]


def test_memory_that_never_suffices_is_a_message() -> None:
    with pytest.raises(UserError, match="not enough memory"):
        list(
            propagate_clip(
                NumberedSource(6), {0: mask()}, make_session=lambda share=1.0: SmallMemory(share, 0, 3)
            )
        )


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    class Broken(RecordingSession):
        def step(self, frame: NDArray[np.uint8]) -> FrameResult:
            raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        list(propagate_clip(NumberedSource(6), {0: mask()}, make_session=Broken))


def test_memory_does_not_grow_with_the_clip() -> None:
    """Whole masks of visited frames would take 2 MB each at 1080p."""
    made: list[weakref.ref[NDArray[np.uint8]]] = []

    class Fresh(RecordingSession):
        def step(self, frame: NDArray[np.uint8]) -> FrameResult:
            found = super().step(frame)
            index_mask = found.index_mask.copy()
            made.append(weakref.ref(index_mask))
            return FrameResult(index_mask, found.probability, found.object_ids)

    most = 0
    for _ in propagate_clip(NumberedSource(40), {0: mask()}, make_session=Fresh):
        most = max(most, sum(held() is not None for held in made))
    assert len(made) == 39
    assert most <= 3
