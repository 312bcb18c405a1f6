"""Where things are and how they move: matrices, paths over the frames of a clip, and smooth bending."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pace:
    """How far the reference lies from the other frames, as a factor on the motion up to the previous frame.

    Attributes:
        kind: "same" (previous frame = reference, as in the first step of inference), "near", or "far".
    """

    kind: str

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Pace":
        """Mostly far, since in use the reference is the first frame of a long clip."""
        return cls(str(rng.choice(["same", "near", "far"], p=[0.08, 0.32, 0.6])))


def drift(rng: np.random.Generator, length: int, dims: int, *, pace: Pace, far: float, step: float) -> Floats:
    """A random path: a large displacement after the reference, then small accelerated steps.

    Args:
        rng: Source of randomness.
        length: Number of frames.
        dims: Number of coordinates.
        pace: Distance of the reference.
        far: Standard deviation of the displacement from the reference to the previous frame.
        step: Standard deviation of the displacement between later neighbours.

    Returns:
        (length, dims) float64; row 0 is zero. Draws are cut off at two standard deviations.
    """
    path = np.zeros((length, dims))
    velocity = _normal(rng, dims) * step
    change = _normal(rng, dims) * step * 0.3
    if pace.kind == "near":
        path[1:] = velocity
    elif pace.kind == "far":
        path[1:] = _normal(rng, dims) * far
    for index in range(2, length):
        velocity = velocity + change
        path[index] = path[index - 1] + velocity + _normal(rng, dims) * step * 0.15
    return path


def similarity(source: Floats, target: Floats, *, scale: Floats, angle: float, shear: float = 0.0) -> Floats:
    """Matrix that puts the point ``source`` at ``target``, scaled and turned.

    Args:
        source: (2,) x, y in source px.
        target: (2,) x, y in canvas px.
        scale: (2,) canvas px per source px; a negative x mirrors.
        angle: Radians.
        shear: Added x per y.

    Returns:
        (3, 3) float64, source px to canvas px.
    """
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1.0, shear], [0.0, 1.0]]) @ np.diag(scale)
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = target - linear @ source
    return matrix


def shifted(shift: Floats) -> Floats:
    """(3, 3) matrix that moves by ``shift``, (2,) px."""
    matrix = np.eye(3)
    matrix[:2, 2] = shift
    return matrix


def about(point: Floats, *, shift: Floats, angle: float, zoom: float) -> Floats:
    """Matrix in canvas px that turns and zooms about ``point``, then shifts; see ``similarity``."""
    return similarity(point, point + shift, scale=np.array([zoom, zoom]), angle=angle)


@dataclass(frozen=True)
class Bend:
    """Smooth non-rigid motion: two random fields, mixed by weights that change from frame to frame.

    Attributes:
        fields: (2, S, S, 2) float32 displacement in px.
        weights: (T, 2) float64.
        peaks: (2,) float64, largest displacement in each field, px.
    """

    fields: NDArray[np.float32]
    weights: Floats
    peaks: Floats

    @classmethod
    def draw(
        cls, rng: np.random.Generator, length: int, size: int, *, pace: Pace, amplitude: float, nodes: int
    ) -> "Bend":
        """Fields with ``nodes`` control points per side and a far displacement of ``amplitude`` px."""
        grids = _normal(rng, 2 * nodes * nodes * 2).reshape(2, nodes, nodes, 2).astype(np.float32)
        fields = np.stack(
            [cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC) for grid in grids * amplitude]
        ).astype(np.float32)
        weights = drift(rng, length, 2, pace=pace, far=0.8, step=0.15)
        weights -= weights[int(rng.integers(length))]  # any frame may be the one that looks undistorted
        return cls(fields, weights, np.abs(fields).max(axis=(1, 2, 3)).astype(float))

    def at(self, index: int, box: tuple[int, int, int, int]) -> NDArray[np.float32]:
        """(h, w, 2) float32 displacement of frame ``index`` in the box (left, top, right, bottom)."""
        left, top, right, bottom = box
        first, second = (np.float32(value) for value in self.weights[index])
        fields = self.fields[:, top:bottom, left:right]
        mixed: NDArray[np.float32] = fields[0] * first + fields[1] * second
        return mixed


def _normal(rng: np.random.Generator, dims: int) -> Floats:
    return np.clip(rng.standard_normal(dims), -2.0, 2.0)
