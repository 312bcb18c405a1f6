"""Boxes of pixels. Free of Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are one beyond."""

EMPTY_BOX: Box = (0, 0, 0, 0)


def is_empty(box: Box) -> bool:
    """Whether a box holds no pixel."""
    return box[2] <= box[0] or box[3] <= box[1]


def united(first: Box, second: Box) -> Box:
    """The smallest box that holds both; an empty one adds nothing."""
    if is_empty(first):
        return second
    if is_empty(second):
        return first
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )


def bounds(area: NDArray[np.generic]) -> Box:
    """The smallest box that holds every pixel of a (H, W) array that is not zero."""
    rows = np.flatnonzero(area.any(axis=1))
    if not rows.size:
        return EMPTY_BOX
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(area[top:bottom].any(axis=0))
    return int(columns[0]), top, int(columns[-1]) + 1, bottom


def widened(box: Box, by_px: int, shape: tuple[int, ...]) -> Box:
    """A box with a margin all around, cut off at the edges of a picture of (H, W)."""
    left, top, right, bottom = box
    return (
        max(0, left - by_px),
        max(0, top - by_px),
        min(shape[1], right + by_px),
        min(shape[0], bottom + by_px),
    )
