"""Areas drawn by their outline: a pixel is inside if its centre is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.document.boxes import Box
from app.tools.raster import Point

Area = tuple[NDArray[np.bool_], Box]
"""(h, w) bool coverage of a box inside the picture, and the box."""


def polygon(points: Sequence[Point], shape: tuple[int, int]) -> Area:
    """The inside of a closed line; where it crosses itself, all that it goes round counts (nonzero winding).

    Args:
        points: Corners (x, y) in image px, three or more; the last is joined to the first.
        shape: (height, width) of the picture.
    """
    if len(points) < 3:
        return _nothing()
    corners = np.asarray(points, np.float64)
    box = _box_of(corners.min(axis=0), corners.max(axis=0), shape)
    left, top, right, bottom = box
    if right <= left or bottom <= top:
        return _nothing()
    start, end = corners, np.roll(corners, -1, axis=0)
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    # the rows whose centres an edge crosses; half open, so that a corner on a centre counts once
    first = np.clip(np.ceil(low - 0.5), top, bottom).astype(np.int64)
    last = np.clip(np.ceil(high - 0.5), top, bottom).astype(np.int64)
    count = last - first
    edge = np.repeat(np.arange(len(corners)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    rise = end[edge] - start[edge]
    x = start[edge, 0] + (row + 0.5 - start[edge, 1]) / rise[:, 1] * rise[:, 0]
    column = np.clip(np.ceil(x - 0.5), left, right).astype(np.int64) - left
    winding = np.zeros((bottom - top, right - left + 1), np.int32)
    np.add.at(winding, (row - top, column), np.where(rise[:, 1] > 0, 1, -1))
    return np.cumsum(winding[:, :-1], axis=1) != 0, box


def rectangle(first: Point, second: Point, shape: tuple[int, int]) -> Area:
    """The upright rectangle between two opposite corners."""
    (x0, y0), (x1, y1) = first, second
    return polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], shape)


def ellipse(first: Point, second: Point, shape: tuple[int, int]) -> Area:
    """The upright ellipse that fills the rectangle between two opposite corners."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    middle, radius = (low + high) / 2, (high - low) / 2
    box = _box_of(low, high, shape)
    if radius.min() < 1e-6 or box[2] <= box[0] or box[3] <= box[1]:
        return _nothing()
    x = (np.arange(box[0], box[2]) + 0.5 - middle[0]) / radius[0]
    y = ((np.arange(box[1], box[3]) + 0.5 - middle[1]) / radius[1])[:, None]
    return x * x + y * y <= 1.0, box


def squared(first: Point, second: Point, aspect: float = 1.0) -> Point:
    """The second corner moved so that the rectangle is a square that holds it.

    Args:
        first: The corner that stays, (x, y) in image px.
        second: The opposite one.
        aspect: Width of a pixel on screen divided by its height; the square is one on the screen.
    """
    dx, dy = second[0] - first[0], second[1] - first[1]
    side = max(abs(dx) * aspect, abs(dy))
    return first[0] + math.copysign(side / aspect, dx), first[1] + math.copysign(side, dy)


def _box_of(low: NDArray[np.float64], high: NDArray[np.float64], shape: tuple[int, int]) -> Box:
    height, width = shape
    left, top = max(0, math.floor(low[0])), max(0, math.floor(low[1]))
    return left, top, min(width, math.ceil(high[0])), min(height, math.ceil(high[1]))


def _nothing() -> Area:
    return np.zeros((0, 0), np.bool_), (0, 0, 0, 0)
