"""Pictures of more than 8 bits, and the kinds of TIFF that Pillow does not know, through OpenCV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

DeepPicture = NDArray[Any]
"""(H, W, 3) uint8, uint16 or floating point, RGB."""


def read_deep(path: Path) -> DeepPicture:
    """Read a PNG or TIFF with the values that it holds.

    Args:
        path: The file.

    Returns:
        (H, W, 3) uint8, uint16, float32 or float64, RGB, upright (OpenCV turns a TIFF by itself).

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no such picture.
        cv2.error: It is damaged.
    """
    values = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise ValueError("its kind of pixels is not known")
    if values.dtype not in (np.uint8, np.uint16, np.float32, np.float64):
        raise ValueError(f"its samples are of the kind {values.dtype}")
    if values.ndim == 2:
        return np.repeat(values[:, :, None], 3, axis=2)
    return values[:, :, 2::-1]
