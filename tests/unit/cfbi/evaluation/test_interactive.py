"""The simulated annotator, with a network that lets masks drift one pixel to the right per frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cfbi import FrameResult
from cfbi.errors import EvaluationError
from cfbi.evaluation.annotator import STRATEGIES, Choice, Look, Strategy, strategy, worst
from cfbi.evaluation.interactive import annotate, certainty
from cfbi.evaluation.passes import Clip, Passes, propagate_around
from cfbi.evaluation.rounds import Round, first_to_reach, mean_rounds, round_from_json

LENGTH = 21
WIDTH = 10


def square(x: int = 20) -> NDArray[np.uint8]:
    mask = np.zeros((20, 60), np.uint8)
    mask[5:15, x : x + WIDTH] = 1
    return mask


CLIP = Clip("rests", LENGTH, lambda index: np.full((20, 60, 3), index, np.uint8), lambda index: square())


class Drifting:
    """Less sure with every frame."""

    def __init__(self) -> None:
        self.references: list[int] = []
        self.steps: list[int] = []

    def add_reference(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        self.references.append(int(frame[0, 0, 0]))
        self.set_previous(frame, index_mask)

    def set_previous(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        self.previous, self.sure = index_mask, 1.0

    def step(self, frame: NDArray[np.uint8]) -> FrameResult:
        self.steps.append(int(frame[0, 0, 0]))
        self.previous = np.roll(self.previous, 1, axis=1)
        self.sure -= 0.01
        row = (self.previous == 1) * np.float32(self.sure)
        return FrameResult(self.previous, np.stack([1 - row, row]), (1,))


def work(clip: Clip, choose: Strategy, **options: Any) -> list[Round]:
    return list(annotate(Passes(clip, Drifting, None, certainty), choose, **options))


def expected_j(distance: int) -> float:
    return max(0, WIDTH - distance) / (WIDTH + min(distance, WIDTH))


def test_rounds_by_hand() -> None:
    rounds = work(CLIP, worst, rounds=2)

    assert [(state.number, state.frame_index) for state in rounds] == [(0, 0), (1, 10), (2, 20)]
    assert rounds[0].j == pytest.approx(np.mean([expected_j(t) for t in range(1, 20)]))
    # frame 10 had lost the object completely: both the wrong square and the right one are painted
    assert [state.painted_px for state in rounds] == [100, 200, 200]
    assert [state.painted_share for state in rounds] == pytest.approx([100 / 1200, 300 / 1200, 500 / 1200])
    nearest = [expected_j(min(t, 10 - t)) for t in range(1, 10)] + [1.0]
    assert rounds[1].j == pytest.approx(np.mean(nearest + [expected_j(t) for t in range(1, 10)]))
    assert rounds[2].j == pytest.approx(np.mean([*nearest, *nearest[:-1]]))
    assert rounds[0].f < rounds[1].f < rounds[2].f
    assert rounds[0].j_per_frame == pytest.approx([expected_j(t) for t in range(LENGTH)])
    assert rounds[0].confidence[:3] == pytest.approx([1.0, 0.99, 0.98])
    assert rounds[1].confidence[10] == 1.0
    assert len(rounds[2].to_json()["confidence_per_frame"]) == LENGTH
    assert [state.looked for state in rounds] == [0, 20, 39]  # he watched everything that was not painted
    assert rounds[2].lowest_j == pytest.approx(min(rounds[2].j_per_frame))


def test_only_the_frames_between_neighbouring_references_are_segmented_anew() -> None:
    made: list[Drifting] = []

    def make() -> Drifting:
        made.append(Drifting())
        return made[-1]

    references = {0: square(), 6: square(), 12: square()}
    indexes = [index for index, _ in propagate_around(6, references, CLIP, make, None)]

    assert made[0].references == [0, 6, 12]
    assert made[0].steps == indexes == [1, 2, 3, 5, 4, 7, 8, 9, 11, 10]
    assert [i for i, _ in propagate_around(12, references, CLIP, make, None)][-8:] == list(range(13, 21))
    assert [i for i, _ in propagate_around(6, {6: square()}, CLIP, make, None)][:6] == [5, 4, 3, 2, 1, 0]


def test_results_from_both_sides_are_fused() -> None:
    shares: dict[float, tuple[int, int]] = {}

    def fuse(
        first: NDArray[np.float32], second: NDArray[np.float32], ids: tuple[int, ...], share: float
    ) -> FrameResult:
        shares[round(share, 3)] = (int(first[1, 10].argmax()), int(second[1, 10].argmax()))
        assert ids == (1,)
        np.testing.assert_allclose(first.sum(axis=0), 1, atol=0.01)
        return FrameResult(second.argmax(axis=0).astype(np.uint8), second, ids)

    found = dict(propagate_around(4, {0: square(), 4: square()}, CLIP, Drifting, fuse))

    # left edges: as far to the right as the reference is away
    assert shares == {0.25: (23, 21), 0.5: (22, 22), 0.75: (21, 23)}
    assert sorted(found) == [1, 2, 3, *range(5, LENGTH)]


def test_it_stops_when_the_strategy_has_nothing_left() -> None:
    perfect = Clip("moves", 5, CLIP.frame, lambda index: square(20 + index))
    assert [state.j for state in work(perfect, worst)] == [1.0]
    short = Clip("rests", 12, CLIP.frame, CLIP.truth)
    frames = [state.frame_index for state in work(short, STRATEGIES["every10"])]
    assert frames == [0, 10]
    assert [state.frame_index for state in work(short, worst, accept=0.8)] == [0, 10, 5, 2, 7]


def test_what_was_segmented_once_is_known() -> None:
    made: list[Drifting] = []

    def make() -> Drifting:
        made.append(Drifting())
        return made[-1]

    passes = Passes(CLIP, make, None, certainty)
    first = list(annotate(passes, worst, rounds=2))
    count = len(made)
    assert list(annotate(passes, worst, rounds=2)) == first
    assert len(made) == count == 3
    assert list(annotate(passes, STRATEGIES["every10"], rounds=2))[:2] == [
        first[0],
        replace(first[1], looked=1),  # both begin with frame 10, of which one strategy knew beforehand
    ]


def test_strategies() -> None:
    look = Look(np.array([1.0, 0.5, 0.2, 0.9]), np.array([1.0, 0.6, 0.7, 0.6]), frozenset({0}))
    assert STRATEGIES["worst"](look) == Choice((1, 2, 3), 2)
    assert STRATEGIES["least-sure"](look) == Choice((1,), 1)
    assert STRATEGIES["every10"](look) == Choice((), None)
    assert STRATEGIES["worst"](replace(look, references=frozenset({0, 2}))) == Choice((1, 3), 1)
    content = replace(look, accept=0.4)
    assert STRATEGIES["least-sure"](content) == Choice((1, 3, 2), 2)
    assert STRATEGIES["least-sure"](replace(content, reviewed=frozenset({1, 3}))) == Choice((2,), 2)
    assert STRATEGIES["worst"](replace(look, accept=0.2)) == Choice((1, 2, 3), None)
    with pytest.raises(EvaluationError, match="no strategy 'guess'") as caught:
        strategy("guess")
    assert caught.value.hint == "Known: worst, every10, least-sure."


@pytest.mark.parametrize(
    ("last", "references", "reviewed", "expected"),
    [
        (0, {0}, (), Choice((10, 20), 20)),
        (20, {0, 20}, {10}, Choice((30, 40), None)),  # round once, and all is good
        (20, {0, 20}, (), Choice((30, 40, 10), None)),
        (17, {0, 17}, {30, 40}, Choice((20,), 20)),
        (40, {0, 40}, (), Choice((10, 20), 20)),
    ],
)
def test_every_tenth_frame_is_looked_at_in_turn(
    last: int, references: set[int], reviewed: set[int], expected: Choice
) -> None:
    j = np.full(45, 0.5)  # bad everywhere else
    j[[10, 30, 40]] = 0.95
    look = Look(j, np.ones(45), frozenset(references), frozenset(reviewed), last, 0.9)
    assert STRATEGIES["every10"](look) == expected


def test_a_frame_that_was_found_good_is_looked_at_again_when_its_mask_changed() -> None:
    seen: list[tuple[frozenset[int], int]] = []

    def choose(look: Look) -> Choice:
        seen.append((look.reviewed, look.last))
        return [Choice((1, 12, 20), 20), Choice((19, 10), 10), Choice((), None)][len(seen) - 1]

    work(CLIP, choose, accept=expected_j(1))
    # frame 1 is one pixel off from either side; 19 is as far off from the new reference as from the old one
    assert seen[0] == (frozenset(), 0)
    assert seen[1] == (frozenset({1}), 20)
    assert seen[2] == (frozenset({1, 19}), 10)


def test_certainty_of_a_lost_object_is_none() -> None:
    row = np.array([[0.9, 0.6], [0.1, 0.0]], np.float32)
    probability = np.stack([1 - row, row])
    assert certainty(FrameResult((row > 0.5).astype(np.uint8), probability, (1,))) == pytest.approx(0.75)
    assert certainty(FrameResult(np.zeros((2, 2), np.uint8), probability, (1,))) == 0.0


def test_sequences_that_need_fewer_rounds_keep_their_last_state() -> None:
    one = [Round(0, 0, 100, 0.1, 0.5, 0.5), Round(1, 7, 50, 0.15, 0.9, 0.7)]
    other = [Round(0, 0, 300, 0.3, 1.0, 1.0)]
    first, second = mean_rounds([one, other])
    assert (first.j, first.painted_px, first.painted_share) == (0.75, 200, pytest.approx(0.2))
    assert (second.j, second.f, second.painted_px) == (0.95, 0.85, 25)
    assert second.painted_share == pytest.approx(0.225)


def test_rounds_are_read_back_and_searched() -> None:
    rounds = work(CLIP, worst, rounds=2)
    again = [round_from_json(state.to_json()) for state in rounds]
    assert [state.j_and_f for state in again] == [state.j_and_f for state in rounds]
    assert again[1].looked == rounds[1].looked
    assert again[2].j_per_frame == pytest.approx(rounds[2].j_per_frame, abs=1e-4)
    assert first_to_reach(rounds, rounds[1].j_and_f) is rounds[1]
    assert first_to_reach(rounds, 1.0) is None
