"""How many pixels each value of a mask has."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def pixel_counts(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(256,) pixels of each value of a mask, (H, W) uint8.

    NumPy's own count makes 8 bytes of each pixel first, which took a good part of the time of a frame of a
    run. Beyond 2**24 pixels of one value the last digit may be rounded.
    """
    if not mask.size:
        return np.zeros(256, np.int64)
    found = cv2.calcHist([np.ascontiguousarray(mask)], [0], None, [256], [0, 256])
    return np.asarray(np.ravel(found), np.int64)
