"""Textures of the sample clip, grown from seeded noise: bricks, ground, wood, ball panels, leaf.

All return (H, W, 3) float32 RGB in 0..1, linear enough to be multiplied with light.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


def floats(values: Sequence[float] | Sequence[Sequence[float]]) -> Image:
    """Return `values` as a float32 array."""
    return np.array(values, np.float32)


def noise(height: int, width: int, cell_px: float, octaves: int, seed: int, stretch: float = 1.0) -> Image:
    """Multi-octave value noise.

    Args:
        height: Rows.
        width: Columns.
        cell_px: Size of the coarsest cell in pixels; every octave halves it.
        octaves: How many octaves are summed, each at 0.55 of the one before.
        seed: Seed of the generator.
        stretch: Factor by which cells are longer along x (wood grain, grass blades).

    Returns:
        (height, width) float32, mean 0, standard deviation 1.
    """
    random = np.random.default_rng(seed)
    total: Image = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cell = cell_px / 2**octave
        rows = max(2, math.ceil(height / cell) + 1)
        columns = max(2, math.ceil(width / (cell * stretch)) + 1)
        grid = random.standard_normal((rows, columns)).astype(np.float32)
        total += 0.55**octave * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray((total - total.mean()) / total.std(), np.float32)


def _ramp(value: Image, dark: tuple[float, float, float], light: tuple[float, float, float]) -> Image:
    share = np.clip(value, 0, 1)[..., None]
    return np.asarray(floats(dark) * (1 - share) + floats(light) * share, np.float32)


def _relief(height_map: Image, strength: float) -> Image:
    """Light a height map from the upper left: (H, W) factor around 1."""
    slope_x = cv2.Sobel(height_map, cv2.CV_32F, 1, 0, ksize=3)
    slope_y = cv2.Sobel(height_map, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(np.clip(1 + strength * (slope_x + 1.4 * slope_y), 0.35, 1.7), np.float32)


def brick_wall(height: int, width: int) -> Image:
    """Weathered brickwork with mortar, stains and moss."""
    random = np.random.default_rng(11)
    brick_h, brick_w, mortar = 26, 64, 3.2
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    xs = xs + 1.6 * noise(height, width, 40, 3, 12)
    ys = ys + 1.1 * noise(height, width, 40, 3, 13)
    row = np.floor(ys / brick_h).astype(int)
    shifted = xs + (row % 2) * brick_w / 2
    column = np.floor(shifted / brick_w).astype(int)
    in_y, in_x = ys - row * brick_h, shifted - column * brick_w
    edge = np.minimum(np.minimum(in_y, brick_h - in_y), np.minimum(in_x, brick_w - in_x))
    face = np.clip((edge - mortar / 2) / 1.8, 0, 1).astype(np.float32)
    shade = random.standard_normal((row.max() + 3, column.max() + 3)).astype(np.float32)
    hue = random.standard_normal((row.max() + 3, column.max() + 3)).astype(np.float32)
    own = shade[row + 1, column + 1]
    rough = noise(height, width, 18, 5, 14)
    colour = _ramp(0.5 + 0.16 * own + 0.10 * rough, (0.20, 0.11, 0.09), (0.56, 0.36, 0.28))
    colour[..., 2] *= 1 + 0.12 * hue[row + 1, column + 1]
    joint = _ramp(0.5 + 0.2 * noise(height, width, 8, 3, 15), (0.34, 0.32, 0.30), (0.58, 0.56, 0.52))
    wall = joint * (1 - face[..., None]) + colour * face[..., None]
    wall *= _relief(face * 0.9 + 0.10 * rough, 0.28)[..., None]
    moss = np.clip(0.7 * noise(height, width, 150, 6, 16) + 1.1 * (ys / height - 0.75), 0, 1)[..., None]
    green = _ramp(0.5 + 0.25 * rough, (0.09, 0.13, 0.05), (0.27, 0.33, 0.14))
    wall = wall * (1 - 0.75 * moss) + green * 0.75 * moss
    stained = wall * (1 + 0.12 * noise(height, width, 220, 3, 17))[..., None]
    # out of focus by a little: the camera looks at what moves
    return np.asarray(cv2.GaussianBlur(stained, (0, 0), 0.9), np.float32)


def ground(height: int, width: int) -> Image:
    """Trodden gravel with tufts of grass, seen from above."""
    coarse = noise(height, width, 130, 5, 21)
    grit = noise(height, width, 7, 3, 22)
    soil = _ramp(0.45 + 0.15 * coarse + 0.13 * grit, (0.19, 0.16, 0.12), (0.60, 0.54, 0.44))
    blades = noise(width, height, 5, 3, 23, stretch=5.0).T
    grass = _ramp(0.45 + 0.22 * blades, (0.07, 0.12, 0.03), (0.36, 0.45, 0.16))
    share = 1 / (1 + np.exp(-5 * (coarse + 0.35 * blades - 0.55)))
    mixed = soil * (1 - share[..., None]) + grass * share[..., None]
    return np.asarray(mixed * _relief(grit + 0.6 * blades, 0.10)[..., None], np.float32)


def wood(height: int, width: int) -> Image:
    """Grey weathered wood, the grain running along y."""
    grain = noise(width, height, 14, 5, 31, stretch=14.0).T
    colour = _ramp(0.5 + 0.2 * grain, (0.13, 0.10, 0.08), (0.50, 0.43, 0.35))
    return np.asarray(colour * _relief(grain, 0.08)[..., None], np.float32)


def ball_skin(height: int, width: int) -> Image:
    """Skin of the ball in longitude (x) and latitude (y): worn panels of three paints with seams."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    wobble = 0.10 * noise(height, width, 120, 4, 41)
    longitude = xs / width * 6 + wobble
    latitude = ys / height * 4 + wobble
    panel = (np.floor(longitude) + 2 * np.floor(latitude)).astype(int) % 3
    paints = floats([[0.10, 0.24, 0.52], [0.80, 0.74, 0.60], [0.78, 0.47, 0.10]])
    rough = noise(height, width, 40, 6, 42)
    colour = paints[panel] * (1 + 0.17 * rough)[..., None]
    to_seam = np.minimum(np.abs(longitude - np.round(longitude)), np.abs(latitude - np.round(latitude)))
    seam = np.clip(to_seam / 0.035, 0.25, 1)
    scuff = np.clip(noise(height, width, 60, 6, 43) - 1.0, 0, 0.8)[..., None]
    worn = colour * (1 - scuff) + floats([0.46, 0.41, 0.35]) * scuff
    return np.asarray(np.clip(worn * seam[..., None], 0.01, 1), np.float32)


