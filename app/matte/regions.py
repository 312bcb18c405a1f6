"""Holes and specks of a matte."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Matte = NDArray[np.float32]


def fill_holes(matte: Matte, largest_px: float) -> Matte:
    """Fill what is enclosed by the object.

    Args:
        matte: (H, W) float32 in 0..1.
        largest_px: Holes of at most this area in stored px are filled; parts that touch the border are none.

    Returns:
        (H, W) float32, a new array.
    """
    outside = (matte < 0.5).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=4)
    height, width = matte.shape
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    enclosed = (left > 0) & (top > 0) & (right < width) & (bottom < height)
    chosen = enclosed & (stats[:, cv2.CC_STAT_AREA] <= largest_px)
    chosen[0] = False
    hole = chosen[labels]
    # the soft rim of a hole belongs to it
    rim = cv2.dilate(hole.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    filled: Matte = matte.copy()
    filled[hole | (rim & (matte >= 0.5))] = 1.0
    return filled


def drop_specks(matte: Matte, largest_px: float) -> Matte:
    """Drop small detached parts.

    Args:
        matte: (H, W) float32 in 0..1.
        largest_px: Parts of at most this area in stored px are dropped, with their soft rim. The largest part
            stays whatever its size: a small object is not a speck.

    Returns:
        (H, W) float32, a new array.
    """
    # parts are joined through their faint rims, or one would leave a halo
    count, labels = cv2.connectedComponents((matte > 0.02).astype(np.uint8), connectivity=8)
    solid = np.bincount(labels[matte >= 0.5], minlength=count)
    keep = solid > largest_px
    keep[0] = False
    if count > 1 and not keep[1:].any():
        keep[1 + int(np.argmax(solid[1:]))] = True
    return np.where(keep[labels], matte, np.float32(0)).astype(np.float32)
