"""Evens out the flicker of an edge over time."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from app.matte.motion import moments

Matte = NDArray[np.float32]

_LARGEST_ZOOM = 0.1


def evened_out(matte: Matte, neighbours: Sequence[Matte]) -> Matte:
    """The median over time of a matte and its neighbours, each moved to where the object is now.

    Only the motion of the whole object is undone: its place and its size. What is left between frames at the
    edge is flicker, or the object changing its shape; the median keeps what most frames agree on. Neighbours
    that overlap the matte too little say nothing about it and are left out.

    Args:
        matte: (H, W) float32 in 0..1.
        neighbours: Mattes of the frames around.

    Returns:
        (H, W) float32; as the matte where the neighbours were of no use.
    """
    placed = [moved for other in neighbours if (moved := _placed(other, matte)) is not None]
    if not placed:
        return matte
    # an even number of votes would mix two; the matte's own vote breaks the tie
    votes = [matte, *placed] if len(placed) % 2 == 0 else [matte, matte, *placed]
    found: Matte = np.median(np.stack(votes), axis=0).astype(np.float32)
    return found


def _placed(other: Matte, matte: Matte) -> Matte | None:
    """A neighbour moved and scaled onto the matte; None if they have too little in common."""
    here, there = moments(matte), moments(other)
    if here is None or there is None:
        return None
    area, x, y = here
    other_area, other_x, other_y = there
    zoom = float(np.sqrt(area / other_area))
    if abs(zoom - 1) > _LARGEST_ZOOM:
        return None  # that is not the same view of the object
    move = np.array([[zoom, 0, x - zoom * other_x], [0, zoom, y - zoom * other_y]], np.float32)
    height, width = matte.shape
    moved = np.asarray(
        cv2.warpAffine(other, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )
    overlap = float(np.minimum(moved, matte).sum()) / max(1e-6, float(np.maximum(moved, matte).sum()))
    return moved if overlap >= 0.6 else None