def leaf_blade(height: int, width: int) -> Image:
    """Blade of the leaf, tip to stem along x: striped between the veins, spotted, browned at the rim."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (ys / height - 0.5) * 2
    rough = noise(height, width, 30, 6, 51)
    slant = xs / width * 9 + 1.6 * np.abs(across) + 0.10 * rough
    stripe = 0.5 + 0.5 * np.sin(2 * math.pi * slant)
    colour = _ramp(stripe + 0.15 * rough, (0.52, 0.11, 0.08), (0.88, 0.50, 0.15))
    vein = np.exp(-(((slant - np.round(slant)) / 0.05) ** 2)) * 0.5 + np.exp(-((across / 0.045) ** 2))
    colour = (
        colour * (1 - 0.6 * np.clip(vein, 0, 1))[..., None]
        + floats([0.42, 0.36, 0.16]) * (0.6 * np.clip(vein, 0, 1))[..., None]
    )
    spots = np.clip(noise(height, width, 26, 4, 52) - 1.3, 0, 1)[..., None]
    rim = np.clip((np.abs(across) - 0.72) / 0.28, 0, 1)[..., None] * 0.5
    brown = floats([0.22, 0.10, 0.06])
    share = np.clip(spots + rim, 0, 0.9)
    return np.asarray(
        np.clip(colour * (1 + 0.12 * rough)[..., None], 0, 1) * (1 - share) + brown * share, np.float32
    )
