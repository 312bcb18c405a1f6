"""Clips as the paper draws them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbi.data.clip import TrainingClip
from cfbi.data.paper import PaperSampler, uniform_frames
from cfbi.errors import DataError
from tests.unit.cfbi.data.writing import write_lists, write_sequence


def clips(root: Path, count: int, **options: Any) -> list[TrainingClip]:
    sampler = PaperSampler(root, **{"crop": 49, "length": 5, **options})
    return [sampler.sample(np.random.default_rng(seed)) for seed in range(count)]


def covered(clip: TrainingClip) -> float:
    return float(np.mean((clip.masks[0] > 0) & (clip.masks[0] < 255)))


def test_clips_show_the_objects_of_their_reference_on_every_frame(davis: Path) -> None:
    for clip in clips(davis, 12):
        assert clip.frames.shape == (5, 49, 49, 3)
        assert clip.masks.shape == (5, 49, 49)
        ids = set(np.unique(clip.masks[0])) - {0, 255}
        assert ids == set(range(1, len(ids) + 1))
        assert set(np.unique(clip.masks)) <= ids | {0, 255}
        # the discs are red on green: masks lie where the objects are
        red = clip.frames[..., 0].astype(int) - clip.frames[..., 1]
        assert np.mean((red > 40) == (clip.masks > 0)) > 0.9 or len(ids) == 1
        assert red[clip.masks > 0].mean() > 80


def test_equal_generators_give_equal_clips(davis: Path) -> None:
    first, second = clips(davis, 3), clips(davis, 3)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.frames, other.frames)
        np.testing.assert_array_equal(one.masks, other.masks)
        assert one.source == other.source


def test_the_crop_is_as_large_as_the_paper_says(davis: Path) -> None:
    sampler = PaperSampler(davis, crop=49)
    mask = np.zeros((96, 160), np.uint8)
    sides = [sampler._window(mask, np.random.default_rng(seed))[2] for seed in range(200)]
    assert 96 * 465 / 480 / 1.3 <= min(sides) < 73
    assert 92 < max(sides) <= 96 * 465 / 480


def test_a_balanced_crop_shows_more_of_the_object(tmp_path: Path) -> None:
    write_sequence(tmp_path, "one")
    write_lists(tmp_path, ["one"], ["one-held-out"])
    balanced = clips(tmp_path, 60, balanced_crop=True)
    plain = clips(tmp_path, 60, balanced_crop=False)
    few = [sum(covered(clip) < 0.01 for clip in found) for found in (balanced, plain)]
    assert few[0] < few[1]
    assert few[0] <= 1


def test_sequences_of_davis_are_repeated(davis: Path, youtubevos: Path) -> None:
    shares = []
    for repeat in (1.0, 30.0):
        sampler = PaperSampler([davis, youtubevos], crop=33, length=3, davis_repeat=repeat)
        drawn = [sampler.sample(np.random.default_rng(seed)).source for seed in range(60)]
        shares.append(sum(source.startswith("davis/") for source in drawn) / len(drawn))
    assert shares[0] < 0.9 < shares[1]


def test_without_a_current_frame_there_is_nothing_to_learn(davis: Path) -> None:
    with pytest.raises(DataError, match="A clip of 2 frames has no current frame"):
        PaperSampler(davis, length=2)


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(3, 6), st.integers(1, 5))
def test_gaps_are_small_and_time_runs_one_way(seed: int, count: int, length: int, max_gap: int) -> None:
    order = uniform_frames(np.random.default_rng(seed), count, length, max_gap=max_gap)
    assert len(order) == length
    assert all(0 <= index < count for index in order)
    gaps = np.diff(order[1:])
    assert (abs(gaps) <= max_gap).all()
    assert (gaps >= 0).all() or (gaps <= 0).all()
    if count > (length - 2) * max_gap:
        assert (gaps != 0).all()


def test_the_reference_may_be_anywhere() -> None:
    orders = [uniform_frames(np.random.default_rng(seed), 10, 4, max_gap=3) for seed in range(200)]
    assert {order[0] for order in orders} == set(range(10))
    assert {abs(order[2] - order[1]) for order in orders} == {1, 2, 3}
