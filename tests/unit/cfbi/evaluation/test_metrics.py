from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from cfbi.errors import EvaluationError
from cfbi.evaluation.metrics import boundary_f, boundary_map, disk, jaccard, statistics

masks = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24).flatmap(
    lambda shape: st.tuples(hnp.arrays(np.bool_, shape), hnp.arrays(np.bool_, shape))
)


def naive_contour(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    height, width = mask.shape
    out = np.zeros_like(mask)
    for y in range(height):
        for x in range(width):
            for dy, dx in ((0, 1), (1, 0), (1, 1)):
                if y + dy < height and x + dx < width and mask[y, x] != mask[y + dy, x + dx]:
                    out[y, x] = True
    return out


def naive_share(contour: NDArray[np.bool_], other: NDArray[np.bool_], radius: float) -> float:
    points, others = np.argwhere(contour), np.argwhere(other)
    distance = ((points[:, None, :] - others[None, :, :]) ** 2).sum(-1)
    return float(np.mean(distance.min(axis=1) <= radius**2))


def naive_boundary_f(pred: NDArray[np.bool_], truth: NDArray[np.bool_], bound_th: float = 0.008) -> float:
    radius = bound_th if bound_th >= 1 else np.ceil(bound_th * np.linalg.norm(pred.shape))
    a, b = naive_contour(pred), naive_contour(truth)
    if not a.any() and not b.any():
        precision, recall = 1.0, 1.0
    elif not a.any():
        precision, recall = 1.0, 0.0
    elif not b.any():
        precision, recall = 0.0, 1.0
    else:
        precision, recall = naive_share(a, b, radius), naive_share(b, a, radius)
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


@given(masks, st.sampled_from([0.008, 0.05, 0.2, 1, 2, 3]))
def test_boundary_f_equals_the_naive_definition(
    pair: tuple[NDArray[np.bool_], NDArray[np.bool_]], bound_th: float
) -> None:
    assert boundary_f(*pair, bound_th=bound_th) == pytest.approx(naive_boundary_f(*pair, bound_th), abs=1e-12)


@given(masks)
def test_contour_equals_the_naive_definition(pair: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> None:
    np.testing.assert_array_equal(boundary_map(pair[0]), naive_contour(pair[0]))


@given(masks)
def test_scores_are_symmetric_and_one_for_equal_masks(
    pair: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> None:
    a, b = pair
    for score in (jaccard, boundary_f):
        assert 0 <= score(a, b) <= 1
        assert score(a, b) == pytest.approx(score(b, a), abs=1e-12)
        assert score(a, a) == 1


def test_jaccard_of_shifted_squares() -> None:
    pred, truth = np.zeros((2, 20, 20), np.uint8)
    pred[5:15, 5:15] = 1
    truth[5:15, 10:20] = 255
    assert jaccard(pred, truth) == 50 / 150


def test_empty_masks() -> None:
    empty, full, dot = np.zeros((9, 9), bool), np.ones((9, 9), bool), np.zeros((9, 9), bool)
    dot[4, 4] = True
    assert jaccard(empty, empty) == 1
    assert jaccard(empty, dot) == 0
    assert boundary_f(empty, empty) == 1
    assert boundary_f(empty, dot) == 0
    assert boundary_f(dot, empty) == 0
    # a full mask has no contour either: the border of the image is none
    assert boundary_f(full, empty) == 1


def test_boundary_tolerance_is_the_rounded_up_share_of_the_diagonal() -> None:
    # 480x854: 0.008 * 979.7 = 7.8, so 8 pixels
    truth = np.zeros((480, 854), bool)
    truth[100:300, 200:500] = True
    assert boundary_f(np.roll(truth, 8, axis=1), truth) == 1
    assert boundary_f(np.roll(truth, 9, axis=1), truth) < 1


def test_void_pixels_do_not_count() -> None:
    truth, pred, void = np.zeros((3, 20, 20), bool)
    truth[5:15, 5:15] = True
    pred[5:15, 5:18] = True
    void[:, 15:] = True
    assert jaccard(pred, truth) < 1
    assert jaccard(pred, truth, void=void) == 1
    assert boundary_f(pred, truth, void=void) == 1


def test_disk_matches_the_definition() -> None:
    assert disk(1).tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    assert disk(8).shape == (17, 17)
    assert int(disk(8).sum()) == sum(x * x + y * y <= 64 for x in range(-8, 9) for y in range(-8, 9))


@pytest.mark.parametrize("shapes", [((4, 4), (4, 5)), ((4, 4, 1), (4, 4, 1)), ((4,), (4,))])
def test_masks_of_other_shapes_are_refused(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(EvaluationError, match="one size"):
        jaccard(np.zeros(shapes[0]), np.zeros(shapes[1]))


def test_statistics_by_hand() -> None:
    values = np.array([1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
    result = statistics(values)
    assert result.mean == pytest.approx(0.65)
    assert result.recall == 5 / 8
    # edges: round(linspace(1, 8, 5)) - 1 = 0, 2, 4, 5, 7 (2.75, 4.5 and 6.25 round to 3, 5 and 6)
    assert result.decay == pytest.approx((1.0 + 0.9 + 0.8) / 3 - (0.5 + 0.4 + 0.3) / 3)


def test_statistics_of_short_and_long_sequences() -> None:
    assert statistics(np.array([0.7])).decay == 0
    assert all(math.isnan(value) for value in vars(statistics(np.array([]))).values())
    long = np.concatenate([np.ones(300), np.zeros(100)])
    assert statistics(long).decay == pytest.approx(1 - 1 / 101)  # the bins share their edge frame


def test_statistics_leave_nan_out() -> None:
    result = statistics(np.array([math.nan, 1.0, 0.6, 0.2]))
    assert result.mean == pytest.approx(0.6)
    assert result.recall == 0.5
