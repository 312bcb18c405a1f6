"""Reads the compressed run lengths of COCO and MOTS."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mask_of_text(text: str, height: int, width: int) -> NDArray[np.bool_]:
    """The mask that a text stands for.

    Args:
        text: Compressed run lengths.
        height: Of the mask in px.
        width: Of the mask in px.

    Returns:
        (H, W) bool.

    Raises:
        ValueError: The runs do not fill the mask.
    """
    counts: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            if bits & 0x10:
                value -= 1 << shift
            if len(counts) > 2:
                value += counts[-2]
            counts.append(value)
            value = shift = 0
    if sum(counts) != height * width or min(counts, default=0) < 0:
        raise ValueError("run lengths do not fill the mask")
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    mask: NDArray[np.bool_] = flat.reshape(width, height).T
    return mask
