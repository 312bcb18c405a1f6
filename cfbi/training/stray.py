"""Labels gone astray: an object's mask lies where the object is not, as after it left or crossed another."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.data.clip import VOID


def stray_mask(
    previous_mask: NDArray[np.uint8], reference_mask: NDArray[np.uint8], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Put the label of an object of the reference on a round patch of something else.

    Mostly on another object, from a corner of it to all of it; else anywhere. Where the object itself is in
    the previous frame, its mask there is lost in two of five cases, as when it went over to a neighbour.

    Args:
        previous_mask: (H, W) uint8, 0 = background, 255 = ignored.
        reference_mask: (H, W) uint8; its objects are those that may stray.
        rng: Decides which object, and where to.

    Returns:
        (H, W) uint8, new array; equal to the given one where the reference has no objects.
    """
    result: NDArray[np.uint8] = previous_mask.copy()
    counts = np.bincount(reference_mask.ravel(), minlength=256)
    counts[[0, VOID]] = 0
    ids = np.flatnonzero(counts)
    if not len(ids):
        return result
    object_id = int(rng.choice(ids))
    host = (previous_mask != object_id) & (previous_mask != VOID)
    others = host & (previous_mask > 0)
    if others.any() and rng.random() < 0.75:
        host = others
    if not host.any():
        return result
    spots = np.argwhere(host)
    row, column = (int(value) for value in spots[int(rng.integers(len(spots)))])
    radius = max(2, round(float(rng.uniform(0.15, 1.0) * np.sqrt(counts[object_id]))))
    patch = cv2.circle(np.zeros_like(previous_mask), (column, row), radius, 1, -1) > 0
    if rng.random() < 0.4:
        result[result == object_id] = 0
    result[patch & host] = object_id
    return result
