"""A network small enough for tests, and frames and clips for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from cfbi.config import EnsemblerConfig, FeatureConfig, MatchingConfig, ModelConfig, Preprocessing
from cfbi.data.clip import TrainingClip
from cfbi.model.build import build_model
from cfbi.model.network import Network
from tests.golden.filler import fill

TINY = ModelConfig(
    name="tiny_cfbi",
    preprocessing=Preprocessing("rgb", mean=(127 / 255,) * 3, std=(128 / 255,) * 3, max_side=97),
    features=FeatureConfig(
        "efficientnet_lite0", norm="group", aspp_dim=16, low_level_dim=8, decoder_dim=16, groups=4
    ),
    embedding_dim=8,
    embedding_groups=(4, 4),
    prehead_dim=8,
    prehead_groups=4,
    matching=MatchingConfig(windows=(2, 4)),
    ensembler=EnsemblerConfig(
        widths=(16, 16, 16),
        bottleneck=2,
        aspp_branch=8,
        aspp_dim=16,
        shortcut_dim=8,
        decoder_dim=8,
        groups=4,
        shortcut_groups=4,
    ),
)

TINY_PLUS = replace(
    TINY,
    name="tiny_cfbip",
    matching=MatchingConfig(windows=(4, 8), half_resolution=False, local_atrous=2, channels=4),
    coarser_matching=(
        MatchingConfig(windows=(2, 4), half_resolution=False, channels=6),
        MatchingConfig(windows=(2,), half_resolution=False),
    ),
)
"""The same as CFBI+."""


def filled_tiny() -> Network:
    """The tiny network with seeded numbers whose gates, maps and logits vary over the picture."""
    model = build_model(TINY)
    fill(model)
    return model


def noise_frame(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 of coarse coloured noise, read-only."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
    frame = np.ascontiguousarray(coarse.repeat(4, 0).repeat(4, 1)[:height, :width])
    frame.setflags(write=False)
    return frame


def two_objects(height: int, width: int, first: int = 1, second: int = 2) -> NDArray[np.uint8]:
    """(height, width) uint8: two rectangles on background, with the given ids."""
    mask = np.zeros((height, width), np.uint8)
    mask[height // 5 : height // 2, width // 6 : width // 2] = first
    mask[height // 2 : height - height // 6, width // 2 : width - width // 8] = second
    return mask


def disc_clip(rng: np.random.Generator, *, side: int = 65, length: int = 4) -> TrainingClip:
    """A bright disc that wanders over a dark texture; a few ignored pixels in a corner."""
    texture = rng.integers(0, 90, (side, side, 3), dtype=np.uint8)
    colour = rng.integers(150, 256, 3, dtype=np.uint8)
    ys, xs = np.mgrid[:side, :side]
    centre, step = rng.uniform(0.35, 0.65, 2) * side, rng.uniform(-3, 3, 2)
    frames, masks = [], []
    for index in range(length):
        y, x = centre + index * step
        inside = (ys - y) ** 2 + (xs - x) ** 2 < (0.22 * side) ** 2
        frames.append(np.where(inside[..., None], colour, texture).astype(np.uint8))
        masks.append(inside.astype(np.uint8))
        masks[-1][:3, :3] = 255
    return TrainingClip(np.stack(frames), np.stack(masks), "disc")


def seeded(*shape: int, seed: int) -> torch.Tensor:
    """Standard normal numbers."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
