"""What a camera makes of a moving object: its matte averaged while the shutter is open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import Box, bounds, is_empty, widened
from app.matte.motion import Matrix, Motion

Matte = NDArray[np.float32]

_MOST_SAMPLES = 128
"""Each is then two of 255 grey values, so no steps are seen however far apart they are."""
_TILE_PX = 96


def motion_blurred(matte: Matte, before: Motion | None, after: Motion | None, degrees: float) -> Matte:
    """Average a matte along the motion of its object.

    The shutter is open for the same time before and after the moment of the frame. Samples are at most one px
    apart, up to a number at which their steps are not seen. An object that moves by no more than a px in that
    time stays as it is.

    Args:
        matte: (H, W) float32 in 0..1.
        before: The object's motion to the frame before; None if it is not known, then it moved there as it
            moves on.
        after: Its motion to the frame after, likewise.
        degrees: The shutter's angle, 0..360; 360 is open from frame to frame.

    Returns:
        (H, W) float32 in 0..1; the same array where nothing moves.
    """
    box = bounds(matte)
    if degrees <= 0 or is_empty(box) or (before is None and after is None):
        return matte
    half = degrees / 720
    travel = max(side.travel_px(half, box) for side in (before, after) if side is not None)
    samples = min(_MOST_SAMPLES, math.ceil(2 * travel - 1e-6))
    if samples < 2:
        return matte
    reach = math.ceil(travel) + 1
    left, top, right, bottom = widened(box, reach, matte.shape)
    part = np.ascontiguousarray(matte[top:bottom, left:right])
    moves = [_place(before, after, half * ((2 * n + 1) / samples - 1)) for n in range(samples)]
    for move in moves:
        # the same motion with the part's corner as origin
        move[:, 2] += move[:, :2] @ (left, top) - (left, top)
    result: Matte = np.zeros(matte.shape, np.float32)  # whose pages cost nothing where nothing is written
    shown = result[top:bottom, left:right]
    for tile in _tiles(part.shape):
        x, y, x_end, y_end = widened(tile, reach, part.shape)
        low, high = (float(end) for end in cv2.minMaxLoc(part[y:y_end, x:x_end])[:2])
        x, y, x_end, y_end = tile
        # most of an object and of what is around it is even, and stays so
        shown[y:y_end, x:x_end] = low if low == high else _averaged(part, moves, tile)
    return result


def _tiles(shape: tuple[int, ...]) -> Iterator[Box]:
    height, width = shape
    for top in range(0, height, _TILE_PX):
        for left in range(0, width, _TILE_PX):
            yield left, top, min(left + _TILE_PX, width), min(top + _TILE_PX, height)


def _averaged(part: Matte, moves: Sequence[Matrix], tile: Box) -> Matte:
    """The mean of a moved matte within a tile."""
    left, top, right, bottom = tile
    total: Matte = np.zeros((bottom - top, right - left), np.float32)
    for move in moves:
        onto = move.copy()
        onto[:, 2] -= left, top
        # what lies beyond the frame is as its border; elsewhere the part ends in black
        moved = cv2.warpAffine(
            part, onto, (right - left, bottom - top), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        cv2.accumulate(moved, total)
    mean: Matte = np.clip(total / np.float32(len(moves)), 0, 1)
    return mean


def _place(before: Motion | None, after: Motion | None, time: float) -> Matrix:
    """Where the object is at a time in frames, less than 0 before the frame's own."""
    if time < 0:
        if before is not None:
            return before.at(-time)
    elif after is None and before is not None:
        return before.at(-time)
    assert after is not None
    return after.at(time)
