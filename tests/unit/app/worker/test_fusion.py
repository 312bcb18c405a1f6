from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.worker.fusion import fuse, margin, pack_rows, time_share


def pixel(*values: float) -> np.ndarray:
    return np.array(values, np.float32).reshape(-1, 1, 1)


def test_the_weight_of_time() -> None:
    assert time_share(10, 10, 20) == 1
    assert time_share(15, 10, 20) == 0.5
    assert time_share(19, 10, 20) == pytest.approx(0.1)
    assert time_share(19, 20, 10) == pytest.approx(0.9)


def test_the_nearer_reference_wins_where_both_are_sure() -> None:
    result = fuse(pixel(0, 1), pixel(1, 0), (7,), 0.6)
    assert result.index_mask.tolist() == [[7]]
    assert result.probability.ravel() == pytest.approx([0.4, 0.6])
    assert fuse(pixel(0, 1), pixel(1, 0), (7,), 0.4).index_mask.tolist() == [[0]]


def test_a_sure_side_outweighs_a_nearer_one_that_wavers() -> None:
    wavering, sure = pixel(0.45, 0.55), pixel(1, 0)
    result = fuse(wavering, sure, (7,), 0.8)
    weight, other = 0.8 * (0.05 + 0.1), 0.2 * 1.05
    assert result.probability[1].item() == pytest.approx(0.55 * weight / (weight + other), rel=1e-5)
    assert result.index_mask.tolist() == [[0]]


def test_two_sides_that_cannot_decide_meet_in_the_middle() -> None:
    half = pixel(0.5, 0.5)
    result = fuse(half, half, (1,), 0.3)
    assert result.probability.ravel() == pytest.approx([0.5, 0.5])


def test_disagreement_is_kept_as_a_fact() -> None:
    first = np.zeros((3, 1, 4), np.float32)
    second = np.zeros((3, 1, 4), np.float32)
    first[1, 0] = [1, 1, 1, 0]
    second[1, 0] = [0, 1, 1, 1]
    first[2, 0, 3] = 1
    first[0] = 1 - first[1:].sum(axis=0)
    second[0] = 1 - second[1:].sum(axis=0)
    result = fuse(first, second, (2, 5), 0.5)
    assert result.disagreement == {2: pytest.approx(0.5), 5: pytest.approx(1.0)}
    assert not result.probability.flags.writeable


def test_the_margin_is_that_of_the_two_best() -> None:
    assert margin(pixel(0.2, 0.5, 0.3)).item() == pytest.approx(0.2)
    assert margin(pixel(0.5, 0.5, 0.0)).item() == 0
    assert margin(pixel(1, 0, 0)).item() == 1


logits = arrays.arrays(np.float32, (3, 4, 5), elements=st.floats(-6, 6, width=32))


def softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values)
    return (powers / powers.sum(axis=0)).astype(np.float32)


@given(logits, logits, st.floats(0.01, 0.99))
def test_a_blend_lies_between_its_sides(a: np.ndarray, b: np.ndarray, share: float) -> None:
    first, second = softmax(a), softmax(b)
    result = fuse(first, second, (3, 9), share)
    np.testing.assert_allclose(result.probability.sum(axis=0), 1, atol=1e-5)
    assert (result.probability >= np.minimum(first, second) - 1e-6).all()
    assert (result.probability <= np.maximum(first, second) + 1e-6).all()
    same = fuse(second, first, (3, 9), 1 - share)
    np.testing.assert_allclose(same.probability, result.probability, atol=1e-5)
    best = np.array([0, 3, 9])[result.probability.argmax(axis=0)]
    np.testing.assert_array_equal(result.index_mask, best)


@given(logits)
def test_packing_keeps_probabilities_as_fine_as_masks_do(values: np.ndarray) -> None:
    probability = softmax(values)
    unpacked = pack_rows(probability).unpacked()
    assert unpacked.dtype == np.float32
    np.testing.assert_allclose(unpacked[1:], probability[1:], atol=0.5 / 255 + 1e-6)
    edge = (probability[1:] > 0.06) & (probability[1:] < 0.94)
    np.testing.assert_allclose(unpacked[1:][edge], probability[1:][edge], atol=0.07 / 255)
    assert (unpacked >= 0).all()
