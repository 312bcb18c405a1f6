"""Run lengths of the COCO data set: columns one after another, first the number of zeros, then of ones, ...

The compressed form writes each count as the difference to the one two before, five bits to a character
(as in the COCO mask format).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.document.boxes import bounds


def run_lengths(mask: NDArray[np.bool_]) -> list[int]:
    """Counts of a mask.

    Args:
        mask: (H, W) bool.

    Returns:
        Lengths of runs in column order, the first one of zeros (0 if the mask begins with a one).
    """
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat.astype(np.int8))) + 1
    bounds = np.concatenate([[0], edges, [flat.size]])
    counts: list[int] = np.diff(bounds).tolist()
    return [0, *counts] if flat.size and flat[0] else counts


def compressed(counts: Sequence[int]) -> str:
    """Counts as text."""
    letters = []
    for place, count in enumerate(counts):
        value = count - (counts[place - 2] if place > 2 else 0)
        more = True
        while more:
            bits = value & 0x1F
            value >>= 5
            more = value != (-1 if bits & 0x10 else 0)
            letters.append(chr((bits | (0x20 if more else 0)) + 48))
    return "".join(letters)


def bounding_box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, width and height in px; zeros for an empty mask."""
    left, top, right, bottom = bounds(mask)
    return left, top, right - left, bottom - top
