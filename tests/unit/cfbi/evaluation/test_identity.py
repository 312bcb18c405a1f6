from __future__ import annotations

import numpy as np

from cfbi.evaluation.identity import IdentitySwaps, collect_swaps, swapped_with
from cfbi.evaluation.page import worst_frames
from cfbi.evaluation.report import ObjectScore, ScoreReport, SequenceScore


def test_a_mask_on_another_object_is_a_swap() -> None:
    truth = np.zeros((10, 30), np.uint8)
    truth[:, :10], truth[:, 10:20], truth[:, 20:22] = 1, 2, 255
    result = np.zeros_like(truth)
    result[:, 4:13] = 1
    assert swapped_with(result, truth, 1) == 0  # 6 columns on its own, 3 on the other

    result[:, 4:13], result[:, 8:17] = 0, 1
    assert swapped_with(result, truth, 1) == 2
    assert swapped_with(result, truth, 2) == 0  # no mask at all is a loss, not a swap
    result[:, :18], result[:, 18:] = 0, 1
    assert swapped_with(result, truth, 1) == 2  # void and background do not count


def test_swaps_are_summed_up() -> None:
    told = collect_swaps(3, [0, 1, 1, 0, 2], [True, True, False, True, False])
    assert told == IdentitySwaps(3, (1, 2, 4), (1, 1, 2), 3, lasting=False)
    assert collect_swaps(3, [0, 1], [True, True]).lasting
    assert not collect_swaps(3, [1, 1], [False, False]).lasting


def sequence(name: str, values: list[float]) -> SequenceScore:
    numbers = np.array(values)
    stems = tuple(f"{place:05d}" for place in range(len(values)))
    return SequenceScore(name, stems, (ObjectScore(1, numbers, numbers),))


def test_worst_frames_are_spread() -> None:
    report = ScoreReport(
        "davis2016",
        "val",
        (sequence("bad", [0.1, 0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.2]), sequence("good", [0.9, 0.95, np.nan])),
    )
    worst = worst_frames(report, 4)
    assert [(frame.sequence, frame.stem) for frame in worst] == [
        ("bad", "00001"),
        ("bad", "00007"),
        ("good", "00000"),
    ]
    assert worst[0].j == 0.0


def test_late_objects_join_the_mean_of_their_frames() -> None:
    early, late = np.array([1.0, 1.0, 0.0]), np.array([0.5, 1.0])
    score = SequenceScore("s", ("a", "b", "c"), (ObjectScore(1, early, early), ObjectScore(2, late, late, 1)))
    np.testing.assert_allclose(score.per_frame()[0], [1.0, 0.75, 0.5])
