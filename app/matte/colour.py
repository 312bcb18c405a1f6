"""The colour of cut-outs without the background that shines through their edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_RADII = (45, 3)


def decontaminated(picture: NDArray[np.uint8], matte: Floats) -> NDArray[np.uint8]:
    """Colours of the object alone, also where the matte is soft and a little beyond.

    Blur fusion (Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021): the object's and the
    background's colours are blurred with the matte and its complement as weights, then corrected so that
    together they give the picture again; once with a large radius, once with a small one.

    Args:
        picture: (H, W, 3) uint8 RGB.
        matte: (H, W) float32 in 0..1.

    Returns:
        (H, W, 3) uint8 RGB: as the picture where the matte is 1, the object's colour drawn outward elsewhere.
    """
    seen = picture.astype(np.float32) / np.float32(255)
    alpha = matte[..., None]
    front, back = seen, seen
    for radius in _RADII:
        front, back = _fused(seen, front, back, alpha, radius)
    result = np.where(alpha >= 1, seen, front)
    return np.asarray(np.rint(np.clip(result, 0, 1) * 255), np.uint8)


def _fused(seen: Floats, front: Floats, back: Floats, alpha: Floats, radius: int) -> tuple[Floats, Floats]:
    def mean(values: Floats) -> Floats:
        size = (2 * radius + 1, 2 * radius + 1)
        blurred = np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REPLICATE), np.float32)
        return blurred if blurred.ndim == 3 else blurred[..., None]

    weight = mean(alpha)
    front_mean = mean(front * alpha) / (weight + np.float32(1e-5))
    back_mean = mean(back * (1 - alpha)) / (1 - weight + np.float32(1e-5))
    corrected = front_mean + alpha * (seen - alpha * front_mean - (1 - alpha) * back_mean)
    return np.clip(corrected, 0, 1).astype(np.float32), back_mean
