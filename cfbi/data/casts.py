"""What an object throws around itself without it being part of it: its shadow, or its image in a floor."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.data.compose import Layer
from cfbi.data.geometry import Floats

Bytes = NDArray[np.uint8]

_MIRRORED_SHARE = 0.25
"""Share of the casts that are reflections."""


def with_casts(layers: Sequence[Layer], rng: np.random.Generator, share: float) -> list[Layer]:
    """Put a cast under some of the layers; it is background in every mask.

    Args:
        layers: From back to front.
        rng: Source of randomness; not touched where ``share`` is 0.
        share: Share of the layers that get one.
    """
    drawn: list[Layer] = []
    for layer in layers:
        if share > 0 and rng.random() < share:
            drawn.append(_reflection(layer, rng) if rng.random() < _MIRRORED_SHARE else _shadow(layer, rng))
        drawn.append(layer)
    return drawn


def _shadow(layer: Layer, rng: np.random.Generator) -> Layer:
    """The outline, laid flat on the ground to one side, dark and more or less soft."""
    darkness = float(rng.uniform(0.3, 0.75))
    colour = rng.uniform(0, 45, 3) * [0.8, 0.9, 1.1]  # the sky lights what the sun does not
    side = max(layer.alphas[0].shape)
    blur = float(rng.uniform(0.006, 0.05)) * side
    length = float(rng.uniform(0.12, 0.55)) * (1.0 if rng.random() < 0.35 else -1.0)
    flat = np.array([[1.0, float(rng.uniform(-1.3, 1.3))], [0.0, length]])
    alphas = [_faint(cv2.GaussianBlur(alpha, (0, 0), blur), darkness) for alpha in layer.alphas]
    pictures = [np.full((*alpha.shape, 3), colour, np.uint8) for alpha in alphas]
    matrices = _about_foot(layer, flat)
    return replace(layer, pictures=pictures, alphas=alphas, matrices=matrices, label=None)


def _reflection(layer: Layer, rng: np.random.Generator) -> Layer:
    """The object upside down below itself, as in water or a polished floor."""
    strength = float(rng.uniform(0.2, 0.6))
    blur = float(rng.uniform(0.3, 3.0))
    alphas = [_faint(cv2.GaussianBlur(alpha, (0, 0), blur), strength) for alpha in layer.alphas]
    pictures = [np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), np.uint8) for picture in layer.pictures]
    upside_down = np.array([[1.0, 0.0], [0.0, -float(rng.uniform(0.6, 1.0))]])
    matrices = _about_foot(layer, upside_down)
    return replace(layer, pictures=pictures, alphas=alphas, matrices=matrices, label=None)


def _faint(alpha: NDArray[np.generic], strength: float) -> Bytes:
    return np.asarray(np.asarray(alpha, np.float32) * np.float32(strength), np.uint8)


def _about_foot(layer: Layer, linear: Floats) -> Floats:
    """(T, 3, 3) matrices of the layer with ``linear`` (2, 2) applied about the height of its lowest point."""
    matrices = []
    for index, matrix in enumerate(layer.matrices):
        foot = _foot(layer.alphas[index % len(layer.alphas)], matrix)
        move = np.eye(3)
        move[:2, :2] = linear
        move[:2, 2] = foot - linear @ foot
        matrices.append(move @ matrix)
    return np.stack(matrices)


def _foot(alpha: Bytes, matrix: Floats) -> Floats:
    """(2,) x, y on the canvas: the object's lowest pixel tells y, its middle x; zeros where none is seen."""
    inside = alpha > 127
    columns = np.flatnonzero(inside.any(axis=0))
    if len(columns) == 0:
        return np.zeros(2)
    rows = np.stack(
        [inside[:, columns].argmax(axis=0), len(inside) - 1 - inside[::-1, columns].argmax(axis=0)]
    )
    rim = np.stack([np.tile(columns, 2), rows.ravel(), np.ones(2 * len(columns))])  # (3, n)
    x, y = (matrix @ rim)[:2]
    return np.array([x.mean(), y.max()])
