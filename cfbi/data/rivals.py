"""Rivals: a second copy of an object that crosses it, so that only where it was tells the two apart."""

import numpy as np

from cfbi.data.compose import Base, Layer
from cfbi.data.cutouts import Cutout
from cfbi.data.geometry import Floats, shifted, similarity


def rival(base: Base, cutout: Cutout, rng: np.random.Generator, *, size: int, label: int) -> Layer:
    """A copy beside its original in the reference, which crosses it between the previous and the last frame.

    Args:
        base: The real clip.
        cutout: An object of it, in motion: as many pictures as the clip has frames.
        rng: Source of randomness.
        size: Side of the canvas, px.
        label: Its label.
    """
    origin = np.array(cutout.origin, float)
    middles = np.stack(
        [
            (matrix @ np.append(middle + origin, 1.0))[:2]
            for matrix, middle in zip(base.matrices, cutout.middles(), strict=True)
        ]
    )
    extent = cutout.side * float(np.sqrt(abs(np.linalg.det(base.matrices[0][:2, :2]))))
    zoom = float(np.exp(rng.normal(0, 0.1)))
    scale = np.array([(-1.0 if rng.random() < 0.5 else 1.0) * zoom, zoom])
    offsets = _crossing(rng, len(middles), extent, right=middles[0][0] < size / 2)
    matrices = np.stack(
        [
            similarity(middle, middle + offset, scale=scale, angle=0.0) @ matrix @ shifted(origin)
            for matrix, middle, offset in zip(base.matrices, middles, offsets, strict=True)
        ]
    )
    behind = bool(rng.random() < 0.5)
    return Layer(cutout.pictures, cutout.alphas, matrices, label, None, behind, np.zeros((len(middles), 2)))


def _crossing(rng: np.random.Generator, length: int, extent: float, *, right: bool) -> Floats:
    """(length, 2) x, y from the original's middle: beside it on one side, later on the other."""
    start, last = rng.uniform(0.9, 1.4), -rng.uniform(0.2, 1.2)
    previous = rng.uniform(0.3, 1.2)
    along = np.concatenate([[start], np.linspace(previous, last, length - 1)])
    across = rng.normal(0, 0.15, 2)
    heights = np.concatenate([across[:1], np.full(length - 1, across[1])])
    offsets = extent * np.stack([along if right else -along, heights], axis=1)
    return np.asarray(offsets, np.float64)
