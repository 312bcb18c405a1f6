"""Edges of painted masks, made as soft as those of the network.

A hard edge on every frame that was painted stands out in a moving matte.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import bounds, widened
from app.matte.shape import disc

Matte = NDArray[np.float32]

_HARD_STEP = 0.6
"""Between neighbouring pixels: an edge that the network draws is spread over more of them."""
_STEEPER = 2.0
"""So many times as steep as a soft edge is steeper than the network's get: where a painted edge runs along a
soft one, it leaves steps less than a hard one's that stand out all the same."""
_LEAST_STEP = 0.15
_SOFT_SHARE = 0.5
_LEAST_PX, _MOST_PX = 0.3, 12.0
_BELOW_HALF = np.float32(0.5 - 1 / 255)


def edge_softness(matte: Matte, *, is_painted: bool = False) -> float:
    """How soft the edge of a matte is.

    Measured by the slope along the contour, so that a part that is unsure as a whole does not count.

    Args:
        matte: (H, W) float32 in 0..1.
        is_painted: Hard parts of the edge do not count, since nobody said how soft they are; unless they are
            most of it.

    Returns:
        Standard deviation, in px, of the blur that would make a hard edge as soft; 0 where there is no edge.
    """
    inside = (matte >= 0.5).astype(np.uint8)
    left, top, right, bottom = widened(bounds(inside), 1, matte.shape)  # slopes look one px around
    matte, inside = matte[top:bottom, left:right], inside[top:bottom, left:right]
    contour = inside != cv2.erode(inside, disc(1), borderType=cv2.BORDER_REPLICATE)
    if is_painted:
        length = int(contour.sum())
        contour &= cv2.dilate(_steps(matte, _HARD_STEP), disc(1)) == 0
        if contour.sum() < _SOFT_SHARE * length:
            return 0.0
    if not contour.any():
        return 0.0
    across = cv2.Sobel(matte, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(matte, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    slope = float(np.median(np.hypot(across[contour], down[contour])))
    return min(_MOST_PX, _slope_of(max(slope, 1e-6)))


def softened(matte: Matte, softness_px: float) -> Matte:
    """Make edges that are much harder than others as soft; others stay, and so does the outline at one half.

    Args:
        matte: (H, W) float32 in 0..1.
        softness_px: As of ``edge_softness``.

    Returns:
        (H, W) float32 in 0..1; the same array where there is no hard edge.
    """
    if softness_px < _LEAST_PX:
        return matte
    steps = _steps(matte, min(_HARD_STEP, max(_LEAST_STEP, _STEEPER * _slope_of(softness_px))))
    if not steps.any():
        return matte
    near = cv2.dilate(steps, disc(math.ceil(2.5 * softness_px))).astype(np.float32)
    share, blurred = _blurred(near, softness_px), _blurred(matte, softness_px)
    found = matte + share * (blurred - matte)
    kept: Matte = np.where(matte >= 0.5, np.maximum(found, np.float32(0.5)), np.minimum(found, _BELOW_HALF))
    return kept


def _slope_of(softness_px: float) -> float:
    """In the middle of an edge, per px; and the softness of an edge with that slope."""
    return 1 / (softness_px * math.sqrt(2 * math.pi))


def _steps(matte: Matte, least: float) -> NDArray[np.uint8]:
    """(H, W) uint8, 1 on both sides of each step between neighbouring pixels that is larger."""
    steps = np.zeros(matte.shape, np.uint8)
    across = np.abs(np.diff(matte, axis=1)) > least
    down = np.abs(np.diff(matte, axis=0)) > least
    steps[:, 1:] |= across
    steps[:, :-1] |= across
    steps[1:] |= down
    steps[:-1] |= down
    return steps


def _blurred(values: Matte, sigma_px: float) -> Matte:
    found = cv2.GaussianBlur(values, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)
