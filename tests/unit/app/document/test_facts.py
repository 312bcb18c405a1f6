from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.facts import (
    FrameFacts,
    Jumps,
    band_width,
    centroid,
    changed,
    chatter,
    disagreement,
    edge_band,
    from_json,
    jumps,
    measure,
    to_json,
)


def square(left: int, top: int, side: int, shape: tuple[int, int] = (40, 60)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[top : top + side, left : left + side] = True
    return mask


def rows(*objects: np.ndarray) -> np.ndarray:
    stacked = np.stack([np.zeros(objects[0].shape), *objects]).astype(np.float32)
    stacked[0] = 1 - stacked.sum(axis=0)
    return stacked


def test_a_sharp_square() -> None:
    inside = square(10, 8, 10)
    facts = measure(inside.astype(np.uint8) * 3, rows(inside.astype(float)), (3,))[3]
    assert facts == FrameFacts(100, (14.5, 12.5), confidence=1.0, certainty=1.0)


def test_a_soft_edge_lowers_the_confidence_and_unsure_pixels_the_certainty() -> None:
    inside = square(10, 8, 10)
    half = np.where(inside, 0.75, 0.0)
    facts = measure(inside.astype(np.uint8), rows(half), (1,))[1]
    assert facts.certainty == 0.75
    width = band_width(inside.shape)
    assert width == 2
    band = edge_band(inside, width)
    wanted = np.where(inside, 0.5, 1.0)[band].mean()
    assert facts.confidence == pytest.approx(wanted)
    assert 0.5 < wanted < 1


def test_the_strongest_rival_may_be_another_object() -> None:
    first, second = square(10, 8, 10), square(20, 8, 10)
    probability = rows(
        np.where(first, 0.6, 0.0) + np.where(second, 0.4, 0.0),
        np.where(first, 0.4, 0.0) + np.where(second, 0.6, 0.0),
    )
    index = np.where(first, 1, 0) + np.where(second, 2, 0)
    facts = measure(index.astype(np.uint8), probability, (1, 2))
    assert facts[1].confidence == pytest.approx(facts[2].confidence)
    assert facts[1].certainty == pytest.approx(0.6)


def test_an_object_that_is_not_there() -> None:
    facts = measure(np.zeros((8, 8), np.uint8), rows(np.full((8, 8), 0.1)), (1,))
    assert facts == {1: FrameFacts(0)}


def test_the_edge_band_has_both_sides_of_the_contour_and_the_frame_is_none() -> None:
    inside = np.zeros((12, 12), bool)
    inside[:, 6:] = True
    band = edge_band(inside, 2)
    assert np.flatnonzero(band.any(axis=0)).tolist() == [4, 5, 6, 7]
    assert band[:, 4:8].all()


def test_a_band_on_a_mask_that_fills_the_frame_is_empty() -> None:
    facts = measure(np.ones((9, 9), np.uint8), rows(np.ones((9, 9))), (1,))[1]
    assert facts.confidence is None
    assert facts.certainty == 1


def test_disagreement() -> None:
    first = square(0, 0, 10).astype(np.float32)
    second = square(5, 0, 10).astype(np.float32)
    assert disagreement(first, first) == 0
    assert disagreement(first, second) == pytest.approx(1 - 50 / 150)
    assert disagreement(first, square(30, 20, 5).astype(np.float32)) == 1
    assert disagreement(first * 0, first * 0) == 0


def test_chatter_is_blind_to_motion() -> None:
    assert chatter(square(5, 5, 10), square(9, 6, 10)) == 0
    assert chatter(square(5, 5, 10), np.zeros((40, 60), bool)) is None
    # one pixel all around: 44 of them over a contour of 44 (the ring of a 12 px square)
    assert chatter(square(6, 6, 10), square(5, 5, 12)) == pytest.approx(44 / 44)


def test_centroid() -> None:
    assert centroid(square(3, 7, 2)) == (3.5, 7.5)
    assert centroid(square(3, 7, 2), (100, 10)) == (103.5, 17.5)
    assert centroid(np.zeros((3, 3), bool)) is None


def test_jumps_against_neighbours() -> None:
    before, after = FrameFacts(100, (10.0, 10.0)), FrameFacts(100, (20.0, 10.0))
    assert jumps(before, FrameFacts(100, (15.0, 10.0)), after) == Jumps(0.0, 0.0)
    assert jumps(before, FrameFacts(50, (15.0, 10.0)), after).area == pytest.approx(0.5)
    assert jumps(before, FrameFacts(100, (15.0, 25.0)), after).centroid == pytest.approx(1.5)
    assert jumps(before, FrameFacts(0), after) == Jumps(1.0, 0.0)
    assert jumps(None, FrameFacts(7, (1.0, 1.0)), None) == Jumps(0.0, 0.0)
    assert jumps(None, FrameFacts(200, (20.0, 10.0)), after) == Jumps(0.5, 0.0)
    assert jumps(None, FrameFacts(0), FrameFacts(0)) == Jumps(0.0, 0.0)


def test_changed_counts_pixels_of_objects_only() -> None:
    first = square(0, 0, 10).astype(np.uint8)
    assert changed(first, first, {1}) == 0
    assert changed(first, first * 2, {1, 2}) == 1
    assert changed(first, square(5, 0, 10).astype(np.uint8), {1}) == pytest.approx(100 / 150)
    assert changed(first * 0, first * 0, {1}) == 0


def test_changed_counts_only_the_objects_that_it_is_asked_of() -> None:
    first = square(0, 0, 10).astype(np.uint8)
    both = np.maximum(first, square(20, 20, 10).astype(np.uint8) * 2)
    assert changed(first, both, {1}) == 0
    assert changed(first, both, {2}) == 1
    assert changed(first, first * 2, {1}) == 1  # what 2 took from it


number = st.none() | st.floats(0, 1)


@given(
    st.builds(
        FrameFacts,
        st.integers(0, 10**7),
        st.none() | st.tuples(st.floats(0, 4000), st.floats(0, 4000)),
        number,
        number,
        number,
        number,
        st.booleans(),
    )
)
def test_json_round_trip(facts: FrameFacts) -> None:
    assert from_json(json.loads(json.dumps(to_json(facts)))) == facts


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"area": -1},
        {"area": True},
        {"area": "7"},
        {"area": 1, "centroid": [1]},
        {"area": 1, "centroid": 3},
        {"area": 1, "confidence": "high"},
        {"area": 1, "certainty": float("nan")},
        {"area": 1, "is_half": 1},
    ],
)
def test_json_that_is_not_ours(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is"):
        from_json(data)
