"""Damages masks the way a network's own mistakes and quick painting do, so that training meets them."""

import cv2
import numpy as np
from numpy.typing import NDArray


def damage_mask(
    index_mask: NDArray[np.uint8], rng: np.random.Generator, *, strength: float = 1.0
) -> NDArray[np.uint8]:
    """Shift, grow, shrink, bite into, or drop objects.

    Args:
        index_mask: (H, W) uint8, 0 = background, 255 = ignored.
        rng: Decides which damage.
        strength: Factor on its extent; below 1 no object is dropped.

    Returns:
        (H, W) uint8, new array.
    """
    result = np.where(index_mask == 255, 255, 0).astype(np.uint8)
    for object_id in (int(value) for value in np.unique(index_mask) if value not in (0, 255)):
        mask = (index_mask == object_id).astype(np.uint8)
        size = float(np.sqrt(mask.sum()))
        kind = rng.integers(0, 5)
        if kind == 0:  # shifted, as when motion was missed
            shift = rng.normal(0, 0.12 * size * strength, 2)
            matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
            mask = cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=cv2.INTER_NEAREST).astype(np.uint8)
        elif kind in (1, 2):  # grown or shrunk
            reach = int(np.clip(rng.uniform(0.02, 0.12) * size * strength, 1, 12))
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
            mask = (cv2.dilate if kind == 1 else cv2.erode)(mask, kernel).astype(np.uint8)
        elif kind == 3:  # a bite is gone, or a blob was added at the rim
            ys, xs = np.nonzero(mask)
            pick = int(rng.integers(0, len(ys)))
            radius = max(2, int(rng.uniform(0.1, 0.35) * size * strength))
            cv2.circle(mask, (int(xs[pick]), int(ys[pick])), radius, int(rng.random() < 0.4), -1)
        elif rng.random() < 0.3 and strength >= 1:  # lost altogether
            continue
        result[(mask > 0) & (result != 255)] = object_id
    return result


def repaint_mask(index_mask: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Paint a reference as carelessly as a person in a hurry: mild damage, and all objects are still there.

    Args:
        index_mask: (H, W) uint8, 0 = background, 255 = ignored.
        rng: Decides which damage.

    Returns:
        (H, W) uint8, new array; equal to the given one where damage would have wiped an object out.
    """
    painted = damage_mask(index_mask, rng, strength=0.5)
    return painted if set(np.unique(index_mask)) <= set(np.unique(painted)) | {0} else index_mask.copy()
