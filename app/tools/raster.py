"""Discs and thick lines on a pixel grid.

Pure numpy, free of Qt. Points are (x, y) in image px; pixel centres are at .5.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from app.document.boxes import EMPTY_BOX, Box, is_empty

Point = tuple[float, float]


def stretch(aspect: float) -> Point:
    """How much wider and higher than stored pixels are shown that are not square; never less than 1.

    Args:
        aspect: Width of a pixel on screen divided by its height.
    """
    return max(1.0, aspect), max(1.0, 1 / aspect)


def capsule_box(start: Point, end: Point, radius: float, shape: tuple[int, int], aspect: float = 1.0) -> Box:
    """A box that holds all that ``capsule`` covers; empty if that is outside the picture.

    Args:
        start: (x, y) in image px.
        end: The other end, in the same units.
        radius: In px.
        shape: (height, width) of the picture.
        aspect: Width of a pixel on screen divided by its height.
    """
    height, width = shape
    across, down = stretch(aspect)
    reach_x, reach_y = max(radius / across, 0.5), max(radius / down, 0.5)
    left = max(0, math.floor(min(start[0], end[0]) - reach_x))
    top = max(0, math.floor(min(start[1], end[1]) - reach_y))
    right = min(width, math.ceil(max(start[0], end[0]) + reach_x) + 1)
    bottom = min(height, math.ceil(max(start[1], end[1]) + reach_y) + 1)
    return left, top, right, bottom


def capsule(
    start: Point, end: Point, radius: float, shape: tuple[int, int], aspect: float = 1.0
) -> tuple[NDArray[np.bool_], Box]:
    """Pixels within ``radius`` of the segment from ``start`` to ``end``, cut off at the picture's edges.

    Args:
        start: (x, y) in image px.
        end: (x, y) in image px; the same point gives a disc.
        radius: In px. The pixels under the two end points are always covered, however small it is.
        shape: (height, width) of the picture.
        aspect: Width of a pixel on screen divided by its height. Distances are those on the screen, in px of
            the side that is not stretched.

    Returns:
        (h, w) bool coverage of the box, and the box, which lies inside the picture and may be empty.
    """
    box = capsule_box(start, end, radius, shape, aspect)
    if is_empty(box):
        return np.zeros((0, 0), np.bool_), EMPTY_BOX
    left, top, right, bottom = box
    across, down = stretch(aspect)
    x = (np.arange(left, right, dtype=np.float64) + 0.5 - start[0]) * across
    y = (np.arange(top, bottom, dtype=np.float64) + 0.5 - start[1])[:, None] * down
    dx, dy = (end[0] - start[0]) * across, (end[1] - start[1]) * down
    length2 = dx * dx + dy * dy
    if length2 == 0.0:
        distance2 = x * x + y * y
    else:
        along = np.clip((x * dx + y * dy) / length2, 0.0, 1.0)
        distance2 = (x - along * dx) ** 2 + (y - along * dy) ** 2
    coverage: NDArray[np.bool_] = distance2 <= radius * radius
    for point in (start, end):
        column, row = math.floor(point[0]) - left, math.floor(point[1]) - top
        if 0 <= row < coverage.shape[0] and 0 <= column < coverage.shape[1]:
            coverage[row, column] = True
    return coverage, box


def disc(center: Point, radius: float, shape: tuple[int, int]) -> tuple[NDArray[np.bool_], Box]:
    """Pixels within ``radius`` of a point; see `capsule`."""
    return capsule(center, center, radius, shape)
