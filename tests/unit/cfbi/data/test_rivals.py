"""Rivals: beside their original in the reference, across it later, and an object of their own."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from cfbi.data.compose import Base, class_planes, compose
from cfbi.data.cutouts import lift
from cfbi.data.geometry import shifted
from cfbi.data.rivals import rival
from cfbi.data.sampler import ClipSampler
from tests.unit.cfbi.data.writing import textured


@pytest.mark.parametrize(("column", "seed"), [(36, 0), (36, 1), (90, 2), (90, 3), (90, 4)])
def test_a_rival_crosses_its_original(column: int, seed: int) -> None:
    size = 128
    masks = [np.zeros((size, size), np.uint8) for _ in range(4)]
    for index, mask in enumerate(masks):
        cv2.circle(mask, (column + 2 * index, 60), 14, 1, -1)
    pictures = [textured((size, size), index, (90, 120, 60)) for index in range(4)]
    base = Base(pictures, [class_planes(mask, [1]) for mask in masks], np.stack([shifted(np.zeros(2))] * 4))
    cutout = lift(pictures, masks, "clip")
    assert cutout is not None

    layer = rival(base, cutout, np.random.default_rng(seed), size=size, label=4)
    shown = compose(base, [layer], size)[1]

    offsets = []
    for matrix, middle, index in zip(layer.matrices, cutout.middles(), range(4), strict=True):
        place = (matrix @ np.append(middle, 1.0))[:2]
        offsets.append((place[0] - column - 2 * index) / cutout.side)
    side = 1 if column < size / 2 else -1  # where there is more room
    assert 0.85 < side * offsets[0] < 1.45
    assert 0.25 < side * offsets[1] < 1.25
    assert -1.25 < side * offsets[3] < -0.15
    assert offsets[2] == pytest.approx((offsets[1] + offsets[3]) / 2, abs=0.02)
    assert layer.label == 4
    assert {1, 4} <= set(np.unique(shown[0]).tolist())


def test_every_real_clip_may_have_one(davis: Path) -> None:
    sampler = ClipSampler(davis, None, crop=81, length=4, rival_share=1.0)
    clips = [sampler.sample(np.random.default_rng(seed)) for seed in range(20)]
    objects = [int(clip.masks[0][clip.masks[0] < 255].max()) for clip in clips]
    assert sum(count >= 2 for count in objects) >= 12


def test_without_them_clips_are_as_before(davis: Path) -> None:
    plain = ClipSampler(davis, None, crop=81, length=4)
    off = ClipSampler(davis, None, crop=81, length=4, rival_share=0.0)
    one, other = (sampler.sample(np.random.default_rng(5)) for sampler in (plain, off))
    np.testing.assert_array_equal(one.frames, other.frames)
