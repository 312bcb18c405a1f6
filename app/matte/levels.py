"""Solid black and white: the ends of a matte's range are cut off, as keyers do.

The network is hardly ever quite sure, so its mattes carry a faint veil over the background, and what is
inside is not quite solid.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.finish import MatteFinish
from app.document.mask_store import StoredMask
from app.document.packed_matte import WHITE

Matte = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_HARDLY_SPREAD = 2 / 3


def clipped(matte: Matte, black: float, white: float) -> Matte:
    """What is at most ``black`` becomes 0, what is at least ``white`` 1; between them values are spread.

    Args:
        matte: (H, W) float32 in 0..1.
        black: 0..0.5.
        white: 0.5..1.

    Returns:
        (H, W) float32 in 0..1; the same array where there is nothing to cut off.
    """
    if black <= 0 and white >= 1:
        return matte
    gain = np.float32(1 / max(white - black, 1e-6))
    found: Matte = np.clip((matte - np.float32(black)) * gain, 0, 1)
    return found


def clipped_bytes(matte: Bytes, finish: MatteFinish) -> Bytes:
    """The same for a matte in bytes.

    Args:
        matte: (H, W) uint8, 0..255.
        finish: Only its ends are looked at.

    Returns:
        (H, W) uint8, each the rounded value of `clipped`; the same array where there is nothing to cut off.
    """
    if finish.clip_black <= 0 and finish.clip_white >= 1:
        return matte
    return np.asarray(cv2.LUT(matte, _table(finish.clip_black, finish.clip_white)), np.uint8)


def clipped_stored(entry: StoredMask, object_id: int, finish: MatteFinish) -> Bytes:
    """The same for a stored matte: for the canvas, on which a frame waits for it.

    Args:
        entry: Masks of a frame.
        object_id: Which object.
        finish: Only its ends are looked at.

    Returns:
        (H, W) uint8, each the rounded value of `clipped`; where the ends spread values by less than half as
        much again, made of 8 bits, which is quicker and at most one step beside it.
    """
    matte = entry.matte(object_id)
    found = clipped_bytes(matte, finish)
    packed = entry.mattes.get(object_id)
    if packed is None or not packed.rest or finish.clip_white - finish.clip_black >= _HARDLY_SPREAD:
        return found
    places, values = packed.soft_pixels(matte)
    spread = clipped(values / np.float32(WHITE), finish.clip_black, finish.clip_white)
    if places.size:
        found.reshape(-1)[places] = _in_bytes(spread).reshape(-1)
    return found


def _in_bytes(values: NDArray[np.float32]) -> Bytes:
    return np.asarray(cv2.convertScaleAbs(values, alpha=255.0), np.uint8)


@functools.lru_cache(maxsize=64)
def _table(black: float, white: float) -> Bytes:
    steps = clipped(np.arange(256, dtype=np.float32) / np.float32(255), black, white)
    return _in_bytes(steps).reshape(256)
