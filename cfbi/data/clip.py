"""A training clip, and the last step of making one: which labels stay, and what they are called."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

VOID = 255
"""Label of pixels that do not count."""


@dataclass(frozen=True)
class TrainingClip:
    """A short clip with its masks: reference, previous, then current frames.

    Attributes:
        frames: (T, S, S, 3) uint8 RGB.
        masks: (T, S, S) uint8, 0 = background, 1..N = the objects of frame 0, 255 = ignored.
        source: Where the clip comes from, such as "davis/bear" or "stills/coco_subset".
    """

    frames: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    source: str


def shrunk(clip: TrainingClip, side: int) -> TrainingClip:
    """The clip at a smaller size; itself if it is not larger.

    Args:
        clip: Any clip.
        side: Wanted side of its frames, px.
    """
    if side >= clip.frames.shape[1]:
        return clip
    frames = [cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA) for frame in clip.frames]
    masks = [cv2.resize(mask, (side, side), interpolation=cv2.INTER_NEAREST_EXACT) for mask in clip.masks]
    return TrainingClip(np.stack(frames).astype(np.uint8), np.stack(masks).astype(np.uint8), clip.source)


def relabel(
    masks: NDArray[np.uint8], rng: np.random.Generator, *, max_objects: int, min_area: int
) -> NDArray[np.uint8]:
    """Keep the objects that the reference shows, and number them 1..N in random order.

    An object whose visible part of the reference is smaller than ``min_area`` is nothing that a user would
    have painted: it becomes background in every frame, like all that appears only later.

    Args:
        masks: (T, S, S) uint8 with any labels, 255 = ignored.
        rng: Decides which objects stay, if there are too many, and their order.
        max_objects: Most objects to keep.
        min_area: Fewest pixels in frame 0.

    Returns:
        (T, S, S) uint8, new array; without any object if the reference has none.
    """
    counts = np.bincount(masks[0].ravel(), minlength=256)
    counts[[0, VOID]] = 0
    labels = np.flatnonzero(counts >= max(1, min_area))
    if len(labels) > max_objects:
        weights = np.sqrt(counts[labels])
        labels = rng.choice(labels, max_objects, replace=False, p=weights / weights.sum())
    table = np.zeros(256, np.uint8)
    table[VOID] = VOID
    table[rng.permutation(labels)] = np.arange(1, len(labels) + 1)
    relabelled: NDArray[np.uint8] = table[masks]
    return relabelled
