"""Which masks are older than the references that should govern them. Free of Qt.

A frame is governed by the nearest reference on either side, for each object by those that teach it. What the
network drew and the user only confirmed says nothing new, so only what the user drew makes other masks stale.
A reference itself is governed by none: it stands, however old its mask is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Serials = NDArray[np.int64]
Bools = NDArray[np.bool_]


def stale_frames(
    frames: NDArray[np.int64], serials: Serials, marks: Sequence[int], ages: Sequence[int]
) -> Bools:
    """Which masks of an object are older than a reference that governs them.

    Args:
        frames: (N,) indices of frames, ascending.
        serials: (N,) age of the object's mask on each, see ``StoredMask.serial``.
        marks: (M,) frames that teach the object, ascending.
        ages: (M,) serials of the object's masks there; 0 where the user did not draw them.

    Returns:
        (N,) bool; what the user drew himself is for the caller to leave out.
    """
    if not len(marks):
        return np.zeros(len(frames), np.bool_)
    where, age = np.asarray(marks), np.asarray(ages)
    place = np.searchsorted(where, frames, side="left")
    before = np.where(place > 0, age[np.maximum(place - 1, 0)], 0)
    after = np.where(place < len(where), age[np.minimum(place, len(where) - 1)], 0)
    is_mark = where[np.minimum(place, len(where) - 1)] == frames
    found: Bools = (serials < np.maximum(before, after)) & ~is_mark
    return found
